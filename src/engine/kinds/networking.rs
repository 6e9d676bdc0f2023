//! The addresses of services as objects: IPAddress and ServiceCIDR.

use super::Kind;

/// The row of IPAddress.
pub static IP_ADDRESS: Kind = Kind {
    group: "networking.k8s.io",
    kind: "IPAddress",
    plural: "ipaddresses",
    singular: "ipaddress",
    short_names: &["ip"],
    schema: "io.k8s.api.networking.v1.IPAddress",
    ..Kind::CLUSTER
};

/// The row of ServiceCIDR.
pub static SERVICE_CIDR: Kind = Kind {
    group: "networking.k8s.io",
    kind: "ServiceCIDR",
    plural: "servicecidrs",
    singular: "servicecidr",
    subresources: &["status"],
    schema: "io.k8s.api.networking.v1.ServiceCIDR",
    ..Kind::CLUSTER
};
