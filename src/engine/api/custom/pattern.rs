//! The regular expressions of schemas' `pattern`, as far as they are used there: a search by
//! backtracking over a small tree, which gives up (and lets the value pass) on a pattern that
//! makes no sense or takes too long.

/// How many steps a search may take.
const STEPS: usize = 200_000;

/// A compiled pattern.
pub(super) struct Pattern {
    root: Option<Node>,
}

enum Node {
    /// Alternatives, each a sequence.
    Any(Vec<Vec<Node>>),
    /// A node repeated.
    Repeat(Box<Node>, usize, usize),
    /// One character of (or, if true, outside) the ranges.
    Class(Vec<(char, char)>, bool),
    Start,
    End,
    WordEdge,
}

impl Pattern {
    pub fn new(text: &str) -> Pattern {
        let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0 };
        let root = parser.alternatives().filter(|_| parser.at == parser.chars.len());
        Pattern { root }
    }

    /// Whether the pattern is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        let Some(root) = &self.root else { return true };
        let chars: Vec<char> = text.chars().collect();
        let mut run = Run { text: &chars, steps: 0 };
        let found = (0..=chars.len()).any(|start| run.node(root, start, &mut |_, _| true));
        found || run.steps >= STEPS
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn alternatives(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > 50 {
            return None;
        }
        let mut all = Vec::new();
        loop {
            let mut sequence = Vec::new();
            while let Some(c) = self.peek() {
                if c == '|' || c == ')' {
                    break;
                }
                sequence.push(self.repeated()?);
            }
            all.push(sequence);
            if !self.eat('|') {
                self.depth -= 1;
                return Some(Node::Any(all));
            }
        }
    }

    fn repeated(&mut self) -> Option<Node> {
        let mut node = self.atom()?;
        loop {
            let (least, most) = match self.peek() {
                Some('*') => (0, usize::MAX),
                Some('+') => (1, usize::MAX),
                Some('?') => (0, 1),
                Some('{') => match self.counts() {
                    Some(counts) => counts,
                    None => return Some(node),
                },
                _ => return Some(node),
            };
            self.at += 1;
            // Lazy or not makes no difference to whether there is a match.
            self.eat('?');
            node = Node::Repeat(Box::new(node), least, most);
        }
    }

    /// Reads `{2,5}` up to its last character, if it is one.
    fn counts(&mut self) -> Option<(usize, usize)> {
        let close = self.chars[self.at..].iter().position(|c| *c == '}')? + self.at;
        let text: String = self.chars[self.at + 1..close].iter().collect();
        let (least, most) = match text.split_once(',') {
            None => (text.parse().ok()?, text.parse().ok()?),
            Some((least, "")) => (least.parse().ok()?, usize::MAX),
            Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
        };
        self.at = close;
        Some((least, most))
    }

    fn atom(&mut self) -> Option<Node> {
        let c = self.peek()?;
        self.at += 1;
        Some(match c {
            '^' => Node::Start,
            '$' => Node::End,
            '.' => Node::Class(vec![('\n', '\n')], true),
            '(' => {
                if self.eat('?') {
                    while self.peek().is_some_and(|c| c != ':' && c != ')') {
                        self.at += 1;
                    }
                    self.eat(':');
                }
                let node = self.alternatives()?;
                if !self.eat(')') {
                    return None;
                }
                node
            }
            '[' => self.class()?,
            '\\' => self.escape()?,
            '*' | '+' | '?' => return None,
            c => Node::Class(vec![(c, c)], false),
        })
    }

    fn escape(&mut self) -> Option<Node> {
        let c = self.peek()?;
        self.at += 1;
        Some(match c {
            'b' => Node::WordEdge,
            'A' => Node::Start,
            'z' => Node::End,
            c => {
                let (ranges, negated) = named(c);
                Node::Class(ranges, negated)
            }
        })
    }

    fn class(&mut self) -> Option<Node> {
        let negated = self.eat('^');
        let mut ranges = Vec::new();
        let mut first = true;
        loop {
            let c = self.peek()?;
            self.at += 1;
            if c == ']' && !first {
                return Some(Node::Class(ranges, negated));
            }
            first = false;
            let from = match c {
                '\\' => {
                    let c = self.peek()?;
                    self.at += 1;
                    let (inner, outside) = named(c);
                    match inner.as_slice() {
                        [(from, to)] if from == to => *from,
                        _ if !outside => {
                            ranges.extend(inner);
                            continue;
                        }
                        _ => return None,
                    }
                }
                c => c,
            };
            let to = match (self.peek(), self.chars.get(self.at + 1)) {
                (Some('-'), Some('\\')) => {
                    self.at += 3;
                    *self.chars.get(self.at - 1)?
                }
                (Some('-'), Some(to)) if *to != ']' => {
                    let to = *to;
                    self.at += 2;
                    to
                }
                _ => from,
            };
            ranges.push((from, to));
        }
    }
}

/// What `\d` and the like stand for; any other character stands for itself.
fn named(c: char) -> (Vec<(char, char)>, bool) {
    let digits = ('0', '9');
    let word = vec![digits, ('A', 'Z'), ('_', '_'), ('a', 'z')];
    let space = vec![('\t', '\n'), ('\u{c}', '\r'), (' ', ' ')];
    match c {
        'd' => (vec![digits], false),
        'D' => (vec![digits], true),
        'w' => (word, false),
        'W' => (word, true),
        's' => (space, false),
        'S' => (space, true),
        'n' => (vec![('\n', '\n')], false),
        't' => (vec![('\t', '\t')], false),
        'r' => (vec![('\r', '\r')], false),
        c => (vec![(c, c)], false),
    }
}

struct Run<'a> {
    text: &'a [char],
    steps: usize,
}

/// What is to match after a node.
type Then<'t> = &'t mut dyn FnMut(&mut Run, usize) -> bool;

impl Run<'_> {
    fn node(&mut self, node: &Node, at: usize, then: Then) -> bool {
        self.steps += 1;
        if self.steps >= STEPS {
            return false;
        }
        let is_word = |at: Option<usize>| {
            at.and_then(|at| self.text.get(at)).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_')
        };
        match node {
            Node::Start => at == 0 && then(self, at),
            Node::End => at == self.text.len() && then(self, at),
            Node::WordEdge => is_word(at.checked_sub(1)) != is_word(Some(at)) && then(self, at),
            Node::Class(ranges, negated) => {
                let Some(c) = self.text.get(at) else { return false };
                ranges.iter().any(|(from, to)| from <= c && c <= to) != *negated && then(self, at + 1)
            }
            Node::Any(all) => all.iter().any(|sequence| self.sequence(sequence, at, then)),
            Node::Repeat(inner, least, most) => self.repeat(inner, *least, *most, at, then),
        }
    }

    fn sequence(&mut self, nodes: &[Node], at: usize, then: Then) -> bool {
        match nodes.split_first() {
            None => then(self, at),
            Some((first, rest)) => self.node(first, at, &mut |run, at| run.sequence(rest, at, then)),
        }
    }

    fn repeat(&mut self, inner: &Node, least: usize, most: usize, at: usize, then: Then) -> bool {
        // Single characters are counted, not recursed over, so that long texts need no deep stack.
        if let Node::Class(ranges, negated) = inner {
            let fits = |c: &&char| ranges.iter().any(|(from, to)| from <= *c && *c <= to) != *negated;
            let longest = self.text[at..].iter().take_while(fits).take(most).count();
            return (least..=longest).rev().any(|count| {
                self.steps += 1;
                self.steps < STEPS && then(self, at + count)
            });
        }
        if most > 0
            && self.node(inner, at, &mut |run, end| {
                (end > at || least > 0)
                    && run.repeat(inner, least.saturating_sub(1), most - usize::from(most != usize::MAX), end, then)
            })
        {
            return true;
        }
        least == 0 && then(self, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn patterns_match_as_re2_does() {
        for (pattern, text, expect) in [
            ("^https?://", "https://a", true),
            ("^https?://", "ftp://a", false),
            ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "my-name", true),
            ("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "-x", false),
            (r"^\d{3}-\d{2,4}$", "123-45", true),
            (r"^\d{3}-\d{2,4}$", "123-4", false),
            ("^(a|bc)+$", "abcabc", true),
            ("^(a|bc)+$", "abcb", false),
            (r"^[^/\s]+$", "a/b", false),
            (r"\.", "a.b", true),
            ("^(?:[0-9]|[1-9][0-9])$", "42", true),
            ("b", "abc", true),
            ("(", "anything", true),
        ] {
            assert_eq!(Pattern::new(pattern).is_match(text), expect, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn any_pattern_ends(pattern in r"[\[\](){}|*+?.^$\\a-c0-9,-]{0,20}", text in "[a-c0-9]{0,20}") {
            let _ = Pattern::new(&pattern).is_match(&text);
        }
    }
}
