//! Help texts, laid out as kubectl's are: [`Help`] holds what `help.txt` says.
//!
//! Native builds embed that file. The page fetches it before the first line that may print help
//! ([`is_asked_for`]) and puts it where [`FILE`] says, in the machine's files.

use super::command::{Command, Group};
use super::commands;
use super::flags::{CommandFlags, DEPRECATED, FlagSpec};
use crate::process::{Node, Process};
use std::borrow::Cow;

/// Where the texts lie on a machine whose kubectl does not embed them.
pub const FILE: &str = "/usr/share/doc/kubectl/help.txt";

/// The texts, in builds that embed them.
#[cfg(any(test, feature = "descriptions"))]
pub static TEXT: &str = include_str!("help.txt");

/// Before the flags; before each command stands its path.
const FLAGS: &str = "\n== flags\n";

/// What may be printed besides usage lines and names.
pub struct Help(Cow<'static, str>);

impl Help {
    /// The texts at hand; without any, help is short.
    pub fn of(process: &Process) -> Help {
        #[cfg(any(test, feature = "descriptions"))]
        let embedded: &[&'static str] = &[TEXT];
        #[cfg(not(any(test, feature = "descriptions")))]
        let embedded: &[&'static str] = &[];
        Help(match (embedded, process.files.node(FILE)) {
            ([text, ..], _) => Cow::Borrowed(text),
            ([], Some(Node::File(bytes, _))) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Cow::Borrowed(""),
        })
    }

    fn section(&self, head: &str) -> &str {
        let from = self.0.find(head).map_or(self.0.len(), |at| at + head.len());
        let section = self.0.get(from..).unwrap_or_default();
        section.split("\n\n== ").next().unwrap_or_default()
    }

    /// A command's description and its examples.
    fn command(&self, path: &str) -> (&str, &str) {
        let path = if path.is_empty() { "kubectl" } else { path };
        let section = self.section(&format!("\n== {path}\n")).trim_end_matches('\n');
        match section.split_once("Examples:\n") {
            Some((long, examples)) => (long.trim_end_matches('\n'), examples),
            None => (section, ""),
        }
    }

    /// What a command's flag is for.
    fn flag(&self, path: &str, name: &str) -> &str {
        let (own, mut common) = (format!("{path}/{name}"), "");
        for (key, text) in self.section(FLAGS).lines().filter_map(|line| line.split_once('\t')) {
            if key == own {
                return text;
            }
            if key == name {
                common = text;
            }
        }
        common
    }

    /// The help of a command.
    pub fn text(&self, command: &Command) -> String {
        if command.path.is_empty() { self.root() } else { self.of_command(command) }
    }

    /// The root's help: all commands by group.
    fn root(&self) -> String {
        let (long, _) = self.command("");
        let long = if long.is_empty() { super::cli::ROOT.short } else { long };
        format!("{long}\n\n{}", groups())
    }

    fn of_command(&self, command: &Command) -> String {
        let flags = CommandFlags::of(command.path);
        let (long, examples) = self.command(command.path);
        let stop = if command.short.ends_with(['.', ':']) { "" } else { "." };
        let mut text = if long.is_empty() { format!("{}{stop}\n\n", command.short) } else { format!("{long}\n\n") };
        if !command.aliases.is_empty() {
            text += &format!("Aliases:\n{}, {}\n\n", command.name(), command.aliases.join(", "));
        }
        if !examples.is_empty() {
            text += &format!("Examples:\n{}\n\n", examples);
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
            text += &format!("Options:\n{}\n", self.options(command.path, &flags.own));
        }
        text += &format!("Usage:\n  {}\n\n", flags.usage);
        if !children.is_empty() {
            text += &format!(
                "Use \"kubectl {} <command> --help\" for more information about a given command.\n",
                command.path
            );
        }
        text + OPTIONS_HINT
    }

    /// Flags with their defaults and descriptions.
    pub fn options(&self, path: &str, flags: &[FlagSpec]) -> String {
        let one = |flag: &FlagSpec| {
            let short = if flag.short.is_empty() { "    ".to_string() } else { format!("    -{}, ", flag.short) };
            let (name, default) = (flag.name, flag.printed_default());
            format!("{short}--{name}={default}:\n\t{}\n", self.flag(path, name))
        };
        flags.iter().filter(|flag| !flag.help.starts_with(DEPRECATED)).map(one).collect::<Vec<_>>().join("\n")
    }
}

fn padded(name: &str, width: usize, short: &str) -> String {
    format!("  {name:<width$}{short}\n")
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

/// Whether a line typed into a shell may print help: by a word that asks for it, or by naming a
/// command that does nothing but list its subcommands.
pub fn is_asked_for(line: &str) -> bool {
    line.split(['|', ';', '&', '\n', '(', ')']).any(|command| {
        let mut words = command.split_whitespace();
        if command.split_whitespace().any(|word| matches!(word, "help" | "--help" | "-h" | "options")) {
            return true;
        }
        if !words.any(|word| matches!(word, "kubectl" | "k")) {
            return false;
        }
        let words: Vec<String> = words.map(String::from).collect();
        let (command, rest) = super::cli::find(&words);
        command.run.is_none() || rest.is_empty() && commands::all().any(|row| row.parent() == command.path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: &str = "# \n\n== flags\nall\tAll.\nlogs/all\tAll logs.\n\n== get\nLong.\n\n More.\nExamples:\n  # x\n\n  # y\n\n== set\nExamples:\n  z\n";

    #[test]
    fn texts_are_found_by_command_and_flag() {
        let help = Help(TEXTS.into());
        assert_eq!(help.command("get"), ("Long.\n\n More.", "  # x\n\n  # y"));
        assert_eq!(help.command("set"), ("", "  z"));
        assert_eq!(help.command("nosuch"), ("", ""));
        assert_eq!(
            [help.flag("get", "all"), help.flag("logs", "all"), help.flag("get", "x")],
            ["All.", "All logs.", ""]
        );
    }

    #[test]
    fn lines_that_may_print_help_are_known() {
        for (line, expect) in [
            ("kubectl get --help", true),
            ("ls; kubectl get -h | less", true),
            ("kubectl", true),
            ("k create", true),
            ("kubectl -n x create secret", true),
            ("kubectl create -f web.yaml", false),
            ("kubectl create secret generic x", false),
            ("kubectl get pods", false),
            ("echo create", false),
        ] {
            assert_eq!(is_asked_for(line), expect, "{line}");
        }
    }

    /// The table's texts are complete.
    #[test]
    fn every_command_and_every_flag_is_explained() {
        let help = Help(TEXT.into());
        for command in commands::all().filter(|command| command.group != Group::Hidden) {
            let (long, examples) = help.command(command.path);
            let parent = commands::all().any(|row| row.parent() == command.path);
            assert!(parent || !examples.is_empty(), "{}: no example", command.path);
            assert!(!long.is_empty() || !command.short.is_empty(), "{}: no text", command.path);
            for flag in CommandFlags::of(command.path).own.iter().chain(&CommandFlags::of("").global) {
                let deprecated = flag.help.starts_with(DEPRECATED);
                assert!(deprecated || !help.flag(command.path, flag.name).is_empty(), "--{}: no text", flag.name);
            }
        }
        for path in TEXT
            .lines()
            .filter_map(|line| line.strip_prefix("== "))
            .filter(|path| !matches!(*path, "flags" | "kubectl"))
        {
            assert!(commands::all().any(|command| command.path == path), "{path}: no such command");
        }
    }
}
