//! Regular expressions as POSIX and GNU write them, for grep, sed, awk and `[[ =~ ]]`.
//!
//! A pattern is compiled to a small program and run by backtracking; every pair of instruction and
//! position is visited once, so that no pattern takes more than its length times the text's.

mod compile;

use super::run::pattern::in_class;
use crate::meta::SortedSet;
use compile::{Compiler, append};

/// Which dialect a pattern is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// `grep`, `sed`: groups are `\(...\)`.
    Basic,
    /// `grep -E`, `sed -E`, awk.
    Extended,
    /// `grep -P`, as far as `\d`, lazy repetition and `\K`.
    Perl,
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Regex {
    program: Vec<Step>,
    groups: usize,
    ignore_case: bool,
    /// Whether the program looks back at groups: then what was visited depends on them.
    looks_back: bool,
    /// Whether the longest match wins, as POSIX wants, rather than the first.
    longest: bool,
}

#[derive(Clone, Debug)]
enum Step {
    Char(char),
    Any,
    Class(Box<Class>),
    /// Try the first, then the second.
    Split(usize, usize),
    Jump(usize),
    Save(usize),
    Start,
    End,
    WordEdge(bool),
    WordStart,
    WordEnd,
    Back(usize),
    Done,
}

#[derive(Clone, Debug, Default)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    named: Vec<String>,
}

/// Where a pattern matched: byte ranges of the whole and of its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found(Vec<Option<(usize, usize)>>);

impl Found {
    /// Where the whole match begins.
    pub fn start(&self) -> usize {
        self.0.first().copied().flatten().map_or(0, |range| range.0)
    }
    /// Where it ends.
    pub fn end(&self) -> usize {
        self.0.first().copied().flatten().map_or(0, |range| range.1)
    }
    /// How many groups there are, the whole included.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there are none; there always is the whole.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// A group's text; empty if it took no part.
    pub fn text<'t>(&self, text: &'t str, group: usize) -> &'t str {
        self.0.get(group).copied().flatten().and_then(|(from, to)| text.get(from..to)).unwrap_or("")
    }
}

/// How long a program may get: counted repetitions of repetitions grow fast.
const MAX_STEPS: usize = 20_000;

impl Regex {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// GNU's message.
    pub fn new(pattern: &str, flavor: Flavor, ignore_case: bool) -> Result<Regex, String> {
        let chars: Vec<char> = pattern.chars().collect();
        let mut compiler = Compiler { chars, at: 0, flavor, groups: 1, open: Vec::new(), looks_back: false, depth: 0 };
        let mut program = vec![Step::Save(0)];
        let body = compiler.alternatives()?;
        if compiler.at < compiler.chars.len() {
            return Err("Unmatched ) or \\)".into());
        }
        append(&mut program, &body)?;
        program.push(Step::Save(1));
        program.push(Step::Done);
        let looks_back = compiler.looks_back;
        Ok(Regex { program, groups: compiler.groups, ignore_case, looks_back, longest: flavor != Flavor::Perl })
    }

    /// A pattern that matches a text literally.
    pub fn literal(text: &str, ignore_case: bool) -> Regex {
        let mut program = vec![Step::Save(0)];
        program.extend(text.chars().map(Step::Char));
        program.extend([Step::Save(1), Step::Done]);
        Regex { program, groups: 1, ignore_case, looks_back: false, longest: true }
    }

    /// How many groups it has, the whole included.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Whether it matches anywhere in a text.
    pub fn is_match(&self, text: &str) -> bool {
        self.find_at(text, 0).is_some()
    }

    /// The leftmost longest match that begins at a byte or after it.
    pub fn find_at(&self, text: &str, from: usize) -> Option<Found> {
        let mut visited = Visited::new(self, text);
        let mut starts = text.get(from..)?.char_indices().map(|(at, _)| from + at).chain([text.len()]);
        starts.find_map(|start| self.match_at(text, start, &mut visited))
    }

    fn match_at(&self, text: &str, start: usize, visited: &mut Visited) -> Option<Found> {
        let mut best: Option<Vec<Option<usize>>> = None;
        let mut stack = vec![(0, start, vec![None; self.groups * 2])];
        while let Some((mut step, mut at, mut saved)) = stack.pop() {
            loop {
                if !visited.first_time(step, at, &saved) {
                    break;
                }
                let next = text[at..].chars().next();
                match &self.program[step] {
                    Step::Char(c) => match next.filter(|next| self.same(*c, *next)) {
                        Some(next) => at += next.len_utf8(),
                        None => break,
                    },
                    Step::Any => match next {
                        Some(next) => at += next.len_utf8(),
                        None => break,
                    },
                    Step::Class(class) => match next.filter(|next| self.in_class(class, *next)) {
                        Some(next) => at += next.len_utf8(),
                        None => break,
                    },
                    Step::Split(first, second) => {
                        stack.push((*second, at, saved.clone()));
                        step = *first;
                        continue;
                    }
                    Step::Jump(to) => {
                        step = *to;
                        continue;
                    }
                    Step::Save(slot) => saved[*slot] = Some(at),
                    Step::Start if at != 0 => break,
                    Step::End if at != text.len() => break,
                    Step::WordEdge(wanted) if (word_before(text, at) != next.is_some_and(is_word)) != *wanted => break,
                    Step::WordStart if word_before(text, at) || !next.is_some_and(is_word) => break,
                    Step::WordEnd if !word_before(text, at) || next.is_some_and(is_word) => break,
                    Step::Start | Step::End | Step::WordEdge(_) | Step::WordStart | Step::WordEnd => {}
                    Step::Back(group) => {
                        let range = saved[group * 2].zip(saved[group * 2 + 1]);
                        let Some(wanted) = range.and_then(|(from, to)| text.get(from..to)) else { break };
                        if !text[at..].starts_with(wanted) {
                            break;
                        }
                        at += wanted.len();
                    }
                    Step::Done => {
                        let longer = best.as_ref().is_none_or(|best| saved[1] > best[1]);
                        if longer {
                            best = Some(saved.clone());
                        }
                        if !self.longest {
                            stack.clear();
                        }
                        break;
                    }
                }
                step += 1;
            }
        }
        best.map(|saved| Found(saved.chunks(2).map(|pair| pair[0].zip(pair[1])).collect()))
    }

    fn same(&self, a: char, b: char) -> bool {
        a == b || (self.ignore_case && a.to_lowercase().eq(b.to_lowercase()))
    }

    fn in_class(&self, class: &Class, c: char) -> bool {
        let holds = |c: char| {
            class.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))
                || class.named.iter().any(|name| in_class(name, c))
        };
        let mut found = holds(c);
        if self.ignore_case {
            found = found || c.to_lowercase().any(holds) || c.to_uppercase().any(holds);
        }
        found != class.negated
    }
}

/// Which pairs of step and position were tried already.
enum Visited {
    Pairs(Vec<u64>, usize),
    Whole(SortedSet<(usize, usize, Vec<Option<usize>>)>),
}

impl Visited {
    fn new(regex: &Regex, text: &str) -> Visited {
        if regex.looks_back {
            return Visited::Whole(SortedSet::new());
        }
        let width = text.len() + 1;
        Visited::Pairs(vec![0; (width * regex.program.len()).div_ceil(64)], width)
    }

    fn first_time(&mut self, step: usize, at: usize, saved: &[Option<usize>]) -> bool {
        match self {
            Visited::Pairs(bits, width) => {
                let bit = step * *width + at;
                let fresh = bits[bit / 64] & (1 << (bit % 64)) == 0;
                bits[bit / 64] |= 1 << (bit % 64);
                fresh
            }
            // The bound keeps hostile patterns from taking all memory.
            Visited::Whole(set) => set.len() < 200_000 && set.insert((step, at, saved.to_vec())),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_before(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_some_and(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, flavor: Flavor, text: &str, expect: Option<&str>) {
        let regex = Regex::new(pattern, flavor, false).unwrap();
        let found = regex.find_at(text, 0).map(|found| found.text(text, 0).to_string());
        assert_eq!(found.as_deref(), expect, "{pattern} in {text}");
    }

    #[test]
    fn patterns_match_as_in_grep() {
        use Flavor::{Basic, Extended, Perl};
        for (pattern, flavor, text, expect) in [
            ("a|ab", Extended, "xab", Some("ab")),
            ("a\\|ab", Basic, "xab", Some("ab")),
            ("a+", Basic, "aa+", Some("a+")),
            ("a\\+", Basic, "baa", Some("aa")),
            ("^W[0-9]+ [0-9:.]+", Extended, "W1123 04:57:24.1 x", Some("W1123 04:57:24.1")),
            ("web-[a-z0-9]{5}", Extended, "pod/web-x2x5z created", Some("web-x2x5z")),
            ("[0-9a-f]\\{2,3\\}", Basic, "xabcd", Some("abc")),
            ("\\(ab\\)\\1", Basic, "xabab", Some("abab")),
            ("(a|b)*c", Extended, "ababc", Some("ababc")),
            ("x*", Extended, "abc", Some("")),
            ("\\bfoo\\b", Extended, "a foo b", Some("foo")),
            ("\\bfoo\\b", Extended, "afoo", None),
            ("[[:space:]]+$", Extended, "ab  ", Some("  ")),
            ("(a*)*b", Extended, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", None),
            (".*?b", Perl, "abab", Some("ab")),
            ("k: \\K\\d+", Perl, "k: 42", Some("42")),
            ("*a", Basic, "*a", Some("*a")),
            ("a{,2}b", Extended, "aab", Some("aab")),
            ("{.items}", Extended, "{.items}", Some("{.items}")),
            ("[]a]+", Extended, "x]a]", Some("]a]")),
            ("^$", Extended, "", Some("")),
        ] {
            check(pattern, flavor, text, expect);
        }
    }

    #[test]
    fn mistakes_have_gnus_messages() {
        for (pattern, expect) in [
            ("[a", "Unmatched [, [^, [:, [., or [="),
            ("(a", "Unmatched ( or \\("),
            ("a\\", "Trailing backslash"),
            ("[[:nosuch:]]", "Invalid character class name"),
            ("[z-a]", "Invalid range end"),
            ("\\1", "Invalid back reference"),
        ] {
            assert_eq!(Regex::new(pattern, Flavor::Extended, false).unwrap_err(), expect, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_panics(pattern in "[a-c.*+?()|{}\\[\\]^$\\\\0-9,-]{0,20}", text in "[a-c]{0,12}") {
            for flavor in [Flavor::Basic, Flavor::Extended, Flavor::Perl] {
                if let Ok(regex) = Regex::new(&pattern, flavor, true) {
                    let _ = regex.find_at(&text, 0);
                }
            }
        }
    }
}
