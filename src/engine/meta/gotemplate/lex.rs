//! The words of a Go template.

/// A word, and where in the text it begins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub at: usize,
    pub token: Token,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Text outside of actions.
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    /// `.name`
    Field(String),
    /// `$name`; the name may be empty.
    Variable(String),
    /// `name`
    Word(String),
    /// A string in either quotes, read.
    Quoted(String),
    /// A number or a character, as written.
    Number(String),
    /// `.`
    Dot,
    /// `(`, `)`, `|`, `,`, `=`, `:=`
    Sign(&'static str),
    /// Blanks, which separate arguments.
    Space,
}

const BLANKS: &[char] = &[' ', '\t', '\r', '\n'];

/// Splits a template into words.
///
/// # Errors
/// Where, and what is wrong.
pub(super) fn lex(text: &str) -> Result<Vec<Item>, (usize, String)> {
    let mut items = Vec::new();
    let mut at = 0;
    let mut trim = false;
    while at < text.len() {
        let rest = &text[at..];
        let open = rest.find("{{").unwrap_or(rest.len());
        let inside = &rest[(open + 2).min(rest.len())..];
        let trims = inside.starts_with('-') && inside[1..].starts_with(BLANKS);
        let mut plain = &rest[..open];
        if trim {
            plain = plain.trim_start_matches(BLANKS);
        }
        if trims {
            plain = plain.trim_end_matches(BLANKS);
        }
        if !plain.is_empty() {
            items.push(Item { at, token: Token::Text(plain.into()) });
        }
        if open == rest.len() {
            break;
        }
        let start = at + open;
        at = start + 2 + usize::from(trims);
        let blanks = text[at..].len() - text[at..].trim_start_matches(BLANKS).len();
        if let Some(comment) = text[at + if trims { blanks } else { 0 }..].strip_prefix("/*") {
            let begin = text.len() - comment.len();
            let end = comment.find("*/").ok_or((start, "unclosed comment".to_string()))?;
            let after = begin + end + 2;
            let tail = &text[after..];
            let blank = tail.len() - tail.trim_start_matches(BLANKS).len();
            trim = blank > 0 && tail[blank..].starts_with("-}}");
            at = if trim { after + blank + 3 } else { after + 2 };
            if !trim && !tail.starts_with("}}") {
                return Err((start, "comment ends before closing delimiter".into()));
            }
            continue;
        }
        items.push(Item { at: start, token: Token::Open });
        (at, trim) = action(text, at, &mut items)?;
    }
    Ok(items)
}

/// The words of one action, to its end; and whether blanks after it go.
fn action(text: &str, mut at: usize, items: &mut Vec<Item>) -> Result<(usize, bool), (usize, String)> {
    let mut depth = 0_usize;
    let ends_word = |rest: &str| {
        rest.is_empty() || rest.starts_with("}}") || rest.starts_with(|c: char| " \t\r\n.,|:()".contains(c))
    };
    let name_length = |rest: &str| rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
    loop {
        let rest = &text[at..];
        let blanks = rest.len() - rest.trim_start_matches(BLANKS).len();
        let trims = blanks > 0 && rest[blanks..].starts_with("-}}");
        if trims || rest.starts_with("}}") {
            if depth > 0 {
                return Err((at, "unclosed left paren".into()));
            }
            items.push(Item { at, token: Token::Close });
            return Ok((at + if trims { blanks + 3 } else { 2 }, trims));
        }
        if blanks > 0 {
            items.push(Item { at, token: Token::Space });
            at += blanks;
            continue;
        }
        let Some(c) = rest.chars().next() else {
            return Err((at, "unclosed action".into()));
        };
        let bad = |rest: &str| match rest.chars().next() {
            Some(c) => format!("bad character U+{:04X} '{c}'", u32::from(c)),
            None => "unclosed action".into(),
        };
        let (token, length) = match c {
            '"' => {
                let mut escaped = false;
                let end = rest.char_indices().skip(1).find(|(_, c)| {
                    let ends = (*c == '"' && !escaped) || *c == '\n';
                    escaped = !escaped && *c == '\\';
                    ends
                });
                let end = end.filter(|(_, c)| *c == '"').ok_or((at, "unterminated quoted string".to_string()))?.0;
                let read = super::super::go::unquote(&rest[..=end]).ok_or((at, "invalid syntax".to_string()))?;
                (Token::Quoted(read), end + 1)
            }
            '`' => {
                let end = rest[1..].find('`').ok_or((at, "unterminated raw quoted string".to_string()))?;
                (Token::Quoted(rest[1..=end].into()), end + 2)
            }
            '\'' => {
                let end = rest[1..].find('\'').ok_or((at, "unterminated character constant".to_string()))?;
                let read = super::super::go::unquote(&rest[..end + 2]).unwrap_or_default();
                (Token::Number(u32::from(read.chars().next().unwrap_or_default()).to_string()), end + 2)
            }
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let length = name_length(&rest[1..]);
                if !ends_word(&rest[1 + length..]) {
                    return Err((at, bad(&rest[1 + length..])));
                }
                (if length == 0 { Token::Dot } else { Token::Field(rest[1..=length].into()) }, 1 + length)
            }
            '$' => {
                let length = name_length(&rest[1..]);
                if !ends_word(&rest[1 + length..]) {
                    return Err((at, bad(&rest[1 + length..])));
                }
                (Token::Variable(rest[1..=length].into()), 1 + length)
            }
            ':' if rest.starts_with(":=") => (Token::Sign(":="), 2),
            ':' => return Err((at, "expected :=".into())),
            '=' => (Token::Sign("="), 1),
            '|' => (Token::Sign("|"), 1),
            ',' => (Token::Sign(","), 1),
            '(' => {
                depth += 1;
                (Token::Sign("("), 1)
            }
            ')' => {
                depth = depth.checked_sub(1).ok_or((at, "unexpected right paren".to_string()))?;
                (Token::Sign(")"), 1)
            }
            c if c == '+' || c == '-' || c == '.' || c.is_ascii_digit() => {
                let length = rest
                    .char_indices()
                    .skip(1)
                    .find(|(at, c)| {
                        let power = matches!(c, '+' | '-') && rest[..*at].ends_with(['e', 'E']);
                        !c.is_ascii_alphanumeric() && *c != '.' && *c != '_' && !power
                    })
                    .map_or(rest.len(), |(at, _)| at);
                if !ends_word(&rest[length..]) {
                    return Err((at, format!("bad number syntax: {:?}", &rest[..length])));
                }
                (Token::Number(rest[..length].into()), length)
            }
            c if c == '_' || c.is_alphabetic() => {
                let length = name_length(rest);
                if !ends_word(&rest[length..]) {
                    return Err((at, bad(&rest[length..])));
                }
                (Token::Word(rest[..length].into()), length)
            }
            c => return Err((at, format!("unrecognized character in action: U+{:04X} '{c}'", u32::from(c)))),
        };
        items.push(Item { at, token });
        at += length;
    }
}
