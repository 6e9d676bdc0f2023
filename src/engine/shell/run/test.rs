//! What `test`, `[` and `[[ ]]` can ask.

use super::super::regex::{Flavor, Regex};
use super::super::syntax::Word;
use super::{Content, Failure, Shell};
use crate::process::{FileSystem, Node};

/// Whether two numbers stand in a relation such as `-lt`.
pub fn compare(operator: &str, left: i64, right: i64) -> bool {
    match operator {
        "-eq" => left == right,
        "-ne" => left != right,
        "-lt" => left < right,
        "-le" => left <= right,
        "-gt" => left > right,
        _ => left >= right,
    }
}

impl Shell {
    pub(super) fn unary_test(&self, operator: &str, operand: &str) -> Result<bool, String> {
        let node = || self.host.files.node(&FileSystem::resolve(&self.cwd, operand));
        let device = matches!(operand, "/dev/null" | "/dev/stdin" | "/dev/stdout" | "/dev/stderr");
        Ok(match operator {
            "-n" => !operand.is_empty(),
            "-z" => operand.is_empty(),
            "-e" | "-a" => device || node().is_some(),
            "-r" | "-w" => device || node().is_some(),
            "-f" => matches!(node(), Some(Node::File(..))),
            "-d" => matches!(node(), Some(Node::Directory)),
            "-s" => matches!(node(), Some(Node::File(bytes, _)) if !bytes.is_empty()),
            "-x" => match node() {
                Some(Node::File(_, mode)) => mode & 0o111 != 0,
                other => other.is_some(),
            },
            "-L" | "-h" => {
                matches!(self.host.files.node_itself(&FileSystem::resolve(&self.cwd, operand)), Some(Node::Link(_)))
            }
            "-c" => device,
            "-b" | "-p" | "-S" | "-u" | "-g" | "-k" => false,
            "-t" => self.tty && matches!(operand, "0" | "1" | "2"),
            "-v" => match operand.split_once('[') {
                Some((name, key)) => self.array(name).get(key.trim_end_matches(']')).is_some(),
                None => self.variable(operand).is_some_and(|variable| match &variable.content {
                    Content::Many(array) => array.get("0").is_some(),
                    Content::One(_) => true,
                }),
            },
            "-o" => false,
            operator => return Err(format!("test: {operator}: unary operator expected")),
        })
    }

    pub(super) fn binary_test(&self, left: &str, operator: &str, right: &str) -> Result<bool, String> {
        let size = |path: &str| self.host.files.read(&FileSystem::resolve(&self.cwd, path)).is_ok();
        Ok(match operator {
            "=" | "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            ">" => left > right,
            "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                let number =
                    |text: &str| text.trim().parse().map_err(|_| format!("{text}: integer expression expected"));
                compare(operator, number(left)?, number(right)?)
            }
            "-nt" => size(left) && !size(right),
            "-ot" => !size(left) && size(right),
            "-ef" => FileSystem::resolve(&self.cwd, left) == FileSystem::resolve(&self.cwd, right),
            operator => return Err(format!("{operator}: binary operator expected")),
        })
    }

    /// `=~`: the groups go to `BASH_REMATCH`.
    pub(super) async fn regex_test(&mut self, left: &str, right: &Word) -> Result<bool, Failure> {
        let pattern = self.pattern(right).await?;
        let regex = Regex::new(&pattern, Flavor::Extended, false).map_err(|message| self.failure(&message))?;
        let Some(found) = regex.find_at(left, 0) else { return Ok(false) };
        let texts = (0..found.len()).map(|group| found.text(left, group).to_string()).collect();
        let texts: Vec<String> = texts;
        self.assign("BASH_REMATCH", Content::Many(texts.into()));
        Ok(true)
    }
}

/// The truth of `test`'s arguments.
///
/// # Errors
/// bash's complaint.
pub fn evaluate(shell: &Shell, args: &[String]) -> Result<bool, String> {
    let mut reader = Reader { shell, args, at: 0 };
    if args.is_empty() {
        return Ok(false);
    }
    let value = reader.or()?;
    if reader.at < args.len() {
        return Err("too many arguments".into());
    }
    Ok(value)
}

struct Reader<'a> {
    shell: &'a Shell,
    args: &'a [String],
    at: usize,
}

const BINARY: &[&str] = &["=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"];

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<&str> {
        self.args.get(self.at + ahead).map(String::as_str)
    }
    fn accept(&mut self, word: &str) -> bool {
        let stands = self.peek(0) == Some(word);
        self.at += usize::from(stands);
        stands
    }
    fn or(&mut self) -> Result<bool, String> {
        let mut value = self.and()?;
        while self.accept("-o") {
            value |= self.and()?;
        }
        Ok(value)
    }
    fn and(&mut self) -> Result<bool, String> {
        let mut value = self.one()?;
        while self.accept("-a") {
            value &= self.one()?;
        }
        Ok(value)
    }
    fn one(&mut self) -> Result<bool, String> {
        let Some(first) = self.peek(0).map(String::from) else { return Err("argument expected".into()) };
        if let (Some(operator), Some(right)) = (self.peek(1), self.peek(2))
            && BINARY.contains(&operator)
        {
            let (operator, right) = (operator.to_string(), right.to_string());
            self.at += 3;
            return self.shell.binary_test(&first, &operator, &right);
        }
        self.at += 1;
        match (first.as_str(), self.peek(0)) {
            ("!", Some(_)) => Ok(!self.one()?),
            ("(", Some(_)) => {
                let value = self.or()?;
                if self.accept(")") { Ok(value) } else { Err("`)' expected".into()) }
            }
            (operator, Some(operand)) if operator.len() == 2 && operator.starts_with('-') => {
                let operand = operand.to_string();
                self.at += 1;
                self.shell.unary_test(operator, &operand).map_err(|message| message.replacen("test: ", "", 1))
            }
            (first, Some(second)) if self.args.len() == 2 => {
                let _ = second;
                Err(format!("{first}: unary operator expected"))
            }
            (first, Some(second)) if self.args.len() == 3 => {
                let _ = first;
                Err(format!("{second}: binary operator expected"))
            }
            (first, _) => Ok(!first.is_empty()),
        }
    }
}
