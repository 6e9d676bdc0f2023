//! `xargs`

use super::{Call, Lines, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "xargs",
    help: || Help {
        summary: "Run a command with arguments read from standard input.",
        usage: "xargs [-r] [-0] [-n COUNT] [-I WORD] [-d DELIMITER] [-L LINES] [-t] [COMMAND [ARG]...]",
        examples: &[
            ("printf 'a b\\nc\\n' | xargs echo x", "x a b c"),
            ("printf 'a b\\nc\\n' | xargs -n1 echo", "a\nb\nc"),
            ("printf 'a b\\nc\\n' | xargs -I{} echo '<{}>'", "<a b>\n<c>"),
            ("printf '' | xargs -r echo no", ""),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [
        ("no-run-if-empty", 'r'),
        ("null", '0'),
        ("max-args", 'n'),
        ("replace", 'I'),
        ("delimiter", 'd'),
        ("max-lines", 'L'),
        ("verbose", 't'),
        ("max-procs", 'P'),
    ];
    let options = match Options::parse_prefix(&call, "r0n:I:d:L:tP:p", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let delimiter = match (options.has('0'), options.value('d')) {
        (true, _) => Some(b'\0'),
        (_, Some("\\n")) => Some(b'\n'),
        (_, Some("\\0")) => Some(b'\0'),
        (_, Some("\\t")) => Some(b'\t'),
        (_, Some(text)) => text.bytes().next(),
        _ => None,
    };
    let replace = options.value('I');
    let mut lines = Lines::split_at(call.process.stdin.clone(), delimiter.unwrap_or(b'\n'));
    let records = lines.all().await;
    let mut items: Vec<Vec<String>> = Vec::new();
    for record in &records {
        let words = match (delimiter, replace) {
            (Some(_), _) => vec![record.clone()],
            (None, Some(_)) => vec![record.trim().to_string()],
            (None, None) => match words(record) {
                Some(words) => words,
                None => {
                    return call.fail("unmatched single quote; by default quotes are special to xargs unless you use the -0 option");
                }
            },
        };
        let words: Vec<String> = words.into_iter().filter(|word| delimiter.is_some() || replace.is_none() || !word.is_empty()).collect();
        if !words.is_empty() {
            items.push(words);
        }
    }
    let number = |letter: char| options.value(letter).and_then(|text| text.parse::<usize>().ok());
    let groups: Vec<Vec<String>> = if replace.is_some() {
        items
    } else if let Some(count) = number('L') {
        items.chunks(count.max(1)).map(|chunk| chunk.concat()).collect()
    } else {
        let all = items.concat();
        match number('n') {
            Some(count) => all.chunks(count.max(1)).map(<[String]>::to_vec).collect(),
            None if all.is_empty() => Vec::new(),
            None => vec![all],
        }
    };
    let mut command = options.operands.clone();
    if command.is_empty() {
        command.push("echo".into());
    }
    let groups = if groups.is_empty() && !options.has('r') && replace.is_none() { vec![Vec::new()] } else { groups };
    let mut status = 0;
    for group in groups {
        let args: Vec<String> = match replace {
            Some(word) => command.iter().map(|arg| arg.replace(word, &group[0])).collect(),
            None => command.iter().chain(&group).cloned().collect(),
        };
        if options.has('t') {
            call.process.err(format!("{}\n", args.join(" ")));
        }
        let mut process = call.process.clone();
        process.args = args;
        process.stdin = crate::sim::Pipe::holding(&process.clock, b"");
        match process.system.clone().spawn(process) {
            Some(running) => match running.await {
                0 => {}
                255 => {
                    call.complain(format!("{}: exited with status 255; aborting", command[0]));
                    return 124;
                }
                _ => status = 123,
            },
            None => {
                call.complain(format!("{}: No such file or directory", command[0]));
                return 127;
            }
        }
    }
    status
}

/// The words of a line: blanks separate, quotes and backslashes protect. `None` for an open quote.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}
