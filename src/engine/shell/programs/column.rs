//! `column`, `tac`, `rev`, `nl`: lines turned round and lined up.

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "column",
    help: || Help {
        summary: "Line up fields; tac and rev turn lines round, nl numbers them.",
        usage: "column -t [-s SEPARATOR] | tac | rev | nl [FILE]...",
        examples: &[("printf 'a b\\nccc d\\n' | column -t", "a    b\nccc  d"), ("seq 2 | tac", "2\n1"), ("echo abc | rev", "cba"), ("echo x | nl", "     1\tx")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "ts:b:", &[("table", 't'), ("separator", 's')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let (mut lines, failed) = call.all_lines(&options.files()).await;
    match call.name() {
        "tac" => lines.reverse(),
        "rev" => lines.iter_mut().for_each(|line| *line = line.chars().rev().collect()),
        "nl" => {
            let mut number = 0;
            for line in lines.iter_mut().filter(|line| !line.is_empty()) {
                number += 1;
                *line = format!("{number:6}\t{line}");
            }
        }
        _ if options.has('t') => {
            let separators = options.value('s').unwrap_or(" \t");
            let cells = |line: &String| -> Vec<String> {
                let all = line.split(|c| separators.contains(c)).map(String::from);
                if options.has('s') { all.collect() } else { all.filter(|cell| !cell.is_empty()).collect() }
            };
            let rows: Vec<Vec<String>> = lines.iter().map(cells).collect();
            let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
            let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
            let widths: Vec<usize> = (0..columns).map(width).collect();
            lines = rows
                .iter()
                .map(|row| {
                    let padded = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
                    padded.collect::<Vec<_>>().join("  ").trim_end().to_string()
                })
                .collect();
        }
        _ => {}
    }
    call.out(lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>());
    i32::from(failed)
}
