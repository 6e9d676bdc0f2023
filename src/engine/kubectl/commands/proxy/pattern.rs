//! The patterns of `kubectl proxy`: as much of regular expressions as paths and hosts need.

/// Whether a pattern is found in a text: `^`, `$`, `.`, `*`, `+`, `?`, `[...]`, `\` before a letter that
/// stands for itself, `|` between whole patterns.
pub fn is_match(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    pattern.split('|').any(|branch| {
        let pattern: Vec<char> = branch.chars().collect();
        match pattern.split_first() {
            Some(('^', rest)) => here(rest, &text),
            _ => (0..=text.len()).any(|at| here(&pattern, &text[at..])),
        }
    })
}

/// How many characters of the pattern stand for one of the text.
fn length(pattern: &[char]) -> usize {
    match pattern.first() {
        Some('\\') => 2.min(pattern.len()),
        Some('[') => pattern.iter().skip(2).position(|c| *c == ']').map_or(pattern.len(), |at| at + 3),
        _ => 1,
    }
}

fn fits(atom: &[char], letter: char) -> bool {
    match atom {
        ['.'] => true,
        ['\\', 'd'] => letter.is_ascii_digit(),
        ['\\', 'w'] => letter.is_ascii_alphanumeric() || letter == '_',
        ['\\', escaped] => *escaped == letter,
        ['[', '^', class @ .., ']'] => !in_class(class, letter),
        ['[', class @ .., ']'] => in_class(class, letter),
        [plain] => *plain == letter,
        _ => false,
    }
}

fn in_class(class: &[char], letter: char) -> bool {
    let range = |window: &[char]| matches!(window, [from, '-', to] if *from <= letter && letter <= *to);
    class.contains(&letter) || class.windows(3).any(range)
}

/// Whether the text begins with what the pattern describes.
fn here(pattern: &[char], text: &[char]) -> bool {
    if pattern.is_empty() {
        return true;
    }
    if pattern == ['$'] {
        return text.is_empty();
    }
    let (atom, rest) = pattern.split_at(length(pattern));
    let (least, most, rest) = match rest.first() {
        Some('*') => (0, usize::MAX, &rest[1..]),
        Some('+') => (1, usize::MAX, &rest[1..]),
        Some('?') => (0, 1, &rest[1..]),
        _ => (1, 1, rest),
    };
    let run = text.iter().take(most).take_while(|letter| fits(atom, **letter)).count();
    (least..=run).rev().any(|count| here(rest, &text[count..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_as_regular_expressions_are() {
        for (pattern, text, expect) in [
            ("^.*", "/api", true),
            ("^localhost$", "localhost", true),
            ("^localhost$", "localhost2", false),
            (r"^127\.0\.0\.1$", "127.0.0.1", true),
            (r"^127\.0\.0\.1$", "127a0.0.1", false),
            ("^/api/.*/pods/.*/exec", "/api/v1/namespaces/default/pods/web/exec", true),
            ("^/api/.*/pods/.*/exec", "/api/v1/pods", false),
            ("^$", "GET", false),
            ("POST|PUT", "PUT", true),
            ("a+b?[0-9]", "xaab7", true),
            ("[^x]$", "x", false),
            ("\\", "a", false),
        ] {
            assert_eq!(is_match(pattern, text), expect, "{pattern} {text}");
        }
    }
}
