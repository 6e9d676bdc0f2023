//! PodTemplate: a template stored on its own.

use super::Kind;

/// The row of PodTemplate.
pub static KIND: Kind = Kind {
    kind: "PodTemplate",
    plural: "podtemplates",
    singular: "podtemplate",
    generation: true,
    schema: "io.k8s.api.core.v1.PodTemplate",
    ..Kind::NAMESPACED
};
