//! Help texts, laid out as kubectl's are.

use super::command::{Command, Group};
use super::commands;
use super::flags::{CommandFlags, DEPRECATED, FlagSpec};

/// The help of a command.
pub fn text(command: &Command) -> String {
    if command.path.is_empty() { root() } else { of_command(command) }
}

fn padded(name: &str, width: usize, short: &str) -> String {
    format!("  {name:<width$}{short}\n")
}

/// The root's help: all commands by group.
pub fn root() -> String {
    let mut text = format!("{}\n\n", super::cli::ROOT.long);
    text += &groups();
    text
}

/// The commands by group, and the usage lines.
pub fn groups() -> String {
    let mut text = String::new();
    let width = commands::all().filter(|command| command.parent().is_empty()).map(|c| c.name().len()).max();
    let width = width.unwrap_or(0) + 3;
    for (group, heading) in Group::HEADINGS {
        text += &format!("{heading}\n");
        for command in commands::all().filter(|command| command.group == *group) {
            text += &padded(command.name(), width, command.short);
        }
        text += "\n";
    }
    text += "Subcommands provided by plugins:\n\nOther Commands:\n";
    let mut others: Vec<&Command> = commands::all().filter(|command| command.group == Group::Other).collect();
    others.sort_by_key(|command| command.name());
    for command in others {
        text += &padded(command.name(), width, command.short);
    }
    text += "\nUsage:\n  kubectl [flags] [options]\n\n";
    text += "Use \"kubectl <command> --help\" for more information about a given command.\n";
    text += OPTIONS_HINT;
    text
}

const OPTIONS_HINT: &str =
    "Use \"kubectl options\" for a list of global command-line options (applies to all commands).\n";

fn of_command(command: &Command) -> String {
    let flags = CommandFlags::of(command.path);
    let long = if command.long.is_empty() { command.short } else { command.long };
    let stop = if long.ends_with(['.', ':']) || !command.long.is_empty() { "" } else { "." };
    let mut text = format!("{long}{stop}\n\n");
    if !command.aliases.is_empty() {
        text += &format!("Aliases:\n{}, {}\n\n", command.name(), command.aliases.join(", "));
    }
    if !command.examples.is_empty() {
        text += &format!("Examples:\n{}\n\n", command.examples);
    }
    let mut children: Vec<&Command> = commands::all().filter(|row| row.parent() == command.path).collect();
    children.sort_by_key(|row| row.name());
    if !children.is_empty() {
        let width = children.iter().map(|row| row.name().len()).max().unwrap_or(0).max(11) + 3;
        text += "Available Commands:\n";
        for child in &children {
            text += &padded(child.name(), width, child.short);
        }
        text += "\n";
    }
    if !flags.own.is_empty() {
        text += &format!("Options:\n{}\n", options(&flags.own));
    }
    text += &format!("Usage:\n  {}\n\n", flags.usage);
    if !children.is_empty() {
        text +=
            &format!("Use \"kubectl {} <command> --help\" for more information about a given command.\n", command.path);
    }
    text + OPTIONS_HINT
}

/// Flags with their defaults and descriptions.
pub fn options(flags: &[FlagSpec]) -> String {
    let one = |flag: &FlagSpec| {
        let short = if flag.short.is_empty() { "    ".to_string() } else { format!("    -{}, ", flag.short) };
        format!("{short}--{}={}:\n\t{}\n", flag.name, flag.printed_default(), flag.help)
    };
    flags.iter().filter(|flag| !flag.help.starts_with(DEPRECATED)).map(one).collect::<Vec<_>>().join("\n")
}
