//! Flags: the table of them (`flags_first.txt` and `flags.txt`, read when a command starts) and their parsing as pflag does it.
//!
//! A [`Flags`] holds what one invocation was given: ask it with [`Flags::str`], [`Flags::bool`],
//! [`Flags::list`] and so on; [`Flags::args`] are the words that are no flags.

use super::commands;
use crate::meta::SortedMap;
use crate::meta::duration;
use std::time::Duration;

/// The flags of the command that most sessions begin with and those that all have; the table's two
/// halves are explained in its comments.
const FIRST: &str = include_str!("flags_first.txt");

/// The flags of all other commands. Rows of commands point here, so that the page need not have it
/// before another command than the first is typed.
pub fn others() -> &'static str {
    include_str!("flags.txt")
}

/// For the commands whose flags all stand in `flags_first.txt`.
pub fn no_others() -> &'static str {
    ""
}

/// Begins the description of a flag that still works but is shown nowhere.
pub const DEPRECATED: &str = "DEPRECATED ";

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    /// `--watch`, `--watch=false`
    Bool,
    /// A whole number.
    Int,
    /// `1m30s`
    Duration,
    /// Any text.
    String,
    /// Texts; a value is split at its commas.
    List,
    /// Texts, each value one of them.
    Array,
    /// `key=value` texts; a value is split at its commas.
    Map,
}

/// One flag of one command.
#[derive(Clone, Copy, Debug)]
pub struct FlagSpec {
    /// The long name.
    pub name: &'static str,
    /// The letter, or nothing.
    pub short: &'static str,
    /// What its value is.
    pub kind: FlagKind,
    /// Its value where it is not given, as one would type it.
    pub default: &'static str,
    /// One sentence about it.
    pub help: &'static str,
}

/// Flags that may stand without a value though they are no booleans, and the value they then have.
const VALUE_OPTIONAL: &[(&str, &str)] = &[("dry-run", "unchanged"), ("validate", "strict"), ("cascade", "background")];

impl FlagSpec {
    /// The value of the flag standing alone, if it may.
    fn alone(&self) -> Option<&'static str> {
        if self.kind == FlagKind::Bool {
            return Some("true");
        }
        VALUE_OPTIONAL.iter().find(|(name, _)| *name == self.name).map(|(_, value)| *value)
    }

    /// The default as help prints it: texts in quotes, lists in brackets.
    pub fn printed_default(&self) -> String {
        match self.kind {
            FlagKind::String if self.name == "vmodule" || self.name == "aggregation-rule" => String::new(),
            FlagKind::String => format!("'{}'", self.default),
            FlagKind::List | FlagKind::Array | FlagKind::Map => format!("[{}]", self.default),
            _ => self.default.to_string(),
        }
    }

    /// The flag as the texts of its errors name it.
    fn named(&self) -> String {
        if self.short.is_empty() { format!("--{}", self.name) } else { format!("-{}, --{}", self.short, self.name) }
    }

    /// Checks a value as its kind's `Set` does.
    fn check(&self, value: &str) -> Result<(), String> {
        let number = |parser: &str| Err(format!("strconv.{parser}: parsing {value:?}: invalid syntax"));
        match self.kind {
            FlagKind::Bool if go_bool(value).is_none() => number("ParseBool"),
            FlagKind::Int if value.parse::<i64>().is_err() => number("ParseInt"),
            FlagKind::Duration => duration::parse_signed(value).map(drop),
            FlagKind::Map => match split_pairs(value).iter().find(|pair| !pair.contains('=')) {
                Some(pair) => Err(format!("{pair} must be formatted as key=value")),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// What `strconv.ParseBool` reads.
pub fn go_bool(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A row of the table's first half.
fn read_flag(line: &'static str) -> FlagSpec {
    let mut cells = line.split('\t');
    let mut cell = || cells.next().unwrap_or_default();
    let (name, short) = (cell(), cell());
    let kind = read_kind(cell());
    FlagSpec { name, short, kind, default: cell(), help: cell() }
}

fn read_kind(letter: &str) -> FlagKind {
    match letter {
        "b" => FlagKind::Bool,
        "i" => FlagKind::Int,
        "d" => FlagKind::Duration,
        "l" => FlagKind::List,
        "a" => FlagKind::Array,
        "m" => FlagKind::Map,
        _ => FlagKind::String,
    }
}

/// A flag as a command's row names it: `name[,short][:kind][=default]` on top of the common one.
fn read_use(text: &'static str, common: &SortedMap<&'static str, FlagSpec>) -> Option<FlagSpec> {
    let (rest, default) = text.split_once('=').map_or((text, None), |(rest, value)| (rest, Some(value)));
    let (rest, kind) = rest.split_once(':').map_or((rest, None), |(rest, kind)| (rest, Some(kind)));
    let (name, short) = rest.split_once(',').map_or((rest, None), |(name, short)| (name, Some(short)));
    let mut spec = *common.get(name)?;
    if let Some(kind) = kind {
        spec.kind = read_kind(kind);
    }
    spec.default = default.unwrap_or(spec.default);
    spec.short = short.unwrap_or(spec.short);
    Some(spec)
}

/// A command's row of the table.
#[derive(Clone)]
pub struct CommandFlags {
    /// The usage line.
    pub usage: &'static str,
    /// Its own flags, by name.
    pub own: Vec<FlagSpec>,
    /// The flags that every command has.
    pub global: Vec<FlagSpec>,
}

impl CommandFlags {
    /// The row of the command at `path`, such as `create deployment`; empty for the root.
    pub fn of(path: &str) -> CommandFlags {
        let mut common = SortedMap::new();
        let mut found = CommandFlags { usage: "", own: Vec::new(), global: Vec::new() };
        let others = commands::all().find(|row| row.path == path).map_or(no_others as fn() -> _, |row| row.flags);
        for table in [FIRST, others()] {
            let mut in_commands = false;
            for line in table.lines().filter(|line| !line.starts_with('#')) {
                if line.is_empty() {
                    in_commands = true;
                } else if !in_commands {
                    let spec = read_flag(line);
                    common.insert(spec.name, spec);
                } else {
                    let mut cells = line.split('\t');
                    let row = cells.next().unwrap_or_default();
                    let (usage, uses) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
                    let read = || uses.split_whitespace().filter_map(|word| read_use(word, &common)).collect();
                    if row == "(global)" {
                        found.global = read();
                    } else if row == path {
                        found.usage = usage;
                        found.own = read();
                    }
                }
            }
        }
        let own = &found.own;
        found.global.retain(|global| own.iter().all(|spec| spec.name != global.name));
        found
    }

    fn long(&self, name: &str) -> Option<&FlagSpec> {
        self.own.iter().chain(&self.global).find(|spec| spec.name == name)
    }

    fn short(&self, letter: char) -> Option<&FlagSpec> {
        let mut buffer = [0; 4];
        let letter: &str = letter.encode_utf8(&mut buffer);
        self.own.iter().chain(&self.global).find(|spec| spec.short == letter)
    }

    /// Whether a word of flags takes the next word as its value: how cobra looks for the subcommand.
    pub fn swallows_next(&self, word: &str) -> bool {
        if word.contains('=') {
            return false;
        }
        match word.strip_prefix("--") {
            Some("help") => false,
            Some(name) => self.long(name).is_none_or(|spec| spec.alone().is_none()),
            None => {
                let mut letters = word.chars().skip(1);
                let single = letters.next().filter(|_| letters.next().is_none());
                single
                    .is_some_and(|letter| letter != 'h' && self.short(letter).is_none_or(|spec| spec.alone().is_none()))
            }
        }
    }
}

/// What one invocation was given.
#[derive(Clone)]
pub struct Flags {
    table: CommandFlags,
    given: SortedMap<&'static str, Vec<String>>,
    /// The words that are no flags.
    pub args: Vec<String>,
    /// How many of them stood before `--`, if it was there.
    pub dash: Option<usize>,
    /// Whether `-h` or `--help` was given.
    pub help: bool,
}

impl Flags {
    /// Parses a command's words.
    ///
    /// # Errors
    /// pflag's text.
    pub fn parse(table: CommandFlags, words: &[String]) -> Result<Flags, String> {
        let mut flags = Flags { table, given: SortedMap::new(), args: Vec::new(), dash: None, help: false };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                flags.dash = Some(flags.args.len());
                flags.args.extend(words.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                flags.take_long(word, long, &mut words)?;
            } else if word.len() > 1 && word.starts_with('-') {
                flags.take_short(word, &mut words)?;
            } else {
                flags.args.push(word.clone());
            }
            if flags.help {
                break;
            }
        }
        Ok(flags)
    }

    fn take_long<'a>(
        &mut self,
        word: &str,
        long: &str,
        words: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        if name.is_empty() || name.starts_with('-') {
            return Err(format!("bad flag syntax: {word}"));
        }
        let name = name.replace('_', "-");
        let Some(spec) = self.table.long(&name).copied() else {
            if name == "help" {
                self.help = true;
                return Ok(());
            }
            return Err(format!("unknown flag: --{name}"));
        };
        let value = match (value, spec.alone()) {
            (Some(value), _) => value,
            (None, Some(alone)) => alone,
            (None, None) => words.next().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.put(&spec, value)
    }

    fn take_short<'a>(&mut self, word: &str, words: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        let mut letters = word.chars();
        letters.next();
        while let Some(letter) = letters.next() {
            let rest = letters.as_str();
            let Some(spec) = self.table.short(letter).copied() else {
                if letter == 'h' {
                    self.help = true;
                    return Ok(());
                }
                return Err(format!("unknown shorthand flag: '{letter}' in {word}"));
            };
            if let Some(value) = rest.strip_prefix('=') {
                return self.put(&spec, value);
            }
            match spec.alone() {
                Some(alone) => self.put(&spec, alone)?,
                None if !rest.is_empty() => return self.put(&spec, rest),
                None => {
                    let missing = || format!("flag needs an argument: '{letter}' in {word}");
                    return self.put(&spec, words.next().ok_or_else(missing)?);
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, spec: &FlagSpec, value: &str) -> Result<(), String> {
        spec.check(value).map_err(|why| format!("invalid argument {value:?} for \"{}\" flag: {why}", spec.named()))?;
        let values = self.given.entry(spec.name).or_default();
        match spec.kind {
            FlagKind::List if value.is_empty() => {}
            FlagKind::List => values.extend(split_commas(value)),
            FlagKind::Map => values.extend(split_pairs(value)),
            FlagKind::Array => values.push(value.to_string()),
            _ => *values = vec![value.to_string()],
        }
        Ok(())
    }

    /// What is to be said about flags that were given and are on their way out.
    pub fn deprecations(&self) -> String {
        let given = self.table.own.iter().filter(|spec| self.changed(spec.name));
        let text = |spec: &FlagSpec| spec.help.strip_prefix(DEPRECATED).map(|why| (spec.name, why));
        given.filter_map(text).map(|(name, why)| format!("Flag --{name} has been deprecated, {why}\n")).collect()
    }

    /// The usage line of the command.
    pub fn usage(&self) -> &'static str {
        self.table.usage
    }

    /// Whether the flag was given.
    pub fn changed(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Whether the command has the flag.
    pub fn has(&self, name: &str) -> bool {
        self.table.long(name).is_some()
    }

    /// The flag's value, given or by default; nothing if the command has no such flag.
    pub fn str(&self, name: &str) -> &str {
        let given = self.given.get(name).and_then(|values| values.last());
        given.map(String::as_str).or_else(|| self.table.long(name).map(|spec| spec.default)).unwrap_or_default()
    }

    /// The value of a flag that every command has; nothing if the command has its own of that name.
    pub fn global(&self, name: &str) -> &str {
        if self.table.own.iter().any(|spec| spec.name == name) { "" } else { self.str(name) }
    }

    /// The value of a boolean flag.
    pub fn bool(&self, name: &str) -> bool {
        go_bool(self.str(name)).unwrap_or_default()
    }

    /// The value of a number flag.
    pub fn int(&self, name: &str) -> i64 {
        self.str(name).parse().unwrap_or_default()
    }

    /// The value of a duration flag, in nanoseconds (it may be negative).
    pub fn nanos(&self, name: &str) -> i64 {
        duration::parse_signed(self.str(name)).unwrap_or_default()
    }

    /// The value of a duration flag; what is negative counts as zero.
    pub fn duration(&self, name: &str) -> Duration {
        Duration::from_nanos(u64::try_from(self.nanos(name)).unwrap_or(0))
    }

    /// The values of a list flag.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.given.get(name) {
            Some(values) => values.clone(),
            None => match self.table.long(name).map(|spec| spec.default) {
                None | Some("") => Vec::new(),
                Some(default) => split_commas(default),
            },
        }
    }
}

/// The pairs of a value: where there is but one, commas are its own.
fn split_pairs(value: &str) -> Vec<String> {
    if value.matches('=').count() < 2 { vec![value.trim_matches('"').to_string()] } else { split_commas(value) }
}

/// Splits at commas as Go's CSV reader does: a field may stand in double quotes.
pub fn split_commas(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(field) = fields.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted || field.is_empty() => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            letter => field.push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str, line: &str) -> Result<Flags, String> {
        let words: Vec<String> = line.split_whitespace().map(String::from).collect();
        Flags::parse(CommandFlags::of(path), &words)
    }

    #[test]
    fn flags_are_read_as_pflag_reads_them() {
        let flags = parse("get", "pods -Ln,m -owide -n=x a --watch=false -Aw --no_headers -- -x y").unwrap();
        assert_eq!(flags.args, ["pods", "a", "-x", "y"]);
        assert_eq!(flags.dash, Some(2));
        assert_eq!(flags.list("label-columns"), ["n", "m"]);
        assert_eq!((flags.str("output"), flags.str("namespace")), ("wide", "x"));
        assert!(flags.bool("all-namespaces") && flags.bool("watch") && flags.bool("no-headers"));
        assert_eq!(flags.int("chunk-size"), 500);
        assert_eq!(parse("create", "--dry-run -f a,b").unwrap().list("filename"), ["a", "b"]);
    }

    #[test]
    fn flag_errors_have_pflags_texts() {
        for (path, line, expect) in [
            ("get", "--nosuch", "unknown flag: --nosuch"),
            ("get", "-nX -q", "unknown shorthand flag: 'q' in -q"),
            ("get", "-o", "flag needs an argument: 'o' in -o"),
            ("get", "--output", "flag needs an argument: --output"),
            (
                "get",
                "--watch=maybe",
                "invalid argument \"maybe\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"maybe\": invalid syntax",
            ),
            ("get", "--=x", "bad flag syntax: --=x"),
        ] {
            assert_eq!(parse(path, line).err().as_deref(), Some(expect));
        }
    }
}
