//! `sed`: `script` reads its little language, `edit` runs it over lines.

mod edit;
mod script;

use super::{Call, Lines, Options, Help, Program, open};
use edit::Editor;

pub const PROGRAM: Program = Program {
    name: "sed",
    help: || Help {
        summary: "Edit text line by line.",
        usage: "sed [-nEsi] [-e SCRIPT] [-f FILE] [SCRIPT] [FILE]...",
        examples: &[
            ("echo 'web-x2x5z 1' | sed -E 's/web-[a-z0-9]{5}/web-XXXXX/'", "web-XXXXX 1"),
            ("seq 5 | sed -n '2,3p'", "2\n3"),
            ("seq 3 | sed '2d; s/3/three/'", "1\nthree"),
            ("printf 'a\\nb\\n' | sed '/a/a\\  x'", "a\n  x\nb"),
            ("echo hello | sed 's/\\(h\\)\\(e\\)/\\2\\1/; y/l/L/'", "ehLLo"),
            ("seq 3 | sed -n '$p'", "3"),
            ("echo a | sed s/x", "sed: -e expression #1, char 3: unterminated `s' command"),
            ("echo abc > f; sed -n 's/b/X/w log' f; cat log", "aXc"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [
        ("quiet", 'n'),
        ("silent", 'n'),
        ("expression", 'e'),
        ("file", 'f'),
        ("regexp-extended", 'E'),
        ("in-place", 'i'),
        ("separate", 's'),
        ("null-data", 'z'),
        ("unbuffered", 'u'),
    ];
    // `-i` takes a suffix only where it is attached to it.
    let mut suffix = String::new();
    let args: Vec<String> = call
        .args()
        .iter()
        .map(|arg| match arg.strip_prefix("-i").or(arg.strip_prefix("--in-place=")) {
            Some(text) if !arg.starts_with("--in-place") || arg.contains('=') => {
                // `-ie` and the like are a suffix too, as in GNU's.
                suffix = text.into();
                "-i".into()
            }
            _ => arg.clone(),
        })
        .collect();
    let mut options = match Options::parse_args(&call, &args, "ne:f:Ersizu", &long, false) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut texts = Vec::new();
    for (letter, value) in options.given().to_vec() {
        match letter {
            'e' => texts.push(value),
            'f' => match call.process.files.read(&call.path(&value)) {
                Ok(bytes) => texts.push(String::from_utf8_lossy(&bytes).trim_end_matches('\n').into()),
                Err(error) => return call.fail(format!("couldn't open file {value}: {error}")),
            },
            _ => {}
        }
    }
    if texts.is_empty() {
        if options.operands.is_empty() {
            call.process.err("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
            return 1;
        }
        texts.push(options.operands.remove(0));
    }
    let extended = options.has('E') || options.has('r');
    let commands = match script::parse(&texts.join("\n"), extended) {
        Ok(commands) => commands,
        Err((at, message)) => return call.fail(format!("-e expression #1, char {at}: {message}")),
    };
    for command in &commands {
        let target = match &command.what {
            script::What::Write(path) => Some(path),
            script::What::Substitute { flags, .. } => flags.write.as_ref(),
            _ => None,
        };
        if let Some(path) = target.filter(|path| !path.starts_with("/dev/"))
            && let Err(error) = call.process.files.write(&call.path(path), b"")
        {
            return call.fail(format!("couldn't open file {path}: {error}"));
        }
    }
    let in_place = options.has('i');
    let mut editor = Editor::new(&commands, options.has('n'), &call);
    let mut status = 0;
    let files = options.files();
    let count = files.len();
    for (at, file) in files.iter().enumerate() {
        let pipe = match open(&call, file) {
            Ok(pipe) if !in_place || file != "-" => pipe,
            Ok(_) => return call.fail("no input files"),
            Err(error) => {
                let what = match error {
                    crate::process::FileError::IsDirectory if in_place => format!("couldn't edit {file}: not a regular file"),
                    crate::process::FileError::IsDirectory => format!("read error on {file}: {error}"),
                    _ => format!("can't read {file}: {error}"),
                };
                call.complain(what);
                status = if in_place { 4 } else { 2 };
                continue;
            }
        };
        let mut lines = Lines::of(pipe);
        let separate = in_place || options.has('s');
        let last_file = separate || at + 1 == count;
        while let Some(batch) = lines.batch().await {
            // A line is only known to be the last when nothing follows it.
            editor.feed(batch, lines.unended, last_file);
            if !in_place && !call.process.stdout.write(std::mem::take(&mut editor.out).as_bytes()) {
                return 141;
            }
            if editor.quit.is_some() {
                break;
            }
        }
        if last_file {
            editor.finish();
        }
        if in_place {
            let path = call.path(file);
            if !suffix.is_empty()
                && let Ok(old) = call.process.files.read(&path)
            {
                let backup = if suffix.contains('*') { suffix.replace('*', file) } else { format!("{file}{suffix}") };
                let _ = call.process.files.write(&call.path(&backup), &old);
            }
            if let Err(error) = call.process.files.write(&path, std::mem::take(&mut editor.out).as_bytes()) {
                return call.fail(format!("couldn't open {file}: {error}"));
            }
            editor.restart();
        } else {
            call.out(std::mem::take(&mut editor.out));
        }
        if let Some(status) = editor.quit {
            call.process.stdin.shut();
            return status;
        }
    }
    status
}
