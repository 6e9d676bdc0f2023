//! `kubectl help`, `kubectl options`, and what parents of subcommands do.

use crate::kubectl::cli;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::Outcome;
use crate::kubectl::flags::CommandFlags;
use crate::kubectl::help::{self, Help};
use crate::kubectl::invocation::Invocation;
use crate::process::LocalFuture;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "alpha",
        group: Group::Hidden,
        short: "Commands for features in alpha",
        run: Some(|inv| {
            inv.out("No alpha commands are available in this version of kubectl\n");
            Box::pin(std::future::ready(Ok(())))
        }),
        ..Command::BASE
    },
    Command {
        path: "help",
        group: Group::Hidden,
        short: "Help about any command",
        run: Some(|inv| Box::pin(async move { show(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "options",
        group: Group::Hidden,
        short: "Print the list of flags inherited by all commands",
        run: Some(|inv| Box::pin(async move { options(&inv) })),
        ..Command::BASE
    },
];

/// What a parent of subcommands does that takes being called for no mistake: it prints its help.
pub fn help(inv: Invocation) -> LocalFuture<Outcome> {
    inv.out(Help::of(&inv.process).text(inv.command));
    Box::pin(std::future::ready(Ok(())))
}

fn show(inv: &Invocation) -> Outcome {
    let (command, rest) = cli::find(inv.args());
    if command.path.is_empty() && !rest.is_empty() {
        let words: Vec<String> = inv.args().iter().map(|word| format!("`{word}`")).collect();
        inv.out(format!("Unknown help topic [{}]\n\n\n{}", words.join(" "), help::groups()));
        return Ok(());
    }
    inv.out(Help::of(&inv.process).text(command));
    Ok(())
}

fn options(inv: &Invocation) -> Outcome {
    let global = CommandFlags::of("").global;
    inv.out(format!(
        "The following options can be passed to any command:\n\n{}",
        Help::of(&inv.process).options("(global)", &global)
    ));
    Ok(())
}
