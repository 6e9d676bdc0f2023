//! `kubectl completion`: prints what has a shell complete kubectl's words.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::commands;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "completion",
    group: Group::Settings,
    short: "Output shell completion code for the specified shell (bash, zsh, fish, or powershell)",
    run: Some(|inv| Box::pin(async move { run(&inv) })),
    ..Command::BASE
}];

/// Each shell with the lines of its script; `COMMANDS` stands for the names of the commands.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "bash",
        r#"# bash completion for kubectl
__start_kubectl() {
    local words="COMMANDS"
    COMPREPLY=()
    if [ "$COMP_CWORD" -le 1 ]; then
        COMPREPLY=( $(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}") )
    fi
}
complete -o default -F __start_kubectl kubectl
"#,
    ),
    (
        "zsh",
        r#"#compdef kubectl
compdef _kubectl kubectl
_kubectl() {
    local -a commands
    commands=(COMMANDS)
    _arguments '1:command:($commands)' '*::argument:_files'
}
if [ "$funcstack[1]" = "_kubectl" ]; then
    _kubectl
fi
"#,
    ),
    (
        "fish",
        r#"# fish completion for kubectl
complete -c kubectl -n __fish_use_subcommand -f -a "COMMANDS"
"#,
    ),
    (
        "powershell",
        r#"# powershell completion for kubectl
Register-ArgumentCompleter -Native -CommandName kubectl -ScriptBlock {
    param($word)
    "COMMANDS" -split " " | Where-Object { $_ -like "$word*" }
}
"#,
    ),
];

fn run(inv: &Invocation) -> Outcome {
    let shell = match inv.args() {
        [] => return Err(Failure::usage("Shell not specified.")),
        [shell] => shell,
        _ => return Err(Failure::usage("Too many arguments. Expected only the shell type.")),
    };
    let script = SCRIPTS.iter().find(|(name, _)| name == shell);
    let (_, script) = script.ok_or_else(|| Failure::usage(format!("Unsupported shell type {shell:?}.")))?;
    let rows = commands::all().filter(|row| row.parent().is_empty() && row.group != Group::Hidden);
    let names: Vec<&str> = rows.map(Command::name).collect();
    inv.out(script.replace("COMMANDS", &names.join(" ")));
    Ok(())
}
