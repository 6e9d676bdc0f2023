//! Virtual addresses: what kube-proxy turns into the address of a ready endpoint.

use super::{From, Name, State};
use crate::meta::SortedMap;
use crate::meta::{Object, Text, Value};
use crate::process::NetError;
use crate::store::Change;
use std::time::Duration;

/// An endpoint of a service's port.
type Endpoint = (Text, u16);

impl State {
    /// Takes a change of an endpoint slice in.
    pub(super) fn keep_slice(&mut self, change: &Change) {
        let service = |object: &Object| {
            let name = object.label("kubernetes.io/service-name")?;
            Some((change.key.namespace.clone(), Text::from(name)))
        };
        if let Some(slices) = change.old.as_ref().and_then(service).and_then(|name| self.slices.get_mut(&name)) {
            slices.remove(&change.key.name);
        }
        if let Some((object, name)) = change.new.as_ref().and_then(|object| Some((object, service(object)?))) {
            self.slices.entry(name).or_default().insert(change.key.name.clone(), object.clone());
        }
    }

    /// The endpoint behind a service's address and port; `None` if the address is no service's.
    pub(super) fn virtual_address(
        &mut self,
        from: &From,
        address: &str,
        port: u16,
    ) -> Result<Option<Endpoint>, NetError> {
        let on_machine = self.machines.contains_key(address);
        let Some((name, service_port, affinity)) = self.services.iter().find_map(|(name, service)| {
            let spec = service.spec();
            let external = |list: &str| spec[list].items().iter().any(|ip| *ip == *address);
            let here = spec["clusterIP"] == *address || external("externalIPs") || load_balanced(service, address);
            let matches =
                |p: &&Value| (here && p["port"] == i64::from(port)) || (on_machine && p["nodePort"] == i64::from(port));
            let found = spec["ports"].items().iter().filter(|p| p["protocol"] != "UDP").find(matches);
            match found {
                Some(found) => Some((name.clone(), Some(found["name"].str().to_string()), affinity(spec))),
                None if here => Some((name.clone(), None, None)),
                None => None,
            }
        }) else {
            return Ok(None);
        };
        // From outside, only what a load balancer leads in gets to the services.
        if *from == From::Outside && !on_machine && !self.services.get(&name).is_some_and(|s| load_balanced(s, address))
        {
            return Err(NetError::TimedOut);
        }
        // A virtual address answers on its service's ports alone.
        let service_port = service_port.ok_or(NetError::TimedOut)?;
        let endpoints = self.endpoints(&name, &service_port);
        if endpoints.is_empty() {
            return Err(NetError::Refused);
        }
        let client: Text = match from {
            From::Pod(address, _) | From::Machine(address) => address.clone(),
            From::Outside => "".into(),
        };
        let now = self.clock.now();
        let key = (name, client);
        if let Some(stay) = affinity {
            let stuck = self.sticky.get(&key).filter(|(_, until)| *until > now).map(|(to, _)| to.clone());
            if let Some(endpoint) = stuck.and_then(|to| endpoints.iter().find(|(ip, _)| *ip == to)) {
                self.sticky.insert(key, (endpoint.0.clone(), now + stay));
                return Ok(Some(endpoint.clone()));
            }
            let chosen = endpoints[self.rng.below(endpoints.len() as u64) as usize].clone();
            self.sticky.insert(key, (chosen.0.clone(), now + stay));
            return Ok(Some(chosen));
        }
        Ok(Some(endpoints[self.rng.below(endpoints.len() as u64) as usize].clone()))
    }

    /// The ready endpoints of a service's port, by the port's name.
    fn endpoints(&self, service: &Name, port: &str) -> Vec<Endpoint> {
        let mut endpoints = SortedMap::new();
        for slice in self.slices.get(service).into_iter().flat_map(SortedMap::values) {
            let number = slice["ports"].items().iter().find(|p| p["name"].str() == port).map(|p| p["port"].int());
            let Some(number) = number.and_then(|number| u16::try_from(number).ok()) else { continue };
            for endpoint in ready(slice) {
                for address in endpoint["addresses"].items() {
                    endpoints.insert(Text::from(address.str()), number);
                }
            }
        }
        endpoints.into_iter().collect()
    }

    /// All ready addresses of a service, each with the endpoint's own hostname.
    pub(super) fn addresses(&self, service: &Name) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for slice in self.slices.get(service).into_iter().flat_map(SortedMap::values) {
            for endpoint in ready(slice) {
                let host = endpoint["hostname"].str();
                found.extend(endpoint["addresses"].items().iter().map(|ip| (ip.str().to_string(), host.to_string())));
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

/// The endpoints that take traffic. Unknown readiness counts as ready.
fn ready(slice: &Object) -> impl Iterator<Item = &Value> {
    slice["endpoints"].items().iter().filter(|endpoint| endpoint["conditions"]["ready"].as_bool() != Some(false))
}

fn load_balanced(service: &Object, address: &str) -> bool {
    let ingress = service.at(&["status", "loadBalancer", "ingress"]);
    ingress.items().iter().any(|entry| entry["ip"] == *address)
}

/// How long a client sticks to its endpoint, if it does.
fn affinity(spec: &Value) -> Option<Duration> {
    let seconds = spec.at(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"]).as_i64().unwrap_or(10_800);
    (spec["sessionAffinity"] == "ClientIP").then(|| Duration::from_secs(seconds.unsigned_abs()))
}
