//! ControllerRevision: a past template of a DaemonSet or StatefulSet.

use super::columns::{AGE, NAME, integer, text};
use super::{Column, Kind};

/// The row of ControllerRevision.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    schema: "io.k8s.api.apps.v1.ControllerRevision",
    columns: || COLUMNS,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Controller", "Controller of the object", |revision, _| match revision.controller() {
        None => "<none>".into(),
        Some(owner) => {
            let group = owner["apiVersion"].str().rsplit_once('/').map(|(group, _)| format!(".{group}"));
            let kind = owner["kind"].str().to_lowercase();
            format!("{kind}{}/{}", group.unwrap_or_default(), owner["name"].str()).into()
        }
    }),
    integer("Revision", "Revision indicates the revision of the state represented by Data.", |revision, _| {
        revision["revision"].int().into()
    }),
    AGE,
];
