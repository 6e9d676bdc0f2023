//! `ssh`: a shell on a machine of the cluster. `minikube ssh` is the same by another name.

use super::super::host::{Host, Launcher};
use super::super::run::start;
use super::{Call, Help, Program};
use std::rc::Rc;

pub const PROGRAM: Program = Program {
    name: "ssh",
    help: || Help {
        summary: "Log in to a machine of the cluster.",
        usage: "ssh [USER@]NODE [COMMAND [ARG]...]",
        examples: &[
            ("ssh nosuch", "ssh: Could not resolve hostname nosuch: Name or service not known"),
            ("ssh nosuch 2>/dev/null; echo $?", "255"),
        ],
    },
    run: |call| Box::pin(run(call)),
    outside_only: true,
    ..Program::BASE
};

/// Flags that take a value.
const VALUED: &[&str] = &["-i", "-l", "-o", "-p", "-F"];

async fn run(call: Call) -> i32 {
    let mut words = call.args().iter().peekable();
    while let Some(flag) = words.next_if(|word| word.starts_with('-')) {
        if VALUED.contains(&flag.as_str()) {
            words.next();
        }
    }
    let Some(target) = words.next() else {
        call.process.err("usage: ssh [-l login_name] [-p port] destination [command [argument ...]]\n");
        return 255;
    };
    let name = target.split_once('@').map_or(target.as_str(), |(_, name)| name).to_string();
    let line = words.cloned().collect::<Vec<_>>().join(" ");
    match log_in(&call, &name, &line).await {
        Some(status) => status,
        None => {
            call.process.err(format!("ssh: Could not resolve hostname {name}: Name or service not known\n"));
            255
        }
    }
}

/// Runs a command line on a machine, by its name or address, or a shell if there is none. `None` if no
/// such machine runs.
pub(super) async fn log_in(call: &Call, name: &str, line: &str) -> Option<i32> {
    let driver = call.host.driver.clone()?;
    let machine = driver.machines().into_iter().find(|machine| machine.name == name || machine.address == name)?;
    let (files, net) = driver.inside(&machine.name)?;
    let host = Rc::new(Host::node(&call.process, &call.host, &machine.name, &files, &net));
    let mut process = call.process.clone();
    process.files = files;
    process.net = net;
    process.cwd = "/home/docker".into();
    for (key, value) in [("HOME", "/home/docker"), ("USER", "docker"), ("HOSTNAME", &machine.name)] {
        process.env.insert(key.into(), value.into());
    }
    process.env.remove("KUBECONFIG");
    process.args = vec!["bash".into()];
    if !line.is_empty() {
        process.args.extend(["-c".into(), line.into()]);
    }
    process.system = Rc::new(Launcher { host: host.clone(), desk: None });
    Some(Box::pin(start(&host, process, None, "bash: ".into(), "command not found")).await)
}
