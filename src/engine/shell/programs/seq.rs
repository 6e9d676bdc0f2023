//! `seq`

use super::super::builtins::format_once;
use super::{Call, Options, Help, Program};
use crate::sim::yield_now;

pub const PROGRAM: Program = Program {
    name: "seq",
    help: || Help {
        summary: "Print numbers in order.",
        usage: "seq [-w] [-s SEPARATOR] [-f FORMAT] [FIRST [STEP]] LAST",
        examples: &[("seq 3", "1\n2\n3"), ("seq -s, 2 2 6", "2,4,6"), ("seq -w 9 10", "09\n10"), ("seq 0 0.5 1", "0.0\n0.5\n1.0")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    // A negative number is an operand, not an option.
    let mut numbers = Vec::new();
    let mut others = Vec::new();
    for arg in call.args() {
        if arg.starts_with('-') && arg[1..].starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            numbers.push(arg.clone());
        } else {
            others.push(arg.clone());
        }
    }
    let long = [("equal-width", 'w'), ("separator", 's'), ("format", 'f')];
    let parsed = if numbers.is_empty() { Options::parse(&call, "ws:f:", &long) } else { Options::parse_args(&call, &others, "ws:f:", &long, false) };
    let mut options = match parsed {
        Ok(options) => options,
        Err(status) => return status,
    };
    if !numbers.is_empty() {
        options.operands = call.args().iter().filter(|arg| numbers.contains(arg) || options.operands.contains(arg)).cloned().collect();
    }
    let texts = &options.operands;
    let mut values = Vec::new();
    for text in texts {
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => values.push(value),
            _ => return call.fail(format!("invalid floating point argument: '{text}'\nTry 'seq --help' for more information.")),
        }
    }
    let (first, step, last) = match values.as_slice() {
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        [] => return call.fail("missing operand\nTry 'seq --help' for more information."),
        _ => return call.fail(format!("extra operand '{}'\nTry 'seq --help' for more information.", texts[3])),
    };
    if step == 0.0 {
        return call.fail(format!("invalid Zero increment value: '{}'\nTry 'seq --help' for more information.", texts[1]));
    }
    let digits = texts.iter().take(2).map(|text| text.split_once('.').map_or(0, |(_, after)| after.len())).max().unwrap_or(0);
    let shown = |value: f64| format!("{value:.digits$}");
    let width = if options.has('w') { shown(first).len().max(shown(last).len()) } else { 0 };
    let separator = options.value('s').unwrap_or("\n");
    let count = ((last - first) / step + 1e-9).floor();
    let mut at = 0.0;
    while at <= count {
        let mut text = String::new();
        for _ in 0..1000 {
            if at > count {
                break;
            }
            let number = shown(first + at * step);
            if at > 0.0 {
                text.push_str(separator);
            }
            match options.value('f') {
                Some(format) => {
                    let mut bytes = Vec::new();
                    let given = [number];
                    if let Err(message) = format_once(format, &mut given.as_slice(), &mut bytes) {
                        return call.fail(message);
                    }
                    text.push_str(&String::from_utf8_lossy(&bytes));
                }
                None => text.push_str(&format!("{number:0>width$}")),
            }
            at += 1.0;
        }
        if at > count {
            text.push('\n');
        }
        if !call.process.stdout.write(text.as_bytes()) {
            return 141;
        }
        yield_now(&call.process.clock).await;
    }
    0
}
