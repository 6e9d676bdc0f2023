//! The regular expressions of schemas' `pattern` and of rules' `matches`: a search that follows
//! all ways through the pattern at once, so that its time grows with the text alone, as RE2's.
//! What makes no sense as a pattern lets every value pass.

/// How large a pattern may grow when its counted repetitions are written out.
const LARGEST: usize = 20_000;
/// How often a part may be repeated by count, as in RE2.
const MOST_REPEATS: usize = 1000;

/// A compiled pattern.
pub struct Pattern {
    /// Empty for what is no pattern.
    program: Vec<Step>,
}

/// One step of the search.
enum Step {
    /// One character of (or, if true, outside) the ranges.
    One(Vec<(char, char)>, bool),
    Start,
    End,
    WordEdge,
    /// Both ways on.
    Split(usize, usize),
    Jump(usize),
    Found,
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
    /// Reads a pattern.
    pub fn new(text: &str) -> Pattern {
        let mut parser = Parser { chars: text.chars().collect(), at: 0, depth: 0 };
        let root = parser.alternatives().filter(|_| parser.at == parser.chars.len());
        let mut program = Vec::new();
        if root.is_none_or(|root| emit(&root, &mut program).is_none()) {
            return Pattern { program: Vec::new() };
        }
        program.push(Step::Found);
        Pattern { program }
    }

    /// Whether it is a pattern at all.
    pub fn is_valid(&self) -> bool {
        !self.program.is_empty()
    }

    /// Whether the pattern is found anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        if self.program.is_empty() {
            return true;
        }
        let (mut here, mut next) = (Ways::new(self.program.len()), Ways::new(self.program.len()));
        let (mut before, mut rest) = (None, text.chars());
        loop {
            let after = rest.clone().next();
            // A match may begin anywhere.
            if self.reach(&mut here, 0, before, after) {
                return true;
            }
            let Some(c) = rest.next() else { return false };
            let following = rest.clone().next();
            for at in 0..here.list.len() {
                if let Step::One(ranges, negated) = &self.program[here.list[at]]
                    && ranges.iter().any(|(from, to)| *from <= c && c <= *to) != *negated
                    && self.reach(&mut next, here.list[at] + 1, Some(c), following)
                {
                    return true;
                }
            }
            here.clear();
            std::mem::swap(&mut here, &mut next);
            before = Some(c);
        }
    }

    /// Adds all that is reached from a step without reading on; whether that is the end.
    fn reach(&self, ways: &mut Ways, from: usize, before: Option<char>, after: Option<char>) -> bool {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        ways.open.push(from);
        while let Some(at) = ways.open.pop() {
            if std::mem::replace(&mut ways.seen[at], true) {
                continue;
            }
            ways.list.push(at);
            match &self.program[at] {
                Step::Found => return true,
                Step::Jump(to) => ways.open.push(*to),
                Step::Split(one, other) => ways.open.extend([*other, *one]),
                Step::Start if before.is_none() => ways.open.push(at + 1),
                Step::End if after.is_none() => ways.open.push(at + 1),
                Step::WordEdge if is_word(before) != is_word(after) => ways.open.push(at + 1),
                _ => {}
            }
        }
        false
    }
}

/// Where the search stands: the steps it has come to.
struct Ways {
    seen: Vec<bool>,
    list: Vec<usize>,
    open: Vec<usize>,
}

impl Ways {
    fn new(steps: usize) -> Ways {
        Ways { seen: vec![false; steps], list: Vec::new(), open: Vec::new() }
    }

    fn clear(&mut self) {
        for at in self.list.drain(..) {
            self.seen[at] = false;
        }
    }
}

/// Writes the steps of a node; `None` if they are too many.
fn emit(node: &Node, program: &mut Vec<Step>) -> Option<()> {
    match node {
        Node::Class(ranges, negated) => program.push(Step::One(ranges.clone(), *negated)),
        Node::Start => program.push(Step::Start),
        Node::End => program.push(Step::End),
        Node::WordEdge => program.push(Step::WordEdge),
        Node::Any(all) => {
            let mut ends = Vec::new();
            for (at, sequence) in all.iter().enumerate() {
                let split = program.len();
                let last = at + 1 == all.len();
                if !last {
                    program.push(Step::Found);
                }
                for node in sequence {
                    emit(node, program)?;
                }
                if !last {
                    ends.push(program.len());
                    program.push(Step::Found);
                    program[split] = Step::Split(split + 1, program.len());
                }
            }
            let end = program.len();
            for at in ends {
                program[at] = Step::Jump(end);
            }
        }
        Node::Repeat(inner, least, most) => {
            for _ in 0..*least {
                emit(inner, program)?;
            }
            if *most == usize::MAX {
                let split = program.len();
                program.push(Step::Found);
                emit(inner, program)?;
                program.push(Step::Jump(split));
                program[split] = Step::Split(split + 1, program.len());
            } else {
                for _ in *least..*most {
                    let split = program.len();
                    program.push(Step::Found);
                    emit(inner, program)?;
                    program[split] = Step::Split(split + 1, program.len());
                }
            }
        }
    }
    (program.len() <= LARGEST).then_some(())
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
        let node = self.atom()?;
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
        let limits = [least, most];
        if limits.iter().any(|limit| *limit > MOST_REPEATS && *limit != usize::MAX) || least > most {
            return None;
        }
        self.at += 1;
        // Lazy or not makes no difference to whether there is a match.
        self.eat('?');
        if matches!(self.peek(), Some('*' | '+' | '?')) {
            return None;
        }
        Some(Node::Repeat(Box::new(node), least, most))
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
            ("^a{2,3}$", "aaaa", false),
            ("^(ab){2}$", "abab", true),
            (r"\bfoo\b", "a foo b", true),
            (r"\bfoo\b", "afoo", false),
            ("^$", "", true),
            ("a**", "anything", true),
            ("(", "anything", true),
        ] {
            assert_eq!(Pattern::new(pattern).is_match(text), expect, "{pattern} {text}");
        }
    }

    #[test]
    fn long_texts_and_patterns_need_no_deep_stack() {
        let text = "ab".repeat(50_000);
        assert!(Pattern::new("^(a|b)*$").is_match(&text));
        assert!(!Pattern::new("^(a|b)*c$").is_match(&text));
        assert!(!Pattern::new("((a{1000}){1000}){1000}").is_valid());
        assert!(!Pattern::new(&"(".repeat(100_000)).is_valid());
        assert!(!Pattern::new(&format!("a{}", "*".repeat(100_000))).is_valid());
    }

    proptest! {
        #[test]
        fn any_pattern_ends(pattern in r"[\[\](){}|*+?.^$\\a-c0-9,-]{0,20}", text in "[a-c0-9]{0,20}") {
            let _ = Pattern::new(&pattern).is_match(&text);
        }
    }
}
