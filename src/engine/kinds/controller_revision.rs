//! ControllerRevision: a past template of a DaemonSet or StatefulSet.

use super::Kind;

/// The row of ControllerRevision.
pub static KIND: Kind = Kind {
    group: "apps",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    singular: "controllerrevision",
    schema: "io.k8s.api.apps.v1.ControllerRevision",
    ..Kind::NAMESPACED
};
