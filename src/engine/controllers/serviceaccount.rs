//! Service accounts: every namespace has one called `default`, and the certificate its pods trust.

use super::runner::{Again, Context, Controller, Wake, key};
use crate::json;
use crate::meta::{Object, Status};
use crate::store::{Change, Key};

/// What every namespace has, made by one controller each.
struct PerNamespace {
    name: &'static str,
    resource: &'static str,
    watches: &'static [&'static str],
    object: &'static str,
    make: fn() -> Object,
}

/// The service account controller.
pub fn serviceaccount() -> Box<dyn Controller> {
    Box::new(PerNamespace {
        name: "service-account-controller",
        resource: "serviceaccounts",
        watches: &["namespaces", "serviceaccounts"],
        object: "default",
        make: || Object(json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})),
    })
}

/// The publisher of the cluster's root certificate.
pub fn root_ca() -> Box<dyn Controller> {
    Box::new(PerNamespace {
        name: "root-ca-certificate-publisher-controller",
        resource: "configmaps",
        watches: &["namespaces", "configmaps"],
        object: "kube-root-ca.crt",
        make: || {
            let about = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
                         endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
                         guaranteed across distributions of Kubernetes clusters.";
            Object(json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {
                    "name": "kube-root-ca.crt", "annotations": {"kubernetes.io/description": about},
                },
                "data": {"ca.crt": CLUSTER_AUTHORITY},
            }))
        },
    })
}

/// The certificate of the cluster's authority. Nothing here is encrypted, but who is trusted goes by it.
pub const CLUSTER_AUTHORITY: &str = "-----BEGIN CERTIFICATE-----\n\
    MIIBeDCCAR2gAwIBAgIBADAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwptaW5pa3Vi\n\
    ZUNBMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowFTETMBEGA1UEAxMK\n\
    bWluaWt1YmVDQQ==\n\
    -----END CERTIFICATE-----\n";

impl Controller for PerNamespace {
    fn name(&self) -> &'static str {
        self.name
    }
    fn watches(&self) -> &'static [&'static str] {
        self.watches
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if &*change.key.resource == "namespaces" {
            wake.now(change.key.clone());
        } else if *change.key.name == *self.object && change.old.is_some() {
            wake.now(key("namespaces", "", &change.key.namespace));
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(namespace) = cx.get(key) else { return Ok(None) };
        if namespace.status()["phase"] == "Terminating" || namespace.is_terminating() {
            return Ok(None);
        }
        let mut wanted = (self.make)();
        match cx.informers.get(self.resource, &key.name, self.object) {
            Some(there) if there["data"] == wanted["data"] => {}
            Some(mut there) => {
                there["data"] = wanted["data"].take();
                cx.client.update(there)?;
            }
            None => {
                wanted.set(&["metadata", "namespace"], &key.name);
                match cx.client.create(wanted) {
                    Err(status) if !status.is_already_exists() => return Err(status),
                    _ => {}
                }
            }
        }
        Ok(None)
    }
}
