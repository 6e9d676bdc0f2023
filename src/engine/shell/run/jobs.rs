//! What runs in the background.

use crate::sim::TaskId;
use std::cell::Cell;
use std::rc::Rc;

/// A background job.
pub struct Job {
    /// The number in `%1`.
    pub number: usize,
    /// Its process.
    pub pid: u32,
    /// Its command line.
    pub source: String,
    /// The task that runs it.
    pub task: TaskId,
    done: Rc<Cell<Option<i32>>>,
    /// Whether it was ended by a signal.
    killed: bool,
}

/// The jobs of a shell, oldest first.
#[derive(Default)]
pub struct Jobs(Vec<Job>);

impl Job {
    /// Its exit status, once it has one.
    pub fn status(&self) -> Option<i32> {
        self.done.get()
    }
    /// Marks it as ended by a signal.
    pub fn kill(&mut self, status: i32) {
        self.killed = true;
        self.done.set(Some(status));
    }
    /// The line `jobs` prints.
    pub fn line(&self, current: bool) -> String {
        let state = match self.done.get() {
            None => "Running".into(),
            Some(0) => "Done".into(),
            Some(137) if self.killed => "Killed".into(),
            Some(_) if self.killed => "Terminated".into(),
            Some(status) => format!("Exit {status}"),
        };
        let source = if self.done.get().is_none() { format!("{} &", self.source) } else { self.source.clone() };
        format!("[{}]{}  {state:<24}{source}\n", self.number, if current { '+' } else { '-' })
    }
}

impl Jobs {
    /// Adds a job and gives its number.
    pub fn add(&mut self, task: TaskId, pid: u32, source: &str, done: Rc<Cell<Option<i32>>>) -> usize {
        let number = self.0.last().map_or(1, |job| job.number + 1);
        self.0.push(Job { number, pid, source: source.into(), task, done, killed: false });
        number
    }
    /// The job that `%1`, `%+`, `%name` or a process number names; the latest for an empty text.
    pub fn find(&mut self, name: &str) -> Option<&mut Job> {
        match name.strip_prefix('%') {
            Some("" | "+" | "%") => self.0.last_mut(),
            Some("-") => {
                let before = self.0.len().saturating_sub(2);
                self.0.get_mut(before)
            }
            Some(text) => match text.parse::<usize>() {
                Ok(number) => self.0.iter_mut().find(|job| job.number == number),
                Err(_) => self.0.iter_mut().find(|job| job.source.starts_with(text)),
            },
            None if name.is_empty() => self.0.last_mut(),
            None => {
                let pid = name.parse::<u32>().ok()?;
                self.0.iter_mut().find(|job| job.pid == pid)
            }
        }
    }
    /// All jobs.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.0.iter()
    }
    /// Removes a job.
    pub fn remove(&mut self, pid: u32) {
        self.0.retain(|job| job.pid != pid);
    }
    /// The lines about jobs that have ended; those are forgotten.
    pub fn report(&mut self) -> String {
        let last = self.0.last().map(|job| job.pid);
        let ended = self.0.iter().filter(|job| job.status().is_some());
        let text = ended.map(|job| job.line(Some(job.pid) == last)).collect();
        self.0.retain(|job| job.status().is_none());
        text
    }
    /// The tasks that still run.
    pub fn running(&self) -> Vec<TaskId> {
        self.0.iter().filter(|job| job.status().is_none()).map(|job| job.task).collect()
    }
}
