//! Shell patterns: `*`, `?`, `[...]`, and the paths they match. A backslash takes a character's meaning away.

use crate::process::FileSystem;

/// Whether a whole text matches a pattern.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    chars_match(&pattern, &text)
}

/// `*` is tried shortest first; only the last `*` need ever be reconsidered.
fn chars_match(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(p) {
            None if t == text.len() => return true,
            None => None,
            Some('*') if pattern.get(p + 1) != Some(&'(') => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some(kind @ ('?' | '*' | '+' | '@' | '!')) if pattern.get(p + 1) == Some(&'(') => {
                match group(&pattern[p..], *kind, &text[t..]) {
                    Some(true) => return true,
                    Some(false) => None,
                    None => text.get(t).and_then(|c| one(&pattern[p..], *c)),
                }
            }
            Some(_) => text.get(t).and_then(|c| one(&pattern[p..], *c)),
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                t += 1;
            }
            (None, Some((after, from))) if from < text.len() => {
                star = Some((after, from + 1));
                p = after;
                t = from + 1;
            }
            _ => return false,
        }
    }
}

/// Whether a text matches a pattern that begins with a group such as `@(a|b)`; `None` if that has no end.
fn group(pattern: &[char], kind: char, text: &[char]) -> Option<bool> {
    let mut depth = 0;
    let mut bars = vec![1];
    let mut end = None;
    for (at, c) in pattern.iter().enumerate().skip(1) {
        match c {
            '(' => depth += 1,
            '|' if depth == 1 => bars.push(at),
            ')' => {
                depth -= 1;
                if depth == 0 {
                    end = Some(at);
                    break;
                }
            }
            _ => {}
        }
    }
    let end = end?;
    bars.push(end);
    let rest = &pattern[end + 1..];
    let matched = |piece: &[char]| bars.windows(2).any(|pair| chars_match(&pattern[pair[0] + 1..pair[1]], piece));
    // After one round of `*(a)` or `+(a)`, more may follow.
    let again: Vec<char> = std::iter::once('*').chain(pattern[1..].iter().copied()).collect();
    let found = |from: usize, follows: &[char]| {
        (from..=text.len()).any(|at| matched(&text[..at]) && chars_match(follows, &text[at..]))
    };
    Some(match kind {
        '@' => found(0, rest),
        '?' => chars_match(rest, text) || found(0, rest),
        '*' => chars_match(rest, text) || found(1, &again),
        '+' => found(0, rest) || found(1, &again),
        _ => (0..=text.len()).any(|at| !matched(&text[..at]) && chars_match(rest, &text[at..])),
    })
}

/// How many characters of the pattern match this one character, if they do.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['[', ..] => match set(pattern, c) {
            Some((length, matched)) => matched.then_some(length),
            None => (c == '[').then_some(1),
        },
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        [literal, ..] => (*literal == c).then_some(1),
        [] => None,
    }
}

/// A bracket expression: its length, and whether the character is in it.
fn set(pattern: &[char], c: char) -> Option<(usize, bool)> {
    let mut at = 1;
    let negated = matches!(pattern.get(1), Some('!' | '^'));
    at += usize::from(negated);
    let first = at;
    let mut found = false;
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((at + 1, found != negated));
        }
        if low == '[' && pattern.get(at + 1) == Some(&':') {
            let end = pattern[at..].iter().position(|c| *c == ']')? + at;
            let name: String = pattern[at + 2..end.saturating_sub(1).max(at + 2)].iter().collect();
            found |= in_class(&name, c);
            at = end + 1;
            continue;
        }
        let escaped = low == '\\';
        let low = if escaped { *pattern.get(at + 1)? } else { low };
        at += 1 + usize::from(escaped);
        if pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|c| *c != ']') {
            let high = *pattern.get(at + 1)?;
            found |= (low..=high).contains(&c);
            at += 2;
        } else {
            found |= low == c;
        }
    }
}

/// Whether a character belongs to a POSIX class such as `alpha`.
pub fn in_class(name: &str, c: char) -> bool {
    match name {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && c != ' ',
        "cntrl" => c.is_control(),
        "xdigit" => c.is_ascii_hexdigit(),
        _ => false,
    }
}

/// The existing paths a pattern matches, sorted.
pub fn paths(files: &FileSystem, cwd: &str, pattern: &str, all: bool) -> Vec<String> {
    let rooted = pattern.starts_with('/');
    let mut found = vec![String::from(if rooted { "/" } else { "" })];
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    for (position, part) in parts.iter().enumerate() {
        let last = position + 1 == parts.len();
        let mut next = Vec::new();
        for base in &found {
            let directory = FileSystem::resolve(cwd, if base.is_empty() { "." } else { base });
            let join = |name: &str| if last { format!("{base}{name}") } else { format!("{base}{name}/") };
            if !part.contains(['*', '?', '[', '(']) {
                let name = unescape(part);
                if files.node(&FileSystem::resolve(&directory, &name)).is_some() {
                    next.push(join(&name));
                }
                continue;
            }
            for name in files.list(&directory).unwrap_or_default() {
                let hidden = name.starts_with('.') && !part.starts_with('.') && !all;
                let enters = last || files.is_directory(&FileSystem::resolve(&directory, &name));
                if !hidden && enters && matches(part, &name) {
                    next.push(join(&name));
                }
            }
        }
        found = next;
    }
    if pattern.ends_with('/') {
        found.retain(|path| files.is_directory(&FileSystem::resolve(cwd, path)));
        found.iter_mut().for_each(|path| path.push('/'));
    }
    found
}

/// A pattern's text without its backslashes.
pub fn unescape(pattern: &str) -> String {
    let mut text = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        text.extend(if c == '\\' { chars.next().or(Some(c)) } else { Some(c) });
    }
    text
}

/// A pattern that matches a text and nothing else.
pub fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        if "*?[]\\".contains(c) {
            into.push('\\');
        }
        into.push(c);
    }
}

/// Removes the part at the start (or end) of a text that a pattern matches.
pub fn trim<'t>(text: &'t str, pattern: &str, start: bool, longest: bool) -> &'t str {
    let mut cuts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    if start == longest {
        cuts.reverse();
    }
    for cut in cuts {
        let (head, tail) = text.split_at(cut);
        let (gone, kept) = if start { (head, tail) } else { (tail, head) };
        if matches(pattern, gone) {
            return kept;
        }
    }
    text
}

/// Replaces what a pattern matches: `kind` is `/` for all, `#` or `%` for the start or end, else the first.
pub fn replace(text: &str, pattern: &str, with: &str, kind: char) -> String {
    if pattern.is_empty() {
        return match kind {
            '#' => format!("{with}{text}"),
            '%' => format!("{text}{with}"),
            _ => text.into(),
        };
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut out = String::new();
    let mut at = 0;
    while at < ends.len() {
        let from = ends[at];
        let longest = (at + 1..ends.len())
            .rev()
            .find(|to| (kind != '%' || *to + 1 == ends.len()) && matches(pattern, &text[from..ends[*to]]));
        match longest {
            Some(to) => {
                out.push_str(with);
                if kind != '/' {
                    out.push_str(&text[ends[to]..]);
                    return out;
                }
                at = to;
                if at + 1 == ends.len() {
                    return out;
                }
            }
            None if kind == '#' => return text.into(),
            None => {
                out.push_str(&text[from..ends.get(at + 1).copied().unwrap_or(text.len())]);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_bash() {
        for (pattern, text, expect) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("?[b-d]", "xc", true),
            ("[!a]", "a", false),
            ("[]]", "]", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("[[:digit:]]x", "4x", true),
            ("*.y*ml", "a.yaml", true),
            ("[a", "[a", true),
        ] {
            assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn texts_are_trimmed_and_replaced() {
        assert_eq!(trim("a.b.c", "*.", true, false), "b.c");
        assert_eq!(trim("a.b.c", "*.", true, true), "c");
        assert_eq!(trim("a.b.c", ".*", false, false), "a.b");
        assert_eq!(trim("a.b.c", ".*", false, true), "a");
        assert_eq!(replace("banana", "an", "x", '/'), "bxxa");
        assert_eq!(replace("banana", "a", "x", ' '), "bxnana");
        assert_eq!(replace("banana", "ba", "x", '#'), "xnana");
        assert_eq!(replace("banana", "na", "x", '%'), "banax");
    }
}
