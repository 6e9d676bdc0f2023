//! Sets up, serves, tests and builds the project.
fn main() {}
