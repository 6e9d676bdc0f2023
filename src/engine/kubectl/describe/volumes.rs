//! The volumes of pods, pod templates and persistent volumes.

use super::page::{Page, or_unset, scalar};
use crate::meta::Value;

/// One line of a volume: its title and how it is read from the source.
type Row = (&'static str, fn(&Value) -> String);

/// The kinds of volumes: field, sentence, lines.
static SOURCES: &[(&str, &str, &[Row])] = &[
    (
        "hostPath",
        "HostPath (bare host directory volume)",
        &[("Path", |v| scalar(&v["path"])), ("HostPathType", |v| scalar(&v["type"]))],
    ),
    (
        "emptyDir",
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        &[("Medium", |v| scalar(&v["medium"])), ("SizeLimit", |v| or_unset(&v["sizeLimit"]))],
    ),
    (
        "secret",
        "Secret (a volume populated by a Secret)",
        &[("SecretName", |v| scalar(&v["secretName"])), ("Optional", |v| v["optional"].bool().to_string())],
    ),
    (
        "configMap",
        "ConfigMap (a volume populated by a ConfigMap)",
        &[("Name", |v| scalar(&v["name"])), ("Optional", |v| v["optional"].bool().to_string())],
    ),
    (
        "persistentVolumeClaim",
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        &[("ClaimName", |v| scalar(&v["claimName"])), ("ReadOnly", |v| v["readOnly"].bool().to_string())],
    ),
    (
        "nfs",
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        &[
            ("Server", |v| scalar(&v["server"])),
            ("Path", |v| scalar(&v["path"])),
            ("ReadOnly", |v| v["readOnly"].bool().to_string()),
        ],
    ),
    (
        "csi",
        "CSI (a Container Storage Interface (CSI) volume source)",
        &[
            ("Driver", |v| scalar(&v["driver"])),
            ("FSType", |v| scalar(&v["fsType"])),
            ("ReadOnly", |v| v["readOnly"].bool().to_string()),
        ],
    ),
    (
        "local",
        "LocalVolume (a persistent volume backed by local storage on a node)",
        &[("Path", |v| scalar(&v["path"]))],
    ),
    (
        "image",
        "Image (a container image or OCI artifact)",
        &[("Reference", |v| scalar(&v["reference"])), ("PullPolicy", |v| scalar(&v["pullPolicy"]))],
    ),
    (
        "ephemeral",
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        &[],
    ),
];

/// Writes the volumes. `indent` is put before the title in templates.
pub fn write(page: &mut Page<'_>, volumes: &Value, indent: &str) {
    if volumes.is_empty() {
        page.line(0, format!("{indent}Volumes:\t<none>"));
        return;
    }
    page.line(0, format!("{indent}Volumes:"));
    let name_indent = if indent.is_empty() { "" } else { " " };
    for volume in volumes.items() {
        page.line(1, format!("{name_indent}{}:", volume["name"].str()));
        if !volume["projected"].is_null() {
            projected(page, &volume["projected"]);
        } else if !volume["downwardAPI"].is_null() {
            page.line(2, "Type:\tDownwardAPI (a volume populated by information about the pod)");
            page.line(2, "Items:");
            for item in volume.at(&["downwardAPI", "items"]).items() {
                page.line(3, format!("{} -> {}", item.at(&["fieldRef", "fieldPath"]).str(), item["path"].str()));
            }
        } else {
            source(page, volume);
        }
    }
}

/// Writes what a volume is made of.
pub fn source(page: &mut Page<'_>, volume: &Value) {
    match SOURCES.iter().find(|(field, _, _)| !volume[*field].is_null()) {
        Some((field, sentence, rows)) => {
            page.line(2, format!("Type:\t{sentence}"));
            for (title, read) in *rows {
                let value = read(&volume[*field]);
                page.line(2, format!("{title}:\t{value}"));
            }
        }
        None => page.line(2, "<unknown>"),
    }
}

fn projected(page: &mut Page<'_>, projected: &Value) {
    page.line(2, "Type:\tProjected (a volume that contains injected data from multiple sources)");
    for source in projected["sources"].items() {
        for (field, title) in [("secret", "SecretName"), ("configMap", "ConfigMapName")] {
            if !source[field].is_null() {
                page.line(2, format!("{title}:\t{}", source[field]["name"].str()));
                page.line(2, format!("Optional:\t{}", source[field]["optional"].bool()));
            }
        }
        if !source["downwardAPI"].is_null() {
            page.line(2, "DownwardAPI:\ttrue");
        }
        if !source["serviceAccountToken"].is_null() {
            let seconds = source.at(&["serviceAccountToken", "expirationSeconds"]).int();
            page.line(2, format!("TokenExpirationSeconds:\t{seconds}"));
        }
    }
}
