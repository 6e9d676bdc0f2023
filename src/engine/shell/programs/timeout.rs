//! `timeout`

use super::sleep::span;
use super::{Call, Options, Help, Program};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

pub const PROGRAM: Program = Program {
    name: "timeout",
    help: || Help {
        summary: "Run a command and end it after a while.",
        usage: "timeout [-s SIGNAL] [-k DURATION] DURATION COMMAND [ARG]...",
        examples: &[("timeout 1 sleep 5; echo $?", "124"), ("timeout 1 echo x; echo $?", "x\n0"), ("timeout 1 nosuch; echo $?", "timeout: failed to run command 'nosuch': No such file or directory\n127")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("signal", 's'), ("kill-after", 'k'), ("preserve-status", 'p'), ("foreground", 'f'), ("verbose", 'v')];
    let options = match Options::parse_prefix(&call, "s:k:v", &long) {
        Ok(options) => options,
        Err(_) => return 125,
    };
    let [limit, command @ ..] = options.operands.as_slice() else {
        call.complain("missing operand");
        return 125;
    };
    let Some(limit) = span(limit) else {
        call.complain(format!("invalid time interval '{limit}'\nTry 'timeout --help' for more information."));
        return 125;
    };
    if command.is_empty() {
        call.complain("missing operand\nTry 'timeout --help' for more information.");
        return 125;
    }
    let mut process = call.process.clone();
    process.args = command.to_vec();
    let Some(mut running) = process.system.clone().spawn(process) else {
        call.complain(format!("failed to run command '{}': No such file or directory", command[0]));
        return 127;
    };
    let mut limit = pin!(call.process.clock.sleep(limit));
    let forever = call.args().first().is_some_and(|arg| arg == "0");
    let killed = options.value('s').is_some_and(|signal| signal.contains("KILL") || signal == "9");
    poll_fn(|context| {
        if let Poll::Ready(status) = running.as_mut().poll(context) {
            return Poll::Ready(status);
        }
        if forever { Poll::Pending } else { limit.as_mut().poll(context).map(|()| if killed { 137 } else { 124 }) }
    })
    .await
}
