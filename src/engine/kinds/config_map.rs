//! ConfigMap: configuration for pods to read.

use super::columns::{AGE, NAME, text};
use super::field::Field;
use super::{Column, Kind};
use crate::meta::names::config_map_key;
use crate::meta::{Errors, Object};

/// The row of ConfigMap.
pub static KIND: Kind = Kind {
    kind: "ConfigMap",
    plural: "configmaps",
    singular: "configmap",
    short_names: &["cm"],
    schema: "io.k8s.api.core.v1.ConfigMap",
    columns: || COLUMNS,
    validate,
    ..Kind::NAMESPACED
};

const COLUMNS: &[Column] = &[
    NAME,
    text("Data", "Data contains the configuration data.", |object, _| {
        (object["data"].entries().count() + object["binaryData"].entries().count()).into()
    }),
    AGE,
];

/// The most a ConfigMap or Secret may hold, in bytes.
pub const LIMIT: usize = 1024 * 1024;

fn validate(map: &Object, old: Option<&Object>, errors: &mut Errors) {
    if let Some(old) = old {
        frozen(map, old, &["data", "binaryData"], errors);
    }
    let root = Field::root(map);
    let mut size = 0;
    for field in ["data", "binaryData"] {
        let data = root.child(field);
        for (key, value) in data.each_key() {
            value.with(&key.into()).complain(errors, config_map_key(key));
            size += value.str().len();
            if field == "data" && !map["binaryData"][key].is_null() {
                value.with(&key.into()).invalid(errors, "duplicate of key present in binaryData");
            }
        }
    }
    if size > LIMIT {
        errors.too_long("[]", LIMIT);
    }
}

/// What is immutable stays as it is.
pub fn frozen(new: &Object, old: &Object, fields: &[&str], errors: &mut Errors) {
    if !old["immutable"].bool() {
        return;
    }
    let root = Field::root(new);
    let why = "field is immutable when `immutable` is set";
    if !new["immutable"].bool() {
        root.child("immutable").forbidden(errors, why);
    }
    for field in fields.iter().filter(|field| new[**field] != old[**field]) {
        root.child(field).forbidden(errors, why);
    }
}
