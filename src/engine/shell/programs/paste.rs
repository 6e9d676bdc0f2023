//! `paste`: files side by side.

use super::input::Lines;
use super::{Call, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "paste",
    help: || Help {
        summary: "Put the lines of files side by side, or of one file into one line.",
        usage: "paste [-s] [-d SEPARATORS] [FILE]...",
        examples: &[
            ("seq 3 | paste -sd+", "1+2+3"),
            ("seq 4 | paste -d, - -", "1,2\n3,4"),
            ("seq 2 > a; echo x > b; paste a b", "1\tx\n2"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "sd:", &[("serial", 's'), ("delimiters", 'd')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let separators: Vec<char> = options.value('d').unwrap_or("\t").replace("\\n", "\n").replace("\\t", "\t").chars().collect();
    let separator = |at: usize| separators.get(at % separators.len().max(1)).map(char::to_string).unwrap_or_default();
    let files = options.files();
    let from_input = files.iter().filter(|file| *file == "-").count();
    let mut input: Vec<String> = if from_input > 0 { Lines::of(call.process.stdin.clone()).all().await } else { Vec::new() };
    let (mut columns, mut dealt) = (Vec::new(), 0);
    for file in &files {
        if file == "-" && !options.has('s') {
            // Each `-` takes every n-th line.
            columns.push(input.iter().skip(dealt).step_by(from_input).cloned().collect::<Vec<_>>());
            dealt += 1;
        } else if file == "-" {
            columns.push(std::mem::take(&mut input));
        } else {
            match open(&call, file) {
                Ok(pipe) => columns.push(Lines::of(pipe).all().await),
                Err(error) => return call.fail(format!("{file}: {error}")),
            }
        }
    }
    let joined = |cells: &[&str]| -> String {
        let parts = cells.iter().enumerate();
        let text: String = parts.map(|(at, cell)| if at == 0 { cell.to_string() } else { separator(at - 1) + cell }).collect();
        text + "\n"
    };
    if options.has('s') {
        let lines = columns.iter().map(|lines| joined(&lines.iter().map(String::as_str).collect::<Vec<_>>()));
        call.out(lines.collect::<String>());
        return 0;
    }
    for at in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let cells: Vec<&str> = columns.iter().map(|lines| lines.get(at).map_or("", String::as_str)).collect();
        call.out(joined(&cells));
    }
    0
}
