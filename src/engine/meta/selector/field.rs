//! Field selectors: `status.phase!=Running,spec.nodeName=minikube`.

use std::fmt;

/// A field selector: `status.phase!=Running,spec.nodeName=minikube`. The default selects everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldSelector {
    /// The terms in the order Go sorts them.
    pub terms: Vec<FieldTerm>,
}

/// One term of a field selector.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldTerm {
    /// Such as `status.phase`.
    pub field: String,
    /// Whether the field must have another value.
    pub negated: bool,
    /// The value.
    pub value: String,
}

impl FieldSelector {
    /// Reads a field selector.
    ///
    /// # Errors
    /// The real parser's text.
    pub fn parse(text: &str) -> Result<FieldSelector, String> {
        let mut parts = split_terms(text);
        parts.sort_unstable();
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let Some((at, sign)) = ["!=", "==", "="]
                .iter()
                .filter_map(|sign| part.find(sign).map(|at| (at, *sign)))
                .min_by_key(|(at, sign)| (*at, std::cmp::Reverse(sign.len())))
            else {
                return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
            };
            let value = unescape(&part[at + sign.len()..])?;
            terms.push(FieldTerm { field: part[..at].into(), negated: sign == "!=", value });
        }
        Ok(FieldSelector { terms })
    }
    /// Whether the object whose fields `field` tells meets every term.
    pub fn matches(&self, field: impl Fn(&str) -> String) -> bool {
        self.terms.iter().all(|term| (field(&term.field) == term.value) != term.negated)
    }
    /// The value that the selector demands of a field.
    pub fn required(&self, field: &str) -> Option<&str> {
        self.terms.iter().find(|term| !term.negated && term.field == field).map(|term| term.value.as_str())
    }
    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, term) in self.terms.iter().enumerate() {
            let value = term.value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
            let (comma, sign) = (if at > 0 { "," } else { "" }, if term.negated { "!=" } else { "=" });
            write!(f, "{comma}{}{sign}{value}", term.field)?;
        }
        Ok(())
    }
}

/// Splits at commas that no backslash escapes.
fn split_terms(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => out.push(c),
                Some(c) => return Err(format!("invalid field selector, invalid escape sequence: \\{c}")),
                None => return Err("invalid field selector, invalid escape sequence: \\".into()),
            },
            ',' | '=' => {
                return Err(format!("invalid field selector, unescaped character in value: {}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}
