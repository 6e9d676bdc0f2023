//! `head`

use super::{Call, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "head",
    help: || Help {
        summary: "Print the beginning of files.",
        usage: "head [-n LINES] [-c BYTES] [-q] [-v] [FILE]...",
        examples: &[("seq 20 | head -2", "1\n2"), ("seq 4 | head -n -2", "1\n2"), ("echo abcdef | head -c 3", "abc")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// `-5` for `-n 5`.
pub fn old_style(args: &[String]) -> Vec<String> {
    let digits = |arg: &str| arg.len() > 1 && arg.starts_with('-') && arg[1..].bytes().all(|b| b.is_ascii_digit());
    let mut before = "";
    let mut changed = Vec::new();
    for arg in args {
        // tail takes `+5` too. After `-n` stands a value, which may be negative.
        let value = matches!(before, "-n" | "-c" | "--lines" | "--bytes");
        let plus = arg.strip_prefix('+').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
        changed.push(if plus && !value {
            format!("-n{arg}")
        } else if digits(arg) && !value { format!("-n{}", &arg[1..]) } else { arg.clone() });
        before = arg;
    }
    changed
}

/// A count with an optional `k`, `K` or `M`.
pub fn count(text: &str) -> Option<usize> {
    let (number, factor) = match text.chars().next_back()? {
        'k' | 'K' => (&text[..text.len() - 1], 1024),
        'M' => (&text[..text.len() - 1], 1024 * 1024),
        _ => (text, 1),
    };
    number.parse::<usize>().ok()?.checked_mul(factor)
}

async fn run(call: Call) -> i32 {
    let long = [("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("verbose", 'v')];
    let options = match Options::parse_args(&call, &old_style(call.args()), "n:c:qvz", &long, false) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let bytes = options.last_of("nc") == Some('c');
    let text = options.value(if bytes { 'c' } else { 'n' }).unwrap_or("10");
    let but = text.starts_with('-');
    let Some(most) = count(text.trim_start_matches(['-', '+'])) else {
        return call.fail(format!("invalid number of {}: '{text}'", if bytes { "bytes" } else { "lines" }));
    };
    let files = options.files();
    let mut status = 0;
    for (at, file) in files.iter().enumerate() {
        let pipe = match open(&call, file) {
            Ok(pipe) => pipe,
            Err(error) => {
                status = call.fail(format!("cannot open '{file}' for reading: {error}"));
                continue;
            }
        };
        if (files.len() > 1 && !options.has('q')) || options.has('v') {
            let name = if file == "-" { "standard input" } else { file };
            call.out(format!("{}==> {name} <==\n", if at > 0 { "\n" } else { "" }));
        }
        if but {
            let all = pipe.read_to_end().await;
            let end = if bytes {
                all.len().saturating_sub(most)
            } else {
                let ends: Vec<usize> = lines(&all).collect();
                ends.len().checked_sub(most + 1).and_then(|last| ends.get(last).copied()).unwrap_or(0)
            };
            call.process.stdout.write(&all[..end]);
            continue;
        }
        let mut left = most;
        while left > 0 {
            let next = if bytes { pipe.read().await } else { pipe.read_line().await };
            let Some(next) = next else { break };
            let piece = if bytes { &next[..next.len().min(left)] } else { &next[..] };
            left -= if bytes { piece.len() } else { 1 };
            call.process.stdout.write(piece);
        }
        pipe.shut();
    }
    status
}

/// Where each line ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let last = (!bytes.is_empty() && bytes.last() != Some(&b'\n')).then_some(bytes.len());
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).chain(last)
}
