//! From the words of an expression to its tree.

use super::super::Value;
use super::lex::{Kind, Token};

/// How deep expressions may nest.
const DEEPEST: usize = 64;

/// A part of an expression.
pub struct Expr {
    depth: usize,
    /// Where CEL says that it stands: a field at its dot, a call at its parenthesis.
    pub at: usize,
    pub node: Node,
}

/// What a part is.
pub enum Node {
    Literal(Value),
    Ident(String),
    /// `a.b`, and whether it is `a.?b`.
    Select(Box<Expr>, String, bool),
    /// `a[b]`, and whether it is `a[?b]`.
    Index(Box<Expr>, Box<Expr>, bool),
    /// A function's name with its arguments, the object of a method first.
    Call(String, Vec<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    /// `has(a.b)`
    Has(Box<Expr>, String),
    /// `a.all(x, ...)` and the like: the macro, the range, the variable, what is said of each.
    Each(Macro, Box<Expr>, String, Vec<Expr>),
    /// `cel.bind(x, a, b)`
    Bind(String, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// The macros over lists and maps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

const MACROS: &[(&str, Macro, usize)] = &[
    ("all", Macro::All, 2),
    ("exists", Macro::Exists, 2),
    ("exists_one", Macro::ExistsOne, 2),
    ("existsOne", Macro::ExistsOne, 2),
    ("filter", Macro::Filter, 2),
    ("map", Macro::Map, 2),
    ("map", Macro::Map, 3),
];

/// What functions' names may begin with.
const NAMESPACES: &[&str] = &["cel", "optional", "sets"];

/// The operators by how strongly they bind, weakest first.
const BINARY: &[&[&str]] =
    &[&["||"], &["&&"], &["==", "!=", "<", "<=", ">", ">=", "in"], &["+", "-"], &["*", "/", "%"]];

type Parsed<T> = Result<T, (usize, String)>;

/// Reads a whole expression; an error has its place.
pub fn expression(tokens: &[Token], end: usize) -> Parsed<Expr> {
    let mut parser = Parser { tokens, at: 0, end, depth: 0 };
    let root = parser.ternary()?;
    match parser.peek() {
        None => Ok(root),
        Some(_) => Err(parser.unexpected("<EOF>")),
    }
}

impl Node {
    /// The parts it is made of.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Node::Literal(_) | Node::Ident(_) => Vec::new(),
            Node::Select(inner, ..) | Node::Has(inner, _) | Node::Not(inner) | Node::Negate(inner) => vec![&**inner],
            Node::Index(one, other, _) | Node::Binary(_, one, other) | Node::Bind(_, one, other) => {
                vec![&**one, &**other]
            }
            Node::Call(_, all) | Node::List(all) => all.iter().collect(),
            Node::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Node::Each(_, range, _, all) => std::iter::once(&**range).chain(all).collect(),
            Node::If(condition, yes, no) => vec![&**condition, &**yes, &**no],
        }
    }
}

impl Expr {
    /// Whether the expression speaks of a variable.
    pub fn mentions(&self, name: &str) -> bool {
        matches!(&self.node, Node::Ident(own) if own == name)
            || self.node.children().into_iter().any(|child| child.mentions(name))
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |token| token.at)
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Some(Kind::Symbol(found)) if *found == symbol);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, symbol: &str) -> Parsed<()> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(&format!("'{symbol}'"))) }
    }

    fn unexpected(&self, wanted: &str) -> (usize, String) {
        let found = match self.peek() {
            None => "<EOF>".into(),
            Some(Kind::Ident(name)) => name.clone(),
            Some(Kind::Literal(value)) => value.to_json(),
            Some(Kind::Symbol(symbol)) => (*symbol).into(),
        };
        (self.place(), format!("Syntax error: mismatched input '{found}' expecting {wanted}"))
    }

    fn make(&self, at: usize, node: Node) -> Parsed<Expr> {
        let depth = 1 + node.children().iter().map(|child| child.depth).max().unwrap_or(0);
        if depth > DEEPEST {
            return Err((self.place(), format!("expression recursion limit exceeded: {DEEPEST}")));
        }
        Ok(Expr { depth, at, node })
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err((self.place(), format!("expression recursion limit exceeded: {DEEPEST}")));
        }
        let mut expr = self.binary(0)?;
        let at = self.place();
        if self.eat("?") {
            let yes = self.binary(0)?;
            self.need(":")?;
            let no = self.ternary()?;
            expr = self.make(at, Node::If(Box::new(expr), Box::new(yes), Box::new(no)))?;
        }
        self.depth -= 1;
        Ok(expr)
    }

    /// Operators that bind at least so strongly, one function for all: a function for each would
    /// need a much deeper stack.
    fn binary(&mut self, least: usize) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let Some(Kind::Symbol(symbol)) = self.peek() else { return Ok(left) };
            let level = BINARY.iter().position(|operators| operators.contains(symbol));
            let Some((level, symbol)) = level.filter(|level| *level >= least).map(|level| (level, *symbol)) else {
                return Ok(left);
            };
            let at = self.place();
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = self.make(at, Node::Binary(symbol, Box::new(left), Box::new(right)))?;
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let (at, mut nots, mut negatives) = (self.place(), 0, 0);
        while self.eat("!") {
            nots += 1;
        }
        while nots == 0 && self.eat("-") {
            negatives += 1;
        }
        let mut expr = self.member()?;
        if nots % 2 == 1 {
            expr = self.make(at, Node::Not(Box::new(expr)))?;
        } else if nots > 0 {
            let inner = self.make(at, Node::Not(Box::new(expr)))?;
            expr = self.make(at, Node::Not(Box::new(inner)))?;
        }
        if negatives % 2 == 1 {
            expr = self.make(at, Node::Negate(Box::new(expr)))?;
        }
        Ok(expr)
    }

    fn member(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        loop {
            let dot = self.place();
            let optional = self.eat(".?");
            if optional || self.eat(".") {
                let name = self.name()?;
                let call = self.place();
                expr = if !optional && self.eat("(") {
                    let arguments = self.list(")")?;
                    self.method(call, expr, name, arguments)?
                } else {
                    self.make(dot, Node::Select(Box::new(expr), unescape(&name), optional))?
                };
                continue;
            }
            let optional = self.eat("[?");
            if !optional && !self.eat("[") {
                return Ok(expr);
            }
            let index = self.ternary()?;
            self.need("]")?;
            expr = self.make(dot, Node::Index(Box::new(expr), Box::new(index), optional))?;
        }
    }

    fn name(&mut self) -> Parsed<String> {
        match self.peek() {
            Some(Kind::Ident(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected("IDENTIFIER")),
        }
    }

    /// Expressions separated by commas, up to the closing symbol.
    fn list(&mut self, close: &str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(self.ternary()?);
            if !self.eat(",") {
                self.need(close)?;
                break;
            }
        }
        Ok(items)
    }

    fn method(&mut self, at: usize, target: Expr, name: String, mut arguments: Vec<Expr>) -> Parsed<Expr> {
        if let Node::Ident(space) = &target.node
            && NAMESPACES.contains(&space.as_str())
        {
            let name = format!("{space}.{name}");
            if name != "cel.bind" {
                return self.make(at, Node::Call(name, arguments));
            }
            let (Some(body), Some(value), Some(Expr { node: Node::Ident(variable), .. })) =
                (arguments.pop(), arguments.pop(), arguments.pop())
            else {
                return Err((self.place(), "cel.bind() variable names must be simple identifiers".into()));
            };
            return self.make(at, Node::Bind(variable, Box::new(value), Box::new(body)));
        }
        let known = MACROS.iter().find(|(known, _, count)| *known == name && *count == arguments.len());
        if let Some((_, kind, _)) = known {
            let rest = arguments.split_off(1);
            let Some(Expr { node: Node::Ident(variable), .. }) = arguments.pop() else {
                return Err((self.place(), "argument must be a simple name".into()));
            };
            return self.make(at, Node::Each(*kind, Box::new(target), variable, rest));
        }
        arguments.insert(0, target);
        self.make(at, Node::Call(name, arguments))
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let Some(kind) = self.peek().cloned() else { return Err(self.unexpected("an expression")) };
        let at = self.place();
        match kind {
            Kind::Literal(value) => {
                self.at += 1;
                self.make(at, Node::Literal(value))
            }
            Kind::Ident(name) => {
                self.at += 1;
                let call = self.place();
                if !self.eat("(") {
                    return self.make(at, Node::Ident(name));
                }
                let mut arguments = self.list(")")?;
                if name != "has" {
                    return self.make(call, Node::Call(name, arguments));
                }
                match (arguments.pop(), arguments.is_empty()) {
                    (Some(Expr { at: dot, node: Node::Select(inner, field, false), .. }), true) => {
                        self.make(dot, Node::Has(inner, field))
                    }
                    _ => Err((at, "invalid argument to has() macro".into())),
                }
            }
            Kind::Symbol("(") => {
                self.at += 1;
                let inner = self.ternary()?;
                self.need(")")?;
                Ok(inner)
            }
            Kind::Symbol("[") => {
                self.at += 1;
                let items = self.list("]")?;
                self.make(at, Node::List(items))
            }
            Kind::Symbol("{") => {
                self.at += 1;
                let mut entries = Vec::new();
                while !self.eat("}") {
                    let key = self.ternary()?;
                    self.need(":")?;
                    entries.push((key, self.ternary()?));
                    if !self.eat(",") {
                        self.need("}")?;
                        break;
                    }
                }
                self.make(at, Node::Map(entries))
            }
            Kind::Symbol(_) => Err(self.unexpected("an expression")),
        }
    }
}

/// The words that cannot be fields' names as they are.
const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// The field that a name stands for: `__dot__` and the like stand for what no name may hold.
fn unescape(name: &str) -> String {
    let inner = name.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    if let Some(word) = inner.filter(|word| RESERVED.contains(word)) {
        return word.into();
    }
    let escapes = [("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")];
    escapes.iter().fold(name.to_string(), |name, (escape, text)| name.replace(escape, text))
}
