//! The field table of the Kubernetes API and what reads it.
//!
//! [`Type`] is the way in; `build.rs` makes the table. [`decode`] checks documents against it,
//! [`openapi`] publishes it, with [`Descriptions`] where they are at hand.

pub mod decode;
mod descriptions;
pub mod openapi;
mod table;

#[cfg(feature = "descriptions")]
pub use descriptions::DESCRIPTIONS;
pub use descriptions::Descriptions;
pub use table::{Field, ListType, Shape, Type, field_name, field_step};
