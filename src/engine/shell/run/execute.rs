//! Commands: lists, pipelines, compound commands.

use super::super::syntax::{After, Arm, Command, Condition, Head, Item, Kind, List, Pipeline, Test, Word};
use super::{Failure, Flow, Shell, Streams, pattern};
use crate::process::LocalFuture;
use crate::sim::{Pipe, pipe};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

type Running<'a> = Pin<Box<dyn Future<Output = Flow> + 'a>>;

/// What one turn of a loop costs, so that an endless one lets time pass.
const TURN: Duration = Duration::from_micros(100);

/// How deep functions and subshells may nest.
const MAX_DEPTH: u32 = 50;

/// The status of a program that wrote to a pipe nobody reads.
const SIGPIPE: i32 = 141;

impl Shell {
    /// Runs commands one after the other.
    pub fn list<'a>(&'a mut self, list: &'a List) -> Running<'a> {
        Box::pin(async move {
            for item in &list.0 {
                self.line = item.line;
                let flow = if item.background { self.background(item) } else { self.and_or(item).await };
                if flow != Flow::Next {
                    return flow;
                }
                while let Some(command) = self.trapped() {
                    let flow = self.run_trap(&command).await;
                    if flow != Flow::Next {
                        return flow;
                    }
                }
            }
            Flow::Next
        })
    }

    /// Runs what `trap` said to run; the status stays what it was.
    fn run_trap<'a>(&'a mut self, command: &'a str) -> Running<'a> {
        Box::pin(async move {
            let status = self.status;
            let flow = self.run_script(command).await;
            if flow == Flow::Next {
                self.status = status;
            }
            flow
        })
    }

    /// What `trap` said to run on a signal, if one has come.
    fn trapped(&mut self) -> Option<String> {
        if let Some(signal) = self.pending.pop() {
            return self.traps.get(signal).cloned();
        }
        let command = self.traps.get("TERM")?;
        let come = self.host.own.as_ref()?.terminated()?.take();
        come.then(|| command.clone())
    }

    async fn and_or(&mut self, item: &Item) -> Flow {
        let last = item.rest.len();
        let checked = |at: usize| at == last;
        let mut flow = self.pipeline(&item.first, checked(0)).await;
        for (at, (condition, pipeline)) in item.rest.iter().enumerate() {
            if flow != Flow::Next {
                return flow;
            }
            if (*condition == Condition::Success) == (self.status == 0) {
                flow = self.pipeline(pipeline, checked(at + 1)).await;
            }
        }
        flow
    }

    fn background(&mut self, item: &Item) -> Flow {
        // The job has to own what it runs: it is read again from its own text.
        let mut inner = self.subshell();
        inner.streams.set(0, Pipe::holding(&self.host.clock, b""));
        let source = item.source.clone();
        let done: Rc<std::cell::Cell<Option<i32>>> = Rc::default();
        let (finished, jobs) = (done.clone(), self.jobs.clone());
        let pid = self.host.next_pid();
        inner.pid = pid;
        let clock = self.host.clock.clone();
        let text = item.source.clone();
        let task = self.host.tasks.spawn(&clock.clone(), async move {
            let status = inner.run_to_exit(&text).await;
            finished.set(Some(status));
            clock.stir();
        });
        let number = jobs.borrow_mut().add(task, pid, &source, done);
        if self.interactive {
            self.streams.error(&format!("[{number}] {pid}\n"));
        }
        self.last_background = Some(pid);
        self.status = 0;
        Flow::Next
    }

    async fn pipeline(&mut self, pipeline: &Pipeline, checked: bool) -> Flow {
        let started = self.host.clock.now();
        let quiet = pipeline.negated || !checked;
        self.unchecked += u32::from(quiet);
        let mut flow = match pipeline.commands.as_slice() {
            [] => {
                self.status = 0;
                Flow::Next
            }
            [(command, _)] => self.command(command).await,
            commands => {
                self.run_together(commands).await;
                Flow::Next
            }
        };
        self.unchecked -= u32::from(quiet);
        if pipeline.commands.len() < 2 {
            self.statuses.clear();
            self.statuses.push(self.status);
        }
        if pipeline.timed {
            let span = self.host.clock.now().since(started);
            let text = |span: Duration| format!("{}m{:.3}s", span.as_secs() / 60, span.as_secs_f64() % 60.0);
            self.streams.error(&format!("\nreal\t{}\nuser\t0m0.000s\nsys\t0m0.000s\n", text(span)));
        }
        if pipeline.negated {
            self.status = i32::from(self.status == 0);
        } else if checked && self.status != 0 && self.unchecked == 0 && flow == Flow::Next {
            if let Some(command) = self.traps.get("ERR").filter(|_| self.calls.is_empty()).cloned() {
                // What it runs cannot fail again.
                self.unchecked += 1;
                flow = self.run_trap(&command).await;
                self.unchecked -= 1;
            }
            if self.options.errexit && flow == Flow::Next {
                flow = Flow::Exit;
            }
        }
        flow
    }

    /// Runs the commands of a pipeline at the same time, each in a subshell.
    async fn run_together(&mut self, commands: &[(Rc<Command>, bool)]) {
        let clock = self.host.clock.clone();
        let mut input: Option<Pipe> = None;
        let mut parts: Vec<Option<LocalFuture<i32>>> = Vec::new();
        let mut outputs: Vec<Option<Pipe>> = Vec::new();
        for (at, (command, both)) in commands.iter().enumerate() {
            let mut inner = self.subshell();
            let output = (at + 1 < commands.len()).then(|| pipe(&clock));
            if let Some(input) = &input {
                inner.streams.set(0, input.clone());
            }
            if let Some(output) = &output {
                inner.streams.set(1, output.clone());
                if *both {
                    inner.streams.set(2, output.clone());
                }
            }
            let from = std::mem::replace(&mut input, output.clone());
            let to = output.clone();
            let command = command.clone();
            outputs.push(output);
            parts.push(Some(Box::pin(async move {
                inner.command(&command).await;
                inner.leave().await;
                if let Some(to) = to {
                    to.end();
                }
                if let Some(from) = from {
                    from.shut();
                }
                inner.status
            })));
        }
        let inputs: Vec<Option<Pipe>> = std::iter::once(None).chain(outputs.iter().cloned()).collect();
        let mut statuses = vec![0; parts.len()];
        poll_fn(|context| {
            for (at, slot) in parts.iter_mut().enumerate() {
                let Some(part) = slot else { continue };
                if let Poll::Ready(status) = part.as_mut().poll(context) {
                    statuses[at] = status;
                    *slot = None;
                } else if outputs[at].as_ref().is_some_and(Pipe::has_refused) {
                    statuses[at] = SIGPIPE;
                    *slot = None;
                    if let Some(input) = inputs.get(at).and_then(Option::as_ref) {
                        input.shut();
                    }
                }
            }
            if parts.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        self.status = statuses.last().copied().unwrap_or(0);
        if self.options.pipefail {
            self.status = statuses.iter().rev().copied().find(|status| *status != 0).unwrap_or(0);
        }
        self.statuses = statuses;
    }

    /// Runs a subshell's commands to their end.
    pub(super) async fn run_subshell(&mut self, list: &List) {
        if self.depth > MAX_DEPTH {
            return self.too_deep();
        }
        let flow = self.list(list).await;
        if flow == Flow::Abort && self.status == 0 {
            self.status = 1;
        }
        self.leave().await;
    }

    fn too_deep(&mut self) {
        self.complain(&format!("maximum function nesting level exceeded ({MAX_DEPTH})"));
        self.status = 1;
    }

    /// Runs one command with its redirections.
    pub(super) fn command<'a>(&'a mut self, command: &'a Command) -> Running<'a> {
        Box::pin(async move {
            if let Kind::Simple(assignments, words) = &command.kind {
                return self.simple(assignments, words, &command.redirects).await;
            }
            if command.redirects.is_empty() {
                return self.compound(&command.kind).await;
            }
            match self.redirected(&command.redirects).await {
                Ok(streams) => {
                    let outer: Streams = std::mem::replace(&mut self.streams, streams);
                    let flow = self.compound(&command.kind).await;
                    self.streams = outer;
                    flow
                }
                Err(Failure) => Flow::Next,
            }
        })
    }

    /// Calls a function, which the arguments name first.
    pub(super) async fn call(&mut self, body: &Rc<Command>, args: &[String]) -> Flow {
        if self.depth >= MAX_DEPTH {
            self.too_deep();
            return Flow::Abort;
        }
        let outer = std::mem::replace(&mut self.positional, args[1..].to_vec());
        self.push_scope();
        self.depth += 1;
        self.calls.extend(args.first().cloned());
        let flow = self.command(body).await;
        self.calls.pop();
        self.depth -= 1;
        self.pop_scope();
        self.positional = outer;
        if flow == Flow::Return { Flow::Next } else { flow }
    }

    async fn compound(&mut self, kind: &Kind) -> Flow {
        match self.compound_or_failure(kind).await {
            Ok(flow) => flow,
            Err(Failure) => Flow::Abort,
        }
    }

    async fn compound_or_failure(&mut self, kind: &Kind) -> Result<Flow, Failure> {
        match kind {
            Kind::Simple(assignments, words) => return Ok(self.simple(assignments, words, &[]).await),
            Kind::Group(list) => return Ok(self.list(list).await),
            Kind::Subshell(list) => {
                let mut inner = self.subshell();
                inner.run_subshell(list).await;
                self.status = inner.status;
            }
            Kind::If(arms, otherwise) => {
                for (condition, body) in arms {
                    match self.condition(condition).await {
                        (Flow::Next, true) => return Ok(self.list(body).await),
                        (Flow::Next, false) => {}
                        (flow, _) => return Ok(flow),
                    }
                }
                if let Some(otherwise) = otherwise {
                    return Ok(self.list(otherwise).await);
                }
                self.status = 0;
            }
            Kind::For(head, words, body) => {
                let values = match words {
                    Some(words) => self.words(words).await?,
                    None => self.positional.clone(),
                };
                self.status = 0;
                if head.select {
                    return Ok(self.select(head, &values, body).await);
                }
                for value in values {
                    self.trace(&|| head.source.clone());
                    if !self.set(&head.name, value) {
                        return Ok(Flow::Abort);
                    }
                    if let Some(flow) = self.turn(body).await {
                        return Ok(flow);
                    }
                }
            }
            Kind::ForArithmetic([init, condition, step], body) => {
                let endless =
                    condition.0.is_empty() || *condition == Word(vec![super::super::syntax::Part::Double(vec![])]);
                self.arithmetic(init).await?;
                self.status = 0;
                while endless || self.arithmetic(condition).await? != 0 {
                    if let Some(flow) = self.turn(body).await {
                        return Ok(flow);
                    }
                    self.arithmetic(step).await?;
                }
            }
            Kind::While(until, condition, body) => {
                let mut status = 0;
                loop {
                    match self.condition(condition).await {
                        (Flow::Next, holds) if holds == *until => break,
                        (Flow::Next, _) => {}
                        (flow, _) => return Ok(flow),
                    }
                    if let Some(flow) = self.turn(body).await {
                        return Ok(flow);
                    }
                    status = self.status;
                }
                self.status = status;
            }
            Kind::Case(word, arms, source) => {
                self.trace(&|| source.clone());
                return self.case(word, arms).await;
            }
            Kind::Function(name, body) => {
                self.functions.insert(name.clone(), body.clone());
                self.status = 0;
            }
            Kind::Test(test) => self.status = i32::from(!self.test(test).await?),
            Kind::Arithmetic(expression) => {
                let text = self.string(expression).await?;
                self.trace(&|| format!("(( {} ))", text.trim()));
                let value = self.calculate(&text);
                let value = value.map_err(|message| self.failure(&format!("((: {message}")))?;
                self.status = i32::from(value == 0);
            }
        }
        Ok(Flow::Next)
    }

    /// Runs a condition: how it ended, and whether it holds.
    async fn condition(&mut self, list: &List) -> (Flow, bool) {
        self.unchecked += 1;
        let flow = self.list(list).await;
        self.unchecked -= 1;
        (flow, self.status == 0)
    }

    /// One turn of a loop. What it returns ends the loop.
    async fn turn(&mut self, body: &List) -> Option<Flow> {
        self.host.clock.sleep(TURN).await;
        match self.list(body).await {
            Flow::Next | Flow::Continue(0 | 1) => None,
            Flow::Continue(levels) => Some(Flow::Continue(levels - 1)),
            Flow::Break(0 | 1) => Some(Flow::Next),
            Flow::Break(levels) => Some(Flow::Break(levels - 1)),
            flow => Some(flow),
        }
    }

    async fn case(&mut self, word: &Word, arms: &[Arm]) -> Result<Flow, Failure> {
        let text = self.string(word).await?;
        let mut after = After::Ends;
        self.status = 0;
        for arm in arms {
            let mut matched = after == After::FallsThrough;
            for word in &arm.patterns {
                matched = matched || pattern::matches(&self.pattern(word).await?, &text);
            }
            if matched {
                let flow = self.list(&arm.body).await;
                if flow != Flow::Next || arm.after == After::Ends {
                    return Ok(flow);
                }
                after = arm.after;
            }
        }
        Ok(Flow::Next)
    }

    /// `select`: a menu, and a turn of the loop for each answer until the input ends.
    fn select<'a>(&'a mut self, head: &'a Head, values: &'a [String], body: &'a List) -> Running<'a> {
        Box::pin(async move {
            let menu: String = values.iter().enumerate().map(|(at, value)| format!("{}) {value}\n", at + 1)).collect();
            self.streams.error(&menu);
            loop {
                let prompt = self.get("PS3").unwrap_or_else(|| "#? ".into());
                self.streams.error(&prompt);
                let Some(input) = self.streams.get(0).cloned() else { return Flow::Next };
                let Some(line) = input.read_line().await else {
                    self.status = 1;
                    return Flow::Next;
                };
                let answer = String::from_utf8_lossy(&line).trim().to_string();
                if answer.is_empty() {
                    self.streams.error(&menu);
                    continue;
                }
                let chosen = answer.parse::<usize>().ok().and_then(|number| values.get(number.wrapping_sub(1)));
                self.set("REPLY", answer);
                self.set(&head.name, chosen.cloned().unwrap_or_default());
                if let Some(flow) = self.turn(body).await {
                    return flow;
                }
            }
        })
    }

    /// The truth of a `[[ ]]` expression.
    fn test<'a>(&'a mut self, test: &'a Test) -> Pin<Box<dyn Future<Output = Result<bool, Failure>> + 'a>> {
        Box::pin(async move {
            Ok(match test {
                Test::Or(left, right) => self.test(left).await? || self.test(right).await?,
                Test::And(left, right) => self.test(left).await? && self.test(right).await?,
                Test::Not(inner) => !self.test(inner).await?,
                Test::Unary(operator, word) => {
                    let operand = self.string(word).await?;
                    self.trace(&|| format!("[[ {operator} {operand} ]]"));
                    self.unary_test(operator, &operand).map_err(|message| self.failure(&message))?
                }
                Test::Binary(left, operator, right) => {
                    let left = self.string(left).await?;
                    if self.options.xtrace {
                        let right = self.pattern(right).await?;
                        self.trace(&|| format!("[[ {left} {operator} {right} ]]"));
                    }
                    match operator.as_str() {
                        "==" | "=" => pattern::matches(&self.pattern(right).await?, &left),
                        "!=" => !pattern::matches(&self.pattern(right).await?, &left),
                        "=~" => self.regex_test(&left, right).await?,
                        "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                            let right = self.string(right).await?;
                            let left = self.number(&left)?;
                            super::test::compare(operator, left, self.number(&right)?)
                        }
                        operator => {
                            let right = self.string(right).await?;
                            self.binary_test(&left, operator, &right).map_err(|message| self.failure(&message))?
                        }
                    }
                }
            })
        })
    }

    fn number(&mut self, text: &str) -> Result<i64, Failure> {
        super::arithmetic::evaluate(text, self).map_err(|message| self.failure(&message))
    }
}
