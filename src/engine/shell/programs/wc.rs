//! `wc`

use super::{Call, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "wc",
    help: || Help {
        summary: "Count lines, words and bytes.",
        usage: "wc [-clmw] [FILE]...",
        examples: &[("printf 'a b\\nc\\n' | wc", "      2       3       6"), ("seq 3 | wc -l", "3"), ("echo -n héh | wc -cm", "      3       4")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("lines", 'l'), ("words", 'w'), ("bytes", 'c'), ("chars", 'm'), ("max-line-length", 'L')];
    let options = match Options::parse(&call, "clmwL", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let none = options.given().is_empty();
    let mut rows: Vec<(Vec<usize>, String)> = Vec::new();
    let mut status = 0;
    for file in options.files() {
        let pipe = match open(&call, &file) {
            Ok(pipe) => pipe,
            Err(error) => {
                status = call.fail(format!("{file}: {error}"));
                continue;
            }
        };
        let bytes = pipe.read_to_end().await;
        let text = String::from_utf8_lossy(&bytes);
        let counts = [
            ('l', bytes.iter().filter(|byte| **byte == b'\n').count()),
            ('w', text.split_whitespace().count()),
            ('m', text.chars().count()),
            ('c', bytes.len()),
            ('L', text.lines().map(|line| line.chars().count()).max().unwrap_or(0)),
        ];
        let wanted = |letter: char| options.has(letter) || (none && "lwc".contains(letter));
        let row = counts.iter().filter(|(letter, _)| wanted(*letter)).map(|(_, count)| *count).collect();
        rows.push((row, file));
    }
    if rows.len() > 1 {
        let columns = rows[0].0.len();
        let totals = (0..columns).map(|at| rows.iter().map(|(row, _)| row[at]).sum()).collect();
        rows.push((totals, "total".into()));
    }
    let alone = rows.len() == 1 && rows[0].0.len() == 1;
    let from_stdin = rows.iter().any(|(_, file)| file == "-");
    let widest = rows.iter().flat_map(|(row, _)| row).max().map_or(1, |most| most.to_string().len());
    let width = if alone { 1 } else if from_stdin { 7 } else { widest };
    for (row, file) in rows {
        let cells: Vec<String> = row.iter().map(|count| format!("{count:width$}")).collect();
        let name = if file == "-" { String::new() } else { format!(" {file}") };
        call.out(format!("{}{name}\n", cells.join(" ")));
    }
    status
}
