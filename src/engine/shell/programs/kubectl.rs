//! `kubectl`: the door to [`crate::kubectl`].

use super::{Call, Program};
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "kubectl",
    summary: "Control the Kubernetes cluster.",
    usage: "kubectl [flags] [options]",
    run: |call| Box::pin(run(call)),
    cost: Duration::from_millis(20),
    ..Program::BASE
};

async fn run(mut call: Call) -> i32 {
    let Some(client) = call.host.client.clone() else {
        return call.fail("The connection to the server localhost:8080 was refused - did you specify the right host or port?");
    };
    call.process.args[0] = "kubectl".into();
    crate::kubectl::run(call.process, client).await
}
