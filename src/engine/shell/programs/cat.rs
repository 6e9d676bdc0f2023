//! `cat`

use super::{Call, Lines, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "cat",
    help: || Help {
        summary: "Print files one after the other.",
        usage: "cat [-nbEsA] [FILE]...",
        examples: &[("printf 'a\\nb\\n' | cat -n", "     1\ta\n     2\tb"), ("cat nosuch", "cat: nosuch: No such file or directory")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("number", 'n'), ("number-nonblank", 'b'), ("show-ends", 'E'), ("squeeze-blank", 's'), ("show-all", 'A')];
    let options = match Options::parse(&call, "nbEsuAvetT", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let plain = options.given().iter().all(|(letter, _)| *letter == 'u');
    let ends = options.has('E') || options.has('A') || options.has('e');
    let tabs = options.has('T') || options.has('A') || options.has('t');
    let mut status = 0;
    let mut number = 0;
    let mut blank_before = false;
    for file in options.files() {
        let pipe = match open(&call, &file) {
            Ok(pipe) => pipe,
            Err(error) => {
                // busybox words it otherwise.
                let busybox = call.process.files.node("/bin/busybox").is_some();
                status = call.fail(if busybox { format!("can't open '{file}': {error}") } else { format!("{file}: {error}") });
                continue;
            }
        };
        if plain {
            while let Some(bytes) = pipe.read().await {
                if !call.process.stdout.write(&bytes) {
                    return 141;
                }
            }
            continue;
        }
        let mut lines = Lines::of(pipe);
        while let Some(batch) = lines.batch().await {
            let mut text = String::new();
            for line in batch {
                let blank = line.is_empty();
                if options.has('s') && blank && blank_before {
                    continue;
                }
                blank_before = blank;
                if (options.has('n') && !options.has('b')) || (options.has('b') && !blank) {
                    number += 1;
                    text.push_str(&format!("{number:6}\t"));
                }
                text.push_str(&if tabs { line.replace('\t', "^I") } else { line });
                text.push_str(if ends { "$\n" } else { "\n" });
            }
            if lines.unended {
                text.pop();
            }
            call.out(text);
        }
    }
    status
}
