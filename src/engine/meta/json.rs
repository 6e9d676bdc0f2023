//! Reading JSON with the error texts of Go's `encoding/json`.

use super::{Value, go};

impl Value {
    /// Reads a JSON document.
    ///
    /// # Errors
    /// Go's text, such as `invalid character 'a' looking for beginning of value`.
    pub fn parse_json(text: &[u8]) -> Result<Value, String> {
        match Value::from_json(text) {
            Ok(value) => Ok(value),
            // What Go would take too fails for its depth, the only limit that Go's reader has.
            Err(_) => Err(complaint(text).unwrap_or_else(|| "exceeded max depth".into())),
        }
    }
}

/// What Go finds wrong with a text; `None` where it is fine.
fn complaint(text: &[u8]) -> Option<String> {
    Scanner { text, at: 0 }.document().err()
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }
    fn wrong<T>(&self, context: &str) -> Result<T, String> {
        let Some(b) = self.peek() else {
            return Err("unexpected end of JSON input".into());
        };
        let shown = match b {
            b'\'' => "\\'".into(),
            b'"' => "\"".into(),
            b => go::quote(&char::from(b).to_string()).trim_matches('"').to_string(),
        };
        Err(format!("invalid character '{shown}' {context}"))
    }

    fn document(&mut self) -> Result<(), String> {
        // The brackets that are open.
        let mut open = Vec::new();
        loop {
            self.skip_blanks();
            let opened = match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                        false
                    } else {
                        open.push(b'}');
                        self.key()?;
                        true
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        false
                    } else {
                        open.push(b']');
                        true
                    }
                }
                _ => {
                    self.scalar()?;
                    false
                }
            };
            if opened {
                continue;
            }
            // After a value: the brackets that close here, then the next value or the end.
            loop {
                self.skip_blanks();
                let Some(close) = open.last().copied() else {
                    return if self.peek().is_none() { Ok(()) } else { self.wrong("after top-level value") };
                };
                match self.peek() {
                    Some(b) if b == close => {
                        self.at += 1;
                        open.pop();
                    }
                    Some(b',') => {
                        self.at += 1;
                        if close == b'}' {
                            self.skip_blanks();
                            self.key()?;
                        }
                        break;
                    }
                    _ if close == b'}' => return self.wrong("after object key:value pair"),
                    _ => return self.wrong("after array element"),
                }
            }
        }
    }

    fn key(&mut self) -> Result<(), String> {
        if self.peek() != Some(b'"') {
            return self.wrong("looking for beginning of object key string");
        }
        self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return self.wrong("after object key");
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            _ => self.wrong("looking for beginning of value"),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return self.wrong(&format!("in literal {word} (expecting '{}')", char::from(expected)));
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"') => self.at += 1,
                        Some(b'u') => {
                            self.at += 1;
                            for _ in 0..4 {
                                if !self.peek().is_some_and(|b| b.is_ascii_hexdigit()) {
                                    return self.wrong("in \\u hexadecimal character escape");
                                }
                                self.at += 1;
                            }
                        }
                        _ => return self.wrong("in string escape code"),
                    }
                }
                None | Some(..b' ') => return self.wrong("in string literal"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn number(&mut self) -> Result<(), String> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.wrong("in numeric literal"),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.wrong("after decimal point in numeric literal");
            }
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.wrong("in exponent of numeric literal");
            }
            self.digits();
        }
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_are_gos() {
        for (text, expect) in [
            (r#"{"a": [1, "x", {}], "b": null}"#, Ok(r#"{"a":[1,"x",{}],"b":null}"#)),
            (r#"{"spec":"#, Err("unexpected end of JSON input")),
            ("", Err("unexpected end of JSON input")),
            ("apiVersion: v1", Err("invalid character 'a' looking for beginning of value")),
            (r#"{"a":1,}"#, Err("invalid character '}' looking for beginning of object key string")),
            (r#"{"a" 1}"#, Err("invalid character '1' after object key")),
            (r#"{"a":1 "b"}"#, Err("invalid character '\"' after object key:value pair")),
            ("[1 2]", Err("invalid character '2' after array element")),
            ("{} x", Err("invalid character 'x' after top-level value")),
            ("trux", Err("invalid character 'x' in literal true (expecting 'e')")),
            ("\"a\nb\"", Err("invalid character '\\n' in string literal")),
            (r#""\q""#, Err("invalid character 'q' in string escape code")),
            ("-x", Err("invalid character 'x' in numeric literal")),
            ("1.x", Err("invalid character 'x' after decimal point in numeric literal")),
            ("01", Err("invalid character '1' after top-level value")),
        ] {
            let got = Value::parse_json(text.as_bytes()).map(|v| v.to_json());
            assert_eq!(got, expect.map(String::from).map_err(String::from), "{text}");
        }
        let deep = "[".repeat(500) + &"]".repeat(500);
        assert_eq!(Value::parse_json(deep.as_bytes()), Err("exceeded max depth".into()));
    }

    proptest! {
        #[test]
        fn both_readers_agree(text in "[\\[\\]{}:,\"a01.eE+\\- tn]{0,12}") {
            prop_assert_eq!(Value::from_json(text.as_bytes()).is_ok(), complaint(text.as_bytes()).is_none());
        }
    }
}
