//! Determinism: virtual time, seeded randomness, tasks and pipes.
//!
//! Nothing in the engine reads a wall clock or a global; what passes for time and chance is here.

mod clock;
mod pipe;
mod rng;
mod tasks;

pub use clock::{Clock, Sleep};
pub use pipe::{END_OF_INPUT, INTERRUPT, Pipe, Read, pipe};
pub use rng::Rng;
pub use tasks::{TaskId, Tasks, yield_now};
