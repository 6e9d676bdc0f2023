//! `help`

use super::super::programs::PROGRAMS;
use super::super::run::Shell;
use super::{BUILTINS, Outcome};

/// `help`
pub fn help(shell: &mut Shell, args: &[String]) -> Outcome {
    let Some(name) = args.first() else {
        let mut rows: Vec<(&str, &str)> = BUILTINS.iter().map(|row| (row.name, (row.help)().1)).collect();
        rows.extend(PROGRAMS.iter().filter(|row| shell.host.offers(row)).map(|row| (row.name, (row.help)().summary)));
        rows.sort_unstable();
        rows.dedup_by_key(|row| row.0);
        let text: String = rows.iter().map(|(name, summary)| format!("{name:<12}{summary}\n")).collect();
        shell.streams.print(&text);
        return Ok(0);
    };
    let builtin = BUILTINS.iter().find(|row| row.name == name).map(|row| (row.help)());
    let program = PROGRAMS.iter().find(|row| row.name == name).map(|row| (row.help)());
    let program = program.map(|help| (help.usage, help.summary));
    match builtin.or(program) {
        Some((usage, summary)) => {
            shell.streams.print(&format!("{name}: {usage}\n    {summary}\n"));
            Ok(0)
        }
        None => {
            shell.complain(&format!("help: no help topics match `{name}'"));
            Ok(1)
        }
    }
}
