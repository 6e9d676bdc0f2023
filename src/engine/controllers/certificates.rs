//! Certificate signing requests: approves what kubelets ask for, signs what is approved.

use super::runner::{Again, Context, Controller, Wake};
use crate::json;
use crate::meta::{self, Object, Status, x509};
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

/// How long a certificate holds if nobody wishes for less, in seconds.
const YEAR: i64 = 365 * 24 * 3600;

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

/// Writes a certificate into the request, in the name of the cluster's authority.
fn sign(mut request: Object, cx: &Context) -> Result<(), Status> {
    let pem = STANDARD.decode(request.spec()["request"].str()).unwrap_or_default();
    let asked = x509::unpem(&String::from_utf8_lossy(&pem), "CERTIFICATE REQUEST");
    let Some(asked) = asked.and_then(|der| x509::Request::read(&der)) else { return Ok(()) };
    let wished = request.spec()["expirationSeconds"].as_i64().unwrap_or(YEAR).clamp(600, YEAR);
    let certificate = x509::Certificate {
        serial: meta::sha256(request.uid().as_bytes()).iter().take(16).map(|byte| byte & 0x7f).collect(),
        // Clocks differ, so it counts from a little earlier on.
        from: meta::Time(cx.now.0 - 300 * 1_000_000),
        until: meta::Time(cx.now.0 + (wished - 300) * 1_000_000),
        issuer: x509::authority_name(),
        authority: false,
        about: asked,
    };
    let pem = x509::pem("CERTIFICATE", &certificate.write(&x509::authority_key()));
    request.set(&["status", "certificate"], STANDARD.encode(pem));
    cx.client.update_status(request).map(|_| ())
}
