//! The field table of the Kubernetes API and what reads it.
//!
//! [`Type`] is the way in; `build.rs` makes the table.

pub mod decode;
mod table;

pub use table::{Field, ListType, Shape, Type, field_name};
