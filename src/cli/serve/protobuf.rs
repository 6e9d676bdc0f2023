//! Protobuf bodies: what kubectl's typed clients send, turned into the document they encode.
//!
//! The envelope is `k8s\0` and a `runtime.Unknown`; inside, the fields of the API's types by number
//! (protobuf-tags.tsv). Everything else about a field comes from the engine's own field table, so
//! this needs no generated code. Answers are JSON, which every client accepts.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tabernetes_engine::kinds::KINDS;
use tabernetes_engine::meta::{Time, Value};
use tabernetes_engine::schema::{Field, Shape, Type};

/// The media type of such bodies.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";
/// What every encoded object begins with.
const MAGIC: &[u8] = b"k8s\0";
/// How deep messages may nest: deeper ones are no Kubernetes objects.
const MAX_DEPTH: usize = 64;

/// A message's field numbers with the fields' names in lower case, in the order of the Go struct.
type Tags = Vec<(u64, &'static str)>;

/// The messages by their names in lower case.
static TAGS: LazyLock<BTreeMap<String, Tags>> = LazyLock::new(|| {
    let rows = include_str!("protobuf-tags.tsv").lines().filter_map(|line| line.split_once('\t'));
    let parsed = rows.map(|(name, fields)| {
        let fields = fields.split(' ').filter_map(|field| field.split_once('='));
        (name.to_ascii_lowercase(), fields.filter_map(|(name, tag)| Some((tag.parse().ok()?, name))).collect())
    });
    parsed.collect()
});

/// A field as it stands on the wire.
enum Wire<'a> {
    Number(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
}

/// Splits a message into its fields; `None` where it is cut off or malformed.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Wire<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let wire = match key & 7 {
            0 => Wire::Number(varint(&mut bytes)?),
            1 => Wire::Fixed(u64::from_le_bytes(take(&mut bytes, 8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                Wire::Bytes(take(&mut bytes, length)?)
            }
            5 => Wire::Fixed(u64::from(u32::from_le_bytes(take(&mut bytes, 4)?.try_into().ok()?))),
            _ => return None,
        };
        found.push((key >> 3, wire));
    }
    Some(found)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(count)?;
    *bytes = tail;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn text(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// The text in a field of a small message.
fn text_field(bytes: &[u8], tag: u64) -> Option<String> {
    let all = fields(bytes)?;
    let found = all.iter().find_map(|(number, wire)| match wire {
        Wire::Bytes(bytes) if *number == tag => text(bytes),
        _ => None,
    });
    Some(found.unwrap_or_default())
}

/// The document that a body encodes; `None` if it is malformed or of an unknown type.
pub fn decode(body: &[u8]) -> Option<Value> {
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for (tag, wire) in fields(body.strip_prefix(MAGIC)?)? {
        match (tag, wire) {
            (1, Wire::Bytes(meta)) => (api_version, kind) = (text_field(meta, 1)?, text_field(meta, 2)?),
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let mut document = message(type_of(&api_version, &kind)?, raw, 0)?;
    document["apiVersion"] = api_version.into();
    document["kind"] = kind.into();
    Some(document)
}

/// The type of an object.
pub(super) fn type_of(api_version: &str, kind: &str) -> Option<&'static Type> {
    if let Some(row) = KINDS.iter().find(|row| row.kind == kind && row.api_version() == api_version) {
        return Type::find(row.schema);
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
    let package = group.split('.').next().unwrap_or(group);
    Type::find(&format!("io.k8s.api.{package}.{version}.{kind}"))
        .or_else(|| Type::find(&format!("io.k8s.apimachinery.pkg.apis.meta.v1.{kind}")))
}

fn message(ty: &'static Type, bytes: &[u8], depth: usize) -> Option<Value> {
    let mut document = Value::object();
    fill(&mut document, ty, TAGS.get(&ty.name().to_ascii_lowercase())?, bytes, depth)?;
    Some(document)
}

/// The numbers of the fields of a type that is written inline: a message of its own on the wire,
/// part of the type around it in JSON.
fn inlined(ty: &Type, lower: &str) -> Option<&'static Tags> {
    let name = ty.name().to_ascii_lowercase();
    let (package, _) = name.rsplit_once('.')?;
    // A probe's handler has another name as a type than as a field.
    let lower = if lower == "handler" { "probehandler" } else { lower };
    TAGS.get(&format!("{package}.{lower}"))
}

/// Puts the fields of a message into the document of that type.
fn fill(document: &mut Value, ty: &'static Type, tags: &Tags, bytes: &[u8], depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    for (tag, wire) in fields(bytes)? {
        let Some((_, name)) = tags.iter().find(|(number, _)| *number == tag) else { continue };
        let Some(field) = field_named(ty, name) else {
            if let (Some(tags), Wire::Bytes(bytes)) = (inlined(ty, name), wire) {
                fill(document, ty, tags, bytes, depth + 1)?;
            }
            continue;
        };
        match &field.shape {
            Shape::List(item) => {
                let item = value(item, wire, depth)?;
                document[field.name].push(item);
            }
            Shape::Map(item) => {
                let Wire::Bytes(entry) = wire else { return None };
                let key = text_field(entry, 1)?;
                let found = fields(entry)?.into_iter().find(|(tag, _)| *tag == 2).map(|(_, wire)| wire);
                let item = value(item, found.unwrap_or(Wire::Bytes(&[])), depth)?;
                document[field.name].object_mut().insert(key, item);
            }
            shape => {
                let value = value(shape, wire, depth)?;
                // Go's encoder writes empty values that its JSON leaves out.
                if !(field.omit_empty && value.is_empty()) && !value.is_null() {
                    document[field.name] = value;
                }
            }
        }
    }
    Some(())
}

/// The names of a type's fields in the order of its Go struct.
pub(super) fn order(ty: &'static Type) -> Vec<&'static str> {
    fn walk(ty: &'static Type, tags: &Tags, depth: usize, names: &mut Vec<&'static str>) {
        for (_, lower) in tags {
            match (field_named(ty, lower), inlined(ty, lower)) {
                (Some(field), _) => names.push(field.name),
                (None, Some(tags)) if depth < MAX_DEPTH => walk(ty, tags, depth + 1, names),
                _ => {}
            }
        }
    }
    let mut names = Vec::new();
    if let Some(tags) = TAGS.get(&ty.name().to_ascii_lowercase()) {
        walk(ty, tags, 0, &mut names);
    }
    names
}

fn field_named(ty: &'static Type, lower: &str) -> Option<&'static Field> {
    ty.fields().iter().find(|field| field.name.eq_ignore_ascii_case(lower))
}

fn value(shape: &Shape, wire: Wire<'_>, depth: usize) -> Option<Value> {
    Some(match (shape, wire) {
        (Shape::Bool, Wire::Number(n)) => (n != 0).into(),
        (Shape::Int32 | Shape::Int64, Wire::Number(n)) => (n as i64).into(),
        (Shape::Double, Wire::Fixed(bits)) => f64::from_bits(bits).into(),
        (Shape::String, Wire::Bytes(bytes)) => text(bytes)?.into(),
        (Shape::Quantity, Wire::Bytes(bytes)) => text_field(bytes, 1)?.into(),
        (Shape::Bytes, Wire::Bytes(bytes)) => BASE64_STANDARD.encode(bytes).into(),
        (Shape::Time, Wire::Bytes(bytes)) => time(bytes)?.map(Time::rfc3339).into(),
        (Shape::MicroTime, Wire::Bytes(bytes)) => time(bytes)?.map(Time::rfc3339_micro).into(),
        (Shape::IntOrString, Wire::Bytes(bytes)) => int_or_string(bytes)?,
        // RawExtension, JSON and FieldsV1 are messages with the JSON text as their first field.
        (Shape::Raw | Shape::Any | Shape::Loose(_), Wire::Bytes(bytes)) => {
            let raw = text_field(bytes, 1)?;
            Value::from_json(raw.as_bytes()).unwrap_or_default()
        }
        (Shape::Ref(name), Wire::Bytes(bytes)) => message(Type::find(name)?, bytes, depth + 1)?,
        // A list within a map (`map[string]ExtraValue`) is a message with the items as field 1.
        (Shape::List(item), Wire::Bytes(bytes)) => {
            let items = fields(bytes)?.into_iter().filter(|(tag, _)| *tag == 1);
            Value::from(items.map(|(_, wire)| value(item, wire, depth + 1)).collect::<Option<Vec<Value>>>()?)
        }
        _ => return None,
    })
}

fn time(bytes: &[u8]) -> Option<Option<Time>> {
    let (mut seconds, mut nanos) = (None, 0);
    for (tag, wire) in fields(bytes)? {
        match (tag, wire) {
            (1, Wire::Number(n)) => seconds = Some(n as i64),
            (2, Wire::Number(n)) => nanos = n as i32,
            _ => {}
        }
    }
    // A zero time is `null` in JSON; it is encoded as the year 1 or as nothing.
    let seconds = seconds.filter(|seconds| *seconds > 0);
    Some(seconds.and_then(|seconds| Some(Time(seconds.checked_mul(1_000_000)? + i64::from(nanos) / 1000))))
}

fn int_or_string(bytes: &[u8]) -> Option<Value> {
    let (mut is_text, mut number, mut string) = (false, 0, String::new());
    for (tag, wire) in fields(bytes)? {
        match (tag, wire) {
            (1, Wire::Number(kind)) => is_text = kind == 1,
            (2, Wire::Number(n)) => number = n as i64,
            (3, Wire::Bytes(bytes)) => string = text(bytes)?,
            _ => {}
        }
    }
    Some(if is_text { string.into() } else { number.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of bytes: number and content.
    fn field(tag: u8, bytes: &[u8]) -> Vec<u8> {
        [&[tag << 3 | 2, bytes.len() as u8][..], bytes].concat()
    }

    #[test]
    fn an_object_decodes_to_its_document() {
        let meta = [field(1, b"v1"), field(2, b"ConfigMap")].concat();
        let entry = [field(1, b"color"), field(2, b"blue")].concat();
        let map = [field(1, &field(1, b"shared")), field(2, &entry)].concat();
        let body = [MAGIC.to_vec(), field(1, &meta), field(2, &map)].concat();
        let document = decode(&body).unwrap();
        let expect = r#"{"apiVersion":"v1","data":{"color":"blue"},"kind":"ConfigMap","metadata":{"name":"shared"}}"#;
        assert_eq!(document.to_json(), expect);
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        for body in [&b""[..], b"k8s\0\x0a\x7f", b"k8s\0\x0a\x02", b"k8s\0\xff\xff"] {
            assert!(decode(body).is_none());
        }
    }
}
