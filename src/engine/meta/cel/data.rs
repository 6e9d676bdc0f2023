//! The values that expressions are about.

use super::super::{Quantity, Time, Value, duration};
use std::cmp::Ordering;

/// A value: a document or a part of one, or what only expressions know.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `null`, a boolean, a number, a string, a list or a map.
    Value(Value),
    /// A span of time, in microseconds.
    Duration(i64),
    /// A moment.
    Time(Time),
    /// An amount such as `100Mi`.
    Quantity(Quantity),
    /// A type's name.
    Type(&'static str),
    /// Something that may be there.
    Optional(Option<Box<Data>>),
}

impl From<Value> for Data {
    fn from(value: Value) -> Data {
        Data::Value(value)
    }
}

/// What does not fit is always said so.
pub const NO_OVERLOAD: &str = "no such overload";

impl Data {
    /// A boolean.
    pub fn of(value: impl Into<Value>) -> Data {
        Data::Value(value.into())
    }
    /// What it says, if it is a boolean.
    pub fn as_bool(&self) -> Option<bool> {
        self.value().and_then(Value::as_bool)
    }
    /// The document it is.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Data::Value(value) => Some(value),
            _ => None,
        }
    }
    /// The text it is.
    ///
    /// # Errors
    /// That it is none.
    pub fn text(&self) -> Result<&str, String> {
        self.value().and_then(Value::as_str).ok_or_else(|| NO_OVERLOAD.into())
    }
    /// The whole number it is.
    ///
    /// # Errors
    /// That it is none.
    pub fn int(&self) -> Result<i64, String> {
        match self {
            Data::Value(Value::Int(number)) => Ok(*number),
            _ => Err(NO_OVERLOAD.into()),
        }
    }
    /// The list it is.
    ///
    /// # Errors
    /// That it is none.
    pub fn list(&self) -> Result<&[Value], String> {
        self.value().and_then(Value::as_array).ok_or_else(|| NO_OVERLOAD.into())
    }
    /// A moment; texts that say one count, as the schema's `format` makes them moments.
    ///
    /// # Errors
    /// That it is none.
    pub fn time(&self) -> Result<Time, String> {
        match self {
            Data::Time(time) => Ok(*time),
            other => {
                let text = other.text()?;
                let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.into() };
                Time::parse(&whole).ok_or_else(|| format!("parsing time {text:?}: cannot parse as RFC 3339"))
            }
        }
    }
    /// A span, or a text that says one.
    ///
    /// # Errors
    /// That it is none.
    pub fn span(&self) -> Result<i64, String> {
        match self {
            Data::Duration(span) => Ok(*span),
            other => duration::parse_signed(other.text()?).map(|nanoseconds| nanoseconds / 1000),
        }
    }
    /// The amount it is.
    ///
    /// # Errors
    /// That it is none.
    pub fn quantity(&self) -> Result<Quantity, String> {
        match self {
            Data::Quantity(quantity) => Ok(*quantity),
            _ => Err(NO_OVERLOAD.into()),
        }
    }

    /// What goes into a list or a map.
    pub fn into_value(self) -> Value {
        match self {
            Data::Value(value) => value,
            Data::Duration(span) => format!("{}s", span as f64 / 1e6).into(),
            Data::Time(time) => time.rfc3339().into(),
            Data::Quantity(quantity) => quantity.to_string().into(),
            Data::Type(name) => name.into(),
            Data::Optional(inner) => inner.map_or(Value::Null, |inner| inner.into_value()),
        }
    }

    /// The name of its type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Data::Value(Value::Null) => "null_type",
            Data::Value(Value::Bool(_)) => "bool",
            Data::Value(Value::Int(_)) => "int",
            Data::Value(Value::Float(_)) => "double",
            Data::Value(Value::String(_)) => "string",
            Data::Value(Value::Array(_)) => "list",
            Data::Value(Value::Object(_)) => "map",
            Data::Duration(_) => "google.protobuf.Duration",
            Data::Time(_) => "google.protobuf.Timestamp",
            Data::Quantity(_) => "kubernetes.Quantity",
            Data::Type(_) => "type",
            Data::Optional(_) => "optional_type",
        }
    }

    /// Whether two values are the same; numbers of any type are compared as numbers.
    pub fn equals(&self, other: &Data) -> bool {
        match (self, other) {
            (Data::Value(one), Data::Value(other)) => same(one, other),
            (Data::Duration(_), Data::Value(_)) | (Data::Value(_), Data::Duration(_)) => {
                matches!((self.span(), other.span()), (Ok(one), Ok(other)) if one == other)
            }
            (Data::Time(_), Data::Value(_)) | (Data::Value(_), Data::Time(_)) => {
                matches!((self.time(), other.time()), (Ok(one), Ok(other)) if one == other)
            }
            (Data::Quantity(one), Data::Quantity(other)) => one.cmp(other).is_eq(),
            _ => self == other,
        }
    }

    /// Which of two values comes first.
    ///
    /// # Errors
    /// That they cannot be compared.
    pub fn order(&self, other: &Data) -> Result<Ordering, String> {
        let order = match (self, other) {
            (Data::Duration(_), _) | (_, Data::Duration(_)) => self.span()?.cmp(&other.span()?),
            (Data::Time(_), _) | (_, Data::Time(_)) => self.time()?.cmp(&other.time()?),
            (Data::Value(one), Data::Value(other)) => order(one, other).ok_or(NO_OVERLOAD)?,
            _ => return Err(NO_OVERLOAD.into()),
        };
        Ok(order)
    }
}

/// Whether two documents are the same.
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            order(one, other) == Some(Ordering::Equal)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key.as_str()).is_some_and(|found| same(value, found)))
        }
        _ => one == other,
    }
}

/// The order of two numbers, texts or booleans.
pub fn order(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => Some(one.cmp(other)),
        (Value::String(one), Value::String(other)) => Some(one.cmp(other)),
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        _ if one.is_number() && other.is_number() => one.as_f64()?.partial_cmp(&other.as_f64()?),
        _ => None,
    }
}
