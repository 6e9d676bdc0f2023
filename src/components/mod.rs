//! What is seen. Each component knows its properties and emits [`Event`](crate::app::event::Event)s;
//! none knows another's state or the playground.

pub mod divider;
pub mod files;
pub mod graph;
pub mod header;
pub mod icon;
pub mod inspector;
pub mod request;
pub mod terminal;
