//! IngressClass: which controller does an ingress.

use super::columns::{AGE, NAME, or_none, text};
use super::field::Field;
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::meta::{Errors, Object};

/// The row of IngressClass.
pub static KIND: Kind = Kind {
    group: "networking.k8s.io",
    kind: "IngressClass",
    plural: "ingressclasses",
    singular: "ingressclass",
    generation: true,
    schema: "io.k8s.api.networking.v1.IngressClass",
    columns: || COLUMNS,
    defaults: |class| {
        if class.spec()["parameters"].is_object() {
            set_missing(&mut class["spec"]["parameters"], "scope", "Cluster");
        }
    },
    validate,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Controller", "Controller that is responsible for handling this class", |class, _| {
        class.spec()["controller"].clone()
    }),
    text("Parameters", "A reference to a resource with additional parameters", |class, _| {
        let parameters = &class.spec()["parameters"];
        let (kind, name) = (parameters["kind"].str(), parameters["name"].str());
        match parameters["apiGroup"].str() {
            _ if parameters.is_null() => or_none(""),
            "" => format!("{kind}/{name}").into(),
            group => format!("{kind}.{group}/{name}").into(),
        }
    }),
    AGE,
];

fn validate(class: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(class);
    let spec = root.child("spec");
    let controller = spec.child("controller");
    if let Some(old) = old {
        controller.immutable(errors, &old.spec()["controller"]);
    } else if controller.need(errors) && !controller.str().contains('/') {
        controller.invalid(errors, "must be a domain-prefixed path (such as \"acme.io/foo\")");
    }
}
