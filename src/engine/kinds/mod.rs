//! Kinds: one file each, and the table that everything else reads.
//!
//! A [`Kind`] is a row of data and functions: names, columns, defaults, validation. To add one,
//! write its file and put its line into [`KINDS`].

pub mod admission;
pub mod api_service;
pub mod binding;
pub mod certificate_signing_request;
pub mod cluster_role;
pub mod cluster_role_binding;
pub mod component_status;
pub mod config_map;
pub mod controller_revision;
pub mod cron_job;
pub mod csi;
pub mod custom_resource_definition;
pub mod daemon_set;
pub mod deployment;
pub mod dynamic_resources;
pub mod endpoint_slice;
pub mod endpoints;
pub mod event;
pub mod event_v1;
pub mod flow_control;
pub mod horizontal_pod_autoscaler;
pub mod horizontal_pod_autoscaler_v1;
pub mod ingress;
pub mod ingress_class;
pub mod job;
pub mod lease;
pub mod limit_range;
pub mod metrics;
pub mod namespace;
pub mod network_policy;
pub mod networking;
pub mod node;
pub mod persistent_volume;
pub mod persistent_volume_claim;
pub mod pod;
pub mod pod_disruption_budget;
pub mod pod_template;
pub mod priority_class;
pub mod replica_set;
pub mod replication_controller;
pub mod resource_quota;
pub mod resource_usage;
pub mod resources;
pub mod reviews;
pub mod role;
pub mod role_binding;
pub mod runtime_class;
pub mod schedule;
pub mod secret;
pub mod service;
pub mod service_account;
pub mod stateful_set;
pub mod storage_class;

pub mod columns;
pub mod field;
pub mod go;
pub mod metadata;
pub mod workload;
pub mod zones;

pub use crate::meta::Errors;
pub use columns::{NAME_AND_AGE, NAME_AND_CREATED};

use crate::meta::{Object, Time, Value};

/// Everything the API server knows about one built-in kind.
pub struct Kind {
    /// Such as `apps`; empty for the core group.
    pub group: &'static str,
    /// The served (and stored) version, such as `v1`.
    pub version: &'static str,
    /// Such as `Deployment`.
    pub kind: &'static str,
    /// Such as `deployments`.
    pub plural: &'static str,
    /// Such as `deployment`.
    pub singular: &'static str,
    /// Such as `deploy`.
    pub short_names: &'static [&'static str],
    /// Such as `all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Such as `status`, `scale`.
    pub subresources: &'static [&'static str],
    /// The verbs served; most kinds serve [`STANDARD_VERBS`].
    pub verbs: &'static [&'static str],
    /// The type's name in the field table, such as `io.k8s.api.apps.v1.Deployment`.
    pub schema: &'static str,
    /// Whether the kind counts changes of its spec in `metadata.generation`.
    pub generation: bool,
    /// What names must look like.
    pub names: metadata::NameRule,
    /// Whether an update without `metadata.resourceVersion` is taken.
    pub unconditional_update: bool,
    /// Whether an update of an object that does not exist creates it.
    pub create_on_update: bool,
    /// What every answer warns of, if the kind is on its way out.
    pub deprecation: &'static str,
    /// Set for a kind that stores nothing and shows another kind's objects in its own form.
    pub view: Option<View>,
    /// The columns of `Table` answers. A function, as [`Kind::validate`] is: what no reader asks for need not
    /// be there from the start.
    pub columns: fn() -> &'static [Column],
    /// All cells of a row at once: other than one by one where columns read the same things.
    pub cells: Option<fn(&Object, Time) -> Value>,
    /// Field selectors beyond `metadata.name` and `metadata.namespace`.
    pub selectable: &'static [Selectable],
    /// Fills in what the real `SetDefaults_*` functions fill in.
    pub defaults: fn(&mut Object),
    /// What the real strategy's `PrepareForCreate` (`old` is `None`) and `PrepareForUpdate` do,
    /// but for what all kinds have in common (status reset, generation), which `api` does.
    pub prepare: fn(&mut Object, Option<&Object>),
    /// Validates an object to be created, or to replace `old`.
    pub validate: fn(&Object, Option<&Object>, &mut Errors),
    /// Warnings sent along with a successful write.
    pub warnings: fn(&Object) -> Vec<String>,
}

/// A field selector's path, and its value in an object.
pub type Selectable = (&'static str, fn(&Object) -> String);

/// How a kind shows the objects of another.
pub struct View {
    /// The kind whose objects are stored.
    pub of: &'static Kind,
    /// Turns a stored object into this kind's form.
    pub show: fn(&Object) -> Object,
    /// Turns an object of this form into the stored one.
    pub store: fn(&Object) -> Object,
}

/// The verbs most kinds serve, in discovery's order.
pub const STANDARD_VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// One column of a `Table`.
pub struct Column {
    /// The heading, such as `Ready`.
    pub name: &'static str,
    /// `string`, `integer`, `boolean`, `date`.
    pub kind: &'static str,
    /// `name` for the name column, else empty.
    pub format: &'static str,
    /// 0 is always shown, 1 only with `-o wide`.
    pub priority: u8,
    /// What discovery says of it.
    pub description: &'static str,
    /// The cell of one object at a moment.
    pub cell: fn(&Object, Time) -> Value,
}

impl Kind {
    /// What the rows of namespaced kinds start from.
    pub const NAMESPACED: Kind = Kind {
        group: "",
        version: "v1",
        kind: "",
        plural: "",
        singular: "",
        short_names: &[],
        categories: &[],
        namespaced: true,
        subresources: &[],
        verbs: STANDARD_VERBS,
        schema: "",
        generation: false,
        names: metadata::SUBDOMAIN,
        unconditional_update: true,
        create_on_update: false,
        deprecation: "",
        view: None,
        columns: || NAME_AND_CREATED,
        cells: None,
        selectable: &[],
        defaults: |_| {},
        prepare: |_, _| {},
        validate: |_, _, _| {},
        warnings: |_| Vec::new(),
    };
    /// What the rows of cluster-scoped kinds start from.
    pub const CLUSTER: Kind = Kind { namespaced: false, ..Kind::NAMESPACED };

    /// `deployments.apps`, or `pods` in the core group: the store's name for it.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }
    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }
    /// Validates an object to be created, or to replace `old`: its metadata, then the rest.
    pub fn check(&self, object: &Object, old: Option<&Object>, errors: &mut Errors) {
        metadata::validate(object, old, self.names, self.namespaced, errors);
        (self.validate)(object, old, errors);
    }
    /// Whether there is a subresource of that name.
    pub fn has_subresource(&self, name: &str) -> bool {
        self.subresources.contains(&name)
    }
}

/// The kind called `kind` in `api_version`, such as `Deployment` in `apps/v1`.
pub fn of(api_version: &str, kind: &str) -> Option<&'static Kind> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    KINDS.iter().find(|k| k.kind == kind && k.group == group && k.version == version).copied()
}

/// The kind served under that group, version and plural.
pub fn served(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.plural == plural && k.group == group && k.version == version).copied()
}

/// The table of kinds, in the order of discovery.
pub static KINDS: &[&Kind] = &[
    &binding::KIND,
    &component_status::KIND,
    &config_map::KIND,
    &endpoints::KIND,
    &event::KIND,
    &limit_range::KIND,
    &namespace::KIND,
    &node::KIND,
    &persistent_volume_claim::KIND,
    &persistent_volume::KIND,
    &pod::KIND,
    &pod_template::KIND,
    &replication_controller::KIND,
    &resource_quota::KIND,
    &secret::KIND,
    &service_account::KIND,
    &service::KIND,
    &api_service::KIND,
    &controller_revision::KIND,
    &daemon_set::KIND,
    &deployment::KIND,
    &replica_set::KIND,
    &stateful_set::KIND,
    &event_v1::KIND,
    &reviews::SELF_SUBJECT_REVIEW,
    &reviews::TOKEN_REVIEW,
    &reviews::LOCAL_SUBJECT_ACCESS_REVIEW,
    &reviews::SELF_SUBJECT_ACCESS_REVIEW,
    &reviews::SELF_SUBJECT_RULES_REVIEW,
    &reviews::SUBJECT_ACCESS_REVIEW,
    &horizontal_pod_autoscaler::KIND,
    &horizontal_pod_autoscaler_v1::KIND,
    &cron_job::KIND,
    &job::KIND,
    &certificate_signing_request::KIND,
    &ingress_class::KIND,
    &ingress::KIND,
    &networking::IP_ADDRESS,
    &network_policy::KIND,
    &networking::SERVICE_CIDR,
    &pod_disruption_budget::KIND,
    &cluster_role_binding::KIND,
    &cluster_role::KIND,
    &role_binding::KIND,
    &role::KIND,
    &csi::DRIVER,
    &csi::NODE,
    &csi::STORAGE_CAPACITY,
    &storage_class::KIND,
    &csi::VOLUME_ATTACHMENT,
    &csi::VOLUME_ATTRIBUTES_CLASS,
    &admission::MUTATING_POLICY,
    &admission::MUTATING_POLICY_BINDING,
    &admission::MUTATING_WEBHOOK,
    &admission::VALIDATING_POLICY,
    &admission::VALIDATING_POLICY_BINDING,
    &admission::VALIDATING_WEBHOOK,
    &custom_resource_definition::KIND,
    &priority_class::KIND,
    &lease::KIND,
    &runtime_class::KIND,
    &endpoint_slice::KIND,
    &dynamic_resources::DEVICE_CLASS,
    &dynamic_resources::RESOURCE_CLAIM,
    &dynamic_resources::RESOURCE_CLAIM_TEMPLATE,
    &dynamic_resources::RESOURCE_SLICE,
    &flow_control::FLOW_SCHEMA,
    &flow_control::PRIORITY_LEVEL,
];

#[cfg(test)]
mod tests;

#[cfg(test)]
mod rows {
    use super::*;

    #[test]
    fn rows_are_whole_and_found() {
        for kind in KINDS {
            assert_eq!(kind.singular, kind.kind.to_lowercase());
            assert!(std::ptr::eq(of(&kind.api_version(), kind.kind).unwrap(), *kind), "{}", kind.kind);
            assert!(std::ptr::eq(served(kind.group, kind.version, kind.plural).unwrap(), *kind), "{}", kind.kind);
            assert!(kind.schema.ends_with(&format!(".{}.{}", kind.version, kind.kind)), "{}", kind.schema);
            assert!(kind.verbs.is_sorted() && kind.subresources.is_sorted(), "{}", kind.kind);
        }
    }
}
