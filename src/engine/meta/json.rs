//! Reading JSON as Go does: `encoding/json`'s texts for what is wrong, and what stands twice.

use super::{Map, Value};
use std::rc::Rc;

/// How deep documents may nest; Go allows more than a stack in a browser holds.
pub(super) const DEEPEST: usize = 200;

/// A document, and what its text said twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The document; of fields that stand twice, the last.
    pub value: Value,
    /// The paths of fields that stand twice, such as `metadata.name`.
    pub duplicates: Vec<String>,
}

/// Reads one JSON document.
///
/// # Errors
/// Go's text, such as `invalid character 'a' looking for beginning of value`.
pub fn parse_json(text: &[u8]) -> Result<Parsed, String> {
    let mut reader = Reader { text, at: 0, path: String::new(), duplicates: Vec::new() };
    let value = reader.value(0)?;
    match reader.next() {
        Ok(byte) => Err(bad(byte, "after top-level value")),
        Err(_) => Ok(Parsed { value, duplicates: reader.duplicates }),
    }
}

impl Value {
    /// Reads a JSON document.
    ///
    /// # Errors
    /// Go's text, such as `invalid character 'a' looking for beginning of value`.
    pub fn parse_json(text: &[u8]) -> Result<Value, String> {
        parse_json(text).map(|parsed| parsed.value)
    }
}

/// `invalid character 'x' ...`, the character as Go quotes it.
fn bad(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => "\\'".to_string(),
        b'"' => "\"".to_string(),
        b'\\' => "\\\\".to_string(),
        b'\n' => "\\n".to_string(),
        b'\r' => "\\r".to_string(),
        b'\t' => "\\t".to_string(),
        0x20..=0x7e => char::from(byte).to_string(),
        0x80.. if char::from(byte) > '\u{a0}' => char::from(byte).to_string(),
        0x80.. => format!("\\u{byte:04x}"),
        _ => format!("\\x{byte:02x}"),
    };
    format!("invalid character '{shown}' {place}")
}

const END: &str = "unexpected end of JSON input";

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    path: String,
    duplicates: Vec<String>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next byte that is no white space; it stays there.
    fn next(&mut self) -> Result<u8, String> {
        while let Some(byte) = self.peek() {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(END.into())
    }

    /// The next byte whatever it is, taken.
    fn take(&mut self) -> Result<u8, String> {
        let byte = self.peek().ok_or(END)?;
        self.at += 1;
        Ok(byte)
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err("exceeded max depth".into());
        }
        match self.next()? {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(self.string()?.into()),
            b't' => self.literal("true", Value::Bool(true)),
            b'f' => self.literal("false", Value::Bool(false)),
            b'n' => self.literal("null", Value::Null),
            b'-' | b'0'..=b'9' => self.number(),
            other => Err(bad(other, "looking for beginning of value")),
        }
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, String> {
        for expected in word.bytes() {
            let byte = self.take()?;
            if byte != expected {
                return Err(bad(byte, &format!("in literal {word} (expecting '{}')", char::from(expected))));
            }
        }
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut map = Map::new();
        if self.next()? == b'}' {
            self.at += 1;
            return Ok(Value::Object(map));
        }
        loop {
            match self.next()? {
                b'"' => {}
                other => return Err(bad(other, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            match self.next()? {
                b':' => self.at += 1,
                other => return Err(bad(other, "after object key")),
            }
            let outer = self.path.len();
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path += &key;
            let value = self.value(depth + 1)?;
            if map.insert(key, value).is_some() {
                self.duplicates.push(self.path.clone());
            }
            self.path.truncate(outer);
            let byte = self.next()?;
            self.at += 1;
            match byte {
                b',' => {}
                b'}' => return Ok(Value::Object(map)),
                other => return Err(bad(other, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        if self.next()? == b']' {
            self.at += 1;
            return Ok(Value::array());
        }
        loop {
            let outer = self.path.len();
            self.path += &format!("[{}]", items.len());
            items.push(self.value(depth + 1)?);
            self.path.truncate(outer);
            let byte = self.next()?;
            self.at += 1;
            match byte {
                b',' => {}
                b']' => return Ok(Value::Array(Rc::new(items))),
                other => return Err(bad(other, "after array element")),
            }
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.take()? {
                b'"' => return Ok(String::from_utf8_lossy(&bytes).into_owned()),
                b'\\' => {
                    let c = self.escape()?;
                    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                }
                byte if byte < 0x20 => return Err(bad(byte, "in string literal")),
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        Ok(match self.take()? {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'u' => {
                let first = self.hex()?;
                let is_pair = (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u");
                if !is_pair {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                let back = self.at;
                self.at += 2;
                let second = self.hex()?;
                if (0xdc00..0xe000).contains(&second) {
                    let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                self.at = back;
                char::REPLACEMENT_CHARACTER
            }
            other => return Err(bad(other, "in string escape code")),
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let byte = self.take()?;
            let digit = char::from(byte).to_digit(16);
            code = code * 16 + digit.ok_or_else(|| bad(byte, "in \\u hexadecimal character escape"))?;
        }
        Ok(code)
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        match self.take()? {
            b'0'..=b'9' => {}
            other => return Err(bad(other, place)),
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        if whole && let Ok(number) = text.parse::<i64>() {
            return Ok(Value::Int(number));
        }
        Ok(Value::Float(text.parse().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;

    #[test]
    fn errors_are_those_of_go() {
        for (text, expect) in [
            ("", END),
            ("{", END),
            ("apiVersion: v1", "invalid character 'a' looking for beginning of value"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\":2}", "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{} x", "invalid character 'x' after top-level value"),
            ("nul!", "invalid character '!' in literal null (expecting 'l')"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\q\"", "invalid character 'q' in string escape code"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
        ] {
            assert_eq!(parse_json(text.as_bytes()), Err(expect.to_string()), "{text}");
        }
    }

    #[test]
    fn what_stands_twice_is_told() {
        let parsed = parse_json(br#"{"spec": {"a": 1, "a": 2, "l": [{"b": 1, "b": "\u00e9\ud83d\ude00"}]}}"#).unwrap();
        assert_eq!(parsed.duplicates, ["spec.a", "spec.l[0].b"]);
        assert_eq!(parsed.value, json!({"spec": {"a": 2, "l": [{"b": "é😀"}]}}));
    }

    proptest! {
        #[test]
        fn any_bytes_parse_or_not(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse_json(&bytes);
        }
        #[test]
        fn reads_what_serde_reads(text in "[\\[\\]{}:,\"a0-9.\\-tn ]{0,24}") {
            if let Ok(value) = Value::from_json(text.as_bytes()) {
                prop_assert_eq!(parse_json(text.as_bytes()).map(|parsed| parsed.value), Ok(value));
            }
        }
    }
}
