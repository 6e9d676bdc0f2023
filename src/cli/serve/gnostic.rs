//! The OpenAPI v2 document in gnostic's protobuf form: the only one that client-go reads, when
//! kubectl validates a manifest itself.

use tabernetes_engine::meta::Value;

/// What the clients accept and the answer is.
pub const MEDIA_TYPE: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// Whether a client wants this form, under any of its names.
pub fn is_wanted(accept: &str) -> bool {
    accept.contains("proto-openapi.spec.v2")
}

/// Encodes a document: what names it, and its definitions. The paths are left out, as no client
/// that wants this form looks at them.
pub fn encode(document: &Value) -> Vec<u8> {
    let mut out = Message::default();
    out.text(1, document["swagger"].str());
    let mut info = Message::default();
    info.text(1, document["info"]["title"].str());
    info.text(2, document["info"]["version"].str());
    out.message(2, info);
    out.message(8, Message::default());
    out.message(9, named_schemas(&document["definitions"]));
    out.0
}

/// A message being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push((number as u8) | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }
    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
    }
    fn text(&mut self, field: u64, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }
    fn message(&mut self, field: u64, message: Message) {
        self.bytes(field, &message.0);
    }
}

/// `Definitions` and `Properties`: both are lists of named schemas.
fn named_schemas(schemas: &Value) -> Message {
    let mut out = Message::default();
    for (name, value) in schemas.entries() {
        let mut named = Message::default();
        named.text(1, name);
        named.message(2, schema(value));
        out.message(1, named);
    }
    out
}

fn schema(value: &Value) -> Message {
    let mut out = Message::default();
    out.text(1, value["$ref"].str());
    out.text(2, value["format"].str());
    out.text(4, value["description"].str());
    for name in value["required"].items() {
        out.bytes(19, name.str().as_bytes());
    }
    let additional = &value["additionalProperties"];
    if additional.is_object() {
        let mut item = Message::default();
        item.message(1, schema(additional));
        out.message(21, item);
    }
    if !value["type"].is_null() {
        let mut kinds = Message::default();
        kinds.text(1, value["type"].str());
        out.message(22, kinds);
    }
    if value["items"].is_object() {
        let mut items = Message::default();
        items.message(1, schema(&value["items"]));
        out.message(23, items);
    }
    for part in value["allOf"].items() {
        out.message(24, schema(part));
    }
    if value["properties"].is_object() {
        out.message(25, named_schemas(&value["properties"]));
    }
    for (name, extension) in value.entries().filter(|(name, _)| name.starts_with("x-")) {
        // JSON is YAML, which is what extensions are written in.
        let mut any = Message::default();
        any.text(2, &extension.to_json());
        let mut named = Message::default();
        named.text(1, name);
        named.message(2, any);
        out.message(31, named);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use tabernetes_engine::json;

    #[test]
    fn definitions_are_encoded() {
        let bytes = encode(&json!({"swagger": "2.0", "definitions": {"a": {"type": "string"}}}));
        assert_eq!(bytes, b"\x0a\x032.0\x12\x00B\x00J\x12\x0a\x10\x0a\x01a\x12\x0b\xb2\x01\x08\x0a\x06string");
    }
}
