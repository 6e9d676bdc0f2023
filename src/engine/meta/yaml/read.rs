//! Reading YAML on `serde_yaml`, which shares libyaml's errors with Go's reader but knows YAML 1.2
//! only: so scalars come here as they stand in the text and are resolved by our own rules.

use super::super::{Map, Value};
use super::resolve::{number, resolve};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor};
use std::fmt;

/// Splits a stream at its `---` lines, as kubectl does; line numbers in errors count from there.
pub fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let separates = line.strip_prefix("---").is_some_and(|rest| {
            let rest = rest.trim();
            rest.is_empty() || rest.starts_with('#')
        });
        if separates && at > start {
            documents.push(&text[start..at]);
            start = at + line.len();
        }
        at += line.len();
    }
    if at > start {
        documents.push(&text[start..at]);
    }
    documents
}

/// Reads every document of a stream; empty ones are `null`.
///
/// # Errors
/// As [`parse`].
pub fn parse_all(text: &str) -> Result<Vec<Value>, String> {
    documents(text).into_iter().map(parse).collect()
}

/// Reads one document (of several, the first).
///
/// # Errors
/// Go's text, such as `yaml: line 4: found character that cannot start any token`.
pub fn parse(text: &str) -> Result<Value, String> {
    read(Node { text, core: false })
}

/// Reads one document as kustomize does: only `true` and `false` are booleans, `yes` is a string.
///
/// # Errors
/// As [`parse`].
pub fn parse_core(text: &str) -> Result<Value, String> {
    read(Node { text, core: true })
}

fn read(node: Node) -> Result<Value, String> {
    let text = node.text;
    let Some(document) = serde_yaml::Deserializer::from_str(text).next() else {
        return Ok(Value::Null);
    };
    match node.deserialize(document) {
        Ok(value) => Ok(value),
        Err(error) => go_error(&error, text).map_or(Ok(Value::Null), Err),
    }
}

/// The errors of libyaml's parser, whose lines Go counts from zero; all others are the scanner's.
const PARSER_ERRORS: &[&str] = &[
    "did not find expected <stream-start>",
    "did not find expected <document start>",
    "did not find expected node content",
    "did not find expected '-' indicator",
    "did not find expected key",
    "did not find expected ',' or ']'",
    "did not find expected ',' or '}'",
    "found undefined tag handle",
    "found duplicate %YAML directive",
    "found duplicate %TAG directive",
    "found incompatible YAML document",
];

/// The error as Go says it; `None` for a document that is merely empty.
fn go_error(error: &serde_yaml::Error, text: &str) -> Option<String> {
    let message = error.to_string();
    if message.starts_with("EOF while parsing a value") {
        return None;
    }
    // The text is `PROBLEM at line L column C, CONTEXT at line M column N`.
    let (problem, place) = message.split_once(" at ").unwrap_or((&message, ""));
    let line_in = |place: &str| -> usize {
        let digits = place.strip_prefix("line ").unwrap_or_default();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse::<usize>().unwrap_or(1) - 1
    };
    if problem.starts_with("unknown anchor") {
        let at = error.location().map_or(0, |place| place.index());
        let name = text.get(at..).unwrap_or_default().trim_start_matches('*');
        let end = name.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').unwrap_or(name.len());
        return Some(format!("yaml: unknown anchor '{}' referenced", &name[..end]));
    }
    let problem = match problem {
        "recursion limit exceeded" => "exceeded max depth of 10000",
        "repetition limit exceeded" => "document contains excessive aliasing",
        problem => problem,
    };
    let scanner = !PARSER_ERRORS.contains(&problem);
    let line = match line_in(place) {
        0 => place.split_once(" at ").map_or(0, |(_, context)| line_in(context)),
        line => line + usize::from(scanner),
    };
    Some(if line == 0 { format!("yaml: {problem}") } else { format!("yaml: line {line}: {problem}") })
}

#[derive(Clone, Copy)]
struct Node<'a> {
    /// The whole input, to see whether a scalar stands in quotes.
    text: &'a str,
    /// Whether only `true` and `false` are booleans.
    core: bool,
}

impl Node<'_> {
    /// What a scalar means; `None` where it is a string.
    fn meaning(self, text: &str) -> Option<Value> {
        if !self.is_plain(text) {
            return None;
        }
        resolve(text).filter(|value| {
            !self.core
                || value.as_bool().is_none_or(|value| text.eq_ignore_ascii_case(if value { "true" } else { "false" }))
        })
    }

    /// Whether a slice of the input is a plain scalar: neither a quote nor `!!str` stands before it.
    fn is_plain(self, scalar: &str) -> bool {
        let offset = (scalar.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).unwrap_or_default();
        !before.ends_with(['"', '\'']) && !before.trim_end().ends_with("!!str")
    }
}

impl<'de> DeserializeSeed<'de> for Node<'de> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'de> {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Value::from(n))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Value, E> {
        Ok(number(n))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value, E> {
        Ok(self.meaning(text).unwrap_or_else(|| Value::from(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(items.into())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = access.next_key_seed(KeySeed(self))? {
            let value = access.next_value_seed(self)?;
            match key {
                MapKey::Text(key) => {
                    map.insert(key, value);
                }
                MapKey::Merge => merge(&mut map, &value).map_err(A::Error::custom)?,
            }
        }
        Ok(Value::Object(map))
    }
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        // A value with a tag of its own: Go drops the tag.
        let (_, content) = access.variant::<String>()?;
        content.newtype_variant_seed(self)
    }
}

/// `<<`: the entries of another map, or of several.
fn merge(map: &mut Map, value: &Value) -> Result<(), &'static str> {
    match value {
        Value::Object(from) => {
            for (key, value) in from.iter().filter(|(key, _)| !key.is_empty()) {
                map.insert(key.clone(), value);
            }
            Ok(())
        }
        // The first of several wins.
        Value::Array(items) => items.iter().rev().try_for_each(|item| match item {
            Value::Object(_) => merge(map, item),
            _ => Err("map merge requires map or sequence of maps as the value"),
        }),
        _ => Err("map merge requires map or sequence of maps as the value"),
    }
}

enum MapKey {
    Text(String),
    Merge,
}

struct KeySeed<'a>(Node<'a>);

impl<'de> DeserializeSeed<'de> for KeySeed<'de> {
    type Value = MapKey;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<MapKey, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for KeySeed<'de> {
    type Value = MapKey;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map key")
    }
    fn visit_unit<E: Error>(self) -> Result<MapKey, E> {
        Err(E::custom("unsupported map key of type: <nil>"))
    }
    fn visit_bool<E>(self, b: bool) -> Result<MapKey, E> {
        Ok(MapKey::Text(b.to_string()))
    }
    fn visit_i64<E>(self, n: i64) -> Result<MapKey, E> {
        Ok(MapKey::Text(n.to_string()))
    }
    fn visit_u64<E>(self, n: u64) -> Result<MapKey, E> {
        Ok(MapKey::Text(n.to_string()))
    }
    fn visit_f64<E>(self, n: f64) -> Result<MapKey, E> {
        Ok(MapKey::Text(super::write::float(n)))
    }
    fn visit_str<E>(self, text: &str) -> Result<MapKey, E> {
        Ok(MapKey::Text(text.into()))
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<MapKey, E> {
        if text == "<<" && self.0.is_plain(text) {
            return Ok(MapKey::Merge);
        }
        match self.0.meaning(text) {
            Some(Value::Float(n)) => self.visit_f64(n),
            Some(value) => Ok(MapKey::Text(value.to_json())),
            None => Ok(MapKey::Text(text.into())),
        }
    }
}
