//! `jobs`, `fg`, `bg`, `wait`, `kill`, `disown`

use super::super::run::{Flow, Shell};
use super::{Outcome, Waiting};
use crate::sim::{Clock, TaskId, Tasks};
use std::future::poll_fn;
use std::task::Poll;

/// `jobs`
pub fn jobs(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut jobs = shell.jobs.borrow_mut();
    let last = jobs.iter().last().map(|job| job.pid);
    let text: String = if args.first().is_some_and(|arg| arg == "-p") {
        jobs.iter().map(|job| format!("{}\n", job.pid)).collect()
    } else {
        jobs.iter().map(|job| job.line(Some(job.pid) == last)).collect()
    };
    shell.streams.print(&text);
    jobs.report();
    Ok(0)
}

/// `bg`: jobs never stop here, so they run already.
pub fn bg(shell: &mut Shell, args: &[String]) -> Outcome {
    let name = args.first().map_or("", String::as_str);
    let found = shell.jobs.borrow_mut().find(name).map(|job| job.number);
    match found {
        Some(number) => shell.complain(&format!("bg: job {number} already in background")),
        None => {
            shell.complain(&format!("bg: {}: no such job", if name.is_empty() { "current" } else { name }));
            return Ok(1);
        }
    }
    Ok(0)
}

/// `disown`
pub fn disown(shell: &mut Shell, args: &[String]) -> Outcome {
    let name = args.first().map_or("", String::as_str);
    let mut jobs = shell.jobs.borrow_mut();
    match jobs.find(name).map(|job| job.pid) {
        Some(pid) => jobs.remove(pid),
        None => {
            drop(jobs);
            shell.complain(&format!("disown: {}: no such job", if name.is_empty() { "current" } else { name }));
            return Ok(1);
        }
    }
    Ok(0)
}

/// Ends a job that was brought to the foreground when the foreground is interrupted.
struct Leash {
    task: TaskId,
    tasks: Tasks,
    clock: Clock,
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.tasks.kill(&self.clock, self.task);
    }
}

/// `fg`
pub fn fg<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let name = args.first().map_or("", String::as_str);
        let found = shell.jobs.borrow_mut().find(name).map(|job| (job.pid, job.task, job.source.clone()));
        let Some((pid, task, source)) = found else {
            shell.complain(&format!("fg: {}: no such job", if name.is_empty() { "current" } else { name }));
            return Ok(1);
        };
        shell.streams.print(&format!("{source}\n"));
        let leash = Leash { task, tasks: shell.host.tasks.clone(), clock: shell.host.clock.clone() };
        let status = finish(shell, pid).await;
        drop(leash);
        shell.jobs.borrow_mut().remove(pid);
        Ok(status)
    })
}

/// Waits for a job's status.
async fn finish(shell: &Shell, pid: u32) -> i32 {
    poll_fn(|_| {
        let signal = shell.host.own.as_ref().and_then(|own| own.terminated());
        if shell.traps.contains_key("TERM") && signal.is_some_and(|signal| signal.get()) {
            // A trapped signal ends the waiting.
            return Poll::Ready(143);
        }
        let jobs = shell.jobs.borrow();
        match jobs.iter().find(|job| job.pid == pid) {
            Some(job) => job.status().map_or(Poll::Pending, Poll::Ready),
            None => Poll::Ready(127),
        }
    })
    .await
}

/// `wait`
pub fn wait<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let mut pids = Vec::new();
        for arg in args.iter().filter(|arg| !arg.starts_with("-")) {
            let found = shell.jobs.borrow_mut().find(arg).map(|job| job.pid);
            match found {
                Some(pid) => pids.push(pid),
                None if arg.starts_with('%') => {
                    shell.complain(&format!("wait: {arg}: no such job"));
                    return Ok(127);
                }
                None => {
                    shell.complain(&format!("wait: pid {arg} is not a child of this shell"));
                    return Ok(127);
                }
            }
        }
        if args.iter().any(|arg| arg == "-n") {
            // The first of them to end.
            let any = |shell: &Shell| shell.jobs.borrow().iter().find_map(|job| Some((job.pid, job.status()?)));
            if shell.jobs.borrow().iter().next().is_none() {
                return Ok(127);
            }
            let (pid, status) = poll_fn(|_| any(shell).map_or(Poll::Pending, Poll::Ready)).await;
            shell.jobs.borrow_mut().remove(pid);
            return Ok(status);
        }
        let named = !pids.is_empty();
        if !named {
            pids = shell.jobs.borrow().iter().map(|job| job.pid).collect();
        }
        let mut status = 0;
        for pid in pids {
            status = finish(shell, pid).await;
            if !shell.interactive {
                shell.jobs.borrow_mut().remove(pid);
            }
        }
        Ok(if named { status } else { 0 })
    })
}

/// Signals by name and number, as `kill -l` lists them.
const SIGNALS: &[(&str, i32)] = &[
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("CHLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("WINCH", 28),
];

/// `kill`
pub fn kill(shell: &mut Shell, args: &[String]) -> Outcome {
    let mut signal = 15;
    let mut names = args;
    if let Some(first) = args.first().and_then(|arg| arg.strip_prefix('-')) {
        if first == "l" {
            let asked: Vec<&String> = args[1..].iter().collect();
            let wanted = |name: &str, number: i32| {
                asked.iter().any(|arg| arg.parse() == Ok(number) || arg.trim_start_matches("SIG") == name)
            };
            let line = |at: usize, name: &str, number: i32| match asked.first() {
                None => format!("{number:2}) SIG{name}{}", if at % 5 == 4 { '\n' } else { '\t' }),
                Some(arg) if arg.parse::<i32>().is_ok() => format!("{name}\n"),
                Some(_) => format!("{number}\n"),
            };
            let rows =
                SIGNALS.iter().enumerate().filter(|(_, (name, number))| asked.is_empty() || wanted(name, *number));
            let text: String = rows.map(|(at, (name, number))| line(at, name, *number)).collect();
            shell.streams.print(text.trim_end());
            shell.streams.print("\n");
            return Ok(0);
        }
        let spaced = first == "s" || first == "n";
        let text = if spaced { args.get(1).map_or("", String::as_str) } else { first };
        let bare = text.trim_start_matches("SIG");
        let found = SIGNALS.iter().find(|(name, number)| *name == bare || number.to_string() == bare);
        let Some((_, number)) = found.or(SIGNALS.iter().find(|_| bare == "0")) else {
            shell.complain(&format!("kill: {text}: invalid signal specification"));
            return Ok(1);
        };
        signal = if bare == "0" { 0 } else { *number };
        names = args.get(1 + usize::from(spaced)..).unwrap_or_default();
    }
    if names.is_empty() {
        shell
            .streams
            .error("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n");
        return Ok(2);
    }
    let mut status = 0;
    for name in names {
        if *name == shell.pid().to_string() {
            // A signal to the shell itself: a trap takes it, or it ends the shell.
            let known = SIGNALS.iter().find(|(_, number)| *number == signal).map(|(name, _)| *name);
            match known {
                Some(name) if shell.traps.contains_key(name) => shell.pending.push(name),
                Some(_) if !matches!(signal, 17..=19 | 28) && (!shell.interactive || signal == 9) => {
                    shell.status = 128 + signal;
                    return Err(Flow::Exit);
                }
                _ => {}
            }
            continue;
        }
        let mut jobs = shell.jobs.borrow_mut();
        let task = match jobs.find(name) {
            Some(job) if job.status().is_none() => {
                if !matches!(signal, 0 | 18 | 19) {
                    job.kill(128 + signal);
                }
                Some(job.task)
            }
            _ => None,
        };
        drop(jobs);
        match task {
            Some(task) if !matches!(signal, 0 | 18 | 19) => shell.host.tasks.kill(&shell.host.clock, task),
            Some(_) => {}
            None => {
                let ended = shell.host.signal(name, signal);
                if !ended {
                    let what = if name.starts_with('%') {
                        format!("kill: {name}: no such job")
                    } else if name.parse::<i64>().is_err() {
                        format!("kill: {name}: arguments must be process or job IDs")
                    } else {
                        format!("kill: ({name}) - No such process")
                    };
                    shell.complain(&what);
                    status = 1;
                }
            }
        }
    }
    Ok(status)
}
