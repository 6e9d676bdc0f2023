//! CertificateSigningRequest: asks for a client or server certificate.

use super::Kind;

/// The row of CertificateSigningRequest.
pub static KIND: Kind = Kind {
    group: "certificates.k8s.io",
    kind: "CertificateSigningRequest",
    plural: "certificatesigningrequests",
    singular: "certificatesigningrequest",
    short_names: &["csr"],
    subresources: &["approval", "status"],
    schema: "io.k8s.api.certificates.v1.CertificateSigningRequest",
    ..Kind::CLUSTER
};
