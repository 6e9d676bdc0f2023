//! The Common Expression Language, as far as rules about Kubernetes objects use it: the
//! `x-kubernetes-validations` of schemas and admission policies.
//!
//! `lex` and `parse` read an expression, `check` looks it through, `eval` works it out,
//! `functions` lists what can be called. Reading is bounded in depth and working out in steps, whatever the expression.

mod check;
mod data;
mod eval;
mod functions;
mod lex;
mod parse;

#[cfg(test)]
mod tests;

pub use data::Data;
pub use eval::{Budget, Scope};

use super::Value;
use check::Known;
use parse::Expr;

/// An expression that has been read.
pub struct Program {
    text: String,
    root: Expr,
}

impl Program {
    /// Reads an expression.
    ///
    /// # Errors
    /// CEL's report, with the line and a mark below the place.
    pub fn parse(text: &str) -> Result<Program, String> {
        let tokens = lex::tokens(text).map_err(|(at, why)| report(text, at, &why))?;
        parse::expression(&tokens, text.len())
            .map(|root| Program { text: text.into(), root })
            .map_err(|(at, why)| report(text, at, &why))
    }

    /// Works it out.
    ///
    /// # Errors
    /// What went wrong, such as `no such key: a`.
    pub fn eval(&self, scope: Option<&Scope>, budget: &mut Budget) -> Result<Data, String> {
        eval::eval(&self.root, scope, budget)
    }

    /// Looks it through before there is anything to work it out for: `variables` are the names
    /// that may stand in it, with the schemas of what they stand for.
    ///
    /// # Errors
    /// CEL's report of the first mistake.
    pub fn check(&self, variables: &[(&str, Option<&Value>)]) -> Result<(), String> {
        fn with(root: &Expr, rest: &[(&str, Option<&Value>)], known: Option<&Known>) -> Result<(), (usize, String)> {
            match rest.split_first() {
                None => check::check(root, known).map(drop),
                Some(((name, schema), rest)) => with(root, rest, Some(&Known { name, schema: *schema, outer: known })),
            }
        }
        with(&self.root, variables, None).map_err(|(at, why)| report(&self.text, at, &why))
    }

    /// Whether the expression speaks of a variable.
    pub fn mentions(&self, name: &str) -> bool {
        self.root.mentions(name)
    }
}

/// What CEL prints of an error: the place in words and in the text.
fn report(text: &str, at: usize, why: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let (line, column) = (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or("").chars().count());
    let shown = text.lines().nth(line).unwrap_or_default();
    format!("ERROR: <input>:{}:{}: {why}\n | {shown}\n | {}^", line + 1, column + 1, ".".repeat(column))
}
