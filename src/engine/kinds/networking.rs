//! The addresses of services as objects: IPAddress and ServiceCIDR.

use super::columns::{AGE, NAME, text};
use super::{Column, Kind};

/// The row of IPAddress.
pub static IP_ADDRESS: Kind = Kind {
    group: "networking.k8s.io",
    kind: "IPAddress",
    plural: "ipaddresses",
    singular: "ipaddress",
    short_names: &["ip"],
    schema: "io.k8s.api.networking.v1.IPAddress",
    columns: || IP_ADDRESS_COLUMNS,
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
    columns: || SERVICE_CIDR_COLUMNS,
    ..Kind::CLUSTER
};

const IP_ADDRESS_COLUMNS: &[Column] = &[
    NAME,
    text("ParentRef", "ParentRef references the resource that an IPAddress is attached to.", |address, _| {
        let parent = &address.spec()["parentRef"];
        let parts = [&parent["resource"], &parent["group"], &parent["namespace"], &parent["name"]];
        let resource = match parts[1].str() {
            "" => parts[0].str().to_string(),
            group => format!("{}.{group}", parts[0].str()),
        };
        let mut path = vec![resource.as_str()];
        path.extend(parts[2..].iter().map(|part| part.str()).filter(|part| !part.is_empty()));
        path.join("/").into()
    }),
    AGE,
];

const SERVICE_CIDR_COLUMNS: &[Column] = &[
    NAME,
    text(
        "CIDRs",
        "CIDRs defines the IP blocks in CIDR notation from which to assign service cluster IPs.",
        |cidr, _| cidr.spec()["cidrs"].items().iter().map(|cidr| cidr.str()).collect::<Vec<_>>().join(",").into(),
    ),
    AGE,
];
