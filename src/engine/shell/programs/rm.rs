//! `rm`

use super::{Call, Options, Help, Program};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "rm",
    help: || Help {
        summary: "Remove files and folders.",
        usage: "rm [-f] [-r] [-v] FILE...",
        examples: &[
            ("touch a; rm a; ls", ""),
            ("rm a", "rm: cannot remove 'a': No such file or directory"),
            ("mkdir d; rm d", "rm: cannot remove 'd': Is a directory"),
            ("mkdir d; touch d/x; rm -rf d nosuch; ls", ""),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("force", 'f'), ("recursive", 'r'), ("verbose", 'v'), ("dir", 'd'), ("interactive", 'i')];
    let options = match Options::parse(&call, "frRvdiI", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let force = options.has('f');
    if options.operands.is_empty() {
        return if force { 0 } else { call.fail("missing operand\nTry 'rm --help' for more information.") };
    }
    let recursive = options.has('r') || options.has('R');
    let files = &call.process.files;
    let mut status = 0;
    for name in &options.operands {
        let path = call.path(name);
        if matches!(name.trim_end_matches('/').rsplit('/').next(), Some("." | "..")) {
            status = call.fail(format!("refusing to remove '.' or '..' directory: skipping '{name}'"));
            continue;
        }
        if path == "/" {
            status = call.fail("it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe");
            continue;
        }
        let removed = match files.node_itself(&path) {
            None if force => continue,
            Some(Node::Directory) if !recursive => {
                let empty = files.list(&path).is_ok_and(|names| names.is_empty());
                if options.has('d') && empty { files.remove(&path) } else { Err(crate::process::FileError::IsDirectory) }
            }
            _ => files.remove(&path),
        };
        match removed {
            Ok(()) if options.has('v') => call.out(format!("removed '{name}'\n")),
            Ok(()) => {}
            Err(error) => status = call.fail(format!("cannot remove '{name}': {error}")),
        }
    }
    status
}
