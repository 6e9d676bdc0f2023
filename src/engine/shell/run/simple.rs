//! Simple commands: assignments, then a function, a builtin or a program.

use super::super::builtins::{self, Run};
use super::super::programs::{self, Call};
use super::super::syntax::{AssignedValue, Assignment, Redirect, Word};
use super::{Content, Failure, Flow, Shell};
use crate::process::{FileSystem, Node, Process};
use crate::sim::{Pipe, pipe};
use std::rc::Rc;

/// What a command's name stands for.
pub enum Found {
    /// A shell function.
    Function,
    /// One of the shell's own commands.
    Builtin(&'static builtins::Builtin),
    /// A program, by its path.
    Program(String),
}

impl Shell {
    pub(super) async fn simple(&mut self, assignments: &[Assignment], words: &[Word], redirects: &[Redirect]) -> Flow {
        match self.simple_or_failure(assignments, words, redirects).await {
            Ok(flow) => flow,
            Err(Failure) => Flow::Abort,
        }
    }

    async fn simple_or_failure(
        &mut self,
        assignments: &[Assignment],
        words: &[Word],
        redirects: &[Redirect],
    ) -> Result<Flow, Failure> {
        self.captured = false;
        let args = self.words(words).await?;
        if args.is_empty() {
            if !redirects.is_empty() && self.redirected(redirects).await.is_err() {
                return Ok(Flow::Next);
            }
            let before = self.status;
            self.status = 0;
            for assignment in assignments {
                let captured = std::mem::take(&mut self.captured);
                self.assign_one(assignment).await?;
                self.captured |= captured;
            }
            // The status of `x=$(false)` is that of the command in it.
            if self.captured && words.is_empty() && assignments.is_empty() {
                self.status = before;
            }
            return Ok(Flow::Next);
        }
        let streams = if redirects.is_empty() {
            self.streams.clone()
        } else {
            match self.redirected(redirects).await {
                Ok(streams) => streams,
                Err(Failure) => return Ok(Flow::Next),
            }
        };
        if self.options.xtrace {
            let quoted: Vec<String> = args.iter().map(|arg| quote(arg)).collect();
            self.streams.error(&format!("+ {}\n", quoted.join(" ")));
        }
        self.push_scope();
        for assignment in assignments {
            self.localize(&assignment.name);
            if let Err(failure) = self.assign_one(assignment).await {
                self.pop_scope();
                return Err(failure);
            }
            self.export(&assignment.name, true);
        }
        let outer = std::mem::replace(&mut self.streams, streams);
        // What a builtin makes local belongs to the function around it, not to this command.
        let scope = self.variables.saved.pop().unwrap_or_default();
        let flow = self.run(&args).await;
        self.variables.saved.push(scope);
        // `exec > file` keeps its redirections; everything else gives the streams back.
        let keeps = args.len() == 1 && args[0] == "exec";
        if !keeps {
            self.streams = outer;
        }
        self.pop_scope();
        Ok(flow)
    }

    async fn assign_one(&mut self, assignment: &Assignment) -> Result<(), Failure> {
        let name = &assignment.name;
        let content = match &assignment.value {
            AssignedValue::Many(words) => {
                let mut values = self.words(words).await?;
                if assignment.append {
                    values.splice(0..0, self.array(name));
                }
                Content::Many(values)
            }
            AssignedValue::One(word) => {
                let mut text = self.string(word).await?;
                match &assignment.index {
                    None if assignment.append => Content::One(self.get(name).unwrap_or_default() + &text),
                    None => Content::One(text),
                    Some(index) => {
                        let at = usize::try_from(self.arithmetic(index).await?).unwrap_or(0).min(65_536);
                        let mut values = self.array(name);
                        values.resize(values.len().max(at + 1), String::new());
                        if assignment.append {
                            text.insert_str(0, &values[at]);
                        }
                        values[at] = text;
                        Content::Many(values)
                    }
                }
            }
        };
        if !self.assign(name, content) {
            self.status = 1;
            return Err(Failure);
        }
        Ok(())
    }

    fn array(&self, name: &str) -> Vec<String> {
        match self.variable(name).map(|variable| &variable.content) {
            None => Vec::new(),
            Some(Content::One(text)) => vec![text.clone()],
            Some(Content::Many(texts)) => texts.clone(),
        }
    }

    /// What a name stands for.
    pub fn find(&self, name: &str) -> Option<Found> {
        if self.functions.contains_key(name) {
            return Some(Found::Function);
        }
        if let Some(builtin) = builtins::find(name) {
            return Some(Found::Builtin(builtin));
        }
        self.host.find_program(name, &self.cwd, &self.get("PATH").unwrap_or_default()).map(Found::Program)
    }

    /// Runs a command whose name and arguments are known.
    pub async fn run(&mut self, args: &[String]) -> Flow {
        let name = args[0].as_str();
        if let Some(body) = self.functions.get(name).cloned() {
            return Box::pin(self.call(&body, args)).await;
        }
        if let Some(builtin) = builtins::find(name) {
            let outcome = match builtin.run {
                Run::Now(run) => run(self, &args[1..]),
                Run::Waiting(run) => run(self, &args[1..]).await,
            };
            return match outcome {
                Ok(status) => {
                    self.status = status;
                    Flow::Next
                }
                Err(flow) => flow,
            };
        }
        self.status = self.start(args).await;
        Flow::Next
    }

    /// Starts a program and waits for it.
    async fn start(&mut self, args: &[String]) -> i32 {
        let process = self.process(args);
        start(&self.host.clone(), process, self.desk.clone(), self.speaker().to_string()).await
    }

    /// What a program started from this shell is handed.
    pub fn process(&self, args: &[String]) -> Process {
        let stream = |descriptor| self.streams.get(descriptor).cloned().unwrap_or_else(|| closed(self));
        Process {
            args: args.to_vec(),
            env: self.environment(),
            cwd: self.cwd.clone(),
            stdin: stream(0),
            stdout: stream(1),
            stderr: stream(2),
            tty: self.tty,
            columns: self.columns,
            files: self.host.files.clone(),
            net: self.host.net.clone(),
            clock: self.host.clock.clone(),
            rng: self.host.rng.clone(),
            system: Rc::new(super::super::host::Launcher { host: self.host.clone(), desk: self.desk.clone() }),
        }
    }
}

/// A stream that was closed with `>&-`.
fn closed(shell: &Shell) -> Pipe {
    let pipe = pipe(&shell.host.clock);
    pipe.end();
    pipe.shut();
    pipe
}

/// Runs `process.args` as a program of the machine; `speaker` complains if it cannot be run.
pub async fn start(
    host: &Rc<super::super::host::Host>,
    mut process: Process,
    desk: Option<Rc<super::super::editor::Desk>>,
    speaker: String,
) -> i32 {
    let name = process.args.first().cloned().unwrap_or_default();
    let path = process.var("PATH").unwrap_or_default().to_string();
    let Some(found) = host.find_program(&name, &process.cwd, &path) else {
        let full = FileSystem::resolve(&process.cwd, &name);
        let (message, status) = match host.files.node(&full) {
            Some(Node::Directory) if name.contains('/') => ("Is a directory", 126),
            Some(Node::File(..)) if name.contains('/') => ("Permission denied", 126),
            _ if name.contains('/') => ("No such file or directory", 127),
            _ => (host.not_found, 127),
        };
        process.err(format!("{speaker}: {name}: {message}\n"));
        return status;
    };
    if let Some(script) = script_of(host, &found) {
        process.clock.sleep(programs::COST).await;
        let mut shell = Shell::new(host, &process);
        shell.desk = desk;
        shell.name = name;
        shell.positional = process.args.split_off(1);
        return Box::pin(shell.run_to_exit(&script)).await;
    }
    let base = host.program_in(&found);
    match programs::find(&base).filter(|program| host.offers(program)) {
        Some(program) => {
            process.clock.sleep(program.cost).await;
            (program.run)(Call { process, host: host.clone(), desk }).await
        }
        None => {
            process.clock.sleep(programs::COST).await;
            if builtins::find(&base).is_some_and(|builtin| builtin.also_program) {
                let mut shell = Shell::new(host, &process);
                process.args[0] = base;
                Box::pin(shell.run(&process.args)).await;
                return shell.status;
            }
            match host.own.as_ref().and_then(|own| own.spawn(process.clone())) {
                Some(running) => running.await,
                None => {
                    process.err(format!("{speaker}: {name}: cannot execute binary file: Exec format error\n"));
                    126
                }
            }
        }
    }
}

/// The text of a script, if the file is one.
fn script_of(host: &super::super::host::Host, path: &str) -> Option<String> {
    let bytes = host.files.read(path).ok()?;
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    let first = text.lines().next().unwrap_or("");
    // A program of the machine is marked as one; other text is a script, with or without `#!`.
    (!super::super::host::is_marked(&bytes) && !first.is_empty()).then_some(text)
}

/// A text as the shell would have to read it.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
