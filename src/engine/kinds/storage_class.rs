//! StorageClass: how volumes are made on demand.

use super::columns::{AGE, NAME, text};
use super::pod::defaults::set_missing;
use super::{Column, Kind};
use crate::meta::Object;

/// The row of StorageClass.
pub static KIND: Kind = Kind {
    group: "storage.k8s.io",
    kind: "StorageClass",
    plural: "storageclasses",
    singular: "storageclass",
    short_names: &["sc"],
    schema: "io.k8s.api.storage.v1.StorageClass",
    columns: COLUMNS,
    defaults: |class| {
        set_missing(class, "reclaimPolicy", "Delete");
        set_missing(class, "volumeBindingMode", "Immediate");
    },
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
