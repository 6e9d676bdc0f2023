//! `diff`: the longest common subsequence of two files' lines, as `-u` or in the classic form.

use super::super::run::quote;
use super::{Call, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "diff",
    help: || Help {
        summary: "Show how two files differ.",
        usage: "diff [-u] [-q] [-N] [-U LINES] FILE1 FILE2",
        examples: &[
            ("printf 'a\\nb\\n' > x; printf 'a\\nc\\n' > y; diff x y", "2c2\n< b\n---\n> c"),
            ("printf 'a\\n' > x; printf 'a\\nc\\n' > y; diff -u --label x --label y x y", "--- x\n+++ y\n@@ -1 +1,2 @@\n a\n+c"),
            ("touch x; diff x x", ""),
            ("mkdir a b; echo 1 > a/x; echo 2 > b/x; touch a/y; diff -q a b", "Files a/x and b/x differ\nOnly in a: y"),
            ("diff no x", "diff: no: No such file or directory\ndiff: x: No such file or directory"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// Compares the files of two folders, name by name.
async fn folders(call: &Call, options: &Options, left: &str, right: &str) -> i32 {
    let files = &call.process.files;
    let list = |folder: &str| files.list(&call.path(folder)).unwrap_or_default();
    let mut names = [list(left), list(right)].concat();
    names.sort();
    names.dedup();
    let flags: Vec<String> = call.args().iter().filter(|arg| arg.len() > 1 && arg.starts_with('-')).cloned().collect();
    let mut status = 0;
    for name in names {
        let [a, b] = [left, right].map(|folder| format!("{}/{name}", folder.trim_end_matches('/')));
        let [x, y] = [&a, &b].map(|path| files.node(&call.path(path)));
        let both = x.is_some() && y.is_some();
        if !both && !options.has('N') {
            status = 1;
            call.out(format!("Only in {}: {name}\n", if x.is_some() { left } else { right }));
            continue;
        }
        let inner = [&a, &b].iter().any(|path| files.is_directory(&call.path(path)));
        if x == y || (inner && !options.has('r')) {
            continue;
        }
        let line: Vec<String> =
            std::iter::once("diff".to_string()).chain(flags.iter().cloned()).chain([quote(&a), quote(&b)]).collect();
        if !options.has('q') && !inner {
            call.out(format!("{}\n", line.join(" ")));
        }
        status = status.max(call.process.system.run(&line.join(" "), call.process.clone()).await);
    }
    status
}

/// One line of the result: kept, removed or added.
#[derive(Clone, Copy, PartialEq)]
enum Edit {
    Keep(usize, usize),
    Remove(usize),
    Add(usize),
}

async fn run(call: Call) -> i32 {
    let long = [("unified", 'u'), ("brief", 'q'), ("new-file", 'N'), ("label", 'L'), ("ignore-all-space", 'w'), ("recursive", 'r')];
    let options = match Options::parse(&call, "uqsNU:L:wrabB", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let [left, right] = options.operands.as_slice() else {
        call.complain("missing operand");
        return 2;
    };
    if call.process.files.is_directory(&call.path(left)) && call.process.files.is_directory(&call.path(right)) {
        return folders(&call, &options, left, right).await;
    }
    let mut texts = Vec::new();
    for file in [left, right] {
        match open(&call, file) {
            Ok(pipe) => texts.push(String::from_utf8_lossy(&pipe.read_to_end().await).into_owned()),
            Err(_) if options.has('N') => texts.push(String::new()),
            Err(error) => call.complain(format!("{file}: {error}")),
        }
    }
    let [a, b] = texts.as_slice() else { return 2 };
    let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    if call.name() == "cmp" {
        let (a, b) = (texts[0].as_bytes(), texts[1].as_bytes());
        let Some(at) = a.iter().zip(b).position(|(a, b)| a != b) else {
            let (short, long) = if a.len() < b.len() { (left, a) } else { (right, b) };
            if a.len() != b.len() {
                call.complain(format!("EOF on {short} after byte {}", long.len()));
            }
            return i32::from(a.len() != b.len());
        };
        if !options.has('s') {
            let line = a[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            call.out(format!("{left} {right} differ: byte {}, line {line}\n", at + 1));
        }
        return 1;
    }
    if a == b {
        if options.has('s') {
            call.out(format!("Files {left} and {right} are identical\n"));
        }
        return 0;
    }
    if options.has('q') {
        call.out(format!("Files {left} and {right} differ\n"));
        return 1;
    }
    let edits = edits(&a, &b);
    let context = match options.value('U') {
        Some(text) => text.parse().ok(),
        None => options.has('u').then_some(3),
    };
    let Some(context) = context else {
        call.out(classic(&edits, &a, &b));
        return 1;
    };
    let mut labels = options.values('L').map(String::from);
    let now = super::date::format_time(call.process.clock.now(), "%Y-%m-%d %H:%M:%S.%N +0000");
    for (mark, file) in [("---", left), ("+++", right)] {
        let label = labels.next().unwrap_or_else(|| format!("{file}\t{now}"));
        call.out(format!("{mark} {label}\n"));
    }
    call.out(unified(&edits, &a, &b, context));
    1
}

/// The shortest way from one to the other, beginning and end in common taken first.
fn edits(a: &[&str], b: &[&str]) -> Vec<Edit> {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let rest = a[start..].iter().rev().zip(b[start..].iter().rev());
    let end = rest.take_while(|(a, b)| a == b).count();
    let (middle_a, middle_b) = (&a[start..a.len() - end], &b[start..b.len() - end]);
    let mut edits: Vec<Edit> = (0..start).map(|at| Edit::Keep(at, at)).collect();
    let (rows, columns) = (middle_a.len(), middle_b.len());
    if rows.saturating_mul(columns) > 4_000_000 {
        edits.extend((start..start + rows).map(Edit::Remove));
        edits.extend((start..start + columns).map(Edit::Add));
    } else {
        let width = columns + 1;
        let mut longest = vec![0u32; (rows + 1) * width];
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                longest[i * width + j] = if middle_a[i] == middle_b[j] {
                    longest[(i + 1) * width + j + 1] + 1
                } else {
                    longest[(i + 1) * width + j].max(longest[i * width + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < rows || j < columns {
            if i < rows && j < columns && middle_a[i] == middle_b[j] {
                edits.push(Edit::Keep(start + i, start + j));
                (i, j) = (i + 1, j + 1);
            } else if j == columns || (i < rows && longest[(i + 1) * width + j] >= longest[i * width + j + 1]) {
                edits.push(Edit::Remove(start + i));
                i += 1;
            } else {
                edits.push(Edit::Add(start + j));
                j += 1;
            }
        }
    }
    edits.extend((0..end).map(|at| Edit::Keep(a.len() - end + at, b.len() - end + at)));
    edits
}

fn span(first: usize, count: usize, unified: bool) -> String {
    match (count, unified) {
        (0, true) => format!("{first},0"),
        (1, _) => (first + 1).to_string(),
        (0, false) => first.to_string(),
        (_, true) => format!("{},{count}", first + 1),
        (_, false) => format!("{},{}", first + 1, first + count),
    }
}

fn unified(edits: &[Edit], a: &[&str], b: &[&str], context: usize) -> String {
    let changed: Vec<usize> = (0..edits.len()).filter(|at| !matches!(edits[*at], Edit::Keep(..))).collect();
    let mut out = String::new();
    let mut next = 0;
    while let Some(first) = changed.get(next).copied() {
        let mut last = first;
        while let Some(following) = changed.get(next).copied().filter(|at| *at <= last + 2 * context + 1) {
            last = following;
            next += 1;
        }
        let hunk = &edits[first.saturating_sub(context)..edits.len().min(last + context + 1)];
        let before = &edits[..first.saturating_sub(context)];
        let from_a = before.iter().filter(|edit| !matches!(edit, Edit::Add(_))).count();
        let from_b = before.iter().filter(|edit| !matches!(edit, Edit::Remove(_))).count();
        let count_a = hunk.iter().filter(|edit| !matches!(edit, Edit::Add(_))).count();
        let count_b = hunk.iter().filter(|edit| !matches!(edit, Edit::Remove(_))).count();
        out.push_str(&format!("@@ -{} +{} @@\n", span(from_a, count_a, true), span(from_b, count_b, true)));
        for edit in hunk {
            let (mark, line) = match edit {
                Edit::Keep(at, _) => (' ', a[*at]),
                Edit::Remove(at) => ('-', a[*at]),
                Edit::Add(at) => ('+', b[*at]),
            };
            out.push_str(&format!("{mark}{line}\n"));
        }
    }
    out
}

fn classic(edits: &[Edit], a: &[&str], b: &[&str]) -> String {
    let mut out = String::new();
    let (mut at, mut at_a, mut at_b) = (0, 0, 0);
    while at < edits.len() {
        if matches!(edits[at], Edit::Keep(..)) {
            (at, at_a, at_b) = (at + 1, at_a + 1, at_b + 1);
            continue;
        }
        let run = edits[at..].iter().take_while(|edit| !matches!(edit, Edit::Keep(..)));
        let (mut removed, mut added) = (0, 0);
        for edit in run {
            match edit {
                Edit::Remove(_) => removed += 1,
                _ => added += 1,
            }
        }
        let letter = if removed == 0 { 'a' } else if added == 0 { 'd' } else { 'c' };
        out.push_str(&format!("{}{letter}{}\n", span(at_a, removed, false), span(at_b, added, false)));
        out.extend(a[at_a..at_a + removed].iter().map(|line| format!("< {line}\n")));
        if letter == 'c' {
            out.push_str("---\n");
        }
        out.extend(b[at_b..at_b + added].iter().map(|line| format!("> {line}\n")));
        (at, at_a, at_b) = (at + removed + added, at_a + removed, at_b + added);
    }
    out
}
