//! The API server: the only door to the store.
//!
//! [`Request`] in, [`Response`] out, with the real REST paths; [`Client`] is how everything in the
//! engine asks. Behind both: authentication and authorization, admission, defaulting and
//! validation by the kind's row, then the store.

mod client;
mod events;
mod request;
mod server;

pub use client::Client;
pub use events::Recorder;
pub use request::{Body, Content, Exec, Method, PortForward, Request, Response, User, Watch};
pub use server::{ApiServer, NodeProxy};
