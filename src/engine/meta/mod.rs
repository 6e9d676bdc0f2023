//! What every part of the cluster speaks of: documents, objects, times, statuses, selectors.
//!
//! `meta` knows nothing of the rest of the engine but the list of field names in `schema`.

pub mod cel;
pub mod duration;
mod field;
pub mod go;
pub mod gotemplate;
mod json;
pub mod jsonpath;
pub mod managed;
pub mod names;
mod object;
pub mod patch;
mod pattern;
pub mod quantity;
pub mod selector;
mod sha256;
mod sorted;
mod status;
mod text;
mod time;
mod value;
pub mod x509;
pub mod yaml;

pub use field::Errors;
pub use go::{go_print, go_syntax};
use json::DEEPEST;
pub use json::{Parsed, parse_json};
pub use object::Object;
pub use pattern::Pattern;
pub use quantity::Quantity;
pub use selector::{FieldSelector, Selector};
pub use sha256::sha256;
pub use sorted::{Entry, SortedMap, SortedSet};
pub use status::{Cause, Status};
pub use text::quote;
pub use time::Time;
pub use value::{At, Entries, Key, Map, Text, Value};
