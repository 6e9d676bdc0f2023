//! Programs in containers: what the kubelet needs of a shell, which it does not know itself.

use crate::meta::Value;
use crate::process::{Certificate, Connection, LocalFuture, Process, System};
use crate::sim::Clock;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// Runs the command lines of containers. The shell implements it; the cluster hands it in.
///
/// Which programs a container has is said by its files: an image of busybox has `/bin/wget` and no
/// `/bin/curl`. A program that is not the shell's own is started by [`System::spawn`].
pub trait Programs {
    /// Runs `process.args`: a shell with its script, or one of the tools. The kubelet has already
    /// found the executable in the container's files.
    fn start(&self, process: Process) -> LocalFuture<i32>;
    /// Runs a line of shell in the process's own files and streams.
    fn line(&self, line: &str, process: Process) -> LocalFuture<i32>;
}

/// The API server's own port. The cluster hands it in; the container of the API server opens it.
pub trait ApiPort {
    /// What it shows to those who speak TLS.
    fn certificate(&self) -> Certificate;
    /// Answers what comes over a connection: with `token` as whom that is for, else as who the requests say.
    fn session(&self, connection: Connection, token: Option<String>) -> LocalFuture<()>;
    /// What is stored, as etcd has it: keys in order, each with its document.
    fn stored(&self) -> Vec<(String, Value)>;
    /// The newest revision of what is stored.
    fn revision(&self) -> u64;
}

/// What stands in until the API server's port is handed in.
impl ApiPort for Few {
    fn certificate(&self) -> Certificate {
        Certificate { names: Vec::new(), issuer: Default::default() }
    }
    fn session(&self, connection: Connection, _: Option<String>) -> LocalFuture<()> {
        connection.close();
        Box::pin(std::future::ready(()))
    }
    fn stored(&self) -> Vec<(String, Value)> {
        Vec::new()
    }
    fn revision(&self) -> u64 {
        0
    }
}

/// What stands in until a shell is handed in: it can wait, speak and fail.
pub struct Few;

impl Programs for Few {
    fn start(&self, process: Process) -> LocalFuture<i32> {
        let args = process.args.clone();
        Box::pin(async move {
            match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                [_, "-c", script, ..] => steps(script, &process).await,
                words => step(words, &process).await.unwrap_or(127),
            }
        })
    }
    fn line(&self, line: &str, process: Process) -> LocalFuture<i32> {
        let line = line.to_string();
        Box::pin(async move { steps(&line, &process).await })
    }
}

/// Runs commands between `;` and `&&`.
async fn steps(script: &str, process: &Process) -> i32 {
    let mut code = 0;
    for part in script.split(';').flat_map(|part| part.split("&&")) {
        let words: Vec<&str> = part.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect();
        if let ["exit", rest @ ..] = words.as_slice() {
            return rest.first().and_then(|code| code.parse().ok()).unwrap_or(code);
        }
        if !words.is_empty() {
            code = step(&words, process).await.unwrap_or(127);
        }
    }
    code
}

async fn step(words: &[&str], process: &Process) -> Option<i32> {
    match words {
        ["sleep", span] => wait(&process.clock, span).await,
        ["echo", rest @ ..] => {
            process.out(format!("{}\n", rest.join(" ")));
            Some(0)
        }
        ["true"] => Some(0),
        ["false"] => Some(1),
        ["cat", path] => match process.files.read(&process.path(path)) {
            Ok(bytes) => {
                process.stdout.write(&bytes);
                Some(0)
            }
            Err(error) => {
                process.err(format!("cat: {path}: {error}\n"));
                Some(1)
            }
        },
        _ => {
            process.err(format!("sh: {}: not found\n", words.first().copied().unwrap_or_default()));
            None
        }
    }
}

async fn wait(clock: &Clock, span: &str) -> Option<i32> {
    clock.sleep(seconds(span)?).await;
    Some(0)
}

/// What `sleep` takes: seconds with a fraction, or a number and `s`, `m`, `h`, `d`; or `infinity`.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    if matches!(text, "infinity" | "inf") {
        return Some(Duration::from_secs(3_153_600_000));
    }
    let (number, unit) = match text.as_bytes().last()? {
        b's' => (&text[..text.len() - 1], 1.0),
        b'm' => (&text[..text.len() - 1], 60.0),
        b'h' => (&text[..text.len() - 1], 3600.0),
        b'd' => (&text[..text.len() - 1], 86_400.0),
        _ => (text, 1.0),
    };
    let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    Some(Duration::from_secs_f64((number * unit).min(3.0e9)))
}

/// The machine's own way to start programs from a command line, for programs that start others.
pub(super) struct Starter {
    pub programs: Rc<dyn Programs>,
    /// Finds programs that come with the image.
    pub own: Rc<dyn Fn(Process) -> Option<LocalFuture<i32>>>,
    /// Sends a signal to a process that the container sees.
    pub signal: Rc<dyn Fn(u32, i32) -> bool>,
    /// Whether process 1 was told to end and has yet to notice.
    pub terminated: Rc<Cell<bool>>,
}

impl System for Starter {
    fn run(&self, command_line: &str, process: Process) -> LocalFuture<i32> {
        self.programs.line(command_line, process)
    }
    fn spawn(&self, process: Process) -> Option<LocalFuture<i32>> {
        (self.own)(process)
    }
    fn signal(&self, pid: u32, signal: i32) -> bool {
        (self.signal)(pid, signal)
    }
    fn terminated(&self) -> Option<&Cell<bool>> {
        Some(&self.terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_takes_what_coreutils_take() {
        for (text, expect) in [
            ("3", Some(3.0)),
            ("0.5", Some(0.5)),
            ("2m", Some(120.0)),
            ("1h", Some(3600.0)),
            ("infinity", Some(3.1536e9)),
            ("x", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(seconds(text).map(|span| span.as_secs_f64()), expect, "{text}");
        }
    }
}
