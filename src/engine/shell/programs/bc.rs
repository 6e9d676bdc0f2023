//! `bc`: arithmetic on decimal numbers of any scale, one expression after the other.

use super::{Call, Help, Program, open};
use crate::meta::SortedMap;

pub const PROGRAM: Program = Program {
    name: "bc",
    help: || Help {
        summary: "Calculate with decimal numbers.",
        usage: "bc [-l] [FILE]...",
        examples: &[
            ("echo '2^10; 7/2; -7 % 3' | bc", "1024\n3\n-1"),
            ("echo 'scale=3; 10/3; x=2; x*1.55; .5+.25' | bc", "3.333\n3.10\n.75"),
            ("echo 'sqrt(2); (1+2)*3 > 8' | bc -l", "1.41421356237309504880\n1"),
            ("echo '1/0' | bc", "Runtime error (func=(main), adr=3): Divide by zero"),
            ("echo '1+' | bc", "(standard_in) 1: syntax error"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// A number times ten to the power of its scale. 128 bits are enough for 20 decimals.
#[derive(Clone, Copy)]
struct Number {
    value: i128,
    scale: u32,
}

const ZERO: Number = Number { value: 0, scale: 0 };
const DEEPEST: usize = 100;

async fn run(call: Call) -> i32 {
    let mut machine = Machine { scale: 0, names: SortedMap::default(), words: Vec::new(), at: 0, depth: 0 };
    let files: Vec<&String> = call.args().iter().filter(|arg| !arg.starts_with('-')).collect();
    if call.args().iter().any(|arg| arg == "-l") {
        machine.scale = 20;
    }
    let stdin = "-".to_string();
    for file in if files.is_empty() { vec![&stdin] } else { files } {
        let Ok(pipe) = open(&call, file) else {
            return call.fail(format!("File {file} is unavailable."));
        };
        let text = String::from_utf8_lossy(&pipe.read_to_end().await).into_owned();
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            for statement in line.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
                if matches!(statement, "quit" | "halt") {
                    return 0;
                }
                let words: Vec<char> = statement.chars().filter(|c| !c.is_whitespace()).collect();
                match machine.statement(&words) {
                    Ok(Some(number)) => call.out(format!("{}\n", number.show())),
                    Ok(None) => {}
                    Err("") => call.process.err(format!("(standard_in) {}: syntax error\n", at + 1)),
                    Err(why) => call.process.err(format!("Runtime error (func=(main), adr=3): {why}\n")),
                }
            }
        }
    }
    0
}

impl Number {
    fn at(self, scale: u32) -> Option<i128> {
        match scale.checked_sub(self.scale) {
            Some(more) => self.value.checked_mul(10_i128.checked_pow(more)?),
            None => Some(self.value / 10_i128.checked_pow(self.scale - scale)?),
        }
    }
    fn show(self) -> String {
        let digits = format!("{:0>width$}", self.value.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, rest) = digits.split_at(digits.len() - self.scale as usize);
        let sign = if self.value < 0 { "-" } else { "" };
        match (whole, rest) {
            (whole, "") => format!("{sign}{whole}"),
            ("0", _) if self.value == 0 => "0".into(),
            ("0", rest) => format!("{sign}.{rest}"),
            (whole, rest) => format!("{sign}{whole}.{rest}"),
        }
    }
}

/// What a program of `bc` runs on: its variables, and what is left of the statement.
struct Machine {
    scale: u32,
    names: SortedMap<String, Number>,
    words: Vec<char>,
    at: usize,
    depth: usize,
}

type Came = Result<Number, &'static str>;
const TOO_BIG: &str = "Number is too big";

impl Machine {
    /// What a statement comes to, if it prints anything.
    fn statement(&mut self, words: &[char]) -> Result<Option<Number>, &'static str> {
        self.words = words.to_vec();
        self.at = 0;
        self.depth = 0;
        if let Some(at) = words.iter().position(|c| *c == '=').filter(|at| words.get(at + 1) != Some(&'=')) {
            let name = &words[..at];
            if !name.is_empty() && name.iter().all(|c| c.is_ascii_lowercase()) {
                let name: String = name.iter().collect();
                self.at = at + 1;
                let value = self.whole()?;
                match name.as_str() {
                    "scale" => self.scale = u32::try_from(value.at(0).unwrap_or(0)).unwrap_or(0).min(30),
                    _ => drop(self.names.insert(name, value)),
                }
                return Ok(None);
            }
        }
        self.whole().map(Some)
    }

    fn rest(&self) -> &[char] {
        self.words.get(self.at..).unwrap_or_default()
    }

    fn whole(&mut self) -> Came {
        let value = self.compared()?;
        if self.rest().is_empty() { Ok(value) } else { Err("") }
    }

    fn take(&mut self, word: &str) -> bool {
        let length = word.chars().count();
        let found = self.rest().get(..length).is_some_and(|start| start.iter().copied().eq(word.chars()));
        if found {
            self.at += length;
        }
        found
    }

    fn compared(&mut self) -> Came {
        let left = self.sum()?;
        for (word, holds) in [
            ("<=", (|a, b| a <= b) as fn(i128, i128) -> bool),
            (">=", |a, b| a >= b),
            ("==", |a, b| a == b),
            ("!=", |a, b| a != b),
            ("<", |a, b| a < b),
            (">", |a, b| a > b),
        ] {
            if self.take(word) {
                let right = self.sum()?;
                let (a, b) = same(left, right)?;
                return Ok(Number { value: i128::from(holds(a, b)), scale: 0 });
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Came {
        let mut left = self.product()?;
        loop {
            let minus = match () {
                () if self.take("+") => false,
                () if self.take("-") => true,
                () => return Ok(left),
            };
            let right = self.product()?;
            let (a, b) = same(left, right)?;
            let value = if minus { a.checked_sub(b) } else { a.checked_add(b) };
            left = Number { value: value.ok_or(TOO_BIG)?, scale: left.scale.max(right.scale) };
        }
    }

    fn product(&mut self) -> Came {
        let mut left = self.power()?;
        loop {
            let Some(sign) = self.rest().first().copied().filter(|c| "*/%".contains(*c)) else { return Ok(left) };
            self.at += 1;
            let right = self.power()?;
            left = match sign {
                '*' => times(left, right, self.scale)?,
                '/' => divided(left, right, self.scale)?,
                _ => {
                    let quotient = divided(left, right, self.scale)?;
                    let scale = left.scale.max(right.scale + self.scale);
                    let back = quotient.value.checked_mul(right.value).ok_or(TOO_BIG)?;
                    let back = Number { value: back, scale: quotient.scale + right.scale };
                    let (a, b) = (left.at(scale).ok_or(TOO_BIG)?, back.at(scale).ok_or(TOO_BIG)?);
                    Number { value: a - b, scale }
                }
            };
        }
    }

    fn power(&mut self) -> Came {
        let base = self.unary()?;
        if !self.take("^") {
            return Ok(base);
        }
        let exponent = self.power()?.at(0).ok_or(TOO_BIG)?;
        let mut value = Number { value: 1, scale: 0 };
        for _ in 0..exponent.unsigned_abs().min(4096) {
            value = times(value, base, self.scale.max(base.scale))?;
        }
        if exponent < 0 { divided(Number { value: 1, scale: 0 }, value, self.scale) } else { Ok(value) }
    }

    fn unary(&mut self) -> Came {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("");
        }
        if self.take("-") {
            let number = self.unary()?;
            return Ok(Number { value: -number.value, ..number });
        }
        if self.take("(") {
            return self.closed();
        }
        let is_name = |c: &&char| c.is_ascii_lowercase();
        let name: String = self.rest().iter().take_while(is_name).collect();
        if !name.is_empty() {
            self.at += name.len();
            if !self.take("(") {
                let own = Number { value: i128::from(self.scale), scale: 0 };
                return Ok(if name == "scale" { own } else { self.names.get(&name).copied().unwrap_or(ZERO) });
            }
            let argument = self.closed()?;
            return match name.as_str() {
                "sqrt" => root(argument, self.scale),
                "length" => Ok(Number { value: argument.value.unsigned_abs().to_string().len() as i128, scale: 0 }),
                "scale" => Ok(Number { value: i128::from(argument.scale), scale: 0 }),
                _ => Err("Function not defined"),
            };
        }
        let digits: Vec<char> = self.rest().iter().take_while(|c| c.is_ascii_digit() || **c == '.').copied().collect();
        self.at += digits.len();
        let text: String = digits.iter().collect();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        if text.is_empty() || part.contains('.') {
            return Err("");
        }
        let value = format!("0{whole}{part}").parse().map_err(|_| TOO_BIG)?;
        Ok(Number { value, scale: part.len() as u32 })
    }

    fn closed(&mut self) -> Came {
        let inner = self.compared()?;
        if self.take(")") { Ok(inner) } else { Err("") }
    }
}

/// Two numbers at one scale.
fn same(a: Number, b: Number) -> Result<(i128, i128), &'static str> {
    let scale = a.scale.max(b.scale);
    Ok((a.at(scale).ok_or(TOO_BIG)?, b.at(scale).ok_or(TOO_BIG)?))
}

fn times(a: Number, b: Number, scale: u32) -> Came {
    let full = a.scale + b.scale;
    let product = Number { value: a.value.checked_mul(b.value).ok_or(TOO_BIG)?, scale: full };
    let kept = full.min(scale.max(a.scale).max(b.scale));
    Ok(Number { value: product.at(kept).ok_or(TOO_BIG)?, scale: kept })
}

fn divided(a: Number, b: Number, scale: u32) -> Came {
    if b.value == 0 {
        return Err("Divide by zero");
    }
    Ok(Number { value: a.at(scale + b.scale).ok_or(TOO_BIG)? / b.value, scale })
}

fn root(a: Number, scale: u32) -> Came {
    if a.value < 0 {
        return Err("Square root of a negative number");
    }
    // Digit by digit, as on paper: the square need not fit.
    let scale = scale.max(a.scale);
    let even = a.scale + a.scale % 2;
    let (mut rest, mut value) = (0_i128, 0_i128);
    let digits = a.at(even).ok_or(TOO_BIG)?.to_string();
    let digits = if digits.len() % 2 == 1 { format!("0{digits}") } else { digits };
    let pairs = digits.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |sum, c| sum * 10 + i128::from(c - b'0')));
    let zeros = std::iter::repeat_n(0, (scale - even / 2) as usize);
    for pair in pairs.chain(zeros) {
        rest = rest.checked_mul(100).ok_or(TOO_BIG)? + pair;
        let twenty = value.checked_mul(20).ok_or(TOO_BIG)?;
        let digit = (0..10).rev().find(|digit| (twenty + digit) * digit <= rest).unwrap_or(0);
        rest -= (twenty + digit) * digit;
        value = value * 10 + digit;
    }
    Ok(Number { value, scale })
}
