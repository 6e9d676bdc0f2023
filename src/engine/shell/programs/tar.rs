//! `tar`: archives, in the format everybody reads. `kubectl cp` has containers run it.

use super::dd::{deflate, inflate};
use super::{Call, Help, Program, open};
use crate::process::{Archive, ArchiveError, FileError, FileSystem, Node};

pub const PROGRAM: Program = Program {
    name: "tar",
    help: || Help {
        summary: "Pack files into an archive, list or unpack it.",
        usage: "tar -c|-x|-t [-v] [-m] [-z] [-f ARCHIVE] [-C DIRECTORY] [FILE]...",
        examples: &[
            ("mkdir -p d/e; echo hi > d/e/f; tar -cf a.tar d; rm -r d; tar -xf a.tar; cat d/e/f", "hi"),
            ("mkdir d; echo x > d/f; tar cf - d | tar tf -", "d/\nd/f"),
            ("echo x > f; tar czf a.tgz f; rm f; gunzip -c a.tgz | tar tf -; tar xf a.tgz; cat f", "f\nx"),
            ("tar xf nosuch.tar", "tar: nosuch.tar: No such file or directory"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let (mut mode, mut archive, mut verbose, mut zipped) = (' ', "-".to_string(), false, false);
    let mut folder = call.process.cwd.clone();
    let mut strip = 0;
    let mut files: Vec<String> = Vec::new();
    let mut args = call.args().iter().enumerate();
    while let Some((at, arg)) = args.next() {
        // The first word may lack its dash.
        let letters = match (arg.strip_prefix("--"), arg.strip_prefix('-')) {
            (Some(long), _) => match long.split_once('=').unwrap_or((long, "")) {
                ("create", _) => "c",
                ("extract", _) => "x",
                ("list", _) => "t",
                ("gzip", _) => "z",
                ("file", name) => {
                    archive = name.into();
                    ""
                }
                ("directory", name) => {
                    folder = call.path(name);
                    ""
                }
                ("strip-components", count) => {
                    strip = count.parse().unwrap_or(0);
                    ""
                }
                _ => "",
            },
            (None, Some(letters)) if !letters.is_empty() => letters,
            _ if at == 0 => arg,
            _ => {
                files.push(arg.clone());
                continue;
            }
        };
        for letter in letters.chars() {
            match letter {
                'c' | 'x' | 't' => mode = letter,
                'v' => verbose = true,
                'f' => archive = args.next().map(|(_, name)| name.clone()).unwrap_or_default(),
                'C' => folder = args.next().map(|(_, name)| call.path(name)).unwrap_or_default(),
                'z' => zipped = true,
                'm' | 'p' | 'o' | 'h' | 'k' => {}
                letter => return call.fail(format!("invalid option -- '{letter}'")),
            }
        }
    }
    if !call.process.files.is_directory(&folder) {
        call.complain(format!("{folder}: Cannot open: No such file or directory"));
        call.complain("Error is not recoverable: exiting now");
        return 2;
    }
    if mode == 'c' {
        return create(&call, &folder, &archive, &files, verbose, zipped);
    }
    if mode == ' ' {
        return call.fail("You must specify one of the '-Acdtrux' options");
    }
    match open(&call, &archive) {
        Ok(pipe) => {
            let mut bytes = pipe.read_to_end().await;
            match inflate(&bytes) {
                Some(unzipped) => bytes = unzipped,
                None if zipped => {
                    call.process.err("\ngzip: stdin: not in gzip format\n");
                    call.complain("Child returned status 1");
                    call.complain("Error is not recoverable: exiting now");
                    return 2;
                }
                None => {}
            }
            unpack(&call, &bytes, &folder, &files, mode == 't', verbose, strip)
        }
        Err(error) => call.fail(format!("{archive}: {error}")),
    }
}

fn create(call: &Call, folder: &str, archive: &str, names: &[String], verbose: bool, zipped: bool) -> i32 {
    if names.is_empty() {
        return call.fail("Cowardly refusing to create an empty archive");
    }
    let (mut packed, mut status) = (Archive::default(), 0);
    let mut todo: Vec<String> = names.iter().rev().cloned().collect();
    if names.iter().any(|name| name.starts_with('/')) {
        call.complain("Removing leading `/' from member names");
    }
    while let Some(name) = todo.pop() {
        let path = FileSystem::resolve(folder, &name);
        let Some(node) = call.process.files.node_itself(&path).or_else(|| call.process.files.node(&path)) else {
            call.complain(format!("{name}: Cannot stat: No such file or directory"));
            status = 2;
            continue;
        };
        if node == Node::Directory {
            let inside = call.process.files.list(&path).unwrap_or_default();
            todo.extend(inside.iter().rev().map(|inner| format!("{}/{inner}", name.trim_end_matches('/'))));
        }
        packed.add(name.trim_start_matches('/'), &node);
        if verbose {
            call.process.err(format!("{name}\n"));
        }
    }
    let bytes = packed.finish();
    let bytes = if zipped { deflate(&bytes) } else { bytes };
    if archive == "-" {
        call.process.stdout.write(&bytes);
    } else if let Err(error) = call.process.files.write(&call.path(archive), &bytes) {
        return call.fail(format!("{archive}: Cannot open: {error}"));
    }
    if status != 0 {
        call.complain("Exiting with failure status due to previous errors");
    }
    status
}

fn unpack(call: &Call, bytes: &[u8], folder: &str, wanted: &[String], list: bool, verbose: bool, strip: usize) -> i32 {
    let (entries, result) = Archive::read(bytes);
    for (name, node) in entries {
        if !wanted.is_empty() && !wanted.iter().any(|w| name == *w || name.starts_with(&format!("{}/", w.trim_end_matches('/')))) {
            continue;
        }
        if list || verbose {
            call.out(format!("{name}\n"));
        }
        let inner: Vec<&str> = name.split('/').skip(strip).collect();
        let inner = inner.join("/");
        // Nothing is unpacked outside the directory.
        if list || inner.is_empty() || inner.split('/').any(|part| part == "..") {
            continue;
        }
        let path = FileSystem::resolve(folder, &inner);
        let result = match node {
            Node::Directory => folders(call, &path),
            Node::File(content, mode) => file(call, &path, &content, mode),
            Node::Link(_) => folders(call, parent(&path)).map(|()| call.process.files.put(&path, node)),
        };
        if let Err(error) = result {
            return call.fail(format!("{name}: Cannot open: {error}"));
        }
    }
    match result {
        Ok(()) => 0,
        Err(ArchiveError::Foreign) => call.fail("This does not look like a tar archive"),
        Err(ArchiveError::Cut) => call.fail("Unexpected EOF in archive"),
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent })
}

/// Makes a directory and those it lies in.
fn folders(call: &Call, path: &str) -> Result<(), FileError> {
    let files = &call.process.files;
    if files.is_directory(path) {
        return Ok(());
    }
    folders(call, parent(path))?;
    files.create_directory(path)
}

fn file(call: &Call, path: &str, content: &[u8], mode: u32) -> Result<(), FileError> {
    folders(call, parent(path))?;
    call.process.files.write(path, content)?;
    if mode & 0o111 != 0 {
        call.process.files.put(path, Node::File(content.into(), 0o755));
    }
    Ok(())
}
