//! `tar`: archives, in the format everybody reads. `kubectl cp` has containers run it.

use super::{Call, Program, open};
use crate::process::{FileError, Node};

pub const PROGRAM: Program = Program {
    name: "tar",
    summary: "Pack files into an archive, list or unpack it.",
    usage: "tar -c|-x|-t [-v] [-m] [-z] [-f ARCHIVE] [-C DIRECTORY] [FILE]...",
    examples: &[
        ("mkdir -p d/e; echo hi > d/e/f; tar -cf a.tar d; rm -r d; tar -xf a.tar; cat d/e/f", "hi"),
        ("mkdir d; echo x > d/f; tar cf - d | tar tf -", "d/\nd/f"),
        ("tar xf nosuch.tar", "tar: nosuch.tar: No such file or directory"),
    ],
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

const BLOCK: usize = 512;

async fn run(call: Call) -> i32 {
    let (mut mode, mut archive, mut verbose) = (' ', "-".to_string(), false);
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
                'z' | 'm' | 'p' | 'o' | 'h' | 'k' => {}
                letter => return call.fail(format!("invalid option -- '{letter}'")),
            }
        }
    }
    if mode == 'c' {
        return create(&call, &folder, &archive, &files, verbose);
    }
    if mode == ' ' {
        return call.fail("You must specify one of the '-Acdtrux' options");
    }
    match open(&call, &archive) {
        Ok(pipe) => {
            let bytes = pipe.read_to_end().await;
            unpack(&call, &bytes, &folder, &files, mode == 't', verbose, strip)
        }
        Err(error) => call.fail(format!("{archive}: {error}")),
    }
}

fn create(call: &Call, folder: &str, archive: &str, names: &[String], verbose: bool) -> i32 {
    if names.is_empty() {
        return call.fail("Cowardly refusing to create an empty archive");
    }
    let (mut bytes, mut status) = (Vec::new(), 0);
    let mut todo: Vec<String> = names.iter().rev().cloned().collect();
    if names.iter().any(|name| name.starts_with('/')) {
        call.complain("Removing leading `/' from member names");
    }
    while let Some(name) = todo.pop() {
        let path = crate::process::FileSystem::resolve(folder, &name);
        let stored = name.trim_start_matches('/');
        match call.process.files.node(&path) {
            None => {
                call.complain(format!("{name}: Cannot stat: No such file or directory"));
                status = 2;
                continue;
            }
            Some(Node::File(content, mode)) => {
                bytes.extend(header(stored, content.len(), mode, b'0'));
                bytes.extend_from_slice(&content);
                bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
            }
            Some(_) => {
                let stored = format!("{}/", stored.trim_end_matches('/'));
                bytes.extend(header(&stored, 0, 0o755, b'5'));
                let inside = call.process.files.list(&path).unwrap_or_default();
                todo.extend(inside.iter().rev().map(|inner| format!("{}/{inner}", name.trim_end_matches('/'))));
            }
        }
        if verbose {
            call.process.err(format!("{name}\n"));
        }
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    if archive == "-" {
        call.process.stdout.write(&bytes);
    } else if let Err(error) = call.process.files.write(&call.path(archive), &bytes) {
        return call.fail(format!("{archive}: Cannot open: {error}"));
    }
    status
}

/// The block before a file: name, mode, size, kind, and a sum over itself.
fn header(name: &str, size: usize, mode: u32, kind: u8) -> [u8; BLOCK] {
    let mut block = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str, most: usize| {
        let bytes = &text.as_bytes()[..text.len().min(most)];
        block[at..at + bytes.len()].copy_from_slice(bytes);
    };
    // A long name continues in the prefix field, split at a slash.
    let mut slashes = name.rmatch_indices('/').map(|(at, _)| at).filter(|_| name.len() > 100);
    let cut = slashes.find(|at| *at <= 155 && name.len() - at <= 101);
    let (prefix, rest) = cut.map_or(("", name), |at| (&name[..at], &name[at + 1..]));
    put(0, rest, 100);
    put(100, &format!("{mode:07o}"), 7);
    put(108, "0000000", 7);
    put(116, "0000000", 7);
    put(124, &format!("{size:011o}"), 11);
    put(136, "00000000000", 11);
    put(148, "        ", 8);
    put(257, "ustar\u{0}00", 8);
    put(345, prefix, 155);
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..154].copy_from_slice(format!("{sum:06o}").as_bytes());
    block[154] = 0;
    block
}

fn unpack(call: &Call, bytes: &[u8], folder: &str, wanted: &[String], list: bool, verbose: bool, strip: usize) -> i32 {
    let text = |part: &[u8]| -> String {
        let end = part.iter().position(|byte| *byte == 0).unwrap_or(part.len());
        String::from_utf8_lossy(&part[..end]).trim().to_string()
    };
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_at_checked(BLOCK) {
        if block.iter().all(|byte| *byte == 0) {
            return 0;
        }
        if &block[257..262] != b"ustar" {
            return call.fail("This does not look like a tar archive");
        }
        let number = |part: &[u8]| usize::from_str_radix(&text(part), 8).unwrap_or(0);
        let (size, mode) = (number(&block[124..136]), number(&block[100..108]));
        let prefix = text(&block[345..500]);
        let name = if prefix.is_empty() { text(&block[..100]) } else { format!("{prefix}/{}", text(&block[..100])) };
        let Some(content) = after.get(..size) else { return call.fail("Unexpected EOF in archive") };
        rest = after.get(size.next_multiple_of(BLOCK)..).unwrap_or_default();
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
        let path = crate::process::FileSystem::resolve(folder, &inner);
        let result = if block[156] == b'5' { folders(call, &path) } else { file(call, &path, content, mode) };
        if let Err(error) = result {
            return call.fail(format!("{name}: Cannot open: {error}"));
        }
    }
    if bytes.is_empty() { call.fail("This does not look like a tar archive") } else { 0 }
}

/// Makes a directory and those it lies in.
fn folders(call: &Call, path: &str) -> Result<(), FileError> {
    let files = &call.process.files;
    if files.is_directory(path) {
        return Ok(());
    }
    if let Some((parent, _)) = path.rsplit_once('/').filter(|(parent, _)| !parent.is_empty()) {
        folders(call, parent)?;
    }
    files.create_directory(path)
}

fn file(call: &Call, path: &str, content: &[u8], mode: usize) -> Result<(), FileError> {
    if let Some((parent, _)) = path.rsplit_once('/') {
        folders(call, if parent.is_empty() { "/" } else { parent })?;
    }
    call.process.files.write(path, content)?;
    if mode & 0o111 != 0 {
        call.process.files.put(path, Node::File(content.into(), 0o755));
    }
    Ok(())
}
