//! Structs as Go prints them where a validation error shows one: Go's names, Go's order of fields,
//! absent fields as their zero values.
//!
//! `types.txt` has a line for each type: its name, then its fields in order. After a field's name
//! stands what it holds: `=s` a string, `=i` a number, `=b` a boolean, `=q` a quantity, `.T` a
//! struct, `*T` a pointer to one, `[T` a list and `{T` a map of them, `^` a value of the document
//! around it, `?` one that is left out when empty, `<T` fields written into the struct itself;
//! nothing for whatever reads `null` when absent.

mod diff;

pub use diff::unified;

use crate::meta::{Errors, Value};

static TYPES: &str = include_str!("types.txt");

/// JSON names that do not follow from Go's.
const IRREGULAR: &[(&str, &str)] = &[
    ("CephFS", "cephfs"),
    ("OpenAPIV3Schema", "openAPIV3Schema"),
    ("Ref", "$ref"),
    ("Schema", "$schema"),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields"),
    ("XEmbeddedResource", "x-kubernetes-embedded-resource"),
    ("XIntOrString", "x-kubernetes-int-or-string"),
    ("XListMapKeys", "x-kubernetes-list-map-keys"),
    ("XListType", "x-kubernetes-list-type"),
    ("XMapType", "x-kubernetes-map-type"),
    ("XValidations", "x-kubernetes-validations"),
];

/// A value as a Go struct of that type, in one line of JSON.
pub fn print(ty: &str, value: &Value) -> String {
    let mut out = String::new();
    write_struct(&mut out, ty, value, &Value::Null);
    out
}

/// A list of structs, in one line of JSON.
pub fn print_list(ty: &str, list: &Value) -> String {
    let mut out = String::new();
    write_list(&mut out, ty, list, &Value::Null);
    out
}

/// A field whose value, a struct, is wrong.
pub fn invalid(errors: &mut Errors, field: &str, ty: &str, value: &Value, detail: &str) {
    errors.invalid_text(field, &print(ty, value), detail);
}

/// How the struct changed, as lines of a unified diff of its indented JSON.
pub fn changes(ty: &str, old: &Value, new: &Value) -> String {
    unified(&indent(&print(ty, old)), &indent(&print(ty, new))).trim_end_matches('\n').into()
}

fn fields_of(ty: &str) -> impl Iterator<Item = &'static str> {
    let line = TYPES.lines().find_map(|line| line.strip_prefix(ty)?.strip_prefix(' '));
    line.unwrap_or_default().split(' ')
}

fn write_struct(out: &mut String, ty: &str, value: &Value, around: &Value) {
    out.push('{');
    let mut first = true;
    for field in fields_of(ty) {
        let end = field.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(field.len());
        let (name, holds) = field.split_at(end);
        let (how, of) = holds.split_at(holds.len().min(1));
        let json = json_name(name);
        let held = if how == "^" { &around[json.as_str()] } else { &value[field_key(ty, name, &json)] };
        if how == "<" {
            for (key, value) in held.entries().filter(|(_, value)| !value.is_empty()) {
                comma(out, &mut first);
                write_name(out, key);
                out.push_str(&escaped(value));
            }
            continue;
        }
        if how == "?" && held.is_empty() {
            continue;
        }
        comma(out, &mut first);
        write_name(out, name);
        match (how, held) {
            ("[", list) => write_list(out, of, list, value),
            ("{", Value::Object(map)) => {
                out.push('{');
                for (at, (key, item)) in map.iter().enumerate() {
                    comma(out, &mut (at == 0));
                    write_name(out, key);
                    write_struct(out, of, item, value);
                }
                out.push('}');
            }
            (".", held) => write_struct(out, of, held, value),
            ("*", held) if !held.is_null() => write_struct(out, of, held, value),
            ("=" | "^", Value::Null) => out.push_str(match of {
                "s" => "\"\"",
                "i" => "0",
                "b" => "false",
                "q" => "\"0\"",
                _ => "null",
            }),
            // Empty lists and maps do not survive the way into the store.
            (_, held)
                if !matches!(how, "=" | "^" | "*") && (held.is_object() || held.is_array()) && held.is_empty() =>
            {
                out.push_str("null");
            }
            (_, held) => out.push_str(&escaped(held)),
        }
    }
    out.push('}');
}

fn write_list(out: &mut String, ty: &str, list: &Value, around: &Value) {
    if list.items().is_empty() {
        out.push_str("null");
        return;
    }
    out.push('[');
    for (at, item) in list.items().iter().enumerate() {
        comma(out, &mut (at == 0));
        write_struct(out, ty, item, around);
    }
    out.push(']');
}

fn comma(out: &mut String, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(',');
    }
}

fn write_name(out: &mut String, name: &str) {
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

/// JSON as Go escapes it.
fn escaped(value: &Value) -> String {
    let json = value.to_json();
    if !json.contains(['<', '>', '&']) {
        return json;
    }
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The schema of a version is no `$schema`.
fn field_key<'a>(ty: &str, name: &str, json: &'a str) -> &'a str {
    if name == "Schema" && ty == "DefinitionVersion" { "schema" } else { json }
}

/// `dnsPolicy` of `DNSPolicy`: a run of capitals is a word, its last letter begins the next.
fn json_name(name: &str) -> String {
    if let Some((_, json)) = IRREGULAR.iter().find(|(go, _)| *go == name) {
        return (*json).into();
    }
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let lowered = if capitals <= 1 || capitals == name.len() { capitals } else { capitals - 1 };
    let (head, tail) = name.split_at(lowered);
    head.to_ascii_lowercase() + tail
}

/// One line of JSON as lines, each level indented by a space.
fn indent(json: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut quoted, mut escaped, mut opened) = (0_usize, false, false, false);
    for c in json.chars() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
            continue;
        }
        if opened && !matches!(c, '}' | ']') {
            new_line(&mut out, depth);
        }
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !opened {
                    new_line(&mut out, depth);
                }
            }
            '"' => quoted = true,
            _ => {}
        }
        opened = matches!(c, '{' | '[');
        out.push(c);
        match c {
            ',' => new_line(&mut out, depth),
            ':' => out.push(' '),
            _ => {}
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn structs_read_as_go_writes_them() {
        for (ty, value, expect) in [
            (
                "ServicePort",
                json!({"port": 80, "protocol": "TCP"}),
                r#"{"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}"#,
            ),
            (
                "DeploymentStrategy",
                json!({"type": "Rolling", "rollingUpdate": {"maxSurge": "lots"}}),
                r#"{"Type":"Rolling","RollingUpdate":{"MaxUnavailable":0,"MaxSurge":"lots"}}"#,
            ),
            (
                "BudgetSpec",
                json!({"minAvailable": 1, "maxUnavailable": 1, "selector": {"matchLabels": {"app": "web"}}}),
                r#"{"MinAvailable":1,"Selector":{"matchLabels":{"app":"web"}},"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}"#,
            ),
            (
                "RoleRef",
                json!({"apiGroup": "a", "kind": "Role", "name": "<b>"}),
                r#"{"APIGroup":"a","Kind":"Role","Name":"\u003cb\u003e"}"#,
            ),
        ] {
            assert_eq!(print(ty, &value), expect);
        }
        let template = print(
            "PodTemplateSpec",
            &json!({"metadata": {"labels": {"a": "b"}}, "spec": {"hostNetwork": true, "securityContext": {}}}),
        );
        assert!(template.starts_with(r#"{"labels":{"a":"b"},"Spec":{"Volumes":null,"#), "{template}");
        assert!(template.contains(r#""SecurityContext":{"HostNetwork":true,"HostPID":false,"#), "{template}");
    }

    #[test]
    fn names_lose_their_leading_capitals() {
        for (go, json) in
            [("DNSPolicy", "dnsPolicy"), ("TTY", "tty"), ("HostPID", "hostPID"), ("SELinuxOptions", "seLinuxOptions")]
        {
            assert_eq!(json_name(go), json);
        }
    }

    #[test]
    fn changes_are_a_unified_diff() {
        let old = json!({"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "5Gi"}}});
        let new = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "5Gi"}}});
        let expect = "@@ -1,6 +1,6 @@\n {\n  \"AccessModes\": [\n-  \"ReadWriteMany\"\n+  \"ReadWriteOnce\"\n  ],\n  \"Selector\": null,\n  \"Resources\": {";
        assert_eq!(changes("ClaimSpec", &old, &new), expect);
    }
}
