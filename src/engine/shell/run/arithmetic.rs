//! `$(( ))`: C's integer expressions over the shell's variables, by precedence climbing.

/// What an expression reads and writes.
pub trait Variables {
    /// The text of a variable, empty if it is not set.
    fn value(&self, name: &str) -> String;
    /// Sets a variable.
    fn assign(&mut self, name: &str, value: i64);
    /// The key of an array's element, from what stands in the brackets.
    ///
    /// # Errors
    /// bash's message.
    fn key(&mut self, array: &str, index: &str) -> Result<String, String>;
}

/// How deep expressions and variables that hold expressions may nest.
const MAX_DEPTH: usize = 64;

/// The binary operators by precedence, loosest first.
const LEVELS: &[&[&str]] = &[
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "!="],
    &["<=", ">=", "<", ">"],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
    &["**"],
];

/// The value of an expression; an empty one is 0.
///
/// # Errors
/// bash's message.
pub fn evaluate(text: &str, variables: &mut dyn Variables) -> Result<i64, String> {
    evaluate_at(text, variables, 0)
}

fn evaluate_at(text: &str, variables: &mut dyn Variables, depth: usize) -> Result<i64, String> {
    let text = &text.replace('"', "");
    let text = text.trim();
    if text.is_empty() {
        return Ok(0);
    }
    let mut reader = Reader { text, at: 0, variables, depth, skip: 0, operator: 0 };
    let value = reader.comma()?;
    reader.blanks();
    match reader.rest() {
        "" => Ok(value),
        rest if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "+-*/<>=&|()".contains(c)) => {
            Err(reader.error("syntax error in expression"))
        }
        _ => Err(reader.error("syntax error: invalid arithmetic operator")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    variables: &'a mut dyn Variables,
    depth: usize,
    /// Above zero, nothing is assigned: the side not taken of `?:`, `&&`, `||`.
    skip: usize,
    /// Where the last operator stands.
    operator: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }
    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }
    fn error(&self, what: &str) -> String {
        let rest =
            if self.rest().is_empty() { self.text.get(self.operator..).unwrap_or_default() } else { self.rest() };
        format!("{}: {what} (error token is \"{rest}\")", self.text)
    }
    fn accept(&mut self, operator: &str) -> bool {
        self.blanks();
        let rest = self.rest();
        let stands = rest.starts_with(operator);
        // `&` is not the start of `&&`, nor `<` of `<<`, nor `+` of `+=`.
        let longer = rest[operator.len().min(rest.len())..].chars().next().is_some_and(|next| {
            (next == '=' && !matches!(operator, "==" | "!=" | "<=" | ">="))
                && !(operator.ends_with('=') || matches!(operator, "(" | ")" | "?" | ":" | "," | "!" | "~" | "="))
                || (operator.len() == 1 && "&|<>*".contains(operator) && operator.starts_with(next))
        });
        let stands = stands && !longer;
        if stands {
            self.operator = self.at;
            self.at += operator.len();
        }
        stands
    }
    fn comma(&mut self) -> Result<i64, String> {
        let mut value = self.ternary()?;
        while self.accept(",") {
            value = self.ternary()?;
        }
        Ok(value)
    }
    fn ternary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("expression recursion level exceeded"));
        }
        let condition = self.binary(0)?;
        let mut value = condition;
        if self.accept("?") {
            let taken = condition != 0;
            self.skip += usize::from(!taken);
            let yes = self.ternary()?;
            self.skip -= usize::from(!taken);
            if !self.accept(":") {
                return Err(self.error("`:' expected for conditional expression"));
            }
            self.skip += usize::from(taken);
            let no = self.ternary()?;
            self.skip -= usize::from(taken);
            value = if taken { yes } else { no };
        }
        self.depth -= 1;
        Ok(value)
    }
    fn binary(&mut self, level: usize) -> Result<i64, String> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = operators.iter().copied().find(|operator| self.accept(operator)) {
            let short = (operator == "||" && left != 0) || (operator == "&&" && left == 0);
            self.skip += usize::from(short);
            self.blanks();
            let mark = self.at;
            // `**` binds to the right.
            let right = if operator == "**" { self.binary(level)? } else { self.binary(level + 1)? };
            self.skip -= usize::from(short);
            left = match operator {
                "||" => i64::from(left != 0 || right != 0),
                "&&" => i64::from(left != 0 && right != 0),
                "|" => left | right,
                "^" => left ^ right,
                "&" => left & right,
                "==" => i64::from(left == right),
                "!=" => i64::from(left != right),
                "<=" => i64::from(left <= right),
                ">=" => i64::from(left >= right),
                "<" => i64::from(left < right),
                ">" => i64::from(left > right),
                "<<" => left.wrapping_shl(right as u32),
                ">>" => left.wrapping_shr(right as u32),
                "+" => left.wrapping_add(right),
                "-" => left.wrapping_sub(right),
                "*" => left.wrapping_mul(right),
                "**" => left.wrapping_pow(u32::try_from(right).map_err(|_| self.error("exponent less than 0"))?),
                _ if right == 0 && self.skip > 0 => 0,
                _ if right == 0 => {
                    self.at = mark;
                    return Err(self.error("division by 0"));
                }
                "/" => left.wrapping_div(right),
                _ => left.wrapping_rem(right),
            };
        }
        Ok(left)
    }
    fn unary(&mut self) -> Result<i64, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("expression recursion level exceeded"));
        }
        self.blanks();
        let rest = self.rest();
        let value = if rest.starts_with("++") || rest.starts_with("--") {
            let step = if rest.starts_with("++") { 1 } else { -1 };
            self.at += 2;
            let name = self.name();
            let name = self.element(name)?;
            if name.is_empty() {
                return Err(self.error("syntax error: operand expected"));
            }
            let value = self.variable(&name)?.wrapping_add(step);
            self.assign(&name, value);
            value
        } else {
            match rest.chars().next() {
                Some('!') => {
                    self.at += 1;
                    i64::from(self.unary()? == 0)
                }
                Some('~') => {
                    self.at += 1;
                    !self.unary()?
                }
                Some('-') => {
                    self.at += 1;
                    self.unary()?.wrapping_neg()
                }
                Some('+') => {
                    self.at += 1;
                    self.unary()?
                }
                _ => self.primary()?,
            }
        };
        self.depth -= 1;
        Ok(value)
    }
    fn name(&mut self) -> String {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let name = rest[..end].to_string();
        self.at += end;
        name
    }
    fn primary(&mut self) -> Result<i64, String> {
        if self.accept("(") {
            let value = self.comma()?;
            return if self.accept(")") { Ok(value) } else { Err(self.error("missing `)'")) };
        }
        let before = self.at;
        let word = self.name();
        match word.chars().next() {
            None => Err(self.error("syntax error: operand expected")),
            Some(c) if c.is_ascii_digit() => self.constant(&word, before),
            Some(_) => {
                let word = self.element(word)?;
                self.assignment(word)
            }
        }
    }
    /// A variable's name with the subscript that follows it, calculated: `a[1]`.
    fn element(&mut self, name: String) -> Result<String, String> {
        let rest = self.rest();
        if name.is_empty() || !rest.starts_with('[') {
            return Ok(name);
        }
        let mut depth = 0;
        let end = rest.find(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            depth == 0
        });
        let Some(end) = end else { return Err(self.error("bad array subscript")) };
        let index = rest[1..end].to_string();
        self.at += end + 1;
        let key = self.variables.key(&name, &index)?;
        Ok(format!("{name}[{key}]"))
    }
    fn constant(&mut self, word: &str, before: usize) -> Result<i64, String> {
        let (digits, radix) = match word.strip_prefix("0x").or(word.strip_prefix("0X")) {
            Some(hex) => (hex.to_string(), 16),
            None if self.rest().starts_with('#') => {
                self.at += 1;
                (self.name(), word.parse().unwrap_or(0))
            }
            None if word.len() > 1 && word.starts_with('0') => (word.into(), 8),
            None => (word.into(), 10),
        };
        if !(2..=36).contains(&radix) {
            return Err(self.error("invalid arithmetic base"));
        }
        i64::from_str_radix(&digits, radix).map_err(|_| {
            self.at = before;
            let what = if radix == 10 { "syntax error: invalid number" } else { "value too great for base" };
            self.error(what)
        })
    }
    fn variable(&mut self, name: &str) -> Result<i64, String> {
        let text = self.variables.value(name);
        match text.trim().parse() {
            Ok(value) => Ok(value),
            Err(_) if self.depth + 1 > MAX_DEPTH => Err(self.error("expression recursion level exceeded")),
            Err(_) => evaluate_at(&text, self.variables, self.depth + 4),
        }
    }
    fn assign(&mut self, name: &str, value: i64) {
        if self.skip == 0 {
            self.variables.assign(name, value);
        }
    }
    fn assignment(&mut self, name: String) -> Result<i64, String> {
        self.blanks();
        let rest = self.rest();
        if rest.starts_with("++") || rest.starts_with("--") {
            let step = if rest.starts_with("++") { 1 } else { -1 };
            self.at += 2;
            let value = self.variable(&name)?;
            self.assign(&name, value.wrapping_add(step));
            return Ok(value);
        }
        if rest.starts_with('=') && !rest.starts_with("==") {
            self.at += 1;
            let value = self.ternary()?;
            self.assign(&name, value);
            return Ok(value);
        }
        for operator in ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="] {
            if rest.starts_with(operator) {
                self.at += operator.len();
                let left = self.variable(&name)?;
                let right = self.ternary()?;
                let plain = &operator[..operator.len() - 1];
                let value = evaluate_at(&format!("({left}){plain}({right})"), self.variables, self.depth)?;
                self.assign(&name, value);
                return Ok(value);
            }
        }
        self.variable(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::SortedMap;

    impl Variables for SortedMap<String, String> {
        fn value(&self, name: &str) -> String {
            self.get(name).cloned().unwrap_or_default()
        }
        fn assign(&mut self, name: &str, value: i64) {
            self.insert(name.into(), value.to_string());
        }
        fn key(&mut self, _: &str, index: &str) -> Result<String, String> {
            evaluate(index, self).map(|value| value.to_string())
        }
    }

    #[test]
    fn expressions_have_the_values_bash_gives_them() {
        let mut vars = SortedMap::from([("x".to_string(), "5".to_string()), ("e".to_string(), "x + 1".to_string())]);
        for (text, expect) in [
            ("1 + 2 * 3", 7),
            ("(1+2)*3", 9),
            ("2**3**2", 512),
            ("7 / 2 + 7 % 3", 4),
            ("x > 3 && x < 9", 1),
            ("x == 5 ? 10 : 20", 10),
            ("e * 2", 12),
            ("0x10 + 010 + 2#101", 29),
            ("-x + +3", -2),
            ("!0 + ~0", 0),
            ("1 << 4 | 1", 17),
            ("x += 2, x++, x", 8),
            ("unset", 0),
            ("", 0),
            ("0 && 1 / 0", 0),
            ("a[1+1] = 4, a[2]++ + a[2]", 9),
        ] {
            assert_eq!(evaluate(text, &mut vars), Ok(expect), "{text}");
        }
        for (text, expect) in [
            ("1/0", "1/0: division by 0 (error token is \"0\")"),
            ("1 +", "1 +: syntax error: operand expected (error token is \"+\")"),
            ("08", "08: value too great for base (error token is \"08\")"),
        ] {
            assert_eq!(evaluate(text, &mut vars), Err(expect.into()), "{text}");
        }
    }
}
