//! YAML as kubectl reads and writes it: YAML 1.1, as Go's `yaml.v2` has it.

mod read;
mod resolve;
mod write;

pub use read::{documents, parse, parse_all, parse_core};
pub use write::print;

#[cfg(test)]
mod tests;
