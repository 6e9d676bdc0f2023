//! StorageClass: how volumes are made on demand.

use super::columns::{AGE, NAME, text};
use super::field::Field;
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::meta::names::qualified_name;
use crate::meta::{Errors, Object};

/// The row of StorageClass.
pub static KIND: Kind = Kind {
    group: "storage.k8s.io",
    kind: "StorageClass",
    plural: "storageclasses",
    singular: "storageclass",
    short_names: &["sc"],
    schema: "io.k8s.api.storage.v1.StorageClass",
    columns: || COLUMNS,
    defaults: |class| {
        set_missing(class, "reclaimPolicy", "Delete");
        set_missing(class, "volumeBindingMode", "Immediate");
    },
    validate,
    ..Kind::CLUSTER
};

const COLUMNS: &[Column] = &[
    Column {
        cell: |class, _| match is_default(class) {
            true => format!("{} (default)", class.name()).into(),
            false => class.name().into(),
        },
        ..NAME
    },
    text("Provisioner", "provisioner indicates the type of the provisioner.", |class, _| {
        class["provisioner"].str().into()
    }),
    text(
        "ReclaimPolicy",
        "reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class.",
        |class, _| match class["reclaimPolicy"].str() {
            "" => "Delete".into(),
            policy => policy.into(),
        },
    ),
    text(
        "VolumeBindingMode",
        "volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.",
        |class, _| match class["volumeBindingMode"].str() {
            "" => "<unset>".into(),
            mode => mode.into(),
        },
    ),
    text(
        "AllowVolumeExpansion",
        "allowVolumeExpansion shows whether the storage class allow volume expand.",
        |class, _| class["allowVolumeExpansion"].bool().into(),
    ),
    AGE,
];

/// Whether claims that name no class get this one.
pub fn is_default(class: &Object) -> bool {
    ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
        .into_iter()
        .any(|key| class.annotation(key) == Some("true"))
}

fn validate(class: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(class);
    let provisioner = root.child("provisioner");
    if let Some(old) = old {
        for field in ["parameters", "provisioner"].into_iter().filter(|field| class[*field] != old[*field]) {
            root.child(field).forbidden(errors, &format!("updates to {field} are forbidden."));
        }
        for field in ["reclaimPolicy", "volumeBindingMode"] {
            root.child(field).immutable(errors, &old[field]);
        }
    }
    if provisioner.need(errors) {
        provisioner.complain(errors, qualified_name(&provisioner.str().to_lowercase()));
    }
    root.child("reclaimPolicy").one_of(errors, &["Delete", "Retain"]);
    root.child("volumeBindingMode").one_of(errors, &["Immediate", "WaitForFirstConsumer"]);
}
