//! Documents as text: reading manifests and kubeconfigs, writing YAML and JSON as kubectl does.

use crate::meta::Value;

/// Reads one YAML (or JSON) document; nothing reads as `null`.
///
/// # Errors
/// The parser's text.
pub fn parse(text: &str) -> Result<Value, String> {
    serde_yaml::from_str(text).map_err(|why| why.to_string())
}

/// Writes YAML.
pub fn to_yaml(value: &Value) -> String {
    serde_yaml::to_string(value).unwrap_or_default()
}

/// Writes JSON with four spaces of indentation, as `-o json` does.
pub fn to_json(value: &Value) -> String {
    let mut bytes = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, format);
    match serde::Serialize::serialize(value, &mut serializer) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default() + "\n",
        Err(_) => String::new(),
    }
}

/// Splits a stream of YAML documents at lines that begin with `---`.
pub fn split(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") && line.trim_end().trim_start_matches('-').is_empty() {
            documents.push(String::new());
        } else if let Some(last) = documents.last_mut() {
            last.push_str(line);
        }
    }
    documents
}
