//! OpenAPI documents made of the field table: what `/openapi/v3` and `/openapi/v2` answer, and
//! with them `kubectl explain`.

use super::descriptions::Descriptions;
use super::table::{Field, ListType, Shape, Type};
use crate::json;
use crate::meta::SortedSet;
use crate::meta::{Map, Value};

/// A kind as a document describes it.
#[derive(Clone, Debug)]
pub struct Served<'a> {
    /// Such as `apps`; empty for the core group.
    pub group: &'a str,
    /// Such as `v1`.
    pub version: &'a str,
    /// Such as `Deployment`.
    pub kind: &'a str,
    /// Such as `deployments`.
    pub plural: &'a str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// What the objects look like.
    pub schema: Source<'a>,
}

/// Where a kind's schema comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The type's name in the field table.
    Type(&'a str),
    /// A custom resource's `openAPIV3Schema`.
    Custom(&'a Value),
}

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
/// Where the types of custom resources' schemas live.
const SCHEMA: &str = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";
const LIST_OPTIONS: &str = "apimachinery.pkg.apis.meta.v1.ListOptions";
const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";

/// The document of one group and version.
pub fn v3(kinds: &[Served], server_version: &str, descriptions: &Descriptions) -> Value {
    let mut builder = Builder::new("#/components/schemas/", descriptions);
    let (paths, schemas) = builder.document(kinds);
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": server_version},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// The one document of everything, in the older format.
pub fn v2(kinds: &[Served], server_version: &str, descriptions: &Descriptions) -> Value {
    let mut builder = Builder::new("#/definitions/", descriptions);
    let (paths, definitions) = builder.document(kinds);
    json!({
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": server_version},
        "paths": paths,
        "definitions": definitions,
        "parameters": (list_parameters(descriptions)),
    })
}

/// What lists and watches can be asked with, as far as it is described.
fn list_parameters(descriptions: &Descriptions) -> Value {
    let mut parameters = Value::object();
    for (name, text) in descriptions.fields(LIST_OPTIONS) {
        let kind = match name {
            "limit" | "timeoutSeconds" => "integer",
            "allowWatchBookmarks" | "sendInitialEvents" | "watch" => "boolean",
            _ => "string",
        };
        parameters[name] = json!({"name": name, "in": "query", "type": kind, "uniqueItems": true, "description": text});
    }
    parameters
}

/// The list of documents that `/openapi/v3` answers; `documents` are paths such as `apis/apps/v1`
/// with their documents' hashes.
pub fn v3_index(documents: &[(String, String)]) -> Value {
    let mut paths = Value::object();
    for (path, hash) in documents {
        paths[path.as_str()]["serverRelativeURL"] = format!("/openapi/v3/{path}?hash={hash}").into();
    }
    json!({"paths": paths})
}

/// A hash that changes with the document: 128 bits of FNV-1a, in upper-case hexadecimal.
pub fn hash(document: &Value) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in document.to_json().bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032X}")
}

struct Builder<'a> {
    /// What a reference begins with.
    prefix: &'static str,
    descriptions: &'a Descriptions,
    /// The types and leaf types referred to.
    wanted: SortedSet<String>,
}

impl<'a> Builder<'a> {
    fn new(prefix: &'static str, descriptions: &'a Descriptions) -> Builder<'a> {
        Builder { prefix, descriptions, wanted: SortedSet::new() }
    }

    fn document(&mut self, kinds: &[Served]) -> (Value, Value) {
        let (mut paths, mut schemas) = (Value::object(), Map::new());
        for kind in kinds {
            add_paths(kind, &mut paths);
            match kind.schema {
                Source::Type(name) => {
                    self.wanted.insert(name.into());
                    if let Some(list) = self.list(name, kind) {
                        schemas.insert(format!("{name}List"), list);
                    }
                }
                Source::Custom(schema) => {
                    schemas.insert(custom_name(kind), self.custom(kind, schema));
                }
            }
        }
        let mut done = SortedSet::new();
        while let Some(name) = self.wanted.pop_first() {
            if !done.insert(name.clone()) {
                continue;
            }
            let mut schema = match Type::find(&name) {
                Some(ty) => self.object(ty),
                None => self.leaf(&name),
            };
            describe(&mut schema, &self.descriptions.of(&name));
            let own = kinds.iter().filter(|kind| matches!(kind.schema, Source::Type(own) if own == name));
            let gvk: Value = own.map(gvk).collect();
            if !gvk.is_empty() {
                schema["x-kubernetes-group-version-kind"] = gvk;
            }
            schemas.insert(name, schema);
        }
        (paths, Value::Object(schemas))
    }

    /// The schema of a kind's lists, if they are described.
    fn list(&mut self, name: &str, kind: &Served) -> Option<Value> {
        let own = format!("{name}List");
        let about = self.descriptions.of(&own);
        if about.is_empty() {
            return None;
        }
        let fields = self.descriptions.fields(&own);
        let mut items = json!({"type": "array", "items": (self.reference(name))});
        describe(&mut items, fields.get("items").map_or("", String::as_str));
        let mut metadata = self.reference(&format!("{META}.ListMeta"));
        describe(&mut metadata, fields.get("metadata").map_or("", String::as_str));
        let text = json!({"type": "string"});
        let mut schema = json!({"type": "object", "required": ["items"], "properties": {
            "apiVersion": (text.clone()), "items": items, "kind": text, "metadata": metadata,
        }});
        describe(&mut schema, &about);
        let list_kind = format!("{}List", kind.kind);
        schema["x-kubernetes-group-version-kind"] =
            json!([{"group": (kind.group), "version": (kind.version), "kind": list_kind}]);
        Some(schema)
    }

    fn object(&mut self, ty: &'static Type) -> Value {
        let descriptions = self.descriptions.fields(ty.short_name());
        let mut properties = Map::new();
        for field in ty.fields() {
            let mut property = self.shape(&field.shape, field);
            describe(&mut property, descriptions.get(field.name).map_or("", String::as_str));
            extensions(field, &mut property);
            properties.insert(field.name, property);
        }
        let required: Value = ty.fields().iter().filter(|field| field.required).map(|field| field.name).collect();
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = required;
        }
        if ty.atomic {
            schema["x-kubernetes-map-type"] = "atomic".into();
        }
        schema
    }

    /// The schema of a type that is no struct. The older format has no word for "one of these".
    fn leaf(&self, name: &str) -> Value {
        let newer = self.prefix.contains("components");
        match name.rsplit('.').next().unwrap_or_default() {
            "Time" | "MicroTime" => json!({"type": "string", "format": "date-time"}),
            "Quantity" if newer => json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
            "Quantity" => json!({"type": "string"}),
            "IntOrString" if newer => {
                json!({"oneOf": [{"type": "integer"}, {"type": "string"}], "format": "int-or-string"})
            }
            "IntOrString" => json!({"type": "string", "format": "int-or-string"}),
            // Values of any type; clients take a schema that says nothing at all for a missing one.
            json if json.starts_with("JSON") => json!({"x-kubernetes-preserve-unknown-fields": true}),
            _ => json!({"type": "object"}),
        }
    }

    fn reference(&mut self, name: &str) -> Value {
        let name = if name.starts_with("io.k8s.") { name.to_string() } else { format!("io.k8s.{name}") };
        let target = format!("{}{name}", self.prefix);
        self.wanted.insert(name);
        // The newer format wraps references, so that a description can stand beside one.
        if self.prefix.contains("components") { json!({"allOf": [{"$ref": target}]}) } else { json!({"$ref": target}) }
    }

    fn shape(&mut self, shape: &Shape, field: &Field) -> Value {
        match shape {
            Shape::String => json!({"type": "string"}),
            Shape::Bool => json!({"type": "boolean"}),
            Shape::Int32 => json!({"type": "integer", "format": "int32"}),
            Shape::Int64 => json!({"type": "integer", "format": "int64"}),
            Shape::Double => json!({"type": "number", "format": "double"}),
            Shape::Bytes => json!({"type": "string", "format": "byte"}),
            Shape::Time => self.reference(&format!("{META}.Time")),
            Shape::MicroTime => self.reference(&format!("{META}.MicroTime")),
            Shape::Quantity => self.reference("io.k8s.apimachinery.pkg.api.resource.Quantity"),
            Shape::IntOrString => self.reference("io.k8s.apimachinery.pkg.util.intstr.IntOrString"),
            Shape::Raw if field.name == "fieldsV1" => self.reference(&format!("{META}.FieldsV1")),
            Shape::Raw => self.reference("io.k8s.apimachinery.pkg.runtime.RawExtension"),
            Shape::List(inner) => json!({"type": "array", "items": (self.shape(inner, field))}),
            Shape::Map(inner) => json!({"type": "object", "additionalProperties": (self.shape(inner, field))}),
            Shape::Ref(name) => self.reference(name),
            Shape::Any => self.reference(&format!("{SCHEMA}.JSON")),
            Shape::Loose(_) => {
                let other = match field.name {
                    "items" => "Array",
                    "dependencies" => "StringArray",
                    _ => "Bool",
                };
                self.reference(&format!("{SCHEMA}.JSONSchemaPropsOr{other}"))
            }
        }
    }

    /// A custom resource's schema, with what every object has.
    fn custom(&mut self, kind: &Served, schema: &Value) -> Value {
        let mut schema = schema.clone();
        if !schema.is_object() {
            schema = json!({"type": "object"});
        }
        let common = self.descriptions.fields("api.core.v1.Pod");
        for field in ["apiVersion", "kind"] {
            let place = &mut schema["properties"][field];
            *place = json!({"type": "string"});
            describe(place, common.get(field).map_or("", String::as_str));
        }
        let mut metadata = self.reference(OBJECT_META);
        describe(&mut metadata, common.get("metadata").map_or("", String::as_str));
        schema["properties"]["metadata"] = metadata;
        schema["x-kubernetes-group-version-kind"] = [gvk(kind)].into();
        schema
    }
}

fn describe(schema: &mut Value, description: &str) {
    if !description.is_empty() {
        schema["description"] = description.into();
    }
}

fn gvk(kind: &Served) -> Value {
    json!({"group": (kind.group), "version": (kind.version), "kind": (kind.kind)})
}

/// `com.example.v1.CronTab`: the group turned round.
fn custom_name(kind: &Served) -> String {
    let mut parts: Vec<&str> = kind.group.split('.').rev().collect();
    parts.extend([kind.version, kind.kind]);
    parts.join(".")
}

fn extensions(field: &Field, property: &mut Value) {
    match field.list {
        ListType::Map(keys) => {
            property["x-kubernetes-list-type"] = "map".into();
            property["x-kubernetes-list-map-keys"] = keys.split(',').collect();
        }
        ListType::Set => property["x-kubernetes-list-type"] = "set".into(),
        ListType::Atomic if field.list_declared => property["x-kubernetes-list-type"] = "atomic".into(),
        ListType::Atomic => {}
    }
    if field.atomic {
        property["x-kubernetes-map-type"] = "atomic".into();
    }
    let strategies = [field.patch_merge.map(|_| "merge"), field.retain_keys.then_some("retainKeys")];
    let strategies: Vec<&str> = strategies.into_iter().flatten().collect();
    if !strategies.is_empty() {
        property["x-kubernetes-patch-strategy"] = strategies.join(",").into();
    }
    if let Some(key) = field.patch_merge.filter(|key| !key.is_empty()) {
        property["x-kubernetes-patch-merge-key"] = key.into();
    }
    if let Some(default) = field.default {
        property["default"] = default.into();
    }
}

/// The paths of a kind, with what clients look for there: its name, and what a patch may be.
fn add_paths(kind: &Served, paths: &mut Value) {
    let root = match kind.group {
        "" => format!("/api/{}", kind.version),
        group => format!("/apis/{group}/{}", kind.version),
    };
    let namespace = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
    let list = format!("{root}{namespace}/{}", kind.plural);
    let one = format!("{list}/{{name}}");
    let operation = |action: &str, parameters: &[&str]| {
        let parameters: Value = parameters
            .iter()
            .map(|name| json!({"name": *name, "in": "query", "schema": {"type": "string", "uniqueItems": true}}))
            .collect();
        json!({
            "x-kubernetes-action": action, "x-kubernetes-group-version-kind": (gvk(kind)), "parameters": parameters,
            "responses": {"200": {"description": "OK"}},
        })
    };
    let write = &["dryRun", "fieldManager", "fieldValidation"];
    let mut patch = operation("patch", &["dryRun", "fieldManager", "fieldValidation", "force"]);
    let mut content = Value::object();
    for kind_of_patch in ["json-patch+json", "merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml"] {
        if kind_of_patch.starts_with("strategic") && matches!(kind.schema, Source::Custom(_)) {
            continue;
        }
        content[format!("application/{kind_of_patch}").as_str()] = Value::object();
    }
    patch["requestBody"]["content"] = content;
    paths[list.as_str()] = json!({"get": (operation("list", &["labelSelector", "fieldSelector", "limit", "watch"])), "post": (operation("post", write))});
    paths[one.as_str()] = json!({
        "get": (operation("get", &[])), "put": (operation("put", write)), "patch": patch,
        "delete": (operation("delete", &["dryRun"])),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Served<'static> {
        Served {
            group: "",
            version: "v1",
            kind: "Pod",
            plural: "pods",
            namespaced: true,
            schema: Source::Type("io.k8s.api.core.v1.Pod"),
        }
    }

    #[test]
    fn documents_describe_kinds() {
        let descriptions = Descriptions::load("#api.core.v1.Pod\tA pod.\nspec\tWanted.\n");
        let document = v3(&[pod()], "v1.36.2", &descriptions);
        let schemas = &document["components"]["schemas"];
        let pod = &schemas["io.k8s.api.core.v1.Pod"];
        assert_eq!(pod["description"], "A pod.");
        assert_eq!(
            pod["properties"]["spec"].to_json(),
            r##"{"allOf":[{"$ref":"#/components/schemas/io.k8s.api.core.v1.PodSpec"}],"description":"Wanted."}"##
        );
        assert_eq!(pod["x-kubernetes-group-version-kind"][0]["kind"], "Pod");
        let ports = &schemas["io.k8s.api.core.v1.Container"]["properties"]["ports"];
        assert_eq!(ports["x-kubernetes-list-map-keys"].to_json(), r#"["containerPort","protocol"]"#);
        assert_eq!(ports["x-kubernetes-patch-merge-key"], "containerPort");
        let path = &document["paths"]["/api/v1/namespaces/{namespace}/pods/{name}"];
        assert!(path["patch"]["requestBody"]["content"].has("application/strategic-merge-patch+json"));
        let text = document.to_json();
        for (at, _) in text.match_indices("#/components/schemas/") {
            let name: &str = text[at + 21..].split('"').next().unwrap();
            assert!(schemas.has(name), "{name}");
        }
    }

    #[test]
    fn custom_resources_are_described_too() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object"}}});
        let custom = Served {
            group: "example.com",
            kind: "CronTab",
            plural: "crontabs",
            schema: Source::Custom(&schema),
            ..pod()
        };
        let document = v3(&[custom], "v1.36.2", &Descriptions::default());
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["com.example.v1.CronTab"]["properties"]["apiVersion"]["type"], "string");
        assert!(schemas.has(OBJECT_META));
        assert_ne!(hash(&document), hash(&v3(&[], "v1.36.2", &Descriptions::default())));
    }
}
