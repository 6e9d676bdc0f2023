//! `chroot`: a command with another directory for its root, such as the node's disk in a debugging pod.

use super::super::host::{Host, Ids};
use super::super::run::start;
use super::{Call, Help, Program};
use crate::process::FileSystem;
use std::rc::Rc;

pub const PROGRAM: Program = Program {
    name: "chroot",
    help: || Help {
        summary: "Run a command with another root directory.",
        usage: "chroot DIRECTORY [COMMAND [ARG]...]",
        examples: &[
            ("mkdir -p r/etc; echo x > r/etc/f; chroot r cat /etc/f", "x"),
            ("chroot nosuch ls", "chroot: cannot change root directory to 'nosuch': No such file or directory"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let Some((root, command)) = call.args().split_first() else { return call.fail("missing operand") };
    let path = call.path(root);
    if !call.process.files.is_directory(&path) {
        call.complain(format!("cannot change root directory to '{root}': No such file or directory"));
        return 125;
    }
    let files = FileSystem::default();
    files.mount("/", &call.process.files, &path, false);
    let mut machine = Host::node(&call.process, &call.host, &call.host.hostname, &files, &call.process.net);
    machine.user = "root".into();
    machine.ids = Ids { user: "0".into(), group: "0".into(), groups: Vec::new() };
    let host = Rc::new(machine);
    let mut process = call.process.clone();
    process.args = if command.is_empty() { vec!["bash".into()] } else { command.to_vec() };
    process.files = files;
    process.cwd = "/".into();
    let name = process.args.first().cloned().unwrap_or_default();
    if host.find_program(&name, "/", "").is_none() {
        call.complain(format!("failed to run command '{name}': No such file or directory"));
        return 127;
    }
    start(&host, process, call.desk.clone(), "bash: ".into(), "command not found").await
}
