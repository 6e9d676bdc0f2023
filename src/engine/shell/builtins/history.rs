//! `history`

use super::super::run::Shell;
use super::Outcome;

/// `history`
pub fn history(shell: &mut Shell, args: &[String]) -> Outcome {
    if args.first().is_some_and(|arg| arg == "-c") {
        shell.history.borrow_mut().clear();
        return Ok(0);
    }
    let history = shell.history.borrow();
    let most = match args.first() {
        None => history.len(),
        Some(arg) => match arg.parse::<usize>() {
            Ok(most) => most,
            Err(_) => {
                shell.complain(&format!("history: {arg}: numeric argument required"));
                return Ok(1);
            }
        },
    };
    let skip = history.len().saturating_sub(most);
    let lines = history.iter().enumerate().skip(skip).map(|(at, line)| format!("{:5}  {line}\n", at + 1));
    shell.streams.print(&lines.collect::<String>());
    Ok(0)
}
