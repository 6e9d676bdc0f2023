//! Lines of a limited length, as the two writers of `kubectl explain` make them.

/// Breaks lines at spaces; lines that are there stay, and so do the spaces within them.
pub(super) fn words(limit: usize, text: &str) -> String {
    let mut out = String::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
        }
        wrap_line(limit, line, &mut out);
    }
    out
}

fn wrap_line(limit: usize, line: &str, out: &mut String) {
    let (mut column, mut rest) = (0, line);
    while !rest.is_empty() {
        let word_at = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
        let (space, tail) = rest.split_at(word_at);
        let (word, tail) = tail.split_at(tail.find(char::is_whitespace).unwrap_or(tail.len()));
        let (gap, length) = (space.chars().count(), word.chars().count());
        rest = tail;
        if word.is_empty() {
            if column + gap <= limit {
                out.push_str(space);
            }
        } else if breaks(column + gap, length, limit) {
            out.push('\n');
            out.push_str(word);
            column = length;
        } else {
            out.push_str(space);
            out.push_str(word);
            column += gap + length;
        }
    }
}

/// Whether a word goes to the next line: it does not fit, and crosses the limit while it is itself
/// still shorter than that.
fn breaks(column: usize, length: usize, limit: usize) -> bool {
    let crossing = (limit + 1).saturating_sub(column).max(1);
    crossing <= length && crossing < limit
}

/// Puts spaces before each line.
pub(super) fn indent(width: usize, text: &str) -> String {
    let margin = " ".repeat(width);
    text.split('\n').map(|line| format!("{margin}{line}")).collect::<Vec<_>>().join("\n")
}

/// Fills lines anew, except where a line is indented, empty, a list's, or follows a colon.
pub(super) fn paragraphs(limit: usize, text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let flush = |line: &mut String, lines: &mut Vec<String>| {
        if !line.is_empty() {
            lines.push(std::mem::take(line));
        }
    };
    for source in text.split('\n') {
        let (literal, blank) = (source.starts_with("    "), source.trim().is_empty());
        let begun = !lines.is_empty();
        if literal || blank || line.ends_with(':') || opens_list(source.trim()) {
            flush(&mut line, &mut lines);
        }
        if literal {
            lines.push(source.into());
        } else if blank {
            if begun {
                lines.push(String::new());
            }
        } else {
            for word in source.split_whitespace() {
                if !line.is_empty() && line.len() + 1 + word.len() > limit {
                    flush(&mut line, &mut lines);
                }
                if !line.is_empty() {
                    line.push(' ');
                }
                line += word;
            }
        }
    }
    flush(&mut line, &mut lines);
    lines
}

/// Whether a line begins as a list's does: `- `, `* `, `1. `.
fn opens_list(line: &str) -> bool {
    let Some((mark, _)) = line.split_once(char::is_whitespace) else { return false };
    let digits = mark.strip_suffix('.').unwrap_or(mark);
    matches!(mark, "-" | "*") || !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_the_real_writers_break_them() {
        for (text, expect) in [
            ("one two three", "one two\nthree"),
            ("one  two\nx", "one  two\nx"),
            ("a averylongword b", "a\naverylongword\nb"),
            ("a b\n", "a b\n"),
        ] {
            assert_eq!(words(8, text), expect);
        }
        for (text, expect) in [
            ("one\ntwo three", "one two|three"),
            ("one\n\ntwo", "one|two"),
            ("one two three\n\ntwo", "one two|three||two"),
            ("a:\nb\n- c\n- d\n    e", "a:|b|- c|- d|    e"),
        ] {
            assert_eq!(paragraphs(8, text).join("|"), expect);
        }
    }
}
