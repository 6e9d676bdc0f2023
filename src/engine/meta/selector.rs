//! Label and field selectors: reading, matching and printing them as apimachinery does.

use super::{Value, names};
use std::collections::BTreeSet;
use std::fmt;

/// What a requirement asks of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    In,
    NotIn,
    Equals,
    DoubleEquals,
    NotEquals,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// One term of a label selector.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub values: BTreeSet<String>,
}

/// A label selector: all requirements must hold. The default selects everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    requirements: Vec<Requirement>,
    nothing: bool,
}

impl Requirement {
    /// A requirement that makes sense.
    ///
    /// # Errors
    /// The text of the first field error, or of all of them in brackets.
    pub fn new(key: &str, operator: Operator, values: BTreeSet<String>) -> Result<Requirement, String> {
        use Operator::{DoesNotExist, DoubleEquals, Equals, Exists, GreaterThan, In, LessThan, NotEquals, NotIn};
        let mut errors = Vec::new();
        if let Err(error) = check_key("key", key) {
            errors.push(error);
        }
        let listed = || Value::from(values.iter().cloned().collect::<Vec<_>>()).to_json();
        let mut amount = |wrong: bool, why: &str| {
            if wrong {
                errors.push(format!("values: Invalid value: {}: {why}", listed()));
            }
        };
        match operator {
            In | NotIn => amount(values.is_empty(), "for 'in', 'notin' operators, values set can't be empty"),
            Equals | DoubleEquals | NotEquals => {
                amount(values.len() != 1, "exact-match compatibility requires one single value");
            }
            Exists | DoesNotExist => {
                amount(!values.is_empty(), "values set must be empty for exists and does not exist");
            }
            GreaterThan | LessThan => {
                amount(values.len() != 1, "for 'Gt', 'Lt' operators, exactly one value is required");
                for (at, value) in values.iter().enumerate() {
                    if value.parse::<i64>().is_err() {
                        errors.push(format!(
                            "values[{at}]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer"
                        ));
                    }
                }
            }
        }
        for (at, value) in values.iter().enumerate() {
            let complaints = names::label_value(value);
            if !complaints.is_empty() {
                errors.push(format!("values[{at}][{key}]: Invalid value: {value:?}: {}", complaints.join("; ")));
            }
        }
        match errors.len() {
            0 => Ok(Requirement { key: key.into(), operator, values }),
            1 => Err(errors.remove(0)),
            _ => Err(format!("[{}]", errors.join(", "))),
        }
    }

    /// Whether a label of that value, or none, meets the requirement.
    fn holds(&self, label: Option<&str>) -> bool {
        use Operator::{DoesNotExist, DoubleEquals, Equals, Exists, GreaterThan, In, LessThan, NotEquals, NotIn};
        let number = |text: &str| text.parse::<i64>().ok();
        let bound = || self.values.first().and_then(|value| number(value));
        match (self.operator, label) {
            (Exists, label) => label.is_some(),
            (DoesNotExist, label) => label.is_none(),
            (NotIn | NotEquals, None) => true,
            (_, None) => false,
            (In | Equals | DoubleEquals, Some(value)) => self.values.contains(value),
            (NotIn | NotEquals, Some(value)) => !self.values.contains(value),
            (GreaterThan, Some(value)) => number(value).zip(bound()).is_some_and(|(value, bound)| value > bound),
            (LessThan, Some(value)) => number(value).zip(bound()).is_some_and(|(value, bound)| value < bound),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.operator {
            Operator::DoesNotExist => return write!(f, "!{}", self.key),
            Operator::Exists => return f.write_str(&self.key),
            Operator::Equals => "=",
            Operator::DoubleEquals => "==",
            Operator::NotEquals => "!=",
            Operator::GreaterThan => ">",
            Operator::LessThan => "<",
            Operator::In => " in ",
            Operator::NotIn => " notin ",
        };
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        let values = values.join(",");
        match self.operator {
            Operator::In | Operator::NotIn => write!(f, "{}{sign}({values})", self.key),
            _ => write!(f, "{}{sign}{values}", self.key),
        }
    }
}

impl Selector {
    /// Selects everything.
    pub fn everything() -> Selector {
        Selector::default()
    }
    /// Selects nothing: what an absent `LabelSelector` means.
    pub fn nothing() -> Selector {
        Selector { requirements: Vec::new(), nothing: true }
    }
    fn all(mut requirements: Vec<Requirement>) -> Selector {
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Selector { requirements, nothing: false }
    }
    /// Reads `app=web,tier in (front,back),!canary`.
    ///
    /// # Errors
    /// The real parser's text.
    pub fn parse(text: &str) -> Result<Selector, String> {
        Parser { items: lex(text), at: 0 }.selector().map(Selector::all)
    }
    /// A plain map of labels, as the selectors of services and replication controllers are.
    pub fn from_map(labels: &Value) -> Selector {
        Selector::all(labels.entries().map(|(key, value)| equals(key, value.str())).collect())
    }
    /// A `LabelSelector` document: `matchLabels` and `matchExpressions`. `null` selects nothing.
    ///
    /// # Errors
    /// The text for an unknown operator or a requirement that makes no sense.
    pub fn from_value(selector: &Value) -> Result<Selector, String> {
        if selector.is_null() {
            return Ok(Selector::nothing());
        }
        let mut requirements: Vec<Requirement> =
            selector["matchLabels"].entries().map(|(key, value)| equals(key, value.str())).collect();
        for expression in selector["matchExpressions"].items() {
            let operator = match expression["operator"].str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(format!("{other:?} is not a valid label selector operator")),
            };
            let values = expression["values"].items().iter().map(|v| v.str().to_string()).collect();
            requirements.push(Requirement::new(expression["key"].str(), operator, values)?);
        }
        Ok(Selector::all(requirements))
    }
    /// Whether the labels (a map, or `null` for none) meet every requirement.
    pub fn matches(&self, labels: &Value) -> bool {
        !self.nothing && self.requirements.iter().all(|r| r.holds(labels.get(r.key.as_str()).and_then(Value::as_str)))
    }
    /// Whether there is no requirement (and it is not the selector of nothing).
    pub fn is_empty(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }
    /// The requirements, sorted by key.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            requirement.fmt(f)?;
        }
        Ok(())
    }
}

/// A `LabelSelector` document as tables show it: `<none>` where it selects all or nothing.
pub fn format_label_selector(selector: &Value) -> String {
    match Selector::from_value(selector) {
        Ok(selector) if selector.requirements.is_empty() => "<none>".into(),
        Ok(selector) => selector.to_string(),
        Err(_) => "<error>".into(),
    }
}

fn equals(key: &str, value: &str) -> Requirement {
    Requirement { key: key.into(), operator: Operator::Equals, values: BTreeSet::from([value.into()]) }
}

fn check_key(path: &str, key: &str) -> Result<(), String> {
    let complaints = names::qualified_name(key);
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{path}: Invalid value: {key:?}: {}", complaints.join("; ")))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Error,
    End,
    Identifier,
    Open,
    Close,
    Comma,
    Not,
    In,
    NotIn,
    Equals,
    DoubleEquals,
    NotEquals,
    Greater,
    Less,
}

const SIGNS: &[(&str, Token)] = &[
    (")", Token::Close),
    (",", Token::Comma),
    ("!", Token::Not),
    ("==", Token::DoubleEquals),
    ("=", Token::Equals),
    (">", Token::Greater),
    ("<", Token::Less),
    ("!=", Token::NotEquals),
    ("(", Token::Open),
];

fn lex(text: &str) -> Vec<(Token, String)> {
    let special = |c: char| "=!(),<>".contains(c);
    let blank = |c: char| " \t\r\n".contains(c);
    let sign = |text: &str| SIGNS.iter().find(|(s, _)| *s == text).map(|(_, token)| *token);
    let mut items = Vec::new();
    let mut rest = text.trim_start_matches(blank);
    while let Some(first) = rest.chars().next() {
        let end = if special(first) {
            // The longest run of special characters that is a sign.
            (1..=2).rev().find(|n| rest.get(..*n).is_some_and(|head| sign(head).is_some())).unwrap_or(1)
        } else {
            rest.find(|c| special(c) || blank(c)).unwrap_or(rest.len())
        };
        let (word, after) = rest.split_at(end);
        let token = match word {
            "in" => Token::In,
            "notin" => Token::NotIn,
            word => sign(word).unwrap_or(if special(first) { Token::Error } else { Token::Identifier }),
        };
        items.push((token, word.to_string()));
        rest = after.trim_start_matches(blank);
    }
    items
}

struct Parser {
    items: Vec<(Token, String)>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> (Token, String) {
        self.items.get(self.at).cloned().unwrap_or((Token::End, String::new()))
    }
    fn next(&mut self) -> (Token, String) {
        let item = self.peek();
        self.at += 1;
        item
    }
    /// Where a key or a value is due, `in` and `notin` are words like any other.
    fn as_value((token, text): (Token, String)) -> (Token, String) {
        (if matches!(token, Token::In | Token::NotIn) { Token::Identifier } else { token }, text)
    }
    fn peek_value(&self) -> (Token, String) {
        Self::as_value(self.peek())
    }
    fn next_value(&mut self) -> (Token, String) {
        Self::as_value(self.next())
    }

    fn selector(&mut self) -> Result<Vec<Requirement>, String> {
        let mut requirements = Vec::new();
        loop {
            match self.peek_value() {
                (Token::Identifier | Token::Not, _) => {
                    let requirement = self.requirement().map_err(|e| format!("unable to parse requirement: {e}"))?;
                    requirements.push(requirement);
                    match self.next_value() {
                        (Token::End, _) => return Ok(requirements),
                        (Token::Comma, _) => {
                            let (token, text) = self.peek_value();
                            if !matches!(token, Token::Identifier | Token::Not) {
                                return Err(format!("found '{text}', expected: identifier after ','"));
                            }
                        }
                        (_, text) => return Err(format!("found '{text}', expected: ',' or 'end of string'")),
                    }
                }
                (Token::End, _) => return Ok(requirements),
                (_, text) => return Err(format!("found '{text}', expected: !, identifier, or 'end of string'")),
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = self.peek().0 == Token::Not;
        if negated {
            self.at += 1;
        }
        let (token, key) = self.next_value();
        if token != Token::Identifier {
            return Err(format!("found '{key}', expected: identifier"));
        }
        check_key("<nil>", &key)?;
        if negated {
            return Requirement::new(&key, Operator::DoesNotExist, BTreeSet::new());
        }
        if matches!(self.peek_value().0, Token::End | Token::Comma) {
            return Requirement::new(&key, Operator::Exists, BTreeSet::new());
        }
        let operator = match self.next() {
            (Token::In, _) => Operator::In,
            (Token::NotIn, _) => Operator::NotIn,
            (Token::Equals, _) => Operator::Equals,
            (Token::DoubleEquals, _) => Operator::DoubleEquals,
            (Token::NotEquals, _) => Operator::NotEquals,
            (Token::Greater, _) => Operator::GreaterThan,
            (Token::Less, _) => Operator::LessThan,
            (_, text) => return Err(format!("found '{text}', expected: in, notin, =, ==, !=, gt, lt")),
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => self.exact_value()?,
        };
        Requirement::new(&key, operator, values)
    }

    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let (token, text) = self.next_value();
        if token != Token::Open {
            return Err(format!("found '{text}' expected: '('"));
        }
        match self.peek_value() {
            (Token::Identifier | Token::Comma, first) => {
                let values = self.identifiers()?;
                match self.next_value().0 {
                    Token::Close => Ok(values),
                    _ => Err(format!("found '{first}', expected: ')'")),
                }
            }
            (Token::Close, _) => {
                self.at += 1;
                Ok(BTreeSet::from([String::new()]))
            }
            (_, text) => Err(format!("found '{text}', expected: ',', ')' or identifier")),
        }
    }

    /// A list in parentheses; nothing before, after or between commas counts as the empty value.
    fn identifiers(&mut self) -> Result<BTreeSet<String>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next_value() {
                (Token::Identifier, text) => {
                    values.insert(text);
                    match self.peek_value() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => return Ok(values),
                        (_, text) => return Err(format!("found '{text}', expected: ',' or ')'")),
                    }
                }
                (Token::Comma, _) => {
                    if values.is_empty() {
                        values.insert(String::new());
                    }
                    match self.peek_value().0 {
                        Token::Close => {
                            values.insert(String::new());
                            return Ok(values);
                        }
                        Token::Comma => {
                            self.at += 1;
                            values.insert(String::new());
                        }
                        _ => {}
                    }
                }
                (_, text) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }

    fn exact_value(&mut self) -> Result<BTreeSet<String>, String> {
        if matches!(self.peek_value().0, Token::End | Token::Comma) {
            return Ok(BTreeSet::from([String::new()]));
        }
        match self.next_value() {
            (Token::Identifier, text) => Ok(BTreeSet::from([text])),
            (_, text) => Err(format!("found '{text}', expected: identifier")),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn label_selectors_parse_and_print() {
        for (text, expect) in [
            ("", Ok("")),
            ("env", Ok("env")),
            ("!env", Ok("!env")),
            ("b=1,a==2 , c != 3", Ok("a==2,b=1,c!=3")),
            ("env in (prod, devel)", Ok("env in (devel,prod)")),
            ("env notin (prod)", Ok("env notin (prod)")),
            ("env==", Ok("env==")),
            ("x in ()", Ok("x in ()")),
            ("x in (,a)", Ok("x in (,a)")),
            ("n>5,m<7", Ok("m<7,n>5")),
            ("in in (in)", Ok("in in (in)")),
            ("env in prod", Err("unable to parse requirement: found 'prod' expected: '('")),
            ("a,", Err("found '', expected: identifier after ','")),
            ("=a", Err("found '=', expected: !, identifier, or 'end of string'")),
            ("a b", Err("unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")),
            ("a in (b", Err("unable to parse requirement: found '', expected: ',' or ')'")),
            (
                "n>x",
                Err(
                    "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
                ),
            ),
        ] {
            assert_eq!(
                Selector::parse(text).map(|s| s.to_string()),
                expect.map(String::from).map_err(String::from),
                "{text}"
            );
        }
        let error = Selector::parse("a=_b_").unwrap_err();
        let start = "unable to parse requirement: values[0][a]: Invalid value: \"_b_\": a valid label must be";
        assert!(error.starts_with(start), "{error}");
        let error = Selector::parse("a^=b").unwrap_err();
        assert!(error.starts_with("unable to parse requirement: <nil>: Invalid value: \"a^\": name part"), "{error}");
    }

    #[test]
    fn label_selectors_match() {
        let labels = json!({"env": "prod", "n": "6"});
        for (text, expect) in [
            ("", true),
            ("env", true),
            ("!env", false),
            ("env=prod", true),
            ("env!=prod", false),
            ("tier!=web", true),
            ("env in (prod,devel),n>5", true),
            ("n<5", false),
            ("env notin (devel)", true),
        ] {
            assert_eq!(Selector::parse(text).unwrap().matches(&labels), expect, "{text}");
        }
        let document = json!({"matchLabels": {"env": "prod"}, "matchExpressions": [{"key": "n", "operator": "In", "values": ["6"]}]});
        let selector = Selector::from_value(&document).unwrap();
        assert!(selector.matches(&labels) && !selector.matches(&Value::Null));
        assert_eq!(selector.to_string(), "env=prod,n in (6)");
        assert!(!Selector::from_value(&Value::Null).unwrap().matches(&labels));
        let wrong = json!({"matchExpressions": [{"key": "n", "operator": "Like"}]});
        assert_eq!(Selector::from_value(&wrong).unwrap_err(), "\"Like\" is not a valid label selector operator");
    }

    #[test]
    fn field_selectors() {
        for (text, expect) in [
            ("", Ok("")),
            ("status.phase=Running", Ok("status.phase=Running")),
            ("b!=1,a==2", Ok("a=2,b!=1")),
            (r"a=x\,y\=z", Ok(r"a=x\,y\=z")),
            ("phase", Err("invalid selector: 'phase'; can't understand 'phase'")),
            (r"a=\x", Err(r"invalid field selector, invalid escape sequence: \x")),
            ("a=b=c", Err("invalid field selector, unescaped character in value: 61")),
        ] {
            let got = FieldSelector::parse(text).map(|s| s.to_string());
            assert_eq!(got, expect.map(String::from).map_err(String::from), "{text}");
        }
        let selector = FieldSelector::parse("a=1,b!=2").unwrap();
        assert!(selector.matches(|field| if field == "a" { "1".into() } else { String::new() }));
    }
}
