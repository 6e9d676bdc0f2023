//! Simple commands: assignments, then a function, a builtin or a program.

use super::super::builtins::{self, Run};
use super::super::programs::{self, Call};
use super::super::syntax::{AssignedValue, Assignment, Part, Redirect, Word, is_name};
use super::expand::Expanded;
use super::{Array, Content, Failure, Flow, Shell};
use crate::process::{FileSystem, Node, OWN_PROGRAM, Process};
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
        let args = self.arguments(words).await?;
        if args.is_empty() {
            if !redirects.is_empty() && self.redirected(redirects).await.is_err() {
                return Ok(Flow::Next);
            }
            for assignment in assignments {
                let captured = std::mem::take(&mut self.captured);
                self.assign_one(assignment).await?;
                self.captured |= captured;
            }
            // The status of `x=$(false)` is that of the command in it.
            if !self.captured {
                self.status = 0;
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
        let declares = args.first().is_some_and(|name| DECLARATIONS.contains(&name.as_str()));
        let (before, after) = if declares { (&[][..], assignments) } else { (assignments, &[][..]) };
        self.push_scope();
        for assignment in before {
            self.localize(&assignment.name);
            if let Err(failure) = self.assign_one(assignment).await {
                self.pop_scope();
                return Err(failure);
            }
            self.export(&assignment.name, true);
        }
        self.trace(&|| args.iter().map(|arg| quote(arg)).collect::<Vec<_>>().join(" "));
        let outer = std::mem::replace(&mut self.streams, streams);
        // What a builtin makes local belongs to the function around it, not to this command.
        let scope = self.variables.saved.pop().unwrap_or_default();
        let mut flow = self.run(&args).await;
        for assignment in after {
            if self.status == 0 && self.assign_one(assignment).await.is_err() {
                flow = Flow::Abort;
            }
        }
        self.variables.saved.push(scope);
        // `exec > file` keeps its redirections; everything else gives the streams back.
        let keeps = args.len() == 1 && args[0] == "exec";
        if !keeps {
            self.streams = outer;
        }
        self.pop_scope();
        Ok(flow)
    }

    /// The arguments of a command. What `declare` and the like assign is not split.
    async fn arguments(&mut self, words: &[Word]) -> Result<Vec<String>, Failure> {
        let declares = words.first().and_then(Word::literal).is_some_and(|name| DECLARATIONS.contains(&name));
        if !declares {
            return self.words(words).await;
        }
        let mut args = Vec::new();
        for word in words {
            let assigns = matches!(word.0.first(), Some(Part::Text(text)) if text.split_once('=').is_some_and(|(name, _)| is_name(name)));
            if assigns {
                args.push(self.string(word).await?);
            } else {
                args.extend(self.words(std::slice::from_ref(word)).await?);
            }
        }
        Ok(args)
    }

    async fn assign_one(&mut self, assignment: &Assignment) -> Result<(), Failure> {
        let name = &assignment.name;
        let append = assignment.append;
        let assigned = match &assignment.value {
            AssignedValue::Many(words) => self.assign_array(name, append, words).await?,
            AssignedValue::One(word) => {
                let text = self.string(word).await?;
                let key = match &assignment.index {
                    Some(index) => {
                        let array = self.array(name);
                        Some(self.key(&array, index).await?)
                    }
                    None => None,
                };
                let content = Content::One(text);
                self.trace_assignment(name, key.as_deref(), append, &content);
                let Content::One(mut text) = content else { return Ok(()) };
                if append {
                    let old = match &key {
                        Some(key) => self.array(name).get(key).cloned(),
                        None => self.get(name),
                    };
                    let sum = self.variable(name).is_some_and(|variable| variable.integer);
                    text.insert_str(0, &(old.unwrap_or_default() + if sum { "+" } else { "" }));
                }
                match key {
                    Some(key) => self.assign_element(name, &key, text),
                    None => self.set(name, text),
                }
            }
        };
        if !assigned {
            self.status = 1;
            return Err(Failure);
        }
        Ok(())
    }

    /// Sets a variable to an array. False if it may not be set.
    fn assign_array<'a>(
        &'a mut self,
        name: &'a str,
        append: bool,
        words: &'a [(Option<Word>, Word)],
    ) -> Expanded<'a, bool> {
        Box::pin(async move {
            let old = self.array(name);
            let mut array = match (append, old.is_named()) {
                (true, _) => old,
                (false, true) => Array::named(),
                (false, false) => Array::default(),
            };
            for (key, word) in words {
                let Some(key) = key else {
                    let values = self.words(std::slice::from_ref(word)).await?;
                    values.into_iter().for_each(|value| array.push(value));
                    continue;
                };
                let key = self.key(&array, key).await?;
                let text = self.string(word).await?;
                array.set(&key, text);
            }
            let content = Content::Many(array);
            self.trace_assignment(name, None, append, &content);
            // `readonly a=(1 2)` protects the name before its value is there.
            let target = self.target(name);
            let protected =
                self.variables.all.get_mut(&target).filter(|v| v.readonly && v.content == Content::default());
            Ok(match protected {
                Some(variable) => {
                    variable.content = content;
                    true
                }
                None => self.assign(name, content),
            })
        })
    }

    /// The key of an array's element: a text for a named array, else a number.
    pub(super) async fn key(&mut self, array: &Array, index: &Word) -> Result<String, Failure> {
        if array.is_named() { self.string(index).await } else { Ok(self.arithmetic(index).await?.to_string()) }
    }

    /// Sets an element of an array, which is made where there is none.
    pub(super) fn assign_element(&mut self, name: &str, key: &str, text: String) -> bool {
        let mut array = self.array(name);
        if !array.set(key, text) {
            self.complain(&format!("{name}[{key}]: bad array subscript"));
            return false;
        }
        self.assign(name, Content::Many(array))
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
        let speaker = format!("{}: {}", self.speaker(), self.place());
        start(&self.host.clone(), process, self.desk.clone(), speaker, self.not_found()).await
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
    not_found: &str,
) -> i32 {
    let name = process.args.first().cloned().unwrap_or_default();
    let path = process.var("PATH").unwrap_or_default().to_string();
    let Some(found) = host.find_program(&name, &process.cwd, &path) else {
        let full = FileSystem::resolve(&process.cwd, &name);
        let (message, status) = match host.files.node(&full) {
            Some(Node::Directory) if name.contains('/') => ("Is a directory", 126),
            Some(Node::File(..)) if name.contains('/') => ("Permission denied", 126),
            _ if name.contains('/') => ("No such file or directory", 127),
            _ => (not_found, 127),
        };
        process.err(format!("{speaker}{name}: {message}\n"));
        return status;
    };
    if let Some(script) = script_of(host, &found) {
        process.clock.sleep(programs::COST).await;
        let mut shell = Shell::new(host, &process);
        shell.desk = desk;
        shell.name = name;
        shell.numbered = true;
        shell.positional = process.args.split_off(1);
        return Box::pin(shell.run_to_exit(&script)).await;
    }
    let base = host.program_in(&found);
    // What comes with an image goes before what everybody has.
    let come = host.files.read(&found).is_ok_and(|bytes| *bytes == *OWN_PROGRAM);
    match programs::find(&base).filter(|_| !come).filter(|program| host.offers(program)) {
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
                    process.err(format!("{speaker}{name}: cannot execute binary file: Exec format error\n"));
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

/// The commands that may be given assignments as arguments.
const DECLARATIONS: &[&str] = &["declare", "typeset", "local", "export", "readonly"];

/// A text as it stands between double quotes.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if matches!(c, '\\' | '"' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text as the shell would have to read it.
pub fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
