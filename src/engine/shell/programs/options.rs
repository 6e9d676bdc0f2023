//! Options as getopt reads them: `-abc`, `-n5`, `-n 5`, `--name=value`, `--`, in any order with operands.

use super::{Call, find};

/// The options and operands of a call.
#[derive(Debug, Default)]
pub struct Options {
    given: Vec<(char, String)>,
    /// What is not an option.
    pub operands: Vec<String>,
}

impl Options {
    /// Reads the arguments. `short` lists the letters, each followed by `:` if it takes a value;
    /// `long` gives the letters that words stand for.
    ///
    /// # Errors
    /// The exit status, when the mistake has been printed.
    pub fn parse(call: &Call, short: &str, long: &[(&str, char)]) -> Result<Options, i32> {
        Self::parse_args(call, call.args(), short, long, false)
    }

    /// As [`Options::parse`], but the first operand ends the options: what follows belongs to another program.
    ///
    /// # Errors
    /// As [`Options::parse`].
    pub fn parse_prefix(call: &Call, short: &str, long: &[(&str, char)]) -> Result<Options, i32> {
        Self::parse_args(call, call.args(), short, long, true)
    }

    /// As [`Options::parse`], of other arguments than the call's own.
    ///
    /// # Errors
    /// As [`Options::parse`].
    pub fn parse_args(
        call: &Call,
        args: &[String],
        short: &str,
        long: &[(&str, char)],
        prefix: bool,
    ) -> Result<Options, i32> {
        let mut options = Options::default();
        let mut args = args.iter().cloned();
        let takes_value = |letter: char| short.split_once(letter).is_some_and(|(_, rest)| rest.starts_with(':'));
        let wrong = |message: String| {
            if call.name() == "curl" {
                // curl reads its options in its own way.
                let name = message.rsplit(['\'', ' ']).find(|word| !word.is_empty()).unwrap_or_default();
                let (dashes, what) = match message.contains("requires") {
                    true => (if name.len() > 1 { "" } else { "-" }, "requires parameter"),
                    false => (if name.starts_with('-') { "" } else { "-" }, "is unknown"),
                };
                let name = message.split('\'').nth(1).unwrap_or(name);
                call.complain(format!("option {dashes}{name}: {what}"));
                call.process.err("curl: try 'curl --help' or 'curl --manual' for more information\n");
                return 2;
            }
            call.complain(message);
            call.process.err(format!("Try '{} --help' for more information.\n", call.name()));
            if matches!(call.name(), "grep" | "egrep" | "ls" | "sort" | "diff" | "curl" | "wget") { 2 } else { 1 }
        };
        while let Some(arg) = args.next() {
            if arg == "--" {
                options.operands.extend(args);
                break;
            }
            if let Some(word) = arg.strip_prefix("--") {
                let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
                let mut rows = long.iter().filter(|(full, _)| full.starts_with(name));
                let exact = long.iter().find(|(full, _)| *full == name);
                let Some((full, letter)) = exact.or_else(|| rows.next().filter(|_| rows.next().is_none())) else {
                    if name == "help"
                        && let Some(program) = find(call.name())
                    {
                        let help = (program.help)();
                        call.out(format!("Usage: {}\n{}\n", help.usage, help.summary));
                        return Err(0);
                    }
                    return Err(wrong(format!("unrecognized option '{arg}'")));
                };
                let value = match (takes_value(*letter), value) {
                    (false, Some(_)) => return Err(wrong(format!("option '--{full}' doesn't allow an argument"))),
                    (false, None) => String::new(),
                    (true, Some(value)) => value.into(),
                    (true, None) => match args.next() {
                        Some(value) => value,
                        None => return Err(wrong(format!("option '--{full}' requires an argument"))),
                    },
                };
                options.given.push((*letter, value));
                continue;
            }
            if arg.len() < 2 || !arg.starts_with('-') {
                options.operands.push(arg);
                if prefix {
                    options.operands.extend(args);
                    break;
                }
                continue;
            }
            let mut letters = arg[1..].chars();
            while let Some(letter) = letters.next() {
                if letter == ':' || !short.contains(letter) {
                    return Err(wrong(format!("invalid option -- '{letter}'")));
                }
                let value = if takes_value(letter) {
                    let rest: String = letters.by_ref().collect();
                    match (rest.is_empty(), rest) {
                        (false, rest) => rest,
                        (true, _) => match args.next() {
                            Some(value) => value,
                            None => return Err(wrong(format!("option requires an argument -- '{letter}'"))),
                        },
                    }
                } else {
                    String::new()
                };
                options.given.push((letter, value));
            }
        }
        Ok(options)
    }

    /// Whether a letter was given.
    pub fn has(&self, letter: char) -> bool {
        self.given.iter().any(|(given, _)| *given == letter)
    }
    /// The last value of a letter.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| *given == letter).map(|(_, value)| value.as_str())
    }
    /// All values of a letter.
    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(given, _)| *given == letter).map(|(_, value)| value.as_str())
    }
    /// All letters with their values, in order.
    pub fn given(&self) -> &[(char, String)] {
        &self.given
    }
    /// The operands, or standard input where there are none.
    pub fn files(&self) -> Vec<String> {
        if self.operands.is_empty() { vec!["-".into()] } else { self.operands.clone() }
    }
    /// The last of some letters that was given.
    pub fn last_of(&self, letters: &str) -> Option<char> {
        self.given.iter().rev().map(|(letter, _)| *letter).find(|letter| letters.contains(*letter))
    }
}
