//! What becomes a [`Value`] by `into()`, and what can be compared with one.

use super::map::Entries;
use super::{Map, Text, Value};
use std::rc::Rc;

macro_rules! from {
    ($($source:ty => |$from:ident| $into:expr;)*) => {$(
        impl From<$source> for Value {
            fn from($from: $source) -> Value { $into }
        }
    )*};
}
from! {
    bool => |b| Value::Bool(b);
    i64 => |n| Value::Int(n);
    i32 => |n| Value::Int(n.into());
    u32 => |n| Value::Int(n.into());
    u16 => |n| Value::Int(n.into());
    u64 => |n| i64::try_from(n).map_or(Value::Float(n as f64), Value::Int);
    usize => |n| Value::from(n as u64);
    f64 => |n| Value::Float(n);
    &str => |s| Value::String(s.into());
    String => |s| Value::String(s.into());
    &String => |s| Value::String(s.as_str().into());
    Text => |s| Value::String(s);
    &Text => |s| Value::String(s.clone());
    Map => |map| Value::Object(map);
    Entries => |entries| Value::Object(Map::of(entries.0));
    &Map => |map| Value::Object(map.clone());
    &Value => |v| v.clone();
    () => |_unit| Value::Null;
}
impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        items.into_iter().collect()
    }
}
impl<T: Into<Value> + Clone> From<&[T]> for Value {
    fn from(items: &[T]) -> Value {
        items.iter().cloned().collect()
    }
}
impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Value {
        items.into_iter().collect()
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Value {
        Value::Array(Rc::new(items.into_iter().map(Into::into).collect()))
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}
impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}
impl PartialEq<i64> for Value {
    fn eq(&self, other: &i64) -> bool {
        self.as_i64() == Some(*other)
    }
}
impl PartialEq<bool> for Value {
    fn eq(&self, other: &bool) -> bool {
        self.as_bool() == Some(*other)
    }
}
