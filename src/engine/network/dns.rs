//! Names: what cluster DNS answers, with the search list of the asking pod.

use super::{From, State};
use crate::meta::Text;
use crate::process::{NetError, is_address};

/// The cluster's domain.
const DOMAIN: &str = "cluster.local";

impl State {
    pub(super) fn resolve(&self, from: &From, name: &str) -> Result<Vec<String>, NetError> {
        if name == "host.minikube.internal" {
            return Ok(vec!["192.168.49.1".into()]);
        }
        let public = || super::outside::address_of(name).map(|address| vec![address.to_string()]);
        let From::Pod(address, namespace) = from else { return public().ok_or(NetError::NoSuchHost) };
        if let Some(plugged) = self.pods.get(address) {
            // /etc/hosts knows the pod's own name.
            let hostname = plugged.pod.spec()["hostname"].str();
            if name == plugged.pod.name() || (!hostname.is_empty() && name == hostname) {
                return Ok(vec![address.to_string()]);
            }
        }
        if !self.answers() || !self.lets_ask(address, &self.dns_servers()) {
            return Err(NetError::NoSuchHost);
        }
        let tail = name.strip_suffix('.');
        let absolute = tail.unwrap_or(name);
        let searched = [format!("{namespace}.svc.{DOMAIN}"), format!("svc.{DOMAIN}"), DOMAIN.to_string()];
        let mut candidates = vec![absolute.to_string()];
        if tail.is_none() {
            candidates.extend(searched.iter().map(|domain| format!("{absolute}.{domain}")));
        }
        candidates.iter().find_map(|candidate| self.look_up(candidate)).or_else(public).ok_or(NetError::NoSuchHost)
    }

    /// The addresses of the pods that are cluster DNS.
    fn dns_servers(&self) -> Vec<String> {
        let dns = (Text::from("kube-system"), Text::from("kube-dns"));
        self.addresses(&dns).into_iter().map(|(address, _)| address).collect()
    }

    /// Whether cluster DNS is there: where it is a service, it needs endpoints.
    fn answers(&self) -> bool {
        let dns = (Text::from("kube-system"), Text::from("kube-dns"));
        !self.services.contains_key(&dns) || !self.addresses(&dns).is_empty()
    }

    /// The records of a full name within the cluster's domain.
    fn look_up(&self, name: &str) -> Option<Vec<String>> {
        let labels: Vec<&str> = name.strip_suffix(DOMAIN)?.strip_suffix('.')?.split('.').collect();
        match labels.as_slice() {
            [service, namespace, "svc"] => {
                let name = (Text::from(*namespace), Text::from(*service));
                let spec = self.services.get(&name)?.spec();
                match spec["clusterIP"].str() {
                    "None" => {
                        let addresses: Vec<String> = self.addresses(&name).into_iter().map(|(ip, _)| ip).collect();
                        (!addresses.is_empty()).then_some(addresses)
                    }
                    "" => self.alias(spec["externalName"].str()),
                    address => Some(vec![address.into()]),
                }
            }
            [host, service, namespace, "svc"] => {
                let name = (Text::from(*namespace), Text::from(*service));
                self.services.get(&name).filter(|service| service.spec()["clusterIP"] == "None")?;
                let found = self.addresses(&name).into_iter().filter(|(_, hostname)| hostname == host);
                let addresses: Vec<String> = found.map(|(ip, _)| ip).collect();
                (!addresses.is_empty()).then_some(addresses)
            }
            [dashed, namespace, "pod"] => {
                let address = dashed.replace('-', ".");
                (is_address(&address) && self.namespaces.contains_key(*namespace)).then(|| vec![address])
            }
            _ => None,
        }
    }

    /// The name of an address: a service's, or that of an endpoint of a headless one.
    pub(super) fn name_of(&self, address: &str) -> Option<String> {
        for ((namespace, name), service) in self.services.iter() {
            let full = format!("{name}.{namespace}.svc.{DOMAIN}");
            match service.spec()["clusterIP"].str() {
                "None" => {
                    let endpoints = self.addresses(&(namespace.clone(), name.clone()));
                    if let Some((ip, hostname)) = endpoints.into_iter().find(|(ip, _)| ip == address) {
                        let host = if hostname.is_empty() { ip.replace('.', "-") } else { hostname };
                        return Some(format!("{host}.{full}"));
                    }
                }
                own if own == address => return Some(full),
                _ => {}
            }
        }
        None
    }

    /// The service records of `[_PORT._PROTOCOL.]SERVICE.NAMESPACE.svc` in the domain: each port with those who serve it.
    pub(super) fn service_records(&self, name: &str) -> Vec<(i64, String)> {
        let plain = name.strip_suffix(DOMAIN).and_then(|rest| rest.strip_suffix(".svc.")).unwrap_or_default();
        let (port, plain) = match plain.split('.').collect::<Vec<_>>().as_slice() {
            [port, _, service, namespace] if port.starts_with('_') => (&port[1..], format!("{service}.{namespace}")),
            _ => ("", plain.to_string()),
        };
        let Some((service, namespace)) = plain.split_once('.') else { return Vec::new() };
        let key = (Text::from(namespace), Text::from(service));
        let Some(object) = self.services.get(&key) else { return Vec::new() };
        let full = format!("{service}.{namespace}.svc.{DOMAIN}");
        let headless = object.spec()["clusterIP"] == "None";
        let hosts = match headless {
            true => self
                .addresses(&key)
                .into_iter()
                .map(|(ip, host)| format!("{}.{full}", if host.is_empty() { ip.replace('.', "-") } else { host }))
                .collect(),
            false => vec![full.clone()],
        };
        let said = object.spec()["ports"].items().iter().filter(|said| port.is_empty() || said["name"] == *port);
        said.flat_map(|said| {
            let number = said["targetPort"].as_i64().filter(|_| headless).unwrap_or(said["port"].int());
            hosts.iter().map(move |host| (number, host.clone()))
        })
        .collect()
    }

    /// The name that a service of type `ExternalName` stands for, by its full name.
    pub(super) fn canonical(&self, name: &str) -> Option<String> {
        let (service, namespace) = name.strip_suffix(DOMAIN)?.strip_suffix(".svc.")?.split_once('.')?;
        let target = self.services.get(&(Text::from(namespace), Text::from(service)))?.spec()["externalName"].str();
        (!target.is_empty()).then(|| target.to_string())
    }

    /// What an `ExternalName` service leads to: another name of the cluster, or an address.
    fn alias(&self, name: &str) -> Option<Vec<String>> {
        if is_address(name) {
            return Some(vec![name.into()]);
        }
        let (service, namespace) = name.strip_suffix(".svc.cluster.local")?.split_once('.')?;
        let target = self.services.get(&(Text::from(namespace), Text::from(service)))?;
        Some(target.spec()["clusterIP"].str()).filter(|ip| is_address(ip)).map(|ip| vec![ip.into()])
    }
}
