//! Label and field selectors: reading, matching and printing them as apimachinery does.

mod field;
mod parse;

pub use field::{FieldSelector, FieldTerm};

use super::{Value, names};
use crate::meta::SortedSet;
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
    pub values: SortedSet<String>,
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
    pub fn new(key: &str, operator: Operator, values: SortedSet<String>) -> Result<Requirement, String> {
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
        parse::requirements(text).map(Selector::all)
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
    Requirement { key: key.into(), operator: Operator::Equals, values: SortedSet::from([value.into()]) }
}

fn check_key(path: &str, key: &str) -> Result<(), String> {
    let complaints = names::qualified_name(key);
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{path}: Invalid value: {key:?}: {}", complaints.join("; ")))
}

#[cfg(test)]
mod tests;
