//! Brace expansion: `{a,b}` and `{1..5}`, before everything else.

use super::super::syntax::{Part, Word};

#[derive(Clone)]
enum Token {
    Char(char),
    Part(Part),
}

/// The words a word stands for; itself, if it has no braces.
pub fn expand(word: &Word) -> Vec<Word> {
    let has_braces = word.0.iter().any(|part| matches!(part, Part::Text(text) if text.contains('{')));
    if !has_braces {
        return vec![word.clone()];
    }
    let mut tokens = Vec::new();
    for part in &word.0 {
        match part {
            Part::Text(text) => tokens.extend(text.chars().map(Token::Char)),
            part => tokens.push(Token::Part(part.clone())),
        }
    }
    expand_tokens(&tokens, 0).into_iter().map(join).collect()
}

fn join(tokens: Vec<Token>) -> Word {
    let mut parts = Vec::new();
    for token in tokens {
        match (token, parts.last_mut()) {
            (Token::Char(c), Some(Part::Text(text))) => text.push(c),
            (Token::Char(c), _) => parts.push(Part::Text(c.into())),
            (Token::Part(part), _) => parts.push(part),
        }
    }
    Word(parts)
}

fn expand_tokens(tokens: &[Token], depth: usize) -> Vec<Vec<Token>> {
    for (open, token) in tokens.iter().enumerate() {
        if !matches!(token, Token::Char('{')) || depth > 16 {
            continue;
        }
        let Some((close, commas)) = matching(tokens, open) else { continue };
        let inside = &tokens[open + 1..close];
        let choices = if commas.is_empty() {
            let Some(choices) = range(inside) else { continue };
            choices
        } else {
            let mut starts = vec![open + 1];
            starts.extend(commas.iter().map(|at| at + 1));
            let ends = commas.iter().copied().chain([close]);
            starts.iter().zip(ends).flat_map(|(from, to)| expand_tokens(&tokens[*from..to], depth + 1)).collect()
        };
        let tails = expand_tokens(&tokens[close + 1..], depth + 1);
        let mut words = Vec::new();
        for choice in &choices {
            for tail in &tails {
                words.push([&tokens[..open], choice, tail].concat());
            }
        }
        return words;
    }
    vec![tokens.to_vec()]
}

/// The brace that closes the one at `open`, and the commas between at its level.
fn matching(tokens: &[Token], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0;
    let mut commas = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Char('{') => depth += 1,
            Token::Char('}') => {
                depth -= 1;
                if depth == 0 {
                    return Some((at, commas));
                }
            }
            Token::Char(',') if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

/// `1..5`, `01..10`, `a..e`, with an optional step.
fn range(inside: &[Token]) -> Option<Vec<Vec<Token>>> {
    let text: Option<String> =
        inside.iter().map(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect();
    let text = text?;
    let mut parts = text.split("..");
    let (from, to, step) = (parts.next()?, parts.next()?, parts.next());
    if parts.next().is_some() {
        return None;
    }
    let step = step.map_or(Some(1), |step| step.parse::<i64>().ok())?.abs().max(1);
    let single = |text: &str| text.chars().next().filter(|c| text.len() == 1 && c.is_ascii_alphabetic());
    let (low, high, letters) = match (single(from), single(to)) {
        (Some(from), Some(to)) => (i64::from(u32::from(from)), i64::from(u32::from(to)), true),
        _ => (from.parse::<i64>().ok()?, to.parse::<i64>().ok()?, false),
    };
    let padded = |text: &str| text.len() > 1 && text.trim_start_matches('-').starts_with('0');
    let width = if padded(from) || padded(to) { from.len().max(to.len()) } else { 0 };
    let count = (high.checked_sub(low)?.abs() / step).min(100_000);
    let sign = if high >= low { step } else { -step };
    let words = (0..=count).map(|at| {
        let value = low + at * sign;
        let text = match u8::try_from(value) {
            Ok(byte) if letters => char::from(byte).to_string(),
            _ => format!("{value:0width$}"),
        };
        text.chars().map(Token::Char).collect()
    });
    Some(words.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_as_in_bash() {
        for (text, expect) in [
            ("a{b,c}d", "abd acd"),
            ("{1..4}", "1 2 3 4"),
            ("{3..1}x", "3x 2x 1x"),
            ("{01..03}", "01 02 03"),
            ("{a..c}", "a b c"),
            ("{a,b{1,2}}", "a b1 b2"),
            ("{a}", "{a}"),
            ("x{,y}", "x xy"),
            ("{1..9..4}", "1 5 9"),
            ("{.items[0].metadata.name}", "{.items[0].metadata.name}"),
        ] {
            let words = expand(&Word(vec![Part::Text(text.into())]));
            let texts: Vec<&str> = words.iter().map(|word| word.literal().unwrap_or("")).collect();
            assert_eq!(texts.join(" "), expect);
        }
    }
}
