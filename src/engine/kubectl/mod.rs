//! kubectl: one file per command, and the table. It knows the API by requests alone.

use crate::api::Client;
use crate::process::Process;

/// Runs one kubectl invocation: `process.args[0]` is `kubectl`. Gives the exit status.
pub async fn run(process: Process, client: Client) -> i32 {
    let _ = client;
    process.err("error: unknown command\n");
    1
}
