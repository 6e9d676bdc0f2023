//! `mkdir`

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "mkdir",
    help: || Help {
        summary: "Make folders.",
        usage: "mkdir [-p] [-v] [-m MODE] DIRECTORY...",
        examples: &[("mkdir -p a/b; mkdir a; ls a", "mkdir: cannot create directory 'a': File exists\nb")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "pvm:", &[("parents", 'p'), ("verbose", 'v'), ("mode", 'm')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if options.operands.is_empty() {
        return call.fail("missing operand\nTry 'mkdir --help' for more information.");
    }
    let files = &call.process.files;
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        let made = if options.has('p') {
            let ends = path.match_indices('/').map(|(at, _)| at).skip(1).chain([path.len()]);
            let mut made = Ok(());
            for end in ends {
                if made.is_ok() && !files.is_directory(&path[..end]) {
                    made = files.create_directory(&path[..end]);
                }
            }
            made
        } else {
            files.create_directory(&path)
        };
        match made {
            Ok(()) if options.has('v') => call.out(format!("mkdir: created directory '{name}'\n")),
            Ok(()) => {}
            Err(error) => status = call.fail(format!("cannot create directory '{name}': {error}")),
        }
    }
    status
}
