//! The shell's own commands: those that change the shell, or that it must not start a program for.

mod aliases;
mod control;
mod directories;
mod echo;
mod evaluate;
mod help;
mod history;
mod jobs;
mod lookup;
mod processes;
mod read;
mod set;
mod test;
mod trap;
mod variables;

pub use echo::{float, format_once, unescape};

use super::run::{Flow, Shell};
use std::future::Future;
use std::pin::Pin;

/// A status, or how the flow of commands changes.
pub type Outcome = Result<i32, Flow>;

type Waiting<'a> = Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// What a builtin does with its arguments, its own name not among them.
#[derive(Clone, Copy)]
pub enum Run {
    /// At once.
    Now(fn(&mut Shell, &[String]) -> Outcome),
    /// In its own time.
    Waiting(for<'a> fn(&'a mut Shell, &'a [String]) -> Waiting<'a>),
}

/// A builtin.
pub struct Builtin {
    /// What it is called.
    pub name: &'static str,
    /// Its arguments, and what it does, in one line.
    pub help: fn() -> (&'static str, &'static str),
    /// Whether a program of that name exists too, for `xargs` and the like.
    pub also_program: bool,
    /// What it does.
    pub run: Run,
}

const fn row(name: &'static str, help: fn() -> (&'static str, &'static str), run: Run) -> Builtin {
    Builtin { name, help, also_program: false, run }
}

const fn both(name: &'static str, help: fn() -> (&'static str, &'static str), run: Run) -> Builtin {
    Builtin { name, help, also_program: true, run }
}

/// All builtins, by name.
pub const BUILTINS: &[Builtin] = &[
    row(".", || (". FILE [ARG]...", "Run a file's commands in this shell."), Run::Waiting(evaluate::source)),
    row(":", || (":", "Do nothing."), Run::Now(control::succeed)),
    both("[", || ("[ EXPRESSION ]", "Ask about files, texts and numbers."), Run::Now(test::bracket)),
    row("alias", || ("alias [NAME[=VALUE]]...", "Name a command line."), Run::Now(aliases::alias)),
    row("bg", || ("bg [JOB]", "Let a job run in the background."), Run::Now(jobs::bg)),
    row("break", || ("break [N]", "Leave a loop."), Run::Now(control::leave)),
    row(
        "builtin",
        || ("builtin NAME [ARG]...", "Run one of the shell's own commands."),
        Run::Waiting(evaluate::builtin),
    ),
    row("cd", || ("cd [DIRECTORY]", "Change the working directory."), Run::Now(directories::cd)),
    row(
        "command",
        || ("command [-v] NAME [ARG]...", "Run a command that is no function."),
        Run::Waiting(lookup::command),
    ),
    row("continue", || ("continue [N]", "Begin a loop's next turn."), Run::Now(control::again)),
    row(
        "declare",
        || ("declare [-airx] [NAME[=VALUE]]...", "Set variables and their kinds."),
        Run::Now(variables::declare),
    ),
    row("dirs", || ("dirs", "Print the directories that popd goes back to."), Run::Now(directories::dirs)),
    row("disown", || ("disown [JOB]", "Forget a job."), Run::Now(jobs::disown)),
    both("echo", || ("echo [-neE] [TEXT]...", "Print text."), Run::Now(echo::echo)),
    row("eval", || ("eval [ARG]...", "Run arguments as a command line."), Run::Waiting(evaluate::eval)),
    row("exec", || ("exec [COMMAND [ARG]...]", "Replace the shell, or its streams."), Run::Waiting(evaluate::exec)),
    row("exit", || ("exit [STATUS]", "End the shell."), Run::Now(control::exit)),
    row("export", || ("export [-n] [NAME[=VALUE]]...", "Let programs see variables."), Run::Now(variables::export)),
    both("false", || ("false", "Fail."), Run::Now(control::fail)),
    row("fg", || ("fg [JOB]", "Bring a job to the foreground."), Run::Waiting(jobs::fg)),
    row("getopts", || ("getopts LETTERS NAME", "Read options one by one."), Run::Now(read::getopts)),
    row("hash", || ("hash [-r]", "Forget where programs are."), Run::Now(control::succeed)),
    row("help", || ("help [NAME]", "Say what commands there are."), Run::Now(help::help)),
    row("history", || ("history [-c] [N]", "Print what was typed."), Run::Now(history::history)),
    row("jobs", || ("jobs [-lp]", "Print the background jobs."), Run::Now(jobs::jobs)),
    both("kill", || ("kill [-SIGNAL] JOB...", "End jobs."), Run::Now(jobs::kill)),
    both("killall", || ("killall [-SIGNAL] NAME...", "End processes by name."), Run::Now(processes::killall)),
    row("let", || ("let EXPRESSION...", "Calculate."), Run::Waiting(evaluate::calculate)),
    row("local", || ("local [NAME[=VALUE]]...", "Make variables a function's own."), Run::Now(variables::local)),
    row("logout", || ("logout", "End the shell."), Run::Now(control::exit)),
    row("mapfile", || ("mapfile [-t] [NAME]", "Read lines into an array."), Run::Waiting(read::mapfile)),
    both("pgrep", || ("pgrep [-fax] PATTERN", "Print the numbers of processes by name."), Run::Now(processes::pgrep)),
    both("pkill", || ("pkill [-SIGNAL] [-fx] PATTERN", "End processes by name."), Run::Now(processes::pkill)),
    row("popd", || ("popd", "Go back to the directory before."), Run::Now(directories::popd)),
    both("printf", || ("printf FORMAT [ARG]...", "Print text by a format."), Run::Now(echo::printf)),
    row("pushd", || ("pushd [DIRECTORY]", "Change the directory, to come back later."), Run::Now(directories::pushd)),
    both("pwd", || ("pwd", "Print the working directory."), Run::Now(directories::pwd)),
    row(
        "read",
        || ("read [-r] [-p PROMPT] [-a] [-d] [NAME]...", "Read a line into variables."),
        Run::Waiting(read::read),
    ),
    row("readarray", || ("readarray [-t] [NAME]", "Read lines into an array."), Run::Waiting(read::mapfile)),
    row("readonly", || ("readonly [NAME[=VALUE]]...", "Protect variables."), Run::Now(variables::readonly)),
    row("return", || ("return [STATUS]", "Leave a function."), Run::Now(control::give_back)),
    row("set", || ("set [-eux] [-o NAME] [--] [ARG]...", "Set options and parameters."), Run::Now(set::set)),
    row("shift", || ("shift [N]", "Drop the first parameters."), Run::Now(set::shift)),
    row("shopt", || ("shopt [-su] [NAME]...", "Set options."), Run::Now(set::shopt)),
    row("source", || ("source FILE [ARG]...", "Run a file's commands in this shell."), Run::Waiting(evaluate::source)),
    both("test", || ("test EXPRESSION", "Ask about files, texts and numbers."), Run::Now(test::test)),
    row("trap", || ("trap [COMMAND SIGNAL...]", "Run a command when the shell ends."), Run::Now(trap::trap)),
    both("true", || ("true", "Succeed."), Run::Now(control::succeed)),
    row("type", || ("type NAME...", "Say what a name stands for."), Run::Now(lookup::describe)),
    row("typeset", || ("typeset [NAME[=VALUE]]...", "Set variables and their kinds."), Run::Now(variables::declare)),
    row("ulimit", || ("ulimit", "Print limits: there are none."), Run::Now(control::unlimited)),
    row("umask", || ("umask", "Print the mask of new files."), Run::Now(control::mask)),
    row("unalias", || ("unalias [-a] NAME...", "Forget aliases."), Run::Now(aliases::unalias)),
    row("unset", || ("unset [-fv] NAME...", "Forget variables and functions."), Run::Now(variables::unset)),
    row("wait", || ("wait [JOB]...", "Wait for jobs to end."), Run::Waiting(jobs::wait)),
    both("which", || ("which NAME...", "Print the paths of programs."), Run::Now(lookup::which)),
];

/// A builtin by its name.
pub fn find(name: &str) -> Option<&'static Builtin> {
    BUILTINS.binary_search_by(|builtin| builtin.name.cmp(name)).ok().and_then(|at| BUILTINS.get(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(BUILTINS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
