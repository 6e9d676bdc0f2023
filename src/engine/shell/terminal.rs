//! A terminal: lines go in, chunks of output come out, and a shell runs in between.
//!
//! The page has one per tab, `tabernetes test` one per transcript. What the reader does are plain
//! calls; the shell itself is a task of the cluster.

use super::complete::{Completion, complete};
use super::editor::{Desk, EditorRequest};
use super::forgive;
use super::host::Host;
use super::run::{Flow, Shell};
use super::syntax::{Parser, SyntaxError};
use crate::meta::SortedMap;
use crate::process::Process;
use crate::sim::{END_OF_INPUT, INTERRUPT, Pipe, TaskId, pipe};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

/// Where a piece of output comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// A remark of the playground, not of any program.
    Hint,
    /// The prompt with the line that was entered.
    Prompt,
}

/// A piece of output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it comes from.
    pub stream: Stream,
    /// The text.
    pub text: String,
}

/// What the terminal and its shell's task share.
struct Shared {
    chunks: RefCell<Vec<Chunk>>,
    /// The lines to run, each with what it will read.
    lines: RefCell<VecDeque<(String, Pipe)>>,
    /// The beginning of a command that lacks its end.
    unfinished: RefCell<String>,
    stdin: RefCell<Pipe>,
    busy: Cell<bool>,
    interrupted: Cell<bool>,
    exited: Cell<bool>,
    status: Cell<i32>,
    view: RefCell<ShellView>,
    history: Rc<RefCell<Vec<String>>>,
}

/// What completion and the prompt need to know of the shell; taken after each line.
#[derive(Clone, Default)]
pub struct ShellView {
    /// The working directory.
    pub cwd: String,
    /// The home directory.
    pub home: String,
    /// The aliases.
    pub aliases: SortedMap<String, String>,
    /// Names of variables.
    pub variables: Vec<String>,
    /// Names of functions.
    pub functions: Vec<String>,
    /// The program path.
    pub path: String,
    /// Where `kubectl` looks for its configuration, if that is set.
    pub environment: SortedMap<String, String>,
}

/// How a terminal is opened.
#[derive(Clone, Debug)]
pub struct TerminalOptions {
    /// Whether a reader sits at it: prompts, job messages, columns.
    pub interactive: bool,
    /// The width in columns.
    pub columns: usize,
    /// Where the shell starts.
    pub cwd: String,
    /// The environment beside what every shell has.
    pub env: SortedMap<String, String>,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        TerminalOptions { interactive: false, columns: 80, cwd: "/home/user".into(), env: SortedMap::new() }
    }
}

/// A terminal with a shell in it.
pub struct Terminal {
    host: Rc<Host>,
    shared: Rc<Shared>,
    desk: Rc<Desk>,
    task: TaskId,
    jobs: Rc<RefCell<super::run::Jobs>>,
}

impl Terminal {
    /// Opens a terminal on a machine and starts a shell in it.
    pub fn open(host: &Rc<Host>, options: TerminalOptions) -> Terminal {
        let clock = host.clock.clone();
        let history: Rc<RefCell<Vec<String>>> = Rc::default();
        let shared = Rc::new(Shared {
            chunks: RefCell::default(),
            lines: RefCell::default(),
            unfinished: RefCell::default(),
            stdin: RefCell::new(pipe(&clock)),
            busy: Cell::new(false),
            interrupted: Cell::new(false),
            exited: Cell::new(false),
            status: Cell::new(0),
            view: RefCell::default(),
            history: history.clone(),
        });
        let sink = |stream: Stream| {
            let shared = Rc::downgrade(&shared);
            Pipe::into_sink(&clock, move |bytes| {
                if let Some(shared) = shared.upgrade() {
                    shared.print(stream, &String::from_utf8_lossy(bytes));
                }
            })
        };
        let (stdout, stderr) = (sink(Stream::Out), sink(Stream::Err));
        let home = options.cwd.clone();
        let mut env = SortedMap::from(
            [
                ("HOME", home.as_str()),
                ("USER", &host.user),
                ("LOGNAME", &host.user),
                ("SHELL", "/bin/bash"),
                ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                ("LANG", "C.UTF-8"),
                ("TERM", "xterm-256color"),
                ("HOSTNAME", &host.hostname),
            ]
            .map(|(name, value)| (name.to_string(), value.to_string())),
        );
        env.extend(options.env);
        let desk = Rc::new(Desk::new(&clock));
        let process = Process {
            args: vec![host.shell_name.into()],
            env,
            cwd: options.cwd,
            stdin: shared.stdin.borrow().clone(),
            stdout,
            stderr,
            tty: options.interactive,
            columns: options.columns,
            files: host.files.clone(),
            net: host.net.clone(),
            clock: clock.clone(),
            rng: host.rng.clone(),
            system: Rc::new(super::host::Launcher { host: host.clone(), desk: Some(desk.clone()) }),
        };
        let mut shell = Shell::new(host, &process);
        shell.desk = Some(desk.clone());
        shell.interactive = options.interactive;
        shell.forgiving = true;
        shell.history = history;
        // Messages about jobs are for a reader only.
        let quiet = !options.interactive;
        let jobs = shell.jobs.clone();
        shared.look(&shell);
        let task = host.tasks.spawn(&clock, serve(shell, shared.clone(), quiet));
        Terminal { host: host.clone(), shared, desk, task, jobs }
    }

    /// Takes a line: a command, or input for the program that runs.
    pub fn enter(&self, line: &str) {
        if self.is_busy() {
            self.shared.stdin.borrow().write(format!("{line}\n").as_bytes());
            return;
        }
        let mut unfinished = self.shared.unfinished.borrow_mut();
        let fresh = unfinished.is_empty();
        let line = if fresh { forgive::prompts(line) } else { forgive::continuation(line).to_string() };
        if !fresh {
            unfinished.push('\n');
        }
        unfinished.push_str(&line);
        if !unfinished.trim().is_empty() && self.lacks_its_end(&unfinished) {
            return;
        }
        let whole = std::mem::take(&mut *unfinished);
        let whole = self.recall(&whole);
        if !whole.trim().is_empty() {
            let mut history = self.shared.history.borrow_mut();
            if history.last() != Some(&whole) {
                history.push(whole.clone());
            }
        }
        self.submit(whole);
    }

    fn submit(&self, line: String) {
        let stdin = pipe(&self.host.clock);
        *self.shared.stdin.borrow_mut() = stdin.clone();
        self.shared.lines.borrow_mut().push_back((line, stdin));
        self.shared.busy.set(true);
        self.host.clock.stir();
    }

    fn lacks_its_end(&self, text: &str) -> bool {
        let view = self.shared.view.borrow();
        let open = Parser::new(text, &view.aliases).forgiving().whole();
        let trailing = text.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        trailing || matches!(open, Err(SyntaxError::Incomplete(_)))
    }

    /// `!!` stands for the last command.
    fn recall(&self, line: &str) -> String {
        let last = self.shared.history.borrow().last().cloned();
        match last {
            Some(last) if line.contains("!!") && !line.contains('\'') => {
                let line = line.replace("!!", &last);
                self.shared.print(Stream::Out, &format!("{line}\n"));
                line
            }
            _ => line.into(),
        }
    }

    /// Ctrl-C: ends what runs in the foreground, or drops the line being typed.
    pub fn interrupt(&self) {
        self.shared.unfinished.borrow_mut().clear();
        if self.is_busy() {
            if self.types_raw(INTERRUPT) {
                return;
            }
            self.shared.lines.borrow_mut().clear();
            self.shared.interrupted.set(true);
            self.host.clock.stir();
        }
    }

    /// Passes a key on as a byte if the program in the foreground asked for that: `kubectl exec -it` does.
    fn types_raw(&self, key: u8) -> bool {
        let stdin = self.shared.stdin.borrow();
        stdin.is_raw() && stdin.write(&[key])
    }

    /// Ctrl-D: ends the input of what runs; at an empty prompt it ends the shell.
    pub fn end_of_input(&self) {
        if self.is_busy() {
            if !self.types_raw(END_OF_INPUT) {
                self.shared.stdin.borrow().end();
            }
        } else if self.is_continuing() {
            let text = std::mem::take(&mut *self.shared.unfinished.borrow_mut());
            self.submit(text);
        } else {
            self.enter("exit");
        }
    }

    /// The output since it was last asked for.
    pub fn drain(&self) -> Vec<Chunk> {
        std::mem::take(&mut *self.shared.chunks.borrow_mut())
    }

    /// What stands before the line being typed.
    pub fn prompt(&self) -> String {
        if self.is_continuing() { "> ".into() } else { "$ ".into() }
    }

    /// Whether the line being typed continues an unfinished command.
    pub fn is_continuing(&self) -> bool {
        !self.shared.unfinished.borrow().is_empty()
    }

    /// Whether a command runs.
    pub fn is_busy(&self) -> bool {
        self.shared.busy.get()
    }

    /// Whether the shell has ended.
    pub fn has_exited(&self) -> bool {
        self.shared.exited.get()
    }

    /// The exit status of the last command.
    pub fn status(&self) -> i32 {
        self.shared.status.get()
    }

    /// What was typed, oldest first.
    pub fn history(&self) -> Vec<String> {
        self.shared.history.borrow().clone()
    }

    /// The latest entry before `before` (a position in the history) that contains a text, with its position.
    pub fn search_history(&self, text: &str, before: usize) -> Option<(usize, String)> {
        let history = self.shared.history.borrow();
        let found = history.iter().enumerate().take(before).rev().find(|(_, line)| line.contains(text));
        found.map(|(at, line)| (at, line.clone()))
    }

    /// What could stand at a cursor, a byte of a line being typed.
    pub fn complete(&self, line: &str, cursor: usize) -> Completion {
        complete(&self.host, &self.shared.view.borrow(), line, cursor)
    }

    /// The file an editor was asked to open, while one is.
    pub fn editor_request(&self) -> Option<EditorRequest> {
        self.desk.request()
    }

    /// Closes the editor: with the text to save, or without saving.
    pub fn answer_editor(&self, text: Option<String>) {
        self.desk.answer(text);
    }

    /// What the shell looks like now.
    pub fn view(&self) -> ShellView {
        self.shared.view.borrow().clone()
    }

    /// The machine.
    pub fn host(&self) -> &Rc<Host> {
        &self.host
    }

    /// Prints a remark of the playground.
    pub fn hint(&self, text: &str) {
        self.shared.print(Stream::Hint, &format!("{text}\n"));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.host.tasks.kill(&self.host.clock, self.task);
        for task in self.jobs.borrow().running() {
            self.host.tasks.kill(&self.host.clock, task);
        }
    }
}

impl Shared {
    fn print(&self, stream: Stream, text: &str) {
        let mut chunks = self.chunks.borrow_mut();
        match chunks.last_mut() {
            Some(last) if last.stream == stream => last.text.push_str(text),
            _ => chunks.push(Chunk { stream, text: text.into() }),
        }
    }

    fn look(&self, shell: &Shell) {
        *self.view.borrow_mut() = ShellView {
            cwd: shell.cwd.clone(),
            home: shell.get("HOME").unwrap_or_default(),
            aliases: shell.aliases.clone(),
            variables: shell.all_variables().map(|(name, _)| name.clone()).collect(),
            functions: shell.functions.keys().cloned().collect(),
            path: shell.get("PATH").unwrap_or_default(),
            environment: shell.environment(),
        };
    }
}

/// The shell's task: runs line after line until the shell exits.
async fn serve(mut shell: Shell, shared: Rc<Shared>, quiet: bool) {
    let mut streams = shell.streams.clone();
    loop {
        let (line, stdin) = poll_fn(|_| match shared.lines.borrow_mut().pop_front() {
            Some(next) => Poll::Ready(next),
            None => Poll::Pending,
        })
        .await;
        shared.interrupted.set(false);
        streams.set(0, stdin.clone());
        shell.streams.set(0, stdin);
        let ended = {
            let mut running = pin!(shell.run_script(&line));
            poll_fn(|context| {
                if shared.interrupted.get() {
                    return Poll::Ready(None);
                }
                running.as_mut().poll(context).map(Some)
            })
            .await
        };
        if ended.is_none() {
            shared.print(Stream::Err, "^C\n");
            shell.status = 130;
            shell.reset(&streams);
        } else {
            // `exec > file` has changed the streams for good.
            streams = shell.streams.clone();
        }
        if ended == Some(Flow::Exit) {
            shell.leave().await;
            shared.exited.set(true);
        }
        let report = shell.jobs.borrow_mut().report();
        if !quiet {
            shell.streams.error(&report);
        }
        shared.look(&shell);
        shared.status.set(shell.status);
        shared.busy.set(!shared.lines.borrow().is_empty());
        shell.host.clock.stir();
        if shared.exited.get() {
            shared.busy.set(false);
            return;
        }
    }
}
