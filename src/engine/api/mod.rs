//! The API server: the only door to the store.
//!
//! [`Request`] in, [`Response`] out, with the real REST paths; [`Client`] is how everything in the
//! engine asks. Both become an [`operation`]; behind it come authorization, admission, defaulting
//! and validation by the kind's row, then the store. `route` is where a request comes in, `write`
//! where an object is made.

mod admission;
mod allocate;
mod authenticate;
mod authorize;
mod body;
mod bootstrap;
mod client;
mod components;
mod counters;
mod custom;
mod delete;
mod discovery;
mod events;
mod jwt;
mod metadata;
mod metrics;
mod openapi;
mod operation;
mod patch;
mod read;
mod request;
mod resource;
mod reviews;
mod route;
mod server;
mod subresources;
mod table;
mod watch;
mod write;

#[cfg(test)]
mod tests;

pub use admission::is_plugin;
pub use authenticate::CLIENT_CERTIFICATE;
pub use client::Client;
pub use events::Recorder;
pub use request::{
    Body, Content, Exec, Later, Method, OpenPort, PortForward, Request, Response, User, Watch, WatchStep,
};
pub use resource::Resource;
pub use server::{ApiServer, NodeProxy};
