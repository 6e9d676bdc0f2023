//! `test`, `[`

use super::super::run::{Shell, evaluate_test};
use super::Outcome;

fn ask(shell: &Shell, args: &[String], name: &str) -> Outcome {
    match evaluate_test(shell, args) {
        Ok(truth) => Ok(i32::from(!truth)),
        Err(message) => {
            shell.complain(&format!("{name}: {message}"));
            Ok(2)
        }
    }
}

/// `test`
pub fn test(shell: &mut Shell, args: &[String]) -> Outcome {
    ask(shell, args, "test")
}

/// `[`
pub fn bracket(shell: &mut Shell, args: &[String]) -> Outcome {
    match args.split_last() {
        Some((last, args)) if last == "]" => ask(shell, args, "["),
        _ => {
            shell.complain("[: missing `]'");
            Ok(2)
        }
    }
}
