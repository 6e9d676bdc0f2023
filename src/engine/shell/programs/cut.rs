//! `cut`

use super::{Call, Lines, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "cut",
    help: || Help {
        summary: "Print parts of each line.",
        usage: "cut -f LIST [-d DELIMITER] [-s] | -c LIST | -b LIST [FILE]...",
        examples: &[
            ("echo a:b:c | cut -d: -f1,3", "a:c"),
            ("echo abcdef | cut -c2-4", "bcd"),
            ("echo 'a b c' | cut -d' ' -f2-", "b c"),
            ("echo x | cut", "cut: you must specify a list of bytes, characters, or fields\nTry 'cut --help' for more information."),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [
        ("fields", 'f'),
        ("delimiter", 'd'),
        ("characters", 'c'),
        ("bytes", 'b'),
        ("only-delimited", 's'),
        ("output-delimiter", 'o'),
        ("complement", 'C'),
    ];
    let options = match Options::parse(&call, "f:d:c:b:so:Cn", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let Some(kind) = options.last_of("fcb") else {
        call.complain("you must specify a list of bytes, characters, or fields");
        call.process.err("Try 'cut --help' for more information.\n");
        return 1;
    };
    let list = options.value(kind).unwrap_or("");
    let Some(ranges) = ranges(list) else {
        return call.fail(format!("invalid field value '{list}'\nTry 'cut --help' for more information."));
    };
    let chosen = |at: usize| {
        ranges.iter().any(|(low, high)| (*low..=*high).contains(&at)) != options.has('C')
    };
    let delimiter = options.value('d').unwrap_or("\t");
    if delimiter.chars().count() != 1 {
        return call.fail("the delimiter must be a single character\nTry 'cut --help' for more information.");
    }
    let joint = options.value('o').unwrap_or(if kind == 'f' { delimiter } else { "" });
    let mut status = 0;
    for file in options.files() {
        let mut lines = match open(&call, &file) {
            Ok(pipe) => Lines::of(pipe),
            Err(error) => {
                status = call.fail(format!("{file}: {error}"));
                continue;
            }
        };
        while let Some(batch) = lines.batch().await {
            let mut text = String::new();
            for line in batch {
                if kind == 'f' && !line.contains(delimiter) {
                    if !options.has('s') {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    continue;
                }
                let pieces: Vec<String> = match kind {
                    'f' => line.split(delimiter).map(String::from).collect(),
                    _ => line.chars().map(String::from).collect(),
                };
                let kept: Vec<String> =
                    pieces.into_iter().enumerate().filter(|(at, _)| chosen(at + 1)).map(|(_, piece)| piece).collect();
                text.push_str(&kept.join(joint));
                text.push('\n');
            }
            call.out(text);
        }
    }
    status
}

/// `1,3-5,7-`
fn ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    let number = |text: &str, missing: usize| if text.is_empty() { Some(missing) } else { text.parse().ok() };
    list.split([',', ' '])
        .map(|part| {
            let (low, high) = match part.split_once('-') {
                Some((low, high)) if !(low.is_empty() && high.is_empty()) => (number(low, 1)?, number(high, usize::MAX)?),
                Some(_) => return None,
                None => (part.parse().ok()?, part.parse().ok()?),
            };
            (low > 0 && low <= high).then_some((low, high))
        })
        .collect()
}
