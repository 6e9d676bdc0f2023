//! The shell's grammar: what a command line is made of. [`parser`] reads it from text, `word` the
//! quoting and the `$`; `super::run` gives it meaning.

mod parser;
#[cfg(test)]
mod tests;
mod word;

pub use parser::{Parser, is_name};

use std::rc::Rc;

/// Why a text is not a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// It only lacks its end: an open quote, a `do` without `done`. The text says what is missed.
    Incomplete(String),
    /// It can never become one; the message is bash's.
    Wrong(String),
}

/// Commands one after the other.
#[derive(Debug, Default, PartialEq)]
pub struct List(pub Vec<Item>);

/// One `a && b || c`, perhaps sent to the background.
#[derive(Debug, PartialEq)]
pub struct Item {
    /// The first pipeline.
    pub first: Pipeline,
    /// What follows it, on which condition.
    pub rest: Vec<(Condition, Pipeline)>,
    /// Whether `&` ended it.
    pub background: bool,
    /// The text it was read from.
    pub source: String,
    /// The line it begins in.
    pub line: usize,
}

/// When the next pipeline of an and-or list runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `&&`
    Success,
    /// `||`
    Failure,
}

/// Commands joined by `|`.
#[derive(Debug, PartialEq)]
pub struct Pipeline {
    /// Whether `!` turns the status round.
    pub negated: bool,
    /// Whether `time` measures it.
    pub timed: bool,
    /// The commands, and whether `|&` sends the errors of each along.
    pub commands: Vec<(Rc<Command>, bool)>,
}

/// A command with its redirections.
#[derive(Debug, PartialEq)]
pub struct Command {
    /// What it does.
    pub kind: Kind,
    /// Where its streams go.
    pub redirects: Vec<Redirect>,
}

/// The kinds of commands.
#[derive(Debug, PartialEq)]
pub enum Kind {
    /// `NAME=value... program argument...`; an assignment of an array to `declare` and the like comes after it.
    Simple(Vec<Assignment>, Vec<Word>),
    /// `{ ...; }`
    Group(List),
    /// `( ... )`
    Subshell(Rc<List>),
    /// `if`: conditions with their bodies, and the `else`.
    If(Vec<(List, List)>, Option<List>),
    /// `for NAME in WORDS`; without `in` it goes over the positional parameters.
    For(Head, Option<Vec<Word>>, List),
    /// `for ((init; condition; step))`
    ForArithmetic([Word; 3], List),
    /// `while`, or `until` where the flag is set.
    While(bool, List, List),
    /// `case WORD in ... esac`, and how its head is written.
    Case(Word, Vec<Arm>, String),
    /// `name() command`
    Function(String, Rc<Command>),
    /// `[[ ... ]]`
    Test(Test),
    /// `(( ... ))`
    Arithmetic(Word),
}

/// The head of a `for` or a `select`.
#[derive(Debug, PartialEq)]
pub struct Head {
    /// The variable.
    pub name: String,
    /// Whether the reader chooses the value.
    pub select: bool,
    /// How it is written.
    pub source: String,
}

/// What follows an arm of a `case` that matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// `;;`: nothing.
    Ends,
    /// `;&`: the next arm's body.
    FallsThrough,
    /// `;;&`: the next arm that matches too.
    GoesOn,
}

/// One arm of a `case`.
#[derive(Debug, PartialEq)]
pub struct Arm {
    /// The patterns.
    pub patterns: Vec<Word>,
    /// What runs when one matches.
    pub body: List,
    /// What comes after it.
    pub after: After,
}

/// The expressions of `[[ ]]`.
#[derive(Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Test {
    Or(Box<Test>, Box<Test>),
    And(Box<Test>, Box<Test>),
    Not(Box<Test>),
    Unary(String, Word),
    Binary(Word, String, Word),
}

/// `NAME=value`, `NAME+=value`, `NAME[index]=value`, `NAME=(values)`.
#[derive(Debug, PartialEq)]
pub struct Assignment {
    /// The variable.
    pub name: String,
    /// The element of an array.
    pub index: Option<Word>,
    /// Whether `+=` appends.
    pub append: bool,
    /// The new value.
    pub value: AssignedValue,
}

/// What an assignment assigns.
#[derive(Debug, PartialEq)]
pub enum AssignedValue {
    /// One string.
    One(Word),
    /// An array: its elements, each with the key that was given.
    Many(Vec<(Option<Word>, Word)>),
}

/// `2>file` and its relatives.
#[derive(Debug, PartialEq)]
pub struct Redirect {
    /// The file descriptor, where it is written.
    pub descriptor: Option<u32>,
    /// The operator.
    pub kind: RedirectKind,
    /// The file, the descriptor to copy, or the text itself.
    pub target: Word,
}

/// The redirection operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>|`
    Overwrite,
    /// `>>`
    Append,
    /// `&>`
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `>&` and `<&`
    Copy,
    /// `<<` and `<<<`: the target is the text.
    Text,
}

/// A word before expansion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word(pub Vec<Part>);

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Text as it stands: it may hold patterns.
    Text(String),
    /// Text that stands for itself.
    Quoted(String),
    /// `"..."`
    Double(Vec<Part>),
    /// `$name` and `${...}`
    Parameter(Box<Parameter>),
    /// `$(...)`
    Command(Rc<List>),
    /// `$((...))`
    Arithmetic(Word),
    /// `<(...)`
    Process(Rc<List>),
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name, or the special character.
    pub name: String,
    /// The element of an array: an expression, `@` or `*`.
    pub index: Option<Word>,
    /// What is done to the value.
    pub operation: Operation,
}

/// What `${...}` does to the value.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Nothing.
    Plain,
    /// `${#x}`
    Length,
    /// `${!x}`; of an array, its keys.
    Indirect,
    /// `${!x*}`: the variables whose names begin so.
    Names,
    /// `${x@Q}`: the letter.
    Transform(char),
    /// `${x-w}` `${x=w}` `${x?w}` `${x+w}`: the character, whether a colon includes the empty value, the word.
    Absent(char, bool, Word),
    /// `${x#p}` `${x##p}`: whether the longest match goes.
    TrimStart(bool, Word),
    /// `${x%p}` `${x%%p}`
    TrimEnd(bool, Word),
    /// `${x/p/w}`: the kind is `/`, `#`, `%` or a space for the first match.
    Replace(char, Word, Word),
    /// `${x:offset:length}`
    Slice(Word, Option<Word>),
    /// `${x^^}` `${x,,}` `${x^}` `${x,}`: upper case or not, all or the first.
    Case(bool, bool),
}

impl Word {
    /// The text of a word without any quoting or expansion in it.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}
