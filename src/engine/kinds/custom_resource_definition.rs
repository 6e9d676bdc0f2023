//! CustomResourceDefinition: a kind that users add.

use super::field::Field;
use super::pod::defaults::set_missing;
use super::{Kind, go};
use crate::json;
use crate::meta::cel::Program;
use crate::meta::names::{dns1035_label, dns1123_subdomain};
use crate::meta::{Errors, Object, Value};

/// The row of CustomResourceDefinition.
pub static KIND: Kind = Kind {
    group: "apiextensions.k8s.io",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    defaults,
    prepare,
    validate,
    ..Kind::CLUSTER
};

fn defaults(definition: &mut Object) {
    let spec = definition.entry("spec");
    let kind = spec["names"]["kind"].str().to_string();
    if spec["names"].is_object() {
        set_missing(&mut spec["names"], "singular", &kind.to_lowercase());
        if !kind.is_empty() {
            set_missing(&mut spec["names"], "listKind", &format!("{kind}List"));
        }
    }
    set_missing(&mut spec["conversion"], "strategy", "None");
    if spec["conversion"]["webhook"]["clientConfig"]["service"].is_object() {
        spec.set_default(&["conversion", "webhook", "clientConfig", "service", "port"], 443);
    }
    // `false` is what it means today, and goes without saying.
    if spec["preserveUnknownFields"] == false {
        spec.remove(&["preserveUnknownFields"]);
    }
}

fn prepare(definition: &mut Object, old: Option<&Object>) {
    let stored = |definition: &Object| {
        let versions = definition.spec()["versions"].items().iter();
        versions.filter(|version| version["storage"].bool()).map(|version| version["name"].clone()).next()
    };
    let Some(name) = stored(definition) else { return };
    match old {
        None => {
            definition["status"] = json!({
                "acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": [name],
            });
        }
        Some(_) => {
            let versions = definition["status"].entry("storedVersions");
            if !versions.items().contains(&name) {
                versions.push(name);
            }
        }
    }
}

fn validate(definition: &Object, old: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(definition);
    let spec = root.child("spec");
    let (group, names, scope) = (spec.child("group"), spec.child("names"), spec.child("scope"));
    let expected = format!("{}.{}", names["plural"].str(), group.str());
    if old.is_none() && definition.name() != expected {
        let metadata = root.child("metadata");
        metadata.child("name").invalid(errors, "must be spec.names.plural+\".\"+spec.group");
    }
    if old.is_some_and(|old| old.spec() == definition.spec()) {
        return;
    }
    if group.need(errors) {
        let complaints = dns1123_subdomain(group.str());
        if complaints.is_empty() && !group.str().contains('.') {
            group.invalid(errors, "should be a domain with at least one dot");
        }
        group.complain(errors, complaints);
    }
    scope.need_one_of(errors, &["Cluster", "Namespaced"], "");
    let versions = spec.child("versions");
    let mut seen: Vec<String> = Vec::new();
    for version in versions.each() {
        let name = version.child("name");
        name.with(&name.str().into()).complain(errors, dns1035_label(name.str()));
        let schema = version.child("schema");
        let schema = schema.child("openAPIV3Schema");
        if schema.is_null() {
            schema.required(errors, "");
        } else {
            structural(&schema, true, errors);
        }
        for column in version.child("additionalPrinterColumns").each() {
            column.child("name").need(errors);
            column.child("type").need_one_of(errors, &["boolean", "date", "integer", "number", "string"], "");
            column.child("jsonPath").need(errors);
        }
        seen.push(name.str().into());
    }
    let list = || go::print_list("DefinitionVersion", &versions);
    seen.sort();
    if seen.windows(2).any(|pair| pair[0] == pair[1]) {
        errors.invalid_text(&versions.path(), &list(), "must contain unique version names");
    }
    if versions.items().iter().filter(|version| version["storage"].bool()).count() != 1 {
        errors.invalid_text(&versions.path(), &list(), "must have exactly one version marked as storage version");
    }
    validate_names(&names, errors);
    match old {
        None => {
            let status = root.child("status");
            let stored = status.child("storedVersions");
            if stored.is_empty() {
                stored.with(&Value::Null).invalid(errors, "must have at least one stored version");
            }
        }
        Some(old) if old.condition_is_true("Established") => {
            scope.immutable(errors, &old.spec()["scope"]);
            group.immutable(errors, &old.spec()["group"]);
            for field in ["kind", "plural"] {
                names.child(field).immutable(errors, &old.spec()["names"][field]);
            }
        }
        Some(_) => {}
    }
}

fn validate_names(names: &Field, errors: &mut Errors) {
    for field in ["plural", "singular", "kind", "listKind"] {
        let name = names.child(field);
        let mixed = matches!(field, "kind" | "listKind");
        let complaints = dns1035_label(&if mixed { name.str().to_lowercase() } else { name.str().into() });
        if name.is_empty() {
            name.required(errors, "");
        } else if !complaints.is_empty() {
            let hint = if mixed { "may have mixed case, but should otherwise match: " } else { "" };
            name.invalid(errors, &format!("{hint}{}", complaints.join(",")));
        }
    }
    for field in ["shortNames", "categories"] {
        for name in names.child(field).each() {
            name.complain(errors, dns1035_label(name.str()));
        }
    }
    if !names["kind"].is_empty() && names["kind"] == names["listKind"] {
        names.child("listKind").invalid(errors, "kind and listKind may not be the same");
    }
}

/// A schema must say of each part what type it is.
fn structural(schema: &Field, root: bool, errors: &mut Errors) {
    let properties = schema.child("properties");
    for (_, property) in properties.each_key() {
        structural(&property, false, errors);
        named_type(&property, "must not be empty for specified object fields", errors);
    }
    for (field, why) in [
        ("items", "must not be empty for specified array items"),
        ("additionalProperties", "must not be empty for specified object fields"),
    ] {
        let inner = schema.child(field);
        if inner.is_object() {
            structural(&inner, false, errors);
            named_type(&inner, why, errors);
        }
    }
    expressions(schema, root, errors);
    let kind = schema.child("type");
    if root {
        if kind.is_empty() {
            kind.required(errors, "must not be empty at the root");
        } else if *kind != "object" {
            kind.invalid(errors, "must be object at the root");
        }
    }
    kind.one_of(errors, &["array", "boolean", "integer", "number", "object", "string"]);
}

/// The rules of a schema must be expressions, about fields that the schema has.
fn expressions(schema: &Field, root: bool, errors: &mut Errors) {
    let rules = schema.child("x-kubernetes-validations");
    if rules.is_empty() {
        return;
    }
    let mut own = schema.value().clone();
    if root {
        // What every object has, as far as rules may look at it.
        let text = json!({"type": "string"});
        own.set(&["properties", "apiVersion"], text.clone());
        own.set(&["properties", "kind"], text.clone());
        let names = json!({"type": "object", "properties": {"name": (text.clone()), "generateName": text}});
        own.set(&["properties", "metadata"], names);
    }
    for rule in rules.each() {
        for name in ["rule", "messageExpression"] {
            let field = rule.child(name);
            if field.str().trim().is_empty() {
                if name == "rule" {
                    field.required(errors, "rule is not specified");
                }
                continue;
            }
            // An old value may be missing, and then is optional.
            let before = (!rule["optionalOldSelf"].bool()).then_some(&own);
            let variables = [("self", Some(&own)), ("oldSelf", before)];
            let verdict = Program::parse(field.str()).and_then(|program| program.check(&variables));
            if let Err(why) = verdict {
                errors.invalid_text(&field.path(), &printed(&rule), &format!("compilation failed: {why}"));
            }
        }
    }
}

/// A rule as Go prints the struct.
fn printed(rule: &Value) -> String {
    let reason = match rule["reason"].str() {
        "" => "(*apiextensions.FieldValueErrorReason)(nil)".to_string(),
        reason => format!("{reason:?}"),
    };
    let optional = match rule["optionalOldSelf"].as_bool() {
        None => "(*bool)(nil)".to_string(),
        Some(value) => value.to_string(),
    };
    format!(
        "apiextensions.ValidationRule{{Rule:{:?}, Message:{:?}, MessageExpression:{:?}, Reason:{reason}, FieldPath:{:?}, \
         OptionalOldSelf:{optional}}}",
        rule["rule"].str(),
        rule["message"].str(),
        rule["messageExpression"].str(),
        rule["fieldPath"].str(),
    )
}

fn named_type(schema: &Field, why: &str, errors: &mut Errors) {
    let any = ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];
    if schema["type"].is_empty() && !any.iter().any(|flag| schema[*flag].bool()) {
        schema.child("type").required(errors, why);
    }
}
