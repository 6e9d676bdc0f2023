//! CertificateSigningRequest: asks for a client or server certificate.

use super::columns::{AGE, NAME, text};
use super::field::Field;
use super::{Column, Kind};
use crate::meta::{Errors, Object, duration, x509};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;
use std::time::Duration;

/// The row of CertificateSigningRequest.
pub static KIND: Kind = Kind {
    group: "certificates.k8s.io",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    singular: "certificatesigningrequest",
    short_names: &["csr"],
    subresources: &["approval", "status"],
    schema: "io.k8s.api.certificates.v1.CertificateSigningRequest",
    columns: || COLUMNS,
    selectable: &[("spec.signerName", |csr| csr.spec()["signerName"].str().into())],
    validate,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    AGE,
    text("SignerName", "signerName indicates the requested signer, and is a qualified name.", |csr, _| {
        csr.spec()["signerName"].str().into()
    }),
    text(
        "Requestor",
        "username contains the name of the user that created the CertificateSigningRequest.",
        |csr, _| csr.spec()["username"].str().into(),
    ),
    text(
        "RequestedDuration",
        "expirationSeconds is the requested duration of validity of the issued certificate.",
        |csr, _| match csr.spec()["expirationSeconds"].as_i64() {
            Some(seconds) => duration::human(Duration::from_secs(seconds.try_into().unwrap_or(0))).into(),
            None => "<none>".into(),
        },
    ),
    text(
        "Condition",
        "conditions applied to the request. Known conditions are \"Approved\", \"Denied\", and \"Failed\".",
        |csr, _| {
            let has = |kind: &str| csr.condition(kind).is_some();
            let mut states = vec![match (has("Denied"), has("Approved")) {
                (true, _) => "Denied",
                (_, true) => "Approved",
                _ => "Pending",
            }];
            if has("Failed") {
                states.push("Failed");
            }
            if !csr.status()["certificate"].is_empty() {
                states.push("Issued");
            }
            states.join(",").into()
        },
    ),
];

fn validate(csr: &Object, old: Option<&Object>, errors: &mut Errors) {
    if old.is_some() {
        return;
    }
    let root = Field::root(csr);
    let spec = root.child("spec");
    let request = spec.child("request");
    let pem = STANDARD.decode(request.str()).unwrap_or_default();
    match x509::unpem(&String::from_utf8_lossy(&pem), "CERTIFICATE REQUEST") {
        None => request.invalid(errors, "PEM block type must be CERTIFICATE REQUEST"),
        Some(der) if x509::Request::read(&der).is_none() => {
            request.invalid(errors, "asn1: syntax error: data truncated");
        }
        Some(_) => {}
    }
    let usages = spec.child("usages");
    if usages.items().is_empty() {
        usages.required(errors, "");
    }
    let seconds = spec.child("expirationSeconds");
    if seconds.as_i64().is_some_and(|n| n < 600) {
        seconds.invalid(errors, "may not specify a duration less than 600 seconds (10 minutes)");
    }
    let signer = spec.child("signerName");
    if signer.is_empty() {
        signer.required(errors, "");
    } else if !signer.str().contains('/') {
        signer.invalid(errors, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    }
}
