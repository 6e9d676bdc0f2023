//! `comm`, `join`, `fold`, `shuf`, `split`, `expand`, `envsubst`: more that is done to lines.

use super::{Call, Options, Help, Program, open};
use std::cmp::Ordering;

pub const PROGRAM: Program = Program {
    name: "comm",
    help: || Help {
        summary: "Compare sorted files; join joins them, fold folds lines, shuf shuffles, split splits, envsubst fills in variables.",
        usage: "comm [-123] FILE1 FILE2 | join FILE1 FILE2 | fold [-s] [-w WIDTH] | shuf [-n COUNT] | split -l LINES FILE [PREFIX] | envsubst",
        examples: &[
            ("printf 'a\\nb\\n' > x; printf 'b\\nc\\n' > y; comm -12 x y; comm x y", "b\na\n\t\tb\n\tc"),
            ("echo '1 a' > x; echo '1 b' > y; join x y", "1 a b"),
            ("echo abcde | fold -w 2", "ab\ncd\ne"),
            ("echo 'name: $NAME-${NAME}' | NAME=web envsubst", "name: web-web"),
            ("seq 3 | shuf | sort -n | tail -1; seq 3 | split -l 2; ls", "3\nxaa\nxab"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let letters = match call.name() {
        "comm" => "123",
        "join" => "a:t:j:1:2:",
        "fold" => "w:s",
        "shuf" => "n:ei:",
        "split" => "l:b:d",
        _ => "t:a",
    };
    let options = match Options::parse(&call, letters, &[("head-count", 'n'), ("width", 'w'), ("lines", 'l')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    if matches!(call.name(), "comm" | "join") {
        let [left, right] = options.operands.as_slice() else {
            return call.fail(format!("missing operand\nTry '{} --help' for more information.", call.name()));
        };
        let (a, wrong) = call.all_lines(std::slice::from_ref(left)).await;
        let (b, more) = call.all_lines(std::slice::from_ref(right)).await;
        if wrong || more {
            return 1;
        }
        call.out(if call.name() == "comm" { comm(&a, &b, &options) } else { join(&a, &b, &options) });
        return 0;
    }
    if call.name() == "envsubst" {
        let text = call.process.stdin.read_to_end().await;
        call.out(fill_in(&call, &String::from_utf8_lossy(&text), options.operands.first().map(String::as_str)));
        return 0;
    }
    if call.name() == "split" {
        return split(&call, &options).await;
    }
    let (mut lines, failed) = match (call.name(), options.value('i').and_then(|range| range.split_once('-'))) {
        ("shuf", Some((from, to))) => {
            let (from, to) = (from.parse::<u32>().unwrap_or(0), to.parse::<u32>().unwrap_or(0).min(100_000));
            ((from..=to).map(|number| number.to_string()).collect(), false)
        }
        ("shuf", None) if options.has('e') => (options.operands.clone(), false),
        _ => call.all_lines(&options.files()).await,
    };
    match call.name() {
        "shuf" => {
            for at in (1..lines.len()).rev() {
                lines.swap(at, call.process.rng.below(at as u64 + 1) as usize);
            }
            lines.truncate(options.value('n').and_then(|text| text.parse().ok()).unwrap_or(usize::MAX));
        }
        "fold" => {
            let width = options.value('w').and_then(|text| text.parse().ok()).unwrap_or(80).max(1);
            lines = lines.iter().flat_map(|line| fold(line, width, options.has('s'))).collect();
        }
        _ => lines.iter_mut().for_each(|line| *line = expand(line)),
    }
    call.out(lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>());
    i32::from(failed)
}

fn comm(a: &[String], b: &[String], options: &Options) -> String {
    let (mut x, mut y) = (0, 0);
    let mut out = String::new();
    let columns = ['1', '2', '3'];
    let mut put = |column: usize, line: &String| {
        if !options.has(columns[column]) {
            columns[..column].iter().filter(|before| !options.has(**before)).for_each(|_| out.push('\t'));
            out.push_str(line);
            out.push('\n');
        }
    };
    loop {
        let order = match (a.get(x), b.get(y)) {
            (None, None) => return out,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(left), Some(right)) => left.cmp(right),
        };
        match order {
            Ordering::Less => put(0, &a[x]),
            Ordering::Greater => put(1, &b[y]),
            Ordering::Equal => put(2, &a[x]),
        }
        x += usize::from(order.is_le());
        y += usize::from(order.is_ge());
    }
}

fn join(a: &[String], b: &[String], options: &Options) -> String {
    let separator = options.value('t').and_then(|text| text.chars().next());
    let cells = |line: &String| -> Vec<String> {
        match separator {
            Some(separator) => line.split(separator).map(String::from).collect(),
            None => line.split_whitespace().map(String::from).collect(),
        }
    };
    let joint = separator.unwrap_or(' ').to_string();
    let key = |letter: char| options.value(letter).or(options.value('j')).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).max(1) - 1;
    let (left, right) = (key('1'), key('2'));
    let rows: Vec<Vec<String>> = b.iter().map(cells).collect();
    let mut out = String::new();
    for line in a {
        let own = cells(line);
        let Some(name) = own.get(left) else { continue };
        let mut matched = false;
        for other in rows.iter().filter(|row| row.get(right) == Some(name)) {
            matched = true;
            let rest = |row: &[String], key: usize| row.iter().enumerate().filter(|(at, _)| *at != key).map(|(_, cell)| cell.clone()).collect::<Vec<_>>();
            out += &format!("{}\n", [vec![name.clone()], rest(&own, left), rest(other, right)].concat().join(&joint));
        }
        if !matched && options.values('a').any(|side| side == "1") {
            out += &format!("{}\n", own.join(&joint));
        }
    }
    out
}

fn fold(line: &str, width: usize, at_blanks: bool) -> Vec<String> {
    let mut rest: Vec<char> = line.chars().collect();
    let mut pieces = Vec::new();
    while rest.len() > width {
        let blank = rest[..width].iter().rposition(|c| *c == ' ').filter(|_| at_blanks);
        let tail = rest.split_off(blank.map_or(width, |at| at + 1));
        pieces.push(rest.into_iter().collect());
        rest = tail;
    }
    pieces.push(rest.into_iter().collect());
    pieces
}

/// Blanks up to every eighth column in place of tabs.
fn expand(line: &str) -> String {
    let mut out = String::new();
    for piece in line.split_inclusive('\t') {
        out.push_str(piece.trim_end_matches('\t'));
        if piece.ends_with('\t') {
            let column = out.chars().count();
            out.extend(std::iter::repeat_n(' ', 8 - column % 8));
        }
    }
    out
}

/// A text with its `$NAME` and `${NAME}` replaced; those named in `only`, if it is given.
fn fill_in(call: &Call, text: &str, only: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let braced = tail.starts_with("${");
        let start = if braced { 2 } else { 1 };
        let length = tail[start..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tail.len() - start);
        let name = &tail[start..start + length];
        let end = start + length + usize::from(braced);
        let whole = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && (!braced || tail[start + length..].starts_with('}'));
        let wanted = only.is_none_or(|only| only.split(['$', '{', '}', ' ', ',']).any(|word| word == name));
        if whole && wanted {
            out.push_str(call.process.var(name).unwrap_or_default());
            rest = &tail[end..];
        } else {
            out.push('$');
            rest = &tail[1..];
        }
    }
    out + rest
}

async fn split(call: &Call, options: &Options) -> i32 {
    let file = options.operands.first().map_or("-", String::as_str);
    let prefix = options.operands.get(1).map_or("x", String::as_str);
    let bytes = match open(call, file) {
        Ok(pipe) => pipe.read_to_end().await,
        Err(error) => return call.fail(format!("cannot open '{file}' for reading: {error}")),
    };
    let count = |letter: char, usual: usize| options.value(letter).and_then(super::head::count).unwrap_or(usual).max(1);
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let pieces: Vec<Vec<u8>> = if options.has('b') {
        bytes.chunks(count('b', 1000)).map(<[u8]>::to_vec).collect()
    } else {
        lines.chunks(count('l', 1000)).map(<[&[u8]]>::concat).collect()
    };
    for (at, piece) in pieces.iter().enumerate().take(676) {
        let letter = |at: usize| char::from(b'a' + at as u8);
        let suffix = if options.has('d') { format!("{at:02}") } else { format!("{}{}", letter(at / 26), letter(at % 26)) };
        if let Err(error) = call.process.files.write(&call.path(&format!("{prefix}{suffix}")), piece) {
            return call.fail(format!("{prefix}{suffix}: {error}"));
        }
    }
    0
}
