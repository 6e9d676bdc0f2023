//! `tr`

use super::super::run::pattern::in_class;
use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "tr",
    help: || Help {
        summary: "Translate, squeeze or delete characters.",
        usage: "tr [-cds] SET1 [SET2]",
        examples: &[
            ("echo abc | tr a-b x", "xxc"),
            ("echo hello | tr '[:lower:]' '[:upper:]'", "HELLO"),
            ("echo 'a  b' | tr -s ' '", "a b"),
            ("echo a.b.c | tr -cd .; echo", ".."),
            ("printf 'a\\nb' | tr '\\n' ,; echo", "a,b"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// A set of characters in order; classes other than ranges are asked, not listed.
struct Set {
    chars: Vec<char>,
    classes: Vec<String>,
}

impl Set {
    fn parse(text: &str) -> Set {
        let mut chars: Vec<char> = Vec::new();
        let mut escaped = Vec::new();
        let mut classes = Vec::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some((name, after)) = rest.strip_prefix("[:").and_then(|rest| rest.split_once(":]")) {
                match name {
                    "lower" => chars.extend('a'..='z'),
                    "upper" => chars.extend('A'..='Z'),
                    "digit" => chars.extend('0'..='9'),
                    name => classes.push(name.to_string()),
                }
                escaped.resize(chars.len(), true);
                rest = after;
                continue;
            }
            rest = &rest[c.len_utf8()..];
            let mut value = c;
            if c == '\\' {
                let digits = rest.chars().take(3).take_while(|c| c.is_digit(8)).count();
                if digits > 0 {
                    value = u32::from_str_radix(&rest[..digits], 8).ok().and_then(char::from_u32).unwrap_or('\\');
                    rest = &rest[digits..];
                } else if let Some(next) = rest.chars().next() {
                    rest = &rest[next.len_utf8()..];
                    value = match next {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'a' => '\x07',
                        'b' => '\x08',
                        'f' => '\x0c',
                        'v' => '\x0b',
                        next => next,
                    };
                }
            }
            chars.push(value);
            escaped.push(c == '\\');
        }
        // `a-z`: a bare dash between two characters.
        let mut list = Vec::new();
        let mut at = 0;
        while at < chars.len() {
            if at + 2 < chars.len() && chars[at + 1] == '-' && !escaped[at + 1] && chars[at] <= chars[at + 2] {
                list.extend(chars[at]..=chars[at + 2]);
                at += 3;
            } else {
                list.push(chars[at]);
                at += 1;
            }
        }
        Set { chars: list, classes }
    }

    fn has(&self, c: char) -> bool {
        self.chars.contains(&c) || self.classes.iter().any(|class| in_class(class, c))
    }

    fn place(&self, c: char) -> Option<usize> {
        self.chars.iter().position(|own| *own == c).or_else(|| self.has(c).then_some(usize::MAX))
    }
}

async fn run(call: Call) -> i32 {
    let long = [("delete", 'd'), ("squeeze-repeats", 's'), ("complement", 'c')];
    let options = match Options::parse(&call, "dscCt", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let try_help = |message: String| call.fail(format!("{message}\nTry 'tr --help' for more information."));
    let (delete, squeeze) = (options.has('d'), options.has('s'));
    let Some(first) = options.operands.first() else { return try_help("missing operand".into()) };
    let second = options.operands.get(1);
    if second.is_none() && !delete && !squeeze {
        return try_help(format!("missing operand after '{first}'\nTwo strings must be given when translating."));
    }
    let complement = options.has('c') || options.has('C');
    let from = Set::parse(first);
    let to = second.map(|text| Set::parse(text));
    let squeezed = to.as_ref().filter(|_| !(delete && to.is_none())).unwrap_or(&from);
    let mut last = None;
    let mut partial = Vec::new();
    while let Some(bytes) = call.process.stdin.read().await {
        partial.extend(bytes);
        // A character may be cut in two.
        let whole = match std::str::from_utf8(&partial) {
            Ok(_) => partial.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => partial.len(),
        };
        let rest = partial.split_off(whole);
        let text = String::from_utf8_lossy(&std::mem::replace(&mut partial, rest)).into_owned();
        let mut out = String::new();
        for c in text.chars() {
            let inside = from.has(c) != complement;
            let mut c = c;
            if delete && inside {
                continue;
            }
            if let (Some(to), true, false) = (&to, inside, delete) {
                let place = if complement { usize::MAX } else { from.place(c).unwrap_or(usize::MAX) };
                c = to.chars.get(place).or(to.chars.last()).copied().unwrap_or(c);
            }
            let doubled = squeeze && last == Some(c) && (squeezed.has(c) != (complement && to.is_none()));
            last = Some(c);
            if !doubled {
                out.push(c);
            }
        }
        if !call.process.stdout.write(out.as_bytes()) {
            return 141;
        }
    }
    0
}
