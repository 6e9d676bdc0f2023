//! Kinds: one file each, and the table that everything else reads.
//!
//! A [`Kind`] is a row of data and functions: names, columns, defaults, validation. To add one,
//! write its file and put its line into [`KINDS`].

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
    /// The columns of `Table` answers. `Name` is written by hand in each, as the real ones are.
    pub columns: &'static [Column],
    /// Field selectors beyond `metadata.name` and `metadata.namespace`.
    pub selectable: &'static [(&'static str, fn(&Object) -> String)],
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
    /// `deployments.apps`, or `pods` in the core group: the store's name for it.
    pub fn resource(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }
    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }
}

pub use crate::meta::Errors;

/// The table of kinds, in the order of discovery.
pub static KINDS: &[&Kind] = &[];
