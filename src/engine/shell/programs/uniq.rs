//! `uniq`

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "uniq",
    help: || Help {
        summary: "Drop repeated lines that follow each other.",
        usage: "uniq [-cdui] [-f FIELDS] [INPUT [OUTPUT]]",
        examples: &[("printf 'a\\na\\nb\\n' | uniq -c", "      2 a\n      1 b"), ("printf 'a\\na\\nb\\n' | uniq -d", "a")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("count", 'c'), ("repeated", 'd'), ("unique", 'u'), ("ignore-case", 'i'), ("skip-fields", 'f')];
    let options = match Options::parse(&call, "cduif:w:s:", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let input = options.operands.first().cloned().unwrap_or_else(|| "-".into());
    let (lines, failed) = call.all_lines(&[input]).await;
    if failed {
        return 1;
    }
    let skip = options.value('f').and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let key = |line: &str| {
        let mut line = line;
        for _ in 0..skip {
            line = line.trim_start();
            line = &line[line.find(char::is_whitespace).unwrap_or(line.len())..];
        }
        let number = |letter: char| options.value(letter).and_then(|text| text.parse::<usize>().ok());
        let compared = line.chars().skip(number('s').unwrap_or(0)).take(number('w').unwrap_or(usize::MAX));
        let line: String = compared.collect();
        if options.has('i') { line.to_lowercase() } else { line }
    };
    let mut groups: Vec<(usize, &String)> = Vec::new();
    for line in &lines {
        match groups.last_mut() {
            Some((count, first)) if key(first) == key(line) => *count += 1,
            _ => groups.push((1, line)),
        }
    }
    let mut text = String::new();
    for (count, line) in groups {
        if (options.has('d') && count == 1) || (options.has('u') && count > 1) {
            continue;
        }
        text.push_str(&if options.has('c') { format!("{count:7} {line}\n") } else { format!("{line}\n") });
    }
    if let Some(output) = options.operands.get(1) {
        return match call.process.files.write(&call.path(output), text.as_bytes()) {
            Ok(()) => 0,
            Err(error) => call.fail(format!("{output}: {error}")),
        };
    }
    call.out(text);
    0
}
