//! The native half of Tabernetes: transcripts replayed and compared, and the engine behind HTTP.
//!
//! The engine itself is `tabernetes-engine`; nothing here knows Kubernetes.

pub mod exceptions;
pub mod normalize;
pub mod replay;
pub mod serve;
pub mod transcript;
