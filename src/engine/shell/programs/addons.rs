//! What `minikube addons` can add to a cluster: objects, applied as the addon manager does.

use super::Call;
use crate::api::{Client, Method, Request};
use crate::meta::{Object, yaml};
use std::time::Duration;

/// An addon.
struct Addon {
    name: &'static str,
    /// Its objects; empty if it cannot be added here, or is always there.
    manifest: &'static str,
    /// The path of an object that is there when it is enabled.
    sign: &'static str,
    /// The paths of what is to be deleted when it is disabled.
    roots: &'static [&'static str],
    /// The images it uses.
    images: &'static [&'static str],
    /// The path of the Deployment that has to be available first.
    serves: &'static str,
}

const BASE: Addon = Addon { name: "", manifest: "", sign: "", roots: &[], images: &[], serves: "" };

/// The objects of the addon that a new cluster already has.
pub const METRICS_SERVER: &str = include_str!("metrics_server.yaml");

const ADDONS: &[Addon] = &[
    Addon { name: "dashboard", sign: "/api/v1/namespaces/kubernetes-dashboard", ..BASE },
    Addon { name: "default-storageclass", sign: "/apis/storage.k8s.io/v1/storageclasses/standard", ..BASE },
    Addon {
        name: "ingress",
        manifest: include_str!("ingress.yaml"),
        sign: "/api/v1/namespaces/ingress-nginx",
        roots: &[
            "/apis/networking.k8s.io/v1/ingressclasses/nginx",
            "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/ingress-nginx",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/ingress-nginx",
            "/api/v1/namespaces/ingress-nginx",
        ],
        images: &[
            "registry.k8s.io/ingress-nginx/controller:v1.13.2",
            "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.2",
            "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.6.2",
        ],
        serves: "/apis/apps/v1/namespaces/ingress-nginx/deployments/ingress-nginx-controller",
    },
    Addon {
        name: "metrics-server",
        manifest: METRICS_SERVER,
        sign: "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server",
        roots: &[
            "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
            "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server",
            "/api/v1/namespaces/kube-system/services/metrics-server",
            "/api/v1/namespaces/kube-system/serviceaccounts/metrics-server",
        ],
        images: &["registry.k8s.io/metrics-server/metrics-server:v0.8.0"],
        ..BASE
    },
    Addon { name: "storage-provisioner", sign: "/api/v1/namespaces/kube-system/pods/storage-provisioner", ..BASE },
];

fn exists(client: &Client, path: &str) -> bool {
    client.request(Request::new(Method::Get, path)).code == 200
}

/// `addons list`.
pub(super) fn list(call: &Call, client: &Client) -> i32 {
    let border = "|----------------------|----------|--------------|\n";
    let mut text = format!("{border}|      ADDON NAME      | PROFILE  |    STATUS    |\n{border}");
    for addon in ADDONS {
        let status = if exists(client, addon.sign) { "enabled \u{2705}  " } else { "disabled    " };
        text += &format!("| {:<20} | minikube | {status} |\n", addon.name);
    }
    call.out(text + border);
    0
}

/// `addons enable` and `addons disable`.
pub(super) async fn set(call: &Call, client: &Client, verb: &str, name: &str) -> i32 {
    let fail = |why: &str| {
        let code = verb.to_uppercase();
        call.process.err(format!("\n\u{274c}  Exiting due to MK_ADDON_{code}: {verb} failed: {why}\n"));
        10
    };
    let Some(addon) = ADDONS.iter().find(|addon| addon.name == name) else {
        return fail(&format!("{name} is not a valid addon"));
    };
    let enabled = exists(client, addon.sign);
    if verb == "disable" {
        if enabled && addon.roots.is_empty() {
            return fail(&format!("{name} cannot be taken out of this cluster"));
        }
        for path in addon.roots {
            client.request(Request::new(Method::Delete, path));
        }
        call.out(format!("\u{1f311}  \"The '{name}' addon is disabled\n"));
        return 0;
    }
    if !enabled && addon.manifest.is_empty() {
        return fail(&format!("{name} cannot be added to this cluster"));
    }
    call.out(format!(
        "\u{1f4a1}  {name} is an addon maintained by Kubernetes. For any concerns contact minikube on GitHub.\nYou can view the list \
         of minikube maintainers at: https://github.com/kubernetes/minikube/blob/master/OWNERS\n"
    ));
    for image in addon.images {
        call.out(format!("    \u{25aa} Using image {image}\n"));
    }
    // What is there from before stays as it is.
    for object in yaml::parse_all(addon.manifest).unwrap_or_default() {
        let _ = client.create(Object(object));
    }
    if !addon.serves.is_empty() {
        call.out(format!("\u{1f50e}  Verifying {name} addon...\n"));
        for _ in 0..360 {
            if is_available(client, addon.serves) {
                break;
            }
            call.process.clock.sleep(Duration::from_secs(1)).await;
        }
    }
    call.out(format!("\u{1f31f}  The '{name}' addon is enabled\n"));
    0
}

fn is_available(client: &Client, path: &str) -> bool {
    let crate::api::Content::Document(deployment) = client.request(Request::new(Method::Get, path)).content else {
        return false;
    };
    deployment["status"]["availableReplicas"].int() > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_objects() {
        for addon in ADDONS {
            let objects = yaml::parse_all(addon.manifest).unwrap();
            assert!(objects.iter().all(|object| object["kind"].as_str().is_some()), "{}", addon.name);
        }
    }
}
