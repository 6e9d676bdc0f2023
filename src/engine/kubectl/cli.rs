//! From words to a command: what cobra does before a command runs, and what is printed after it failed.

use super::command::Command;
use super::commands;
use super::failure::Failure;
use super::flags::{CommandFlags, Flags, go_bool};
use super::help::Help;
use super::invocation::Invocation;
use super::kuberc;
use crate::api::Client;
use crate::process::Process;

/// The root of the commands.
pub static ROOT: Command = Command { short: "kubectl controls the Kubernetes cluster manager.", ..Command::BASE };

/// Runs one invocation.
pub async fn run(process: Process, client: Client) -> i32 {
    let words = process.args.get(1..).unwrap_or_default().to_vec();
    let mut line = kuberc::Line::plain(words.clone());
    if kuberc::concerns(&process, &words) && !kuberc::is_gated(&process) {
        line = match kuberc::apply(&process, words.clone()) {
            Ok(line) => line,
            Err(why) => {
                process.err(format!("error occurred while applying preferences {why}\n"));
                return 1;
            }
        };
    }
    let (command, rest, name) = line.find();
    if command.path.is_empty() && !words.is_empty() {
        // Words that name no command could name a plugin; flags before them could not be its own.
        if words[0].starts_with('-') && first_word(&rest, &CommandFlags::of("")).is_some() {
            process.err(format!("Error: flags cannot be placed before plugin name: {}\n", words[0]));
            return 1;
        }
        if let Some(at) = first_word(&rest, &CommandFlags::of("")) {
            process.err(unknown_command(&rest[at]));
            return 1;
        }
    }
    let mut table = CommandFlags::of(command.path);
    let is_on = |variable: &str| process.var(variable).and_then(go_bool) == Some(true);
    table.own.extend(command.gated.iter().filter(|(variable, _)| is_on(variable)).map(|(_, flag)| *flag));
    let flags = match Flags::parse(table, &rest) {
        Ok(flags) => flags,
        Err(why) => {
            process.err(format!("error: {why}\nSee '{name} --help' for usage.\n"));
            return 1;
        }
    };
    process.err(flags.deprecations());
    if flags.help {
        process.out(Help::of(&process).text(command));
        return 0;
    }
    if let Some(text) = missing_flags(command, &flags) {
        process.err(format!("error: {text}\n"));
        return 1;
    }
    let Some(run) = command.run else {
        return match flags.args.first() {
            Some(word) => {
                process.err(Failure::usage(format!("unknown command {word:?}")).report(&name).0);
                1
            }
            None => {
                process.out(Help::of(&process).text(command));
                i32::from(!command.path.is_empty())
            }
        };
    };
    let inv = Invocation::new(command, flags, process.clone(), client);
    let (text, code) = match run(inv.clone()).await {
        Ok(()) => (String::new(), 0),
        Err(failure) => failure.report(&name),
    };
    process.err(text);
    if code == 0 && inv.flags.bool("warnings-as-errors") && inv.warnings() > 0 {
        let noun = if inv.warnings() == 1 { "warning" } else { "warnings" };
        process.err(format!("error: {} {noun} received\n", inv.warnings()));
        return 1;
    }
    code
}

/// The command that the words name, and the words without its name.
pub fn find(words: &[String]) -> (&'static Command, Vec<String>) {
    find_below(&ROOT, words.to_vec())
}

/// The command that the words name below another, and the words without its name.
pub fn find_below(above: &'static Command, words: Vec<String>) -> (&'static Command, Vec<String>) {
    let mut command = above;
    let mut rest = words;
    while let Some(at) = first_word(&rest, &CommandFlags::of(command.path)) {
        let below = |row: &&'static Command| row.parent() == command.path && row.is_named(&rest[at]);
        let Some(row) = commands::all().find(below) else { break };
        command = row;
        rest.remove(at);
    }
    (command, rest)
}

/// Where the first word stands that is neither a flag nor a flag's value.
fn first_word(words: &[String], flags: &CommandFlags) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "--" => return None,
            word if word.len() > 1 && word.starts_with('-') => at += if flags.swallows_next(word) { 2 } else { 1 },
            "" => at += 1,
            _ => return Some(at),
        }
    }
    None
}

fn unknown_command(word: &str) -> String {
    let mut text = format!("error: unknown command {word:?} for \"kubectl\"\n");
    let close = |command: &&'static Command| {
        let name = command.name();
        command.parent().is_empty()
            && (distance(word, name) <= 2 || name.to_lowercase().starts_with(&word.to_lowercase()))
    };
    let mut names: Vec<&str> = commands::all().filter(close).map(|command| command.name()).collect();
    names.sort_unstable();
    if !names.is_empty() {
        text += "\nDid you mean this?\n";
        for name in names {
            text += &format!("\t{name}\n");
        }
        text += "\n";
    }
    text
}

/// Levenshtein's distance, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = if left == right { diagonal } else { 1 + diagonal.min(row[j]).min(row[j + 1]) };
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row.last().copied().unwrap_or(0)
}

fn missing_flags(command: &Command, flags: &Flags) -> Option<String> {
    let missing: Vec<String> =
        command.required.iter().filter(|name| !flags.changed(name)).map(|name| format!("{name:?}")).collect();
    (!missing.is_empty()).then(|| format!("required flag(s) {} not set", missing.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_are_no_command_are_answered_with_suggestions() {
        assert_eq!(distance("gte", "get"), 2);
        let words: Vec<String> = ["-n", "x", "get", "pods", "-o", "wide"].map(String::from).to_vec();
        let (command, rest) = find(&words);
        assert_eq!((command.path, rest.join(" ").as_str()), ("get", "-n x pods -o wide"));
    }
}
