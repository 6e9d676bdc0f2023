//! `ln`, `rmdir`, `mktemp`, `readlink`, `realpath`, `chown`, `stat`, `file`, `du`, `df`, `free`: files and room.

use super::ls::{human, permissions};
use super::{Call, Options, Help, Program};
use crate::process::{FileSystem, Node};

pub const PROGRAM: Program = Program {
    name: "ln",
    help: || Help {
        summary: "Link files; rmdir, mktemp, readlink, realpath, chown, stat, file, du, df and free look after them.",
        usage: "ln -s TARGET NAME | rmdir DIRECTORY... | mktemp [-d] | stat FILE... | file FILE... | du [-sh] [FILE]...",
        examples: &[
            ("echo x > a; ln -s a b; cat b; readlink b", "x\na"),
            ("mkdir d; touch d/x; rmdir d", "rmdir: failed to remove 'd': Directory not empty"),
            ("f=$(mktemp); echo x > $f; cat $f", "x"),
            ("echo '{}' > x.json; file x.json", "x.json: JSON text data"),
            ("realpath ../user/x", "/home/user/x"),
        ],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let long = [("symbolic", 's'), ("force", 'f'), ("directory", 'd'), ("human-readable", 'h'), ("summarize", 's'), ("parents", 'p'), ("format", 'c'), ("canonicalize", 'f')];
    let options = match Options::parse(call, "sfdhpmgkuaRvnTt:c:L", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    match call.name() {
        "df" => {
            call.out(if options.has('h') {
                "Filesystem      Size  Used Avail Use% Mounted on\noverlay          59G  9.5G   46G  18% /\n"
            } else {
                "Filesystem     1K-blocks    Used Available Use% Mounted on\noverlay         61202244 9876543  48190012  18% /\n"
            });
            return 0;
        }
        "free" => {
            let row = |name: &str, cells: &[usize]| -> String {
                let shown = |kib: usize| match options.last_of("hmgk") {
                    Some('h') => format!("{}i", human(kib * 1024)),
                    Some('m') => (kib / 1024).to_string(),
                    Some('g') => (kib >> 20).to_string(),
                    _ => kib.to_string(),
                };
                let cells: String = cells.iter().map(|kib| format!("{:>12}", shown(*kib))).collect();
                format!("{name:<8}{}\n", cells)
            };
            call.out("               total        used        free      shared  buff/cache   available\n");
            call.out(row("Mem:", &[8_127_152, 1_234_567, 4_567_890, 12_345, 2_324_695, 6_892_585]));
            call.out(row("Swap:", &[0, 0, 0]));
            return 0;
        }
        "mktemp" => return temporary(call, &options),
        "ln" => return link(call, &options),
        _ => {}
    }
    let operands: Vec<String> = match (call.name(), options.operands.is_empty()) {
        ("du", true) => vec![".".into()],
        ("chown", _) => options.operands.get(1..).unwrap_or_default().to_vec(),
        _ => options.operands.clone(),
    };
    if operands.is_empty() {
        return call.fail(format!("missing operand\nTry '{} --help' for more information.", call.name()));
    }
    let mut status = 0;
    for name in &operands {
        if let Err(message) = one(call, &options, name) {
            status = 1;
            if !message.is_empty() {
                call.complain(message);
            }
        }
    }
    status
}

fn temporary(call: &Call, options: &Options) -> i32 {
    let template = options.operands.first().map_or("/tmp/tmp.XXXXXXXXXX", String::as_str);
    let bare = template.trim_end_matches('X');
    let path = format!("{bare}{}", call.process.rng.name_suffix(template.len() - bare.len()));
    let full = call.path(&path);
    let node = if options.has('d') { Node::Directory } else { Node::File([].into(), 0o600) };
    call.process.files.put(&full, node);
    call.out(format!("{path}\n"));
    0
}

fn link(call: &Call, options: &Options) -> i32 {
    let (target, name) = match options.operands.as_slice() {
        [target] => (target.clone(), target.rsplit('/').next().unwrap_or_default().to_string()),
        [target, name] => (target.clone(), name.clone()),
        _ => return call.fail("missing file operand\nTry 'ln --help' for more information."),
    };
    let files = &call.process.files;
    let mut path = call.path(&name);
    if files.is_directory(&path) {
        path = FileSystem::resolve(&path, target.rsplit('/').next().unwrap_or_default());
    }
    let kind = if options.has('s') { "symbolic link" } else { "hard link" };
    if files.node_itself(&path).is_some() && !options.has('f') {
        return call.fail(format!("failed to create {kind} '{name}': File exists"));
    }
    let node = match (options.has('s'), files.node(&call.path(&target))) {
        (true, _) => Node::Link(target),
        (false, Some(node @ Node::File(..))) => node,
        (false, Some(_)) => return call.fail(format!("{target}: hard link not allowed for directory")),
        (false, None) => return call.fail(format!("failed to access '{target}': No such file or directory")),
    };
    files.put(&path, node);
    0
}

fn one(call: &Call, options: &Options, name: &str) -> Result<(), String> {
    let files = &call.process.files;
    let path = call.path(name);
    let missing = |verb: &str| format!("{verb} '{name}': No such file or directory");
    let node = files.node_itself(&path);
    match call.name() {
        "rmdir" => {
            let what = match node {
                None => Some("No such file or directory"),
                Some(Node::Directory) if files.list(&path).is_ok_and(|names| !names.is_empty()) => Some("Directory not empty"),
                Some(Node::Directory) => None,
                Some(_) => Some("Not a directory"),
            };
            match what {
                Some(what) => return Err(format!("failed to remove '{name}': {what}")),
                None => drop(files.remove(&path)),
            }
        }
        "readlink" => match node {
            Some(Node::Link(to)) if !options.has('f') => call.out(format!("{to}\n")),
            _ if options.has('f') => call.out(format!("{}\n", followed(call, &path))),
            _ => return Err(String::new()),
        },
        "realpath" => call.out(format!("{}\n", followed(call, &path))),
        "chown" => drop(node.ok_or_else(|| missing("cannot access"))?),
        "file" => call.out(format!("{name}: {}\n", kind(node.as_ref(), name))),
        "stat" => {
            let node = node.ok_or_else(|| missing("cannot statx"))?;
            let (kind, size, mode) = match &node {
                Node::Directory => ("directory", 4096, 0o755),
                Node::File(bytes, mode) => ("regular file", bytes.len(), *mode),
                Node::Link(to) => ("symbolic link", to.len(), 0o777),
            };
            let letter = match node {
                Node::Directory => 'd',
                Node::Link(_) => 'l',
                Node::File(..) => '-',
            };
            if let Some(format) = options.value('c') {
                let kind = if kind == "regular file" && size == 0 { "regular empty file" } else { kind };
                call.out(described(call, format, name, kind, size, mode, letter) + "\n");
                return Ok(());
            }
            call.out(format!("  File: {name}\n  Size: {size:<10}\tBlocks: {:<10} IO Block: 4096   {kind}\nAccess: ({mode:04o}/{letter}{})\n", size.div_ceil(4096) * 8, permissions(mode)));
        }
        _ => {
            node.ok_or_else(|| missing("cannot access"))?;
            let inside = format!("{}/", path.trim_end_matches('/'));
            let all = files.all();
            let sizes = all.iter().filter(|(other, _)| *other == path || other.starts_with(&inside)).map(|(_, node)| match node {
                Node::File(bytes, _) => bytes.len().div_ceil(4096) * 4096,
                _ => 4096,
            });
            let total: usize = sizes.sum();
            let shown = if options.has('h') { human(total) } else { (total / 1024).to_string() };
            call.out(format!("{shown}\t{name}\n"));
        }
    }
    Ok(())
}

/// A path with the link at its end followed.
fn followed(call: &Call, path: &str) -> String {
    let mut path = path.to_string();
    for _ in 0..16 {
        let Some(Node::Link(to)) = call.process.files.node_itself(&path) else { break };
        path = FileSystem::resolve(path.rsplit_once('/').map_or("/", |(folder, _)| folder), &to);
    }
    path
}

/// `stat -c`: a text with its `%` letters filled in.
fn described(call: &Call, format: &str, name: &str, kind: &str, size: usize, mode: u32, letter: char) -> String {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        out += &match chars.next() {
            Some('a') => format!("{mode:o}"),
            Some('A') => format!("{letter}{}", permissions(mode)),
            Some('n') => name.into(),
            Some('s') => size.to_string(),
            Some('F') => kind.into(),
            Some('U' | 'G') => call.host.user.clone(),
            Some('u') => call.host.ids.user.clone(),
            Some('g') => call.host.ids.group.clone(),
            Some('h') => if letter == 'd' { "2" } else { "1" }.into(),
            Some('X' | 'Y' | 'Z' | 'W') => call.process.clock.now().seconds().to_string(),
            Some('b') => (size.div_ceil(4096) * 8).to_string(),
            Some('B') => "512".into(),
            Some(other) => format!("%{other}"),
            None => "%".into(),
        };
    }
    out
}

fn kind(node: Option<&Node>, name: &str) -> String {
    match node {
        None => format!("cannot open `{name}' (No such file or directory)"),
        Some(Node::Directory) => "directory".into(),
        Some(Node::Link(to)) => format!("symbolic link to {to}"),
        Some(Node::File(bytes, _)) if bytes.is_empty() => "empty".into(),
        Some(Node::File(bytes, _)) => match std::str::from_utf8(bytes) {
            Ok(text) if text.starts_with("\x7fELF") => "ELF 64-bit LSB executable, x86-64, version 1 (SYSV)".into(),
            Ok(text) if text.starts_with("#!") => "a shell script, ASCII text executable".into(),
            Ok(text) if serde_json::from_str::<serde_json::Value>(text).is_ok() => "JSON text data".into(),
            Ok(text) if text.is_ascii() => "ASCII text".into(),
            Ok(_) => "Unicode text, UTF-8 text".into(),
            Err(_) => "data".into(),
        },
    }
}
