//! `watch`

use super::sleep::span;
use super::super::run::quote;
use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "watch",
    help: || Help {
        summary: "Run a command again and again.",
        usage: "watch [-n SECONDS] [-t] COMMAND [ARG]...",
        examples: &[("timeout 3 watch -t -n 2 echo x", "x\nx")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("interval", 'n'), ("no-title", 't'), ("differences", 'd'), ("exec", 'x'), ("color", 'c')];
    let options = match Options::parse_prefix(&call, "n:tdxcbeg", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let every = options.value('n').unwrap_or("2");
    let Some(interval) = span(every).map(|interval| interval.max(std::time::Duration::from_millis(100))) else {
        return call.fail(format!("failed to parse argument: '{every}'"));
    };
    if options.operands.is_empty() {
        return call.fail("no command\nTry 'watch --help' for more information.");
    }
    let line = match options.operands.as_slice() {
        [line] if !options.has('x') => line.clone(),
        words if options.has('x') => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
        words => words.join(" "),
    };
    while !call.is_unread() {
        if call.process.tty {
            call.out("\x1b[H\x1b[2J");
        }
        if !options.has('t') {
            let now = super::date::format_time(call.process.clock.now(), "%a %b %e %H:%M:%S %Y");
            let left = format!("Every {:.1}s: {line}", interval.as_secs_f64());
            let right = format!("{}: {now}", call.host.hostname);
            let gap = call.process.columns.saturating_sub(left.len() + right.len()).max(1);
            call.out(format!("{left}{}{right}\n\n", " ".repeat(gap)));
        }
        call.process.system.clone().run(&line, call.process.clone()).await;
        call.process.clock.sleep(interval).await;
    }
    0
}
