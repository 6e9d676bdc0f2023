//! `find`: its tests and actions as an expression, asked of every file below the folders.

use super::super::run::{pattern::matches, quote};
use super::{Call, Help, Program};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "find",
    help: || Help {
        summary: "Find the files below folders.",
        usage: "find [FOLDER]... [-name PATTERN] [-type f|d|l] [-maxdepth N] [-exec COMMAND ;] [-delete]...",
        examples: &[
            ("mkdir d; touch d/a.yaml d/b; find . -name '*.yaml'", "./d/a.yaml"),
            ("mkdir d; find d -type d", "d"),
            ("find no", "find: 'no': No such file or directory"),
            ("touch a b; find . -type f ! -name a -exec echo got {} \\;", "got ./b"),
            ("touch a b c; find . -name a -o -name c | sort; find . -type f -exec echo {} + | wc -w", "./a\n./c\n3"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// What is asked of a file, or done with it.
enum Test {
    Not(Box<Test>),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    /// A test with its value.
    Is(String, String),
    /// `-exec`: the words, and whether all files go to one command.
    Exec(Vec<String>, bool),
}

/// A file that is looked at.
struct Found<'a> {
    shown: &'a str,
    path: &'a str,
    node: &'a Node,
}

struct Reader<'a> {
    call: &'a Call,
    args: std::iter::Peekable<std::slice::Iter<'a, String>>,
    /// Whether some action was read: else what fits is printed.
    acts: bool,
}

/// Tests that take a value, and those that take none.
const VALUED: &[&str] = &["-name", "-iname", "-path", "-wholename", "-type", "-size", "-perm", "-user", "-group", "-newer", "-mtime", "-mmin"];
const PLAIN: &[&str] = &["-print", "-print0", "-delete", "-empty", "-true", "-ls", "-quit", "-prune", "-executable", "-readable"];

impl Reader<'_> {
    fn or(&mut self) -> Result<Test, String> {
        let mut left = self.and()?;
        while self.args.next_if(|arg| matches!(arg.as_str(), "-o" | "-or")).is_some() {
            left = Test::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Test, String> {
        let mut left = self.one()?;
        loop {
            self.args.next_if(|arg| matches!(arg.as_str(), "-a" | "-and"));
            if self.args.peek().is_none_or(|arg| matches!(arg.as_str(), "-o" | "-or" | ")")) {
                return Ok(left);
            }
            left = Test::And(Box::new(left), Box::new(self.one()?));
        }
    }

    fn one(&mut self) -> Result<Test, String> {
        let Some(arg) = self.args.next() else { return Err("expected an expression".into()) };
        match arg.as_str() {
            "!" | "-not" => Ok(Test::Not(Box::new(self.one()?))),
            "(" => {
                let inner = self.or()?;
                self.args.next_if(|arg| *arg == ")").map(|_| inner).ok_or_else(|| "invalid expression; I was expecting to find a ')' somewhere but did not see one.".into())
            }
            "-exec" | "-execdir" | "-ok" => {
                self.acts = true;
                let mut words = Vec::new();
                for word in self.args.by_ref() {
                    match word.as_str() {
                        ";" => return Ok(Test::Exec(words, false)),
                        "+" if words.last().is_some_and(|last| last == "{}") => return Ok(Test::Exec(words, true)),
                        _ => words.push(word.clone()),
                    }
                }
                Err(format!("missing argument to `{arg}'"))
            }
            name if VALUED.contains(&name) => {
                let value = self.args.next().ok_or_else(|| format!("missing argument to `{arg}'"))?;
                if name == "-type" && !"fdlbcps".contains(value.as_str()) {
                    return Err(format!("Unknown argument to -type: {value}"));
                }
                Ok(Test::Is(name.into(), value.clone()))
            }
            "-maxdepth" | "-mindepth" => {
                // They hold for the whole search, wherever they stand.
                self.args.next();
                Ok(Test::Is("-true".into(), String::new()))
            }
            name if PLAIN.contains(&name) => {
                self.acts |= matches!(name, "-print" | "-print0" | "-delete" | "-ls" | "-quit");
                Ok(Test::Is(name.into(), String::new()))
            }
            name if name.starts_with('-') => Err(format!("unknown predicate `{name}'")),
            name => Err(format!("paths must precede expression: `{name}'")),
        }
    }
}

async fn run(call: Call) -> i32 {
    let begins = |arg: &String| arg.starts_with('-') || matches!(arg.as_str(), "!" | "(" );
    let split = call.args().iter().position(begins).unwrap_or(call.args().len());
    let (folders, tests) = call.args().split_at(split);
    let folders = if folders.is_empty() { vec![".".to_string()] } else { folders.to_vec() };
    let mut reader = Reader { call: &call, args: tests.iter().peekable(), acts: false };
    let parsed = if tests.is_empty() { Ok(Test::Is("-true".into(), String::new())) } else { reader.or() };
    let (acts, left) = (reader.acts, reader.args.next().is_some());
    let test = match parsed {
        Ok(_) if left => return call.fail("invalid expression; you have too many ')'"),
        Ok(test) => test,
        Err(message) => return reader.call.fail(message),
    };
    let number = |name: &str| {
        let value = tests.iter().position(|test| test == name).and_then(|at| tests.get(at + 1));
        value.and_then(|text| text.parse::<usize>().ok())
    };
    let (most, least) = (number("-maxdepth"), number("-mindepth"));
    let (mut status, mut gathered) = (0, Vec::new());
    for folder in folders {
        let root = call.path(&folder);
        if call.process.files.node_itself(&root).is_none() {
            status = call.fail(format!("'{folder}': No such file or directory"));
            continue;
        }
        let inside = format!("{}/", root.trim_end_matches('/'));
        let all = call.process.files.all().into_iter().map(|(path, _)| path);
        for path in all.filter(|path| *path == root || path.starts_with(&inside)) {
            let rest = path[root.len().min(path.len())..].trim_start_matches('/');
            let depth = rest.split('/').filter(|part| !part.is_empty()).count();
            if most.is_some_and(|most| depth > most) || least.is_some_and(|least| depth < least) {
                continue;
            }
            let shown = if rest.is_empty() { folder.clone() } else { format!("{}/{rest}", folder.trim_end_matches('/')) };
            let Some(node) = call.process.files.node_itself(&path) else { continue };
            let found = Found { shown: &shown, path: &path, node: &node };
            if ask(&call, &test, &found, &mut gathered).await && !acts {
                call.out(format!("{shown}\n"));
            }
        }
    }
    if let (Some((words, _)), false) = (gathering(&test), gathered.is_empty()) {
        let words = words.iter().flat_map(|word| if word == "{}" { gathered.clone() } else { vec![word.clone()] });
        start(&call, words).await;
    }
    status
}

/// The command that gets all files at once, if there is one.
fn gathering(test: &Test) -> Option<(&[String], bool)> {
    match test {
        Test::Exec(words, true) => Some((words, true)),
        Test::Not(inner) => gathering(inner),
        Test::And(left, right) | Test::Or(left, right) => gathering(left).or_else(|| gathering(right)),
        _ => None,
    }
}

async fn start(call: &Call, words: impl Iterator<Item = String>) -> bool {
    let line: Vec<String> = words.map(|word| quote(&word)).collect();
    call.process.system.run(&line.join(" "), call.process.clone()).await == 0
}

/// The truth of an expression for a file; actions happen on the way.
async fn ask(call: &Call, test: &Test, found: &Found<'_>, gathered: &mut Vec<String>) -> bool {
    match test {
        Test::Not(inner) => !Box::pin(ask(call, inner, found, gathered)).await,
        Test::And(left, right) => {
            Box::pin(ask(call, left, found, gathered)).await
                && Box::pin(ask(call, right, found, gathered)).await
        }
        Test::Or(left, right) => {
            Box::pin(ask(call, left, found, gathered)).await
                || Box::pin(ask(call, right, found, gathered)).await
        }
        Test::Exec(_, true) => {
            gathered.push(found.shown.into());
            true
        }
        Test::Exec(words, false) => start(call, words.iter().map(|word| word.replace("{}", found.shown))).await,
        Test::Is(name, value) => is(call, name, value, found),
    }
}

fn is(call: &Call, name: &str, value: &str, found: &Found) -> bool {
    let files = &call.process.files;
    let base = found.shown.rsplit('/').next().unwrap_or(found.shown);
    let size = match found.node {
        Node::File(bytes, _) => bytes.len(),
        _ => 4096,
    };
    match name {
        "-name" => matches(value, base),
        "-iname" => matches(&value.to_lowercase(), &base.to_lowercase()),
        "-path" | "-wholename" => matches(value, found.shown),
        "-type" => value == match found.node {
            Node::Directory => "d",
            Node::File(..) => "f",
            Node::Link(_) => "l",
        },
        "-empty" => match found.node {
            Node::Directory => files.list(found.path).is_ok_and(|names| names.is_empty()),
            Node::File(bytes, _) => bytes.is_empty(),
            Node::Link(_) => false,
        },
        "-size" => {
            let digits = value.trim_start_matches(['+', '-']);
            let unit = match digits.chars().last() {
                Some('c') => 1,
                Some('k') => 1024,
                Some('M') => 1 << 20,
                Some('G') => 1 << 30,
                _ => 512,
            };
            let wanted = digits.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse::<usize>().unwrap_or(0);
            let units = size.div_ceil(unit);
            match value.chars().next() {
                Some('+') => units > wanted,
                Some('-') => units < wanted,
                _ => units == wanted,
            }
        }
        "-perm" => {
            let wanted = u32::from_str_radix(value.trim_start_matches(['-', '/']), 8).unwrap_or(0);
            let mode = if let Node::File(_, mode) = found.node { *mode } else { 0o755 };
            if value.starts_with('-') { mode & wanted == wanted } else { mode & 0o777 == wanted }
        }
        "-executable" => !matches!(found.node, Node::File(_, mode) if mode & 0o111 == 0),
        "-user" | "-group" => value == call.host.user,
        // Files here do not age.
        "-mtime" | "-mmin" => value.starts_with('-') || value == "0",
        "-newer" => false,
        "-delete" => files.remove(found.path).is_ok(),
        "-print" | "-ls" => {
            call.out(format!("{}\n", found.shown));
            true
        }
        "-print0" => {
            call.out(format!("{}\0", found.shown));
            true
        }
        _ => true,
    }
}
