//! JSON as Go's `encoding/json` prints it, indented by four spaces for `-o json`, and KYAML.

use super::{Map, Value};
use std::fmt::Write;

impl Value {
    /// One line of JSON as Go's `json.Marshal` writes it: `<`, `>` and `&` are escaped.
    pub fn to_go_json(&self) -> String {
        let mut out = String::new();
        compact(self, &mut out);
        out
    }
    /// Appends what [`Value::to_go_json`] gives.
    pub fn write_go_json(&self, out: &mut String) {
        compact(self, out);
    }
    /// JSON as `kubectl -o json` prints it, without the newline at the end.
    pub fn to_pretty_json(&self) -> String {
        let mut out = String::new();
        pretty(self, 0, &mut out);
        out
    }
    /// The value as `kubectl -o kyaml` prints it, from its `---` to the newline at the end.
    pub fn to_kyaml(&self) -> String {
        self.to_kyaml_ordered(&|map, _| map.iter().map(|(key, value)| (key.as_str(), value)).collect())
    }
    /// The same, the fields of each map in the order in which `order` gives them; it is told the
    /// name of the field that holds the map.
    pub fn to_kyaml_ordered(&self, order: Order) -> String {
        let mut out = String::from("---\n");
        kyaml(self, "", 0, order, &mut out);
        out.push('\n');
        out
    }
}

/// What puts the entries of a map in order.
pub type Order<'o> = &'o dyn for<'a> Fn(&'a Map, &str) -> Vec<(&'a str, &'a Value)>;

/// A string in quotes, escaped as `json.Marshal` does.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A float: Go goes over to exponents below 1e-6 and from 1e21 on.
pub(super) fn float(n: f64) -> String {
    if n != 0.0 && (n.abs() < 1e-6 || n.abs() >= 1e21) {
        let text = format!("{n:e}");
        return if text.contains("e-") { text } else { text.replace('e', "e+") };
    }
    n.to_string()
}

fn scalar(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => quote(text, out),
        Value::Float(n) => out.push_str(&float(*n)),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
        other => out.push_str(&other.to_json()),
    }
}

fn compact(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                compact(item, out);
            }
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                quote(key, out);
                out.push(':');
                compact(value, out);
            }
            out.push('}');
        }
        other => scalar(other, out),
    }
}

fn new_line(depth: usize, width: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * width));
}

fn pretty(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                new_line(depth + 1, 4, out);
                pretty(item, depth + 1, out);
            }
            new_line(depth, 4, out);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                new_line(depth + 1, 4, out);
                quote(key, out);
                out.push_str(": ");
                pretty(value, depth + 1, out);
            }
            new_line(depth, 4, out);
            out.push('}');
        }
        other => scalar(other, out),
    }
}

fn kyaml(value: &Value, field: &str, depth: usize, order: Order, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => kyaml_list(items, field, depth, order, out),
        Value::Object(map) if !map.is_empty() => {
            out.push('{');
            for (key, value) in order(map, field) {
                new_line(depth + 1, 2, out);
                if is_plain_key(key) {
                    out.push_str(key)
                } else {
                    quote_go(key, out)
                }
                out.push_str(": ");
                kyaml(value, key, depth + 1, order, out);
                out.push(',');
            }
            new_line(depth, 2, out);
            out.push('}');
        }
        Value::String(text) if text.contains('\n') => kyaml_lines(text, depth, out),
        Value::String(text) => quote_go(text, out),
        other => scalar(other, out),
    }
}

/// Lists of maps or lists cuddle their brackets; other items stand on lines of their own.
fn kyaml_list(items: &[Value], field: &str, depth: usize, order: Order, out: &mut String) {
    let nested = |item: &Value| item.is_object() || item.is_array();
    out.push('[');
    if items.iter().all(nested) {
        for (at, item) in items.iter().enumerate() {
            out.push_str(if at > 0 { ", " } else { "" });
            kyaml(item, field, depth, order, out);
        }
    } else {
        for item in items {
            new_line(depth + 1, 2, out);
            kyaml(item, field, depth + 1, order, out);
            out.push(',');
        }
        new_line(depth, 2, out);
    }
    out.push(']');
}

/// A string of several lines, folded so that each stands on its own line.
fn kyaml_lines(text: &str, depth: usize, out: &mut String) {
    out.push_str("\"\\");
    for line in text.split_inclusive('\n') {
        new_line(depth + 1, 2, out);
        out.push(' ');
        let content = line.strip_suffix('\n').unwrap_or(line);
        let mut quoted = String::new();
        quote_go(content, &mut quoted);
        let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        if inner.starts_with(' ') {
            out.push('\\');
        }
        out.push_str(inner);
        out.push_str(if line.ends_with('\n') { "\\n\\" } else { "\\" });
    }
    new_line(depth + 1, 2, out);
    out.push('"');
}

/// A string in quotes as Go's `strconv.Quote` writes it.
pub(super) fn quote_go(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c.is_ascii_control() => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether a key needs no quotes: it cannot be taken for anything but a string.
fn is_plain_key(key: &str) -> bool {
    const WORDS: &[&str] = &["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        && !WORDS.contains(&key.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use crate::json;

    #[test]
    fn json_is_gos() {
        let value = json!({"a": "<&>\u{7f}\u{1}", "b": [], "c": {}, "d": [1, {"e": null}], "f": 1e30});
        assert_eq!(
            value.to_go_json(),
            r#"{"a":"\u003c\u0026\u003e"#.to_string()
                + "\u{7f}"
                + r#"\u0001","b":[],"c":{},"d":[1,{"e":null}],"f":1e+30}"#
        );
        assert_eq!(
            json!({"b": [], "d": [1, {"e": null}]}).to_pretty_json(),
            "{\n    \"b\": [],\n    \"d\": [\n        1,\n        {\n            \"e\": null\n        }\n    ]\n}"
        );
    }

    #[test]
    fn kyaml() {
        let value = json!({"l": [{"a": "x", "yes": 1}, {"b": {}}], "c": ["s", 2], "example.com/o": "a\n b"});
        assert_eq!(
            value.to_kyaml(),
            "---\n{\n  c: [\n    \"s\",\n    2,\n  ],\n  example.com/o: \"\\\n     a\\n\\\n     \\ b\\\n    \",\n  l: [{\n    a: \"x\",\n    \"yes\": 1,\n  }, {\n    b: {},\n  }],\n}\n"
        );
    }
}
