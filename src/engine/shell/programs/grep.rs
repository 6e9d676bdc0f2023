//! `grep`, `egrep`, `fgrep`

use super::super::regex::{Flavor, Regex};
use super::super::run::pattern::matches;
use super::{Call, Lines, Options, Help, Program, open};
use crate::process::{FileError, Node};
use std::collections::VecDeque;

pub const PROGRAM: Program = Program {
    name: "grep",
    help: || Help {
        summary: "Print the lines that match a pattern.",
        usage: "grep [OPTION]... PATTERNS [FILE]...",
        examples: &[
            ("printf 'a1\\nb\\na2\\n' | grep -n a", "1:a1\n3:a2"),
            ("printf 'a1\\nb\\n' | grep -c -v a", "1"),
            ("printf 'pod/x-1\\n' | grep -oE '[0-9]+'", "1"),
            ("printf '1\\n2\\nx\\n4\\n' | grep -A1 2", "2\nx"),
            ("grep x nosuch", "grep: nosuch: No such file or directory"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

const LONG: &[(&str, char)] = &[
    ("ignore-case", 'i'),
    ("invert-match", 'v'),
    ("count", 'c'),
    ("line-number", 'n'),
    ("extended-regexp", 'E'),
    ("fixed-strings", 'F'),
    ("perl-regexp", 'P'),
    ("only-matching", 'o'),
    ("quiet", 'q'),
    ("silent", 'q'),
    ("word-regexp", 'w'),
    ("line-regexp", 'x'),
    ("recursive", 'r'),
    ("after-context", 'A'),
    ("before-context", 'B'),
    ("context", 'C'),
    ("files-with-matches", 'l'),
    ("files-without-match", 'L'),
    ("regexp", 'e'),
    ("max-count", 'm'),
    ("no-filename", 'h'),
    ("with-filename", 'H'),
    ("no-messages", 's'),
    ("color", 'K'),
    ("line-buffered", 'U'),
    ("file", 'f'),
    ("include", 'N'),
    ("exclude", 'X'),
    ("exclude-dir", 'D'),
];

struct Search {
    patterns: Vec<Regex>,
    options: Options,
    named: bool,
    before: usize,
    after: usize,
    most: usize,
}

async fn run(call: Call) -> i32 {
    let args: Vec<String> = call
        .args()
        .iter()
        .map(|arg| {
            // `--color` takes a value only after `=`; `-5` is `-C5`.
            let digits = arg.strip_prefix('-').filter(|digits| !digits.is_empty());
            match digits.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit())) {
                Some(digits) => format!("-C{digits}"),
                None if arg == "--color" || arg == "--colour" || arg.starts_with("--colo") => "--color=".into(),
                None => arg.clone(),
            }
        })
        .collect();
    let parsed = Options::parse_args(&call, &args, "ivcnEFGPoqwxrRA:B:C:lLe:m:hHsaIyK:Uf:N:X:D:", LONG, false);
    let mut options = match parsed {
        Ok(options) => options,
        Err(status) => return status,
    };
    let mut texts: Vec<String> = options.values('e').map(String::from).collect();
    for path in options.values('f') {
        match call.process.files.read(&call.path(path)) {
            Ok(bytes) => texts.push(String::from_utf8_lossy(&bytes).trim_end_matches('\n').into()),
            Err(error) => {
                call.complain(format!("{path}: {error}"));
                return 2;
            }
        }
    }
    if texts.is_empty() {
        if options.operands.is_empty() {
            call.process.err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
            return 2;
        }
        texts.push(options.operands.remove(0));
    }
    let ignore_case = options.has('i') || options.has('y');
    let flavor = match (call.name(), options.last_of("EFGP")) {
        (_, Some('E')) | ("egrep", None) => Some(Flavor::Extended),
        (_, Some('P')) => Some(Flavor::Perl),
        (_, Some('F')) | ("fgrep", None) => None,
        _ => Some(Flavor::Basic),
    };
    let mut patterns = Vec::new();
    for text in texts.iter().flat_map(|text| text.split('\n')) {
        let compiled = match flavor {
            None => Ok(Regex::literal(text, ignore_case)),
            Some(flavor) => Regex::new(text, flavor, ignore_case),
        };
        match compiled {
            Ok(regex) => patterns.push(regex),
            Err(message) => {
                call.complain(message);
                return 2;
            }
        }
    }
    let recursive = options.has('r') || options.has('R');
    let mut files = options.operands.clone();
    if files.is_empty() {
        files.push(if recursive { "." } else { "-" }.into());
    }
    if recursive {
        files = files.iter().flat_map(|file| below(&call, file)).collect();
        let fits = |letter: char, name: &str| options.values(letter).any(|pattern| matches(pattern, name));
        files.retain(|file| {
            let (folders, name) = file.rsplit_once('/').unwrap_or(("", file));
            (!options.has('N') || fits('N', name)) && !fits('X', name) && !folders.split('/').any(|folder| fits('D', folder))
        });
    }
    let number = |letter: char| options.value(letter).and_then(|text| text.parse().ok());
    let search = Search {
        patterns,
        named: options.has('H') || (!options.has('h') && (files.len() > 1 || recursive)),
        before: number('B').or(number('C')).unwrap_or(0),
        after: number('A').or(number('C')).unwrap_or(0),
        most: number('m').unwrap_or(usize::MAX),
        options,
    };
    let (mut found, mut failed) = (false, false);
    for file in &files {
        let opened = match call.process.files.node(&call.path(file)) {
            Some(Node::Directory) if file != "-" => Err(FileError::IsDirectory),
            _ => open(&call, file),
        };
        match opened {
            Ok(pipe) => found |= search.file(&call, file, Lines::of(pipe)).await,
            Err(error) => {
                failed = true;
                if !search.options.has('s') {
                    call.complain(format!("{file}: {error}"));
                }
            }
        }
        if found && search.options.has('q') {
            call.process.stdin.shut();
            return 0;
        }
    }
    if failed { 2 } else { i32::from(!found) }
}

/// The files below a directory, or the file itself.
fn below(call: &Call, path: &str) -> Vec<String> {
    let full = call.path(path);
    match call.process.files.list(&full) {
        Ok(names) if call.process.files.is_directory(&full) => {
            let prefix = if path == "." { String::new() } else { format!("{}/", path.trim_end_matches('/')) };
            names.iter().flat_map(|name| below(call, &format!("{prefix}{name}"))).collect()
        }
        _ => vec![path.into()],
    }
}

impl Search {
    fn matches(&self, line: &str) -> bool {
        self.patterns.iter().any(|regex| self.next(regex, line, 0).is_some()) != self.options.has('v')
    }

    /// The next match of one pattern that satisfies `-w` and `-x`.
    fn next(&self, regex: &Regex, line: &str, from: usize) -> Option<(usize, usize)> {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let mut from = from;
        loop {
            let found = regex.find_at(line, from)?;
            let (start, end) = (found.start(), found.end());
            let edges = !word(line[..start].chars().next_back()) && !word(line[end..].chars().next());
            let whole = start == 0 && end == line.len();
            if (!self.options.has('w') || edges) && (!self.options.has('x') || whole) {
                return Some((start, end));
            }
            from = start + line[start..].chars().next()?.len_utf8();
        }
    }

    async fn file(&self, call: &Call, name: &str, mut lines: Lines) -> bool {
        let options = &self.options;
        let shown = if name == "-" { "(standard input)" } else { name };
        let label = |separator: char, number: usize| {
            let mut label = String::new();
            if self.named {
                label.push_str(shown);
                label.push(separator);
            }
            if options.has('n') {
                label.push_str(&format!("{number}{separator}"));
            }
            label
        };
        let silent = ['c', 'l', 'L', 'q'].iter().any(|letter| options.has(*letter));
        let mut past: VecDeque<(usize, String)> = VecDeque::new();
        let (mut number, mut count, mut after, mut last_shown) = (0usize, 0usize, 0usize, 0usize);
        'file: while let Some(batch) = lines.batch().await {
            let mut text = String::new();
            for line in batch {
                number += 1;
                if self.matches(&line) && count < self.most {
                    count += 1;
                    if options.has('q') || options.has('l') {
                        break 'file;
                    }
                    if !silent {
                        if last_shown > 0 && number - past.len() > last_shown + 1 && self.before + self.after > 0 {
                            text.push_str("--\n");
                        }
                        for (number, line) in past.drain(..) {
                            text.push_str(&format!("{}{line}\n", label('-', number)));
                        }
                        if options.has('o') {
                            self.only_matches(&line, |piece| {
                                text.push_str(&format!("{}{piece}\n", label(':', number)));
                            });
                        } else {
                            text.push_str(&format!("{}{line}\n", label(':', number)));
                        }
                        last_shown = number;
                        after = self.after;
                    }
                } else if after > 0 {
                    after -= 1;
                    last_shown = number;
                    text.push_str(&format!("{}{line}\n", label('-', number)));
                } else if self.before > 0 {
                    if past.len() == self.before {
                        past.pop_front();
                    }
                    past.push_back((number, line));
                }
                if count >= self.most && after == 0 {
                    break;
                }
            }
            call.out(text);
            if count >= self.most && after == 0 {
                break;
            }
        }
        if options.has('c') {
            call.out(format!("{}{count}\n", if self.named { format!("{shown}:") } else { String::new() }));
        } else if (options.has('l') && count > 0) || (options.has('L') && count == 0) {
            call.out(format!("{shown}\n"));
        }
        count > 0
    }

    fn only_matches(&self, line: &str, mut show: impl FnMut(&str)) {
        if self.options.has('v') {
            return;
        }
        let mut at = 0;
        while at <= line.len() {
            let next = self.patterns.iter().filter_map(|regex| self.next(regex, line, at));
            let Some((start, end)) = next.min_by_key(|(start, end)| (*start, usize::MAX - end)) else { return };
            if end > start {
                show(&line[start..end]);
                at = end;
            } else {
                at = start + line[start..].chars().next().map_or(1, char::len_utf8);
            }
        }
    }
}
