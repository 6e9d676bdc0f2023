//! PodTemplate: a template stored on its own.

use super::columns::{NAME, container_images, container_names, labels, text};
use super::field::Field;
use super::pod::{defaults, validate};
use super::{Column, Kind};
use crate::meta::{Errors, Object};

/// The row of PodTemplate.
pub static KIND: Kind = Kind {
    kind: "PodTemplate",
    plural: "podtemplates",
    singular: "podtemplate",
    generation: true,
    schema: "io.k8s.api.core.v1.PodTemplate",
    columns: || COLUMNS,
    defaults: |object| defaults::template(&mut object["template"]),
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Containers", "Names of each container in the template.", |object, _| {
        container_names(&object["template"]["spec"])
    }),
    text("Images", "Images referenced by each container in the template.", |object, _| {
        container_images(&object["template"]["spec"])
    }),
    text("Pod Labels", "The labels for the pod template.", |object, _| {
        labels(object.at(&["template", "metadata", "labels"]))
    }),
];

fn validate(object: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(object);
    validate::template(&root.child("template"), errors);
}
