//! `expr`

use super::super::regex::{Flavor, Regex};
use super::{Call, Help, Program};

pub const PROGRAM: Program = Program {
    name: "expr",
    help: || Help {
        summary: "Calculate and compare.",
        usage: "expr EXPRESSION",
        examples: &[("expr 1 + 2 '*' 3", "7"), ("expr abc : 'a\\(.\\)'", "b"), ("expr 3 '>' 2", "1"), ("expr length hello", "5")],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

const LEVELS: &[&[&str]] = &[&["|"], &["&"], &["=", "==", "!=", "<", "<=", ">", ">="], &["+", "-"], &["*", "/", "%"], &[":"]];

fn run(call: &Call) -> i32 {
    let mut reader = Reader { args: call.args(), at: 0 };
    match reader.level(0) {
        Ok(value) if reader.at == reader.args.len() => {
            call.out(format!("{value}\n"));
            i32::from(is_null(&value))
        }
        Ok(_) => {
            call.complain(format!("syntax error: unexpected argument '{}'", reader.args[reader.at]));
            2
        }
        Err(message) => {
            call.complain(message);
            2
        }
    }
}

fn is_null(value: &str) -> bool {
    value.is_empty() || value.parse() == Ok(0i64)
}

struct Reader<'a> {
    args: &'a [String],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Result<String, String> {
        let arg = self.args.get(self.at).cloned();
        self.at += 1;
        arg.ok_or_else(|| match self.args.last() {
            Some(last) => format!("syntax error: missing argument after '{last}'"),
            None => "missing operand\nTry 'expr --help' for more information.".into(),
        })
    }

    fn level(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.level(level + 1)?;
        while let Some(operator) = self.args.get(self.at).filter(|arg| operators.contains(&arg.as_str())).cloned() {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = apply(&left, &operator, &right)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<String, String> {
        let first = self.next()?;
        match first.as_str() {
            "(" => {
                let value = self.level(0)?;
                if self.next()? == ")" { Ok(value) } else { Err("syntax error: expecting ')'".into()) }
            }
            "length" if self.at < self.args.len() => Ok(self.next()?.chars().count().to_string()),
            "substr" if self.at + 2 < self.args.len() => {
                let (text, from, length) = (self.next()?, self.next()?, self.next()?);
                let (from, length) = (from.parse::<usize>().unwrap_or(0), length.parse::<usize>().unwrap_or(0));
                Ok(if from == 0 { String::new() } else { text.chars().skip(from - 1).take(length).collect() })
            }
            _ => Ok(first),
        }
    }
}

fn apply(left: &str, operator: &str, right: &str) -> Result<String, String> {
    let number = |text: &str| text.parse::<i64>().map_err(|_| "non-integer argument".to_string());
    let truth = |value: bool| Ok(i32::from(value).to_string());
    match operator {
        "|" => Ok(if is_null(left) { if is_null(right) { "0" } else { right } } else { left }.into()),
        "&" => Ok(if is_null(left) || is_null(right) { "0" } else { left }.into()),
        ":" => {
            let regex = Regex::new(&format!("^{right}"), Flavor::Basic, false)?;
            let found = regex.find_at(left, 0);
            Ok(match (found, regex.groups() > 1) {
                (Some(found), true) => found.text(left, 1).into(),
                (Some(found), false) => left[..found.end()].chars().count().to_string(),
                (None, true) => String::new(),
                (None, false) => "0".into(),
            })
        }
        "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" => {
            let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.cmp(right),
            };
            truth(match operator {
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            })
        }
        _ => {
            let (left, right) = (number(left)?, number(right)?);
            if right == 0 && matches!(operator, "/" | "%") {
                return Err("division by zero".into());
            }
            Ok(match operator {
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "/" => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            }
            .to_string())
        }
    }
}
