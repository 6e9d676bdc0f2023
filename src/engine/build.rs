//! Generates the field table of the Kubernetes API from the `k8s-openapi` crate.
//!
//! Two files in `OUT_DIR`: `fields.txt`, the table that goes into every build (its format is
//! described in `schema/table.rs`), and `descriptions.txt`, the texts for `explain`.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::{env, fs, path::Path};

/// The types served; what they refer to comes along.
macro_rules! roots {
    ($generator:ident, $($group:ident :: $version:ident { $($name:ident),* })*) => {
        $($($generator.subschema_for::<k8s_openapi::api::$group::$version::$name>();)*)*
    };
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for file in ["merge-keys.tsv", "go-types.tsv", "lists.txt"] {
        println!("cargo::rerun-if-changed=schema/{file}");
    }
    let mut generator = schemars::SchemaGenerator::default();
    roots! { generator,
        admissionregistration::v1 {
            MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, MutatingWebhookConfiguration,
            ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, ValidatingWebhookConfiguration
        }
        apps::v1 { Deployment, ReplicaSet, DaemonSet, StatefulSet, ControllerRevision }
        authentication::v1 { TokenRequest, TokenReview, SelfSubjectReview }
        authorization::v1 {
            SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview, LocalSubjectAccessReview
        }
        autoscaling::v1 { HorizontalPodAutoscaler, Scale }
        autoscaling::v2 { HorizontalPodAutoscaler }
        batch::v1 { Job, CronJob }
        certificates::v1 { CertificateSigningRequest }
        coordination::v1 { Lease }
        core::v1 {
            Binding, ComponentStatus, ConfigMap, Endpoints, Event, LimitRange, Namespace, Node, PersistentVolume,
            PersistentVolumeClaim, Pod, PodTemplate, ReplicationController, ResourceQuota, Secret, Service,
            ServiceAccount
        }
        discovery::v1 { EndpointSlice }
        events::v1 { Event }
        flowcontrol::v1 { FlowSchema, PriorityLevelConfiguration }
        networking::v1 { IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR }
        node::v1 { RuntimeClass }
        policy::v1 { PodDisruptionBudget, Eviction }
        rbac::v1 { Role, RoleBinding, ClusterRole, ClusterRoleBinding }
        resource::v1 { DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice }
        scheduling::v1 { PriorityClass }
        storage::v1 {
            CSIDriver, CSINode, CSIStorageCapacity, StorageClass, VolumeAttachment, VolumeAttributesClass
        }
    }
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1 as meta;
    use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;
    generator.subschema_for::<apiextensions::CustomResourceDefinition>();
    generator.subschema_for::<apiregistration::APIService>();
    generator.subschema_for::<meta::DeleteOptions>();
    generator.subschema_for::<meta::Status>();
    let types: BTreeMap<String, Map<String, Value>> = generator
        .take_definitions(true)
        .into_iter()
        .filter_map(|(name, schema)| Some((name, schema.as_object()?.clone())))
        .collect();

    let merge = rows("schema/merge-keys.tsv");
    let go = rows("schema/go-types.tsv");
    let (mut table, mut descriptions) = (String::new(), String::new());
    for (name, schema) in &types {
        let text = |schema: &Map<String, Value>| {
            schema
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .replace('\\', "\\\\")
                .replace('\n', "\\n")
        };
        let _ = writeln!(descriptions, "#{}\t{}", short(name), text(schema));
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            continue;
        };
        let flags = merge.get(&(name.clone(), String::new())).map(|row| merge_flags(row)).unwrap_or_default();
        let _ = writeln!(table, "#{}{}", short(name), flags);
        let required: BTreeSet<&str> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let sorted: BTreeMap<&String, &Value> = properties.iter().collect();
        for (field, property) in sorted {
            let Some(property) = property.as_object() else { continue };
            let _ = writeln!(descriptions, "{field}\t{}", text(property));
            let key = (name.clone(), field.clone());
            let mut flags = merge.get(&key).map(|row| merge_flags(row)).unwrap_or_default();
            if let Some(row) = go.get(&(short(name), field.clone())) {
                flags += " ";
                flags += row.first().map_or("", String::as_str);
            }
            // The crate's types always have metadata; the API asks for none.
            if required.contains(field.as_str()) && field != "metadata" {
                flags += " !";
            }
            let _ = writeln!(table, "{field} {}{flags}", code(property, &types));
        }
    }
    // Lists and their options are no types of the crate's.
    descriptions += &fs::read_to_string("schema/lists.txt").expect("schema/lists.txt is readable");
    let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    fs::write(Path::new(&out).join("fields.txt"), table).expect("OUT_DIR is writable");
    fs::write(Path::new(&out).join("descriptions.txt"), descriptions).expect("OUT_DIR is writable");
}

/// A table of facts: its first two columns are the type and the field.
fn rows(file: &str) -> BTreeMap<(String, String), Vec<String>> {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let mut columns = line.split('\t').map(String::from);
        let key = (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
        rows.insert(key, columns.collect());
    }
    rows
}

/// How a list or map merges, in the table's letters.
fn merge_flags(row: &[String]) -> String {
    let column = |at: usize| row.get(at).map_or("", String::as_str);
    let mut flags = String::new();
    match column(0) {
        "atomic" => flags += " a",
        "set" => flags += " S",
        "map" => flags += &format!(" m{}", column(1)),
        _ => {}
    }
    if column(2).contains("merge") {
        flags += &format!(" P{}", if column(3) == column(1) { "" } else { column(3) });
    }
    if column(2).contains("retainKeys") {
        flags += " R";
    }
    if column(4) == "atomic" {
        flags += " A";
    }
    flags
}

/// A type's name without what all names have in common.
fn short(name: &str) -> String {
    name.strip_prefix("io.k8s.").unwrap_or(name).into()
}

/// The type of a field in the table's letters.
fn code(schema: &Map<String, Value>, types: &BTreeMap<String, Map<String, Value>>) -> String {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.rsplit('/').next().unwrap_or_default().replace("~1", "/");
        return match name.rsplit('.').next().unwrap_or_default() {
            "Time" => "D".into(),
            "MicroTime" => "M".into(),
            "Quantity" => "q".into(),
            "IntOrString" => "x".into(),
            "RawExtension" | "FieldsV1" => "r".into(),
            "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" => {
                format!("?{}Props", short(&name).split("Props").next().unwrap_or_default())
            }
            _ => {
                let refers = types.get(&name).is_some_and(|schema| schema.contains_key("properties"));
                if refers { format!("@{}", short(&name)) } else { "j".into() }
            }
        };
    }
    let inner = |key: &str| schema.get(key).and_then(Value::as_object).map_or("j".into(), |inner| code(inner, types));
    match (text("type"), text("format")) {
        ("string", "byte") => "y".into(),
        ("string", _) => "s".into(),
        ("boolean", _) => "b".into(),
        ("integer", "int64") => "l".into(),
        ("integer", _) => "i".into(),
        ("number", _) => "d".into(),
        ("array", _) => format!("[{}", inner("items")),
        ("object", _) if schema.contains_key("additionalProperties") => format!("{{{}", inner("additionalProperties")),
        _ => "j".into(),
    }
}
