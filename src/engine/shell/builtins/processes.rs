//! `pgrep`, `pkill`, `killall`: processes by name, the jobs of the shell and those that `/proc` lists.

use super::super::regex::{Flavor, Regex};
use super::super::run::Shell;
use super::{Outcome, jobs};

/// The processes there are: number and command line.
fn all(shell: &Shell) -> Vec<(String, String)> {
    let files = &shell.host.files;
    let listed = files.list("/proc").unwrap_or_default().into_iter().filter(|name| name.parse::<u32>().is_ok());
    let command = |pid: &String| files.read(&format!("/proc/{pid}/cmdline")).ok();
    let listed = listed.filter_map(|pid| Some((String::from_utf8_lossy(&command(&pid)?).replace('\0', " "), pid)));
    let mut found: Vec<(String, String)> = listed.map(|(command, pid)| (pid, command.trim().to_string())).collect();
    let jobs = shell.jobs.borrow();
    found.extend(jobs.iter().filter(|job| job.status().is_none()).map(|job| (job.pid.to_string(), job.source.clone())));
    found.sort_by_key(|(pid, _)| pid.parse::<u32>().unwrap_or_default());
    found
}

/// The program's name in a command line.
fn name(command: &str) -> &str {
    let first = command.split_whitespace().next().unwrap_or_default();
    first.rsplit('/').next().unwrap_or(first).trim_end_matches(':')
}

/// `pgrep`
pub fn pgrep(shell: &mut Shell, args: &[String]) -> Outcome {
    chosen(shell, "pgrep", args)
}

/// `pkill`
pub fn pkill(shell: &mut Shell, args: &[String]) -> Outcome {
    chosen(shell, "pkill", args)
}

/// `killall`
pub fn killall(shell: &mut Shell, args: &[String]) -> Outcome {
    chosen(shell, "killall", args)
}

fn chosen(shell: &mut Shell, program: &str, args: &[String]) -> Outcome {
    let (mut full, mut exact, mut list, mut ignore) = (false, program == "killall", false, false);
    let (mut signal, mut patterns) = ("-TERM".to_string(), Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--signal" | "-s" => signal = format!("-{}", args.next().map_or("TERM", String::as_str)),
            letters
                if letters.len() > 1
                    && letters.starts_with('-')
                    && letters[1..].chars().all(|c| "faxliqe".contains(c)) =>
            {
                full |= letters.contains('f');
                exact |= letters.contains('x');
                list |= letters.contains(['a', 'l']);
                ignore |= letters.contains('i');
            }
            other if other.starts_with('-') => signal = other.to_string(),
            pattern => patterns.push(pattern),
        }
    }
    if patterns.is_empty() {
        let text = match program {
            "killall" => "Usage: killall [OPTION]... [--] NAME...\n".to_string(),
            _ => format!("{program}: no matching criteria specified\nTry `{program} --help' for more information.\n"),
        };
        shell.streams.error(&text);
        return Ok(2);
    }
    let mut status = 0;
    for pattern in patterns {
        let regex = Regex::new(pattern, Flavor::Extended, ignore).unwrap_or_else(|_| Regex::literal(pattern, ignore));
        let fits = |command: &str| {
            let text = if full { command } else { name(command) };
            if exact { text == pattern } else { regex.is_match(text) }
        };
        let found: Vec<(String, String)> = all(shell).into_iter().filter(|(_, command)| fits(command)).collect();
        if found.is_empty() {
            if program == "killall" {
                shell.streams.error(&format!("{pattern}: no process found\n"));
            }
            status = 1;
        }
        for (pid, command) in found {
            let what = if full { &command } else { name(&command) };
            match program {
                "pgrep" if list => shell.streams.print(&format!("{pid} {what}\n")),
                "pgrep" => shell.streams.print(&format!("{pid}\n")),
                _ => jobs::kill(shell, &[signal.clone(), pid])? == 0,
            };
        }
    }
    Ok(status)
}

#[cfg(test)]
mod tests {
    use crate::shell::testing::Bench;

    #[test]
    fn jobs_are_found_by_name() {
        let bench = Bench::new();
        let begun = bench.run("sleep 9001 & sleep 8002 & jobs").output;
        assert!(begun.contains("Running"), "{begun}");
        for (line, expect) in [
            ("pgrep -f 'sleep 9' > f; pgrep sleep > g; wc -l < f; wc -l < g", "1\n2\n"),
            (
                "pkill -f 'sleep 9'; pgrep -a sleep > f; cut -d' ' -f2- f; killall nosuch",
                "sleep\nnosuch: no process found\n",
            ),
            ("killall sleep; pgrep sleep || echo none", "none\n"),
        ] {
            let output = bench.run(line).output;
            assert!(output.contains(expect), "{line}\n{output}");
        }
    }
}
