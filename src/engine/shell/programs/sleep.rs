//! `sleep`

use super::{Call, Help, Program};
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "sleep",
    help: || Help {
        summary: "Let time pass.",
        usage: "sleep NUMBER[smhd]...",
        examples: &[("sleep 0.1s; echo awake", "awake"), ("sleep x", "sleep: invalid time interval 'x'\nTry 'sleep --help' for more information.")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    if call.args().is_empty() {
        call.complain("missing operand");
        call.process.err("Try 'sleep --help' for more information.\n");
        return 1;
    }
    let mut total = Duration::ZERO;
    for arg in call.args() {
        match span(arg) {
            Some(span) => total = total.saturating_add(span),
            None => {
                call.complain(format!("invalid time interval '{arg}'"));
                call.process.err("Try 'sleep --help' for more information.\n");
                return 1;
            }
        }
    }
    call.process.clock.sleep(total).await;
    0
}

/// A duration as coreutils write it: a number and `s`, `m`, `h` or `d`.
pub fn span(text: &str) -> Option<Duration> {
    if matches!(text, "infinity" | "inf") {
        return Some(Duration::from_secs(3_153_600_000));
    }
    let split = text.len() - text.chars().next_back().filter(char::is_ascii_alphabetic).map_or(0, char::len_utf8);
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    Some(Duration::from_secs_f64((number * factor).min(3.0e9)))
}
