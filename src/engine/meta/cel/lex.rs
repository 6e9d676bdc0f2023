//! From the text of an expression to its words.

use super::super::Value;

/// A word, and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub at: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Ident(String),
    Literal(Value),
    Symbol(&'static str),
}

/// Longer ones first.
const SYMBOLS: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "[?", ".?", "(", ")", "[", "]", "{", "}", ".", ",", ":", "?", "!", "<", ">",
    "+", "-", "*", "/", "%",
];

/// Splits an expression; an error has its place.
pub fn tokens(text: &str) -> Result<Vec<Token>, (usize, String)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let first = rest.chars().next().unwrap_or_default();
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) = if let Some((value, length)) = string(rest).map_err(|why| (at, why))? {
            (Kind::Literal(value.into()), length)
        } else if first.is_ascii_digit() || first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            number(rest).map_err(|why| (at, why))?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            (word(&rest[..end]), end)
        } else if first == '`'
            && let Some(end) = rest[1..].find('`')
        {
            (Kind::Ident(rest[1..=end].into()), end + 2)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Kind::Symbol(symbol), symbol.len())
        } else {
            return Err((at, format!("Syntax error: token recognition error at: '{first}'")));
        };
        tokens.push(Token { at, kind });
        at += length;
    }
    Ok(tokens)
}

fn word(text: &str) -> Kind {
    match text {
        "true" => Kind::Literal(true.into()),
        "false" => Kind::Literal(false.into()),
        "null" => Kind::Literal(Value::Null),
        "in" => Kind::Symbol("in"),
        _ => Kind::Ident(text.into()),
    }
}

fn number(text: &str) -> Result<(Kind, usize), String> {
    if let Some(hex) = text.strip_prefix("0x") {
        let end = hex.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(hex.len());
        let number = i64::from_str_radix(&hex[..end], 16).map_err(|_| "invalid int literal".to_string())?;
        return Ok((Kind::Literal(number.into()), end + 2));
    }
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = digits(0);
    let mut whole = true;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        (end, whole) = (digits(end + 1), false);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            (end, whole) = (digits(end + 1 + sign), false);
        }
    }
    let value = if whole {
        // The smallest number has no positive twin; it is negated again.
        let number: i128 = text[..end].parse().map_err(|_| "invalid int literal".to_string())?;
        if number == i128::from(i64::MAX) + 1 {
            Value::Int(i64::MIN)
        } else {
            Value::Int(i64::try_from(number).map_err(|_| "invalid int literal".to_string())?)
        }
    } else {
        Value::Float(text[..end].parse().map_err(|_| "invalid double literal".to_string())?)
    };
    let unsigned = usize::from(whole && matches!(bytes.get(end), Some(b'u' | b'U')));
    Ok((Kind::Literal(value), end + unsigned))
}

/// A string at the start of the text, and its length there.
fn string(text: &str) -> Result<Option<(String, usize)>, String> {
    let prefix = text.len() - text.trim_start_matches(['r', 'R', 'b', 'B']).len();
    let Some(body) = text.get(prefix..).filter(|_| prefix <= 2) else { return Ok(None) };
    let Some(quote) = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| body.starts_with(quote)) else {
        return Ok(None);
    };
    let raw = text[..prefix].contains(['r', 'R']);
    let mut out = String::new();
    let mut rest = &body[quote.len()..];
    loop {
        if let Some(after) = rest.strip_prefix(quote) {
            return Ok(Some((out, text.len() - after.len())));
        }
        let mut chars = rest.chars();
        match chars.next() {
            None => return Err(format!("Syntax error: token recognition error at: '{text}'")),
            Some('\n') if quote.len() == 1 => {
                return Err(format!("Syntax error: token recognition error at: '{text}'"));
            }
            Some('\\') if !raw => {
                let (c, length) = escape(&rest[1..]).ok_or("Syntax error: invalid escape")?;
                out.push(c);
                rest = &rest[1 + length..];
                continue;
            }
            Some(c) => out.push(c),
        }
        rest = chars.as_str();
    }
}

/// What follows a backslash, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next()?;
    let coded = |digits: Option<&str>, radix: u32| char::from_u32(u32::from_str_radix(digits?, radix).ok()?);
    Some(match first {
        'n' => ('\n', 1),
        't' => ('\t', 1),
        'r' => ('\r', 1),
        'a' => ('\u{7}', 1),
        'b' => ('\u{8}', 1),
        'f' => ('\u{c}', 1),
        'v' => ('\u{b}', 1),
        '\\' | '"' | '\'' | '`' | '?' => (first, 1),
        'x' | 'X' => (coded(text.get(1..3), 16)?, 3),
        'u' => (coded(text.get(1..5), 16)?, 5),
        'U' => (coded(text.get(1..9), 16)?, 9),
        '0'..='3' => (coded(text.get(..3), 8)?, 3),
        _ => return None,
    })
}
