//! `find`

use super::super::run::pattern::matches;
use super::{Call, Program};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "find",
    summary: "Print the files below folders.",
    usage: "find [FOLDER]... [-name PATTERN] [-type f|d|l] [-maxdepth N] [-delete]",
    examples: &[("mkdir d; touch d/a.yaml d/b; find . -name '*.yaml'", "./d/a.yaml"), ("mkdir d; find d -type d", "d"), ("find no", "find: 'no': No such file or directory")],
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let split = call.args().iter().position(|arg| arg.starts_with('-')).unwrap_or(call.args().len());
    let (folders, tests) = call.args().split_at(split);
    let folders = if folders.is_empty() { vec![".".to_string()] } else { folders.to_vec() };
    let value = |name: &str| tests.iter().position(|test| test == name).and_then(|at| tests.get(at + 1));
    let known = ["-name", "-iname", "-path", "-type", "-maxdepth", "-mindepth", "-print", "-delete"];
    if let Some(unknown) = tests.iter().find(|test| test.starts_with('-') && !known.contains(&test.as_str())) {
        return call.fail(format!("unknown predicate `{unknown}'"));
    }
    let number = |name: &str| value(name).and_then(|text| text.parse::<usize>().ok());
    let mut status = 0;
    for folder in folders {
        let root = call.path(&folder);
        if call.process.files.node_itself(&root).is_none() {
            status = call.fail(format!("'{folder}': No such file or directory"));
            continue;
        }
        let inside = format!("{}/", root.trim_end_matches('/'));
        let all = call.process.files.all().into_iter().map(|(path, _)| path);
        for path in all.filter(|path| *path == root || path.starts_with(&inside)) {
            let rest = path[root.len().min(path.len())..].trim_start_matches('/');
            let depth = rest.split('/').filter(|part| !part.is_empty()).count();
            let shown = if rest.is_empty() { folder.clone() } else { format!("{}/{rest}", folder.trim_end_matches('/')) };
            let name = shown.rsplit('/').next().unwrap_or(&shown);
            let kind = match call.process.files.node_itself(&path) {
                Some(Node::Directory) => "d",
                Some(Node::File(..)) => "f",
                Some(Node::Link(_)) => "l",
                None => continue,
            };
            let selected = value("-name").is_none_or(|pattern| matches(pattern, name))
                && value("-iname").is_none_or(|pattern| matches(&pattern.to_lowercase(), &name.to_lowercase()))
                && value("-path").is_none_or(|pattern| matches(pattern, &shown))
                && value("-type").is_none_or(|wanted| wanted == kind)
                && number("-maxdepth").is_none_or(|most| depth <= most)
                && number("-mindepth").is_none_or(|least| depth >= least);
            if !selected {
                continue;
            }
            if tests.iter().any(|test| test == "-delete") {
                let _ = call.process.files.remove(&path);
            } else {
                call.out(format!("{shown}\n"));
            }
        }
    }
    status
}
