//! Writing YAML exactly as Go's `yaml.v2` does: which strings are quoted and how, where long ones
//! are folded, in which order keys stand.

use super::super::{Map, Value, go};
use super::resolve::is_ambiguous;
use std::cmp::Ordering;

/// Lines are folded at the first space after this column.
const WIDTH: usize = 80;

/// The value as a YAML document, ending in a newline.
pub fn print(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0 };
    match value {
        Value::Object(map) if !map.is_empty() => writer.map(map, 0, false),
        Value::Array(items) if !items.is_empty() => writer.list(items, 0, false),
        other => writer.scalar(other, 2),
    }
    if writer.column > 0 {
        writer.out.push('\n');
    }
    writer.out
}

/// A float as Go's `%g` writes it, with YAML's names for what is no number.
pub(super) fn float(n: f64) -> String {
    if n.is_nan() {
        return ".nan".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { "+.inf".into() } else { "-.inf".into() };
    }
    go::float(n)
}

struct Writer {
    out: String,
    /// How many characters stand in the present line.
    column: usize,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }
    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }
    fn new_line(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }
    /// Goes to that column of a new line, unless this one is still empty.
    fn indent(&mut self, indent: usize) {
        if self.column > 0 {
            self.new_line();
        }
        for _ in 0..indent {
            self.push(' ');
        }
    }

    fn map(&mut self, map: &Map, indent: usize, mut begun: bool) {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_by(|(a, _), (b, _)| natural(a, b));
        for (key, value) in entries {
            if !begun {
                self.indent(indent);
            }
            begun = false;
            if key.chars().count() > 128 || key.contains('\n') {
                self.put("? ");
                self.string(key, indent + 2, false);
                self.indent(indent);
            } else {
                self.string(key, indent, true);
            }
            self.put(":");
            self.value(value, indent, true);
        }
    }

    fn list(&mut self, items: &[Value], indent: usize, mut begun: bool) {
        for item in items {
            if !begun {
                self.indent(indent);
            }
            begun = false;
            self.put("-");
            self.value(item, indent, false);
        }
    }

    /// What follows `:` or `-`.
    fn value(&mut self, value: &Value, indent: usize, in_map: bool) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                if !in_map {
                    self.put(" ");
                }
                self.map(map, indent + 2, !in_map);
            }
            Value::Array(items) if !items.is_empty() => {
                if in_map {
                    self.list(items, indent, false);
                } else {
                    self.put(" ");
                    self.list(items, indent + 2, true);
                }
            }
            scalar => {
                self.put(" ");
                self.scalar(scalar, indent + 2);
            }
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => self.string(text, indent, false),
            Value::Float(n) => self.put(&float(*n)),
            Value::Array(_) => self.put("[]"),
            Value::Object(_) => self.put("{}"),
            other => self.put(&other.to_json()),
        }
    }

    fn string(&mut self, text: &str, indent: usize, key: bool) {
        let form = Form::of(text);
        if text.contains('\n') {
            return if form.block && !key { self.literal(text, indent) } else { self.double(text, indent, !key) };
        }
        if is_ambiguous(text) {
            self.double(text, indent, !key);
        } else if form.plain {
            self.folded(text, indent, !key, None);
        } else if form.single {
            self.folded(text, indent, !key, Some('\''));
        } else {
            self.double(text, indent, !key);
        }
    }

    /// A plain scalar, or one in single quotes.
    fn folded(&mut self, text: &str, indent: usize, fold: bool, quote: Option<char>) {
        self.out.extend(quote);
        self.column += usize::from(quote.is_some());
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c != ' ' {
                if Some(c) == quote {
                    self.push(c);
                }
                self.push(c);
                spaces = false;
                continue;
            }
            let inner = quote.is_none() || at > 0 && at + 1 < text.len();
            let single = chars.peek().is_none_or(|(_, next)| *next != ' ');
            if fold && !spaces && self.column > WIDTH && inner && single {
                self.indent(indent);
            } else {
                self.push(' ');
            }
            spaces = true;
        }
        self.out.extend(quote);
        self.column += usize::from(quote.is_some());
    }

    fn double(&mut self, text: &str, indent: usize, fold: bool) {
        self.push('"');
        let mut spaces = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == ' ' && fold && !spaces && self.column > WIDTH && at > 0 && at + 1 < text.len() {
                self.indent(indent);
                if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                    self.push('\\');
                }
                spaces = true;
                continue;
            }
            spaces = c == ' ';
            if is_printable(c) && c != '"' && c != '\\' && !is_break(c) {
                self.push(c);
            } else {
                self.put(&escape(c));
            }
        }
        self.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        match text.strip_suffix('\n') {
            None => self.put("-"),
            Some("") => self.put("+"),
            Some(rest) if rest.ends_with('\n') => self.put("+"),
            Some(_) => {}
        }
        self.new_line();
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            if !content.is_empty() {
                self.indent(indent);
                self.put(content);
            }
            if line.ends_with('\n') {
                self.new_line();
            }
        }
    }
}

/// The styles in which a string can be written.
struct Form {
    plain: bool,
    single: bool,
    block: bool,
}

impl Form {
    fn of(text: &str) -> Form {
        let mut form = Form { plain: true, single: true, block: true };
        if text.is_empty() {
            return Form { block: false, ..form };
        }
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut after_space, mut after_break, mut after_blank) = (false, false, false, true);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let before_blank = chars.peek().is_none_or(|(_, next)| matches!(next, ' ' | '\t'));
            indicators |= match c {
                ':' => before_blank,
                '#' if at > 0 => after_blank,
                '-' | '?' => at == 0 && before_blank,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    at == 0
                }
                _ => false,
            };
            special |= !is_printable(c);
            let last = chars.peek().is_none();
            if c == ' ' {
                if at == 0 || last {
                    form.plain = false;
                }
                form.block &= !last;
                if after_break {
                    (form.plain, form.single) = (false, false);
                }
            } else if is_break(c) {
                form.plain = false;
                special |= after_space;
            }
            (after_space, after_break) = (c == ' ', is_break(c));
            after_blank = matches!(c, ' ' | '\t') || is_break(c);
        }
        if special {
            return Form { plain: false, single: false, block: false };
        }
        form.plain &= !indicators;
        form
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What Go's writer takes for printable: no tab, nothing beyond the basic plane.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

fn escape(c: char) -> String {
    let letter = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' | '\\' => c,
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            return match u32::from(c) {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{letter}")
}

/// The order of keys: letters after other signs, runs of digits as numbers.
fn natural(a: &str, b: &str) -> Ordering {
    let same: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let (rest_a, rest_b) = (&a[same..], &b[same..]);
    let (Some(x), Some(y)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    // After a digit other than zero, a zero does not lead a number but goes on with one.
    let goes_on = (x == '0' || y == '0') && a[..same].bytes().rev().take_while(u8::is_ascii_digit).any(|b| b != b'0');
    let number = |text: &str| {
        text.bytes()
            .take(digits(text))
            .fold(i64::from(goes_on), |n, b| n.wrapping_mul(10).wrapping_add(i64::from(b - b'0')))
    };
    number(rest_a).cmp(&number(rest_b)).then(digits(rest_a).cmp(&digits(rest_b))).then(x.cmp(&y))
}
