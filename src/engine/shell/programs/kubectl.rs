//! `kubectl`: the door to [`crate::kubectl`].

use super::{Call, Help, Program};
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "kubectl",
    help: || Help {
        summary: "Control the Kubernetes cluster.",
        usage: "kubectl [flags] [options]",
        examples: &[],
    },
    run: |call| Box::pin(run(call)),
    cost: Duration::from_millis(20),
    ..Program::BASE
};

/// What kubectl can do without a cluster.
const LOCAL: &[&str] = &["config", "completion", "help", "options", "plugin", "kustomize", "--help", "-h", "--client"];

async fn run(mut call: Call) -> i32 {
    let client = match &call.host.client {
        Some(client) => client.clone(),
        None => {
            call.process.err("The connection to the server localhost:8080 was refused - did you specify the right host or port?\n");
            return 1;
        }
    };
    let machines = call.host.driver.as_ref().map(|driver| driver.machines());
    let local = call.args().iter().any(|arg| LOCAL.contains(&arg.as_str()));
    if let Some(machines) = machines.filter(|_| !local)
        && !machines.first().is_some_and(|machine| machine.running)
    {
        let server = machines.first().map_or("localhost:8080".into(), |machine| format!("{}:8443", machine.address));
        call.process.err(format!("The connection to the server {server} was refused - did you specify the right host or port?\n"));
        return 1;
    }
    call.process.args[0] = "kubectl".into();
    crate::kubectl::run(call.process, client).await
}
