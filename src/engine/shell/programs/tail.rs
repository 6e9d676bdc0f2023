//! `tail`

use super::head::{count, old_style};
use super::{Call, Options, Help, Program, open};
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "tail",
    help: || Help {
        summary: "Print the end of files, and what is added to them.",
        usage: "tail [-n [+]LINES] [-c [+]BYTES] [-f] [-q] [FILE]...",
        examples: &[("seq 20 | tail -2", "19\n20"), ("seq 4 | tail -n +3", "3\n4"), ("printf abcdef | tail -c 2", "ef")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("lines", 'n'), ("bytes", 'c'), ("quiet", 'q'), ("verbose", 'v'), ("follow", 'f'), ("retry", 'R')];
    let args: Vec<String> = old_style(call.args());
    let options = match Options::parse_args(&call, &args, "n:c:qvfFsR", &long, false) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let bytes = options.last_of("nc") == Some('c');
    let text = options.value(if bytes { 'c' } else { 'n' }).unwrap_or("10");
    let from_start = text.starts_with('+');
    let Some(number) = count(text.trim_start_matches(['-', '+'])) else {
        return call.fail(format!("invalid number of {}: '{text}'", if bytes { "bytes" } else { "lines" }));
    };
    let follow = options.has('f') || options.has('F');
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
        let all = pipe.read_to_end().await;
        let start = match (bytes, from_start) {
            (true, true) => number.saturating_sub(1).min(all.len()),
            (true, false) => all.len().saturating_sub(number),
            (false, _) => {
                let starts: Vec<usize> = std::iter::once(0)
                    .chain(all.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
                    .filter(|start| *start < all.len())
                    .collect();
                let line = if from_start { number.saturating_sub(1) } else { starts.len().saturating_sub(number) };
                starts.get(line).copied().unwrap_or(all.len())
            }
        };
        call.process.stdout.write(&all[start..]);
    }
    if follow && let [file] = files.as_slice() {
        let path = call.path(file);
        let mut known = call.process.files.read(&path).map_or(0, |bytes| bytes.len());
        while !call.is_unread() {
            call.process.clock.sleep(Duration::from_secs(1)).await;
            let Ok(bytes) = call.process.files.read(&path) else { continue };
            if bytes.len() < known {
                call.complain(format!("{file}: file truncated"));
                known = 0;
            }
            if bytes.len() > known {
                call.process.stdout.write(&bytes[known..]);
                known = bytes.len();
            }
        }
    }
    status
}
