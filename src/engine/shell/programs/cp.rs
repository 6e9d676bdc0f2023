//! `cp`, `mv`

use super::{Call, Options, Help, Program};
use crate::process::{FileSystem, Node};

pub const PROGRAM: Program = Program {
    name: "cp",
    help: || Help {
        summary: "Copy files and folders; mv moves them.",
        usage: "cp [-r] [-f] [-v] SOURCE... TARGET",
        examples: &[
            ("echo x > a; cp a b; cat b", "x"),
            ("echo x > a; ln -s a l; cp l b; echo y > a; cat b; echo $(<b) \"$(< b)\"", "x\nx x"),
            ("mkdir d; cp d e", "cp: -r not specified; omitting directory 'd'"),
            ("echo x > a; mkdir d; mv a d; ls d", "a"),
            ("mv no x", "mv: cannot stat 'no': No such file or directory"),
        ],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let long = [("recursive", 'r'), ("force", 'f'), ("verbose", 'v'), ("archive", 'a'), ("no-clobber", 'n')];
    let options = match Options::parse(call, "rRfvaniupT", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let moves = call.name() == "mv";
    let help = format!("Try '{} --help' for more information.", call.name());
    let Some((target, sources)) = options.operands.split_last() else {
        return call.fail(format!("missing file operand\n{help}"));
    };
    if sources.is_empty() {
        return call.fail(format!("missing destination file operand after '{target}'\n{help}"));
    }
    let files = &call.process.files;
    let into = files.is_directory(&call.path(target));
    if sources.len() > 1 && !into {
        return call.fail(format!("target '{target}': No such file or directory"));
    }
    let recursive = moves || ['r', 'R', 'a'].iter().any(|letter| options.has(*letter));
    let mut status = 0;
    for source in sources {
        let from = call.path(source);
        let base = from.rsplit('/').next().unwrap_or_default();
        let (shown, to) = match into {
            true => (format!("{}/{base}", target.trim_end_matches('/')), FileSystem::resolve(&call.path(target), base)),
            false => (target.clone(), call.path(target)),
        };
        // What a link leads to is copied, unless links are to stay.
        let node = if recursive { files.node_itself(&from) } else { files.node(&from) };
        let Some(node) = node else {
            status = call.fail(format!("cannot stat '{source}': No such file or directory"));
            continue;
        };
        if from == to {
            status = call.fail(format!("'{source}' and '{shown}' are the same file"));
            continue;
        }
        if node == Node::Directory && !recursive {
            status = call.fail(format!("-r not specified; omitting directory '{source}'"));
            continue;
        }
        if node == Node::Directory && to.starts_with(&format!("{from}/")) {
            status = call.fail(format!("cannot {} a directory, '{source}', into itself, '{shown}'", if moves { "move" } else { "copy" }));
            continue;
        }
        if options.has('n') && files.node(&to).is_some() {
            continue;
        }
        let parent = to.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
        if !files.is_directory(parent) {
            let verb = if moves { format!("move '{source}' to") } else { "create regular file".into() };
            status = call.fail(format!("cannot {verb} '{shown}': No such file or directory"));
            continue;
        }
        copy(files, &from, &to, node);
        if moves {
            let _ = files.remove(&from);
        }
        if options.has('v') {
            call.out(format!("{}'{source}' -> '{shown}'\n", if moves { "renamed " } else { "" }));
        }
    }
    status
}

fn copy(files: &FileSystem, from: &str, to: &str, node: Node) {
    let folder = node == Node::Directory;
    if !(folder && files.is_directory(to)) {
        files.put(to, node);
    }
    if folder {
        for name in files.list(from).unwrap_or_default() {
            let inner = FileSystem::resolve(from, &name);
            if let Some(node) = files.node_itself(&inner) {
                copy(files, &inner, &FileSystem::resolve(to, &name), node);
            }
        }
    }
}
