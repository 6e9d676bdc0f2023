//! What a pod's volumes may say.

use super::containers::{local_path, pod_field};
use crate::kinds::field::Field;
use crate::kinds::persistent_volume_claim;
use crate::meta::Errors;
use crate::meta::SortedSet;
use crate::meta::names::dns1123_label;

/// The names of a pod's volumes.
pub type Volumes<'a> = SortedSet<&'a str>;

const HOST_PATH_TYPES: &[&str] =
    &["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
/// What of a pod a volume may show.
const DOWNWARD_PATHS: &[&str] =
    &["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// The fields of a volume's source that must be there.
const REQUIRED: &[(&str, &[&str])] = &[
    ("hostPath", &["path"]),
    ("secret", &["secretName"]),
    ("nfs", &["server", "path"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("configMap", &["name"]),
    ("csi", &["driver"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", &["endpoints", "path"]),
    ("gitRepo", &["repository"]),
    ("ephemeral", &["volumeClaimTemplate"]),
];

/// Validates the volumes and gives their names.
pub fn validate<'a>(volumes: &Field<'a>, errors: &mut Errors) -> Volumes<'a> {
    let mut names = SortedSet::new();
    for (at, value) in volumes.value().items().iter().enumerate() {
        let volume = volumes.index(at);
        source(&volume, &["name"], errors);
        let name = volume.child("name");
        if name.need(errors) {
            name.complain(errors, dns1123_label(name.str()));
            if !names.insert(value["name"].str()) {
                name.duplicate(errors);
            }
        }
    }
    names
}

/// Validates the one source of a volume; `others` are the fields beside it.
pub fn source(volume: &Field, others: &[&str], errors: &mut Errors) {
    let mut found = false;
    for (kind, value) in volume.entries() {
        if value.is_null() || others.contains(&kind.as_str()) {
            continue;
        }
        let source = volume.child(kind);
        if found {
            source.forbidden(errors, "may not specify more than 1 volume type");
            continue;
        }
        found = true;
        for field in REQUIRED.iter().filter(|(name, _)| *name == kind.as_str()).flat_map(|(_, fields)| *fields) {
            source.child(field).need(errors);
        }
        match kind.as_str() {
            "hostPath" => {
                no_steps_back(&source.child("path"), errors);
                let kind = source.child("type");
                if !HOST_PATH_TYPES.contains(&kind.str()) {
                    kind.unsupported(errors, HOST_PATH_TYPES);
                }
            }
            "nfs" if !source["path"].str().starts_with('/') && !source["path"].is_empty() => {
                source.child("path").invalid(errors, "must be an absolute path");
            }
            "emptyDir" if source["sizeLimit"].str().starts_with('-') => {
                source.child("sizeLimit").forbidden(errors, "SizeLimit field must be a valid resource quantity");
            }
            "secret" | "configMap" => keys(&source, errors),
            "downwardAPI" => downward(&source, errors),
            "projected" => projected(&source, errors),
            "ephemeral" if source["volumeClaimTemplate"].is_object() => {
                let template = source.child("volumeClaimTemplate");
                persistent_volume_claim::spec(&template.child("spec"), errors);
            }
            _ => {}
        }
    }
    if !found {
        volume.required(errors, "must specify a volume type");
    }
}

fn no_steps_back(path: &Field, errors: &mut Errors) {
    if path.str().split('/').any(|part| part == "..") {
        path.invalid(errors, "must not contain '..'");
    }
}

fn mode(mode: &Field, errors: &mut Errors) {
    if mode.as_i64().is_some_and(|n| !(0..=0o777).contains(&n)) {
        mode.invalid(errors, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

fn keys(source: &Field, errors: &mut Errors) {
    mode(&source.child("defaultMode"), errors);
    for item in source.child("items").each() {
        item.child("key").need(errors);
        let path = item.child("path");
        path.need(errors);
        local_path(&path, errors);
        mode(&item.child("mode"), errors);
    }
}

fn downward(source: &Field, errors: &mut Errors) {
    mode(&source.child("defaultMode"), errors);
    for file in source.child("items").each() {
        let path = file.child("path");
        path.need(errors);
        local_path(&path, errors);
        let (field, resource) = (file.child("fieldRef"), file.child("resourceFieldRef"));
        match (field.is_object(), resource.is_object()) {
            (true, true) => {
                file.invalid(errors, "fieldRef and resourceFieldRef can not be specified simultaneously");
            }
            (true, false) => pod_field(&field.child("fieldPath"), DOWNWARD_PATHS, errors),
            (false, true) => {
                resource.child("containerName").need(errors);
                resource.child("resource").need(errors);
            }
            (false, false) => file.required(errors, "one of fieldRef and resourceFieldRef is required"),
        }
        mode(&file.child("mode"), errors);
    }
}

fn projected(source: &Field, errors: &mut Errors) {
    mode(&source.child("defaultMode"), errors);
    for part in source.child("sources").each() {
        let mut found = 0;
        for (kind, _) in part.entries().filter(|(_, value)| !value.is_null()) {
            found += 1;
            let inner = part.child(kind);
            if found > 1 {
                inner.forbidden(errors, "may not specify more than 1 volume type per source");
                continue;
            }
            match kind.as_str() {
                "secret" | "configMap" => {
                    inner.child("name").need(errors);
                    keys(&inner, errors);
                }
                "downwardAPI" => downward(&inner, errors),
                "serviceAccountToken" => {
                    let seconds = inner.child("expirationSeconds");
                    if seconds.as_i64().is_some_and(|n| n < 600) {
                        seconds.invalid(errors, "may not specify a duration less than 10 minutes");
                    }
                    inner.child("path").need(errors);
                }
                _ => {}
            }
        }
        if found == 0 {
            part.required(errors, "must specify a volume type");
        }
    }
}
