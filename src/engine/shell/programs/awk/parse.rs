//! awk's grammar: patterns with actions, statements, expressions.

use crate::shell::regex::{Flavor, Regex};
use crate::meta::SortedMap;
use std::rc::Rc;

/// A program.
#[derive(Default)]
pub struct Script {
    pub begin: Vec<Vec<Statement>>,
    pub rules: Vec<Rule>,
    pub end: Vec<Vec<Statement>>,
    pub functions: SortedMap<String, Rc<Function>>,
}

pub struct Rule {
    pub pattern: Option<(Expression, Option<Expression>)>,
    pub body: Option<Vec<Statement>>,
}

pub struct Function {
    pub parameters: Vec<String>,
    pub body: Vec<Statement>,
}

pub enum Statement {
    Expression(Expression),
    Print(Vec<Expression>, Option<Redirect>),
    Printf(Vec<Expression>, Option<Redirect>),
    If(Expression, Vec<Statement>, Vec<Statement>),
    While(Expression, Vec<Statement>),
    Do(Vec<Statement>, Expression),
    For(Option<Box<Statement>>, Option<Expression>, Option<Box<Statement>>, Vec<Statement>),
    ForIn(String, String, Vec<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit(Option<Expression>),
    Break,
    Continue,
    Return(Option<Expression>),
    Delete(String, Vec<Expression>),
}

/// `> file`, `>> file` or `| command`
pub struct Redirect {
    pub append: bool,
    /// Whether the target is a command.
    pub pipe: bool,
    pub target: Expression,
}

pub enum Expression {
    Number(f64),
    Text(String),
    Regex(Rc<Regex>),
    Variable(String),
    Element(String, Vec<Expression>),
    Field(Box<Expression>),
    Assign(Box<Expression>, Option<char>, Box<Expression>),
    Step(Box<Expression>, f64, bool),
    Unary(char, Box<Expression>),
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Match(bool, Box<Expression>, Box<Expression>),
    In(Vec<Expression>, String),
    Ternary(Box<Expression>, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
    Group(Box<Expression>),
    /// `getline NAME < FILE`, and with `true` `COMMAND | getline NAME`
    Getline(Option<Box<Expression>>, Box<Expression>, bool),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name with `(` right behind it.
    Called(String),
    Symbol(&'static str),
    Newline,
    End,
}

const SYMBOLS: &[&str] = &[
    "**=", "&&", "||", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "==", "<=", ">=", "!=", ">>", "!~", "{", "}",
    "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
];

type Result<T> = std::result::Result<T, String>;

/// Reads a program.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Script> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, no_in: false, no_greater: false };
    parser.script()
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        match c {
            ' ' | '\t' | '\r' => at += 1,
            '\\' if chars.get(at + 1) == Some(&'\n') => at += 2,
            '#' => at += chars[at..].iter().position(|c| *c == '\n').unwrap_or(chars.len() - at),
            '\n' => {
                tokens.push(Token::Newline);
                at += 1;
            }
            '"' => {
                let (text, end) = quoted(&chars, at + 1, '"')?;
                tokens.push(Token::Text(super::run::unescape(&text)));
                at = end;
            }
            '/' if !ends_operand(tokens.last()) => {
                let (text, end) = quoted(&chars, at + 1, '/')?;
                tokens.push(Token::Regex(text.replace("\\/", "/")));
                at = end;
            }
            c if c.is_ascii_digit() || (c == '.' && chars.get(at + 1).is_some_and(char::is_ascii_digit)) => {
                let start = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_digit() || *c == '.') {
                    at += 1;
                }
                let exponent = usize::from(matches!(chars.get(at + 1), Some('+' | '-')));
                if matches!(chars.get(at), Some('e' | 'E')) && chars.get(at + 1 + exponent).is_some_and(char::is_ascii_digit) {
                    at += 1 + exponent;
                    while chars.get(at).is_some_and(char::is_ascii_digit) {
                        at += 1;
                    }
                }
                let number: String = chars[start..at].iter().collect();
                tokens.push(Token::Number(number.parse().map_err(|_| format!("syntax error at {number}"))?));
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                let start = at;
                while chars.get(at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    at += 1;
                }
                let name: String = chars[start..at].iter().collect();
                tokens.push(if chars.get(at) == Some(&'(') { Token::Called(name) } else { Token::Name(name) });
            }
            c => {
                let stands = |symbol: &&&str| symbol.chars().enumerate().all(|(n, c)| chars.get(at + n) == Some(&c));
                let symbol = SYMBOLS.iter().find(stands).ok_or_else(|| format!("syntax error at source line 1: unexpected {c}"))?;
                tokens.push(Token::Symbol(symbol));
                at += symbol.len();
            }
        }
    }
    tokens.push(Token::End);
    Ok(tokens)
}

/// Whether a `/` after this token divides.
fn ends_operand(token: Option<&Token>) -> bool {
    const KEYWORDS: &[&str] = &["print", "printf", "return", "in", "if", "while", "BEGIN", "END", "exit"];
    match token {
        Some(Token::Number(_) | Token::Text(_)) => true,
        Some(Token::Name(name)) => !KEYWORDS.contains(&name.as_str()),
        Some(Token::Symbol(symbol)) => matches!(*symbol, ")" | "]" | "$" | "++" | "--"),
        _ => false,
    }
}

fn quoted(chars: &[char], start: usize, end: char) -> Result<(String, usize)> {
    let mut text = String::new();
    let mut at = start;
    let mut bracket = false;
    loop {
        match chars.get(at) {
            None | Some('\n') => return Err(format!("non-terminated {}", if end == '/' { "regular expression" } else { "string" })),
            Some('\\') => {
                text.push('\\');
                text.extend(chars.get(at + 1));
                at += 2;
                continue;
            }
            Some('[') if end == '/' => bracket = true,
            Some(']') => bracket = false,
            Some(c) if *c == end && !bracket => return Ok((text, at + 1)),
            _ => {}
        }
        text.extend(chars.get(at));
        at += 1;
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Inside `for (`, `in` belongs to the loop.
    no_in: bool,
    /// In `print`, `>` is a redirection.
    no_greater: bool,
}

const ASSIGNMENTS: &[(&str, Option<char>)] = &[
    ("=", None), ("+=", Some('+')), ("-=", Some('-')), ("*=", Some('*')), ("/=", Some('/')), ("%=", Some('%')), ("^=", Some('^')),
    ("**=", Some('^')),
];

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }
    fn is(&self, symbol: &str) -> bool {
        matches!(self.peek(), Token::Symbol(own) if *own == symbol)
    }
    fn accept(&mut self, symbol: &str) -> bool {
        let stands = self.is(symbol);
        self.at += usize::from(stands);
        stands
    }
    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.accept(symbol) { Ok(()) } else { Err(self.error()) }
    }
    fn word(&mut self, word: &str) -> bool {
        let stands = matches!(self.peek(), Token::Name(own) | Token::Called(own) if own == word);
        self.at += usize::from(stands);
        stands
    }
    fn newlines(&mut self) {
        while *self.peek() == Token::Newline || self.is(";") {
            self.at += 1;
        }
    }
    fn only_newlines(&mut self) {
        while *self.peek() == Token::Newline {
            self.at += 1;
        }
    }
    fn error(&self) -> String {
        let near = match self.peek() {
            Token::Symbol(symbol) => symbol.to_string(),
            Token::Name(name) | Token::Called(name) => name.clone(),
            Token::Number(number) => number.to_string(),
            Token::Text(text) | Token::Regex(text) => text.clone(),
            Token::Newline => "newline".into(),
            Token::End => "end of program".into(),
        };
        format!("syntax error at source line 1\n context is\n\t>>> {near} <<<")
    }

    fn script(&mut self) -> Result<Script> {
        let mut script = Script::default();
        loop {
            self.newlines();
            if *self.peek() == Token::End {
                return Ok(script);
            }
            if self.word("BEGIN") {
                script.begin.push(self.block()?);
            } else if self.word("END") {
                script.end.push(self.block()?);
            } else if self.word("function") || self.word("func") {
                let (Token::Called(name) | Token::Name(name)) = self.peek().clone() else { return Err(self.error()) };
                self.at += 1;
                self.expect("(")?;
                let mut parameters = Vec::new();
                while let Token::Name(parameter) = self.peek().clone() {
                    self.at += 1;
                    parameters.push(parameter);
                    if !self.accept(",") {
                        break;
                    }
                }
                self.expect(")")?;
                self.only_newlines();
                let body = self.block()?;
                script.functions.insert(name, Rc::new(Function { parameters, body }));
            } else if self.is("{") {
                script.rules.push(Rule { pattern: None, body: Some(self.block()?) });
            } else {
                let first = self.expression()?;
                let second = if self.accept(",") { Some(self.expression()?) } else { None };
                let body = if self.is("{") { Some(self.block()?) } else { None };
                script.rules.push(Rule { pattern: Some((first, second)), body });
            }
        }
    }

    fn block(&mut self) -> Result<Vec<Statement>> {
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.newlines();
            if self.accept("}") {
                return Ok(statements);
            }
            statements.push(self.statement()?);
        }
    }

    fn body(&mut self) -> Result<Vec<Statement>> {
        self.only_newlines();
        if self.is("{") {
            return self.block();
        }
        if self.accept(";") {
            return Ok(Vec::new());
        }
        Ok(vec![self.statement()?])
    }

    fn ends(&self) -> bool {
        matches!(self.peek(), Token::Newline | Token::End) || self.is(";") || self.is("}")
    }

    fn statement(&mut self) -> Result<Statement> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("program nests too deep".into());
        }
        let statement = self.statement_inner()?;
        self.depth -= 1;
        Ok(statement)
    }

    fn statement_inner(&mut self) -> Result<Statement> {
        if self.is("{") {
            return Ok(Statement::Block(self.block()?));
        }
        if self.word("if") {
            self.expect("(")?;
            let condition = self.expression()?;
            self.expect(")")?;
            let yes = self.body()?;
            let mark = self.at;
            self.newlines();
            if self.word("else") {
                return Ok(Statement::If(condition, yes, self.body()?));
            }
            self.at = mark;
            return Ok(Statement::If(condition, yes, Vec::new()));
        }
        if self.word("while") {
            self.expect("(")?;
            let condition = self.expression()?;
            self.expect(")")?;
            return Ok(Statement::While(condition, self.body()?));
        }
        if self.word("do") {
            let body = self.body()?;
            self.newlines();
            if !self.word("while") {
                return Err(self.error());
            }
            self.expect("(")?;
            let condition = self.expression()?;
            self.expect(")")?;
            return Ok(Statement::Do(body, condition));
        }
        if self.word("for") {
            return self.for_loop();
        }
        self.simple()
    }

    fn for_loop(&mut self) -> Result<Statement> {
        self.expect("(")?;
        if let (Token::Name(name), Some(Token::Name(word)), Some(Token::Name(array))) =
            (self.peek().clone(), self.tokens.get(self.at + 1).cloned(), self.tokens.get(self.at + 2).cloned())
            && word == "in"
            && self.tokens.get(self.at + 3) == Some(&Token::Symbol(")"))
        {
            self.at += 4;
            return Ok(Statement::ForIn(name, array, self.body()?));
        }
        let init = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(";")?;
        self.only_newlines();
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        self.only_newlines();
        let step = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Statement::For(init, condition, step, self.body()?))
    }

    fn simple(&mut self) -> Result<Statement> {
        let print = self.word("print");
        if print || self.word("printf") {
            self.no_greater = true;
            let mut list = Vec::new();
            if !self.ends() && !self.is(">") && !self.is(">>") && !self.is("|") {
                list = self.list()?;
                // `print (a, b)`: the parentheses hold the list.
                if list.len() == 1
                    && matches!(list.first(), Some(Expression::Call(name, _)) if name.is_empty())
                    && let Some(Expression::Call(_, inner)) = list.pop()
                {
                    list = inner;
                }
            }
            self.no_greater = false;
            let (append, pipe) = (self.is(">>"), self.is("|"));
            let redirect = if self.accept(">") || self.accept(">>") || self.accept("|") {
                Some(Redirect { append, pipe, target: self.concatenation()? })
            } else {
                None
            };
            return Ok(if print { Statement::Print(list, redirect) } else { Statement::Printf(list, redirect) });
        }
        if self.word("next") || self.word("nextfile") {
            return Ok(Statement::Next);
        }
        if self.word("break") {
            return Ok(Statement::Break);
        }
        if self.word("continue") {
            return Ok(Statement::Continue);
        }
        if self.word("exit") {
            return Ok(Statement::Exit(if self.ends() { None } else { Some(self.expression()?) }));
        }
        if self.word("return") {
            return Ok(Statement::Return(if self.ends() { None } else { Some(self.expression()?) }));
        }
        if self.word("delete") {
            let Token::Name(name) = self.peek().clone() else { return Err(self.error()) };
            self.at += 1;
            let mut index = Vec::new();
            if self.accept("[") {
                index = self.list()?;
                self.expect("]")?;
            }
            return Ok(Statement::Delete(name, index));
        }
        Ok(Statement::Expression(self.expression()?))
    }

    fn list(&mut self) -> Result<Vec<Expression>> {
        let mut list = vec![self.expression()?];
        while self.accept(",") {
            self.only_newlines();
            list.push(self.expression()?);
        }
        Ok(list)
    }

    fn expression(&mut self) -> Result<Expression> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("program nests too deep".into());
        }
        let left = self.ternary()?;
        let row = ASSIGNMENTS.iter().find(|(symbol, _)| self.is(symbol));
        let target = matches!(left, Expression::Variable(_) | Expression::Element(..) | Expression::Field(_));
        let expression = match row.filter(|_| target) {
            Some((_, operator)) => {
                self.at += 1;
                self.only_newlines();
                Expression::Assign(Box::new(left), *operator, Box::new(self.expression()?))
            }
            None => left,
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn ternary(&mut self) -> Result<Expression> {
        let condition = self.binary(0)?;
        if !self.accept("?") {
            return Ok(condition);
        }
        self.only_newlines();
        let yes = self.expression()?;
        self.only_newlines();
        self.expect(":")?;
        self.only_newlines();
        let no = self.expression()?;
        Ok(Expression::Ternary(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    /// `||`, `&&`, `in`, `~`, comparison.
    fn binary(&mut self, level: usize) -> Result<Expression> {
        let mut left = match level {
            4 => return self.comparison(),
            level => self.binary(level + 1)?,
        };
        loop {
            left = match level {
                0 if self.accept("||") => {
                    self.only_newlines();
                    Expression::Binary("||", Box::new(left), Box::new(self.binary(1)?))
                }
                1 if self.accept("&&") => {
                    self.only_newlines();
                    Expression::Binary("&&", Box::new(left), Box::new(self.binary(2)?))
                }
                2 if !self.no_in && self.word("in") => {
                    let Token::Name(array) = self.peek().clone() else { return Err(self.error()) };
                    self.at += 1;
                    let index = match left {
                        Expression::Call(name, list) if name.is_empty() => list,
                        left => vec![left],
                    };
                    Expression::In(index, array)
                }
                3 if self.is("~") || self.is("!~") => {
                    let wanted = self.is("~");
                    self.at += 1;
                    Expression::Match(wanted, Box::new(left), Box::new(self.binary(4)?))
                }
                _ => return Ok(left),
            };
        }
    }

    /// Where `getline` puts the line: nowhere is the record.
    fn getline_target(&mut self) -> Result<Option<Box<Expression>>> {
        let named = matches!(self.peek(), Token::Name(name) if name != "in") || self.is("$");
        Ok(if named { Some(Box::new(self.primary()?)) } else { None })
    }

    fn comparison(&mut self) -> Result<Expression> {
        let mut left = self.concatenation()?;
        while self.is("|") && matches!(self.tokens.get(self.at + 1), Some(Token::Name(name)) if name == "getline") {
            self.at += 2;
            left = Expression::Getline(self.getline_target()?, Box::new(left), true);
        }
        for symbol in ["==", "!=", "<=", ">=", "<", ">"] {
            if (symbol != ">" || !self.no_greater) && self.accept(symbol) {
                return Ok(Expression::Binary(symbol, Box::new(left), Box::new(self.concatenation()?)));
            }
        }
        Ok(left)
    }

    fn concatenation(&mut self) -> Result<Expression> {
        let mut left = self.sum()?;
        loop {
            let begins = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Called(_) => true,
                Token::Name(name) => name != "in",
                Token::Symbol(symbol) => matches!(*symbol, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
                _ => false,
            };
            if !begins {
                return Ok(left);
            }
            left = Expression::Binary(" ", Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Result<Expression> {
        let mut left = self.product()?;
        loop {
            let symbol = if self.accept("+") { "+" } else if self.accept("-") { "-" } else { return Ok(left) };
            left = Expression::Binary(symbol, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Result<Expression> {
        let mut left = self.unary()?;
        loop {
            let Some(symbol) = ["*", "/", "%"].into_iter().find(|symbol| self.accept(symbol)) else { return Ok(left) };
            left = Expression::Binary(symbol, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Result<Expression> {
        for (symbol, letter) in [("!", '!'), ("-", '-'), ("+", '+')] {
            if self.accept(symbol) {
                self.depth += 1;
                if self.depth > 100 {
                    return Err("program nests too deep".into());
                }
                let inner = self.unary()?;
                self.depth -= 1;
                return Ok(Expression::Unary(letter, Box::new(inner)));
            }
        }
        let base = self.postfix()?;
        if self.accept("^") || self.accept("**") {
            return Ok(Expression::Binary("^", Box::new(base), Box::new(self.unary()?)));
        }
        Ok(base)
    }

    fn postfix(&mut self) -> Result<Expression> {
        for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
            if self.accept(symbol) {
                return Ok(Expression::Step(Box::new(self.primary()?), step, true));
            }
        }
        let base = self.primary()?;
        if matches!(base, Expression::Variable(_) | Expression::Element(..) | Expression::Field(_)) {
            for (symbol, step) in [("++", 1.0), ("--", -1.0)] {
                if self.accept(symbol) {
                    return Ok(Expression::Step(Box::new(base), step, false));
                }
            }
        }
        Ok(base)
    }

    fn primary(&mut self) -> Result<Expression> {
        let token = self.peek().clone();
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Expression::Number(number)),
            Token::Text(text) => Ok(Expression::Text(text)),
            Token::Regex(text) => Ok(Expression::Regex(Rc::new(Regex::new(&text, Flavor::Extended, false)?))),
            Token::Symbol("$") => {
                self.depth += 1;
                if self.depth > 100 {
                    return Err("program nests too deep".into());
                }
                let inner = if self.is("++") || self.is("--") || self.is("-") { self.unary()? } else { self.primary()? };
                self.depth -= 1;
                Ok(Expression::Field(Box::new(inner)))
            }
            Token::Symbol("(") => {
                let (no_in, no_greater) = (self.no_in, self.no_greater);
                (self.no_in, self.no_greater) = (false, false);
                let mut list = self.list()?;
                self.expect(")")?;
                (self.no_in, self.no_greater) = (no_in, no_greater);
                match (list.len(), list.pop()) {
                    (1, Some(one)) => Ok(Expression::Group(Box::new(one))),
                    (_, last) => {
                        list.extend(last);
                        Ok(Expression::Call(String::new(), list))
                    }
                }
            }
            Token::Called(name) => {
                self.expect("(")?;
                self.only_newlines();
                let list = if self.is(")") { Vec::new() } else { self.list()? };
                self.expect(")")?;
                Ok(Expression::Call(name, list))
            }
            Token::Name(name) if name == "getline" => {
                let target = self.getline_target()?;
                self.expect("<")?;
                Ok(Expression::Getline(target, Box::new(self.primary()?), false))
            }
            Token::Name(name) if name == "length" => Ok(Expression::Call(name, Vec::new())),
            Token::Name(name) => {
                if !self.accept("[") {
                    return Ok(Expression::Variable(name));
                }
                let index = self.list()?;
                self.expect("]")?;
                Ok(Expression::Element(name, index))
            }
            _ => {
                self.at -= 1;
                Err(self.error())
            }
        }
    }
}
