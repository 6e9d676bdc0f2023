//! `trap`

use super::super::run::{Shell, quote};
use super::Outcome;

/// `trap`
pub fn trap(shell: &mut Shell, args: &[String]) -> Outcome {
    let args: Vec<&String> = args.iter().filter(|arg| !matches!(arg.as_str(), "--" | "-p")).collect();
    let Some((command, signals)) = args.split_first() else {
        let lines = shell.traps.iter().map(|(signal, command)| format!("trap -- {} {signal}\n", quote(command)));
        let text: String = lines.collect();
        shell.streams.print(&text);
        return Ok(0);
    };
    for signal in signals {
        let name = signal.trim_start_matches("SIG").to_uppercase();
        let name = if name == "0" { "EXIT".to_string() } else { name };
        if command.as_str() == "-" {
            shell.traps.remove(&name);
        } else {
            shell.traps.insert(name, command.to_string());
        }
    }
    Ok(0)
}
