//! `tee`

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "tee",
    help: || Help {
        summary: "Copy standard input to files and to standard output.",
        usage: "tee [-a] [FILE]...",
        examples: &[("echo x | tee a.txt; cat a.txt", "x\nx")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "ai", &[("append", 'a')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut status = 0;
    let mut open = Vec::new();
    for file in &options.operands {
        let path = call.path(file);
        let opened = if options.has('a') { call.process.files.append(&path, b"") } else { call.process.files.write(&path, b"") };
        match opened {
            Ok(()) => open.push(path),
            Err(error) => status = call.fail(format!("{file}: {error}")),
        }
    }
    while let Some(bytes) = call.process.stdin.read().await {
        call.process.stdout.write(&bytes);
        for path in &open {
            let _ = call.process.files.append(path, &bytes);
        }
    }
    status
}
