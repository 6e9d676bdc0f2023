//! The shell in containers: what the kubelet starts programs with.

use super::host::{Host, Launcher};
use super::run::{Shell, start};
use crate::kubelet::Programs;
use crate::process::{LocalFuture, Process};
use crate::sim::Tasks;
use std::rc::Rc;

/// Runs the programs of containers.
pub struct Containers {
    /// Where background jobs run.
    pub tasks: Tasks,
}

impl Containers {
    fn host(&self, process: &mut Process) -> Rc<Host> {
        let mut host = Host::of(process, &self.tasks, process.system.clone());
        host.main_streams = Some([process.stdin.clone(), process.stdout.clone(), process.stderr.clone()]);
        let host = Rc::new(host);
        process.system = Rc::new(Launcher { host: host.clone(), desk: None });
        host
    }
}

impl Programs for Containers {
    fn start(&self, mut process: Process) -> LocalFuture<i32> {
        let host = self.host(&mut process);
        Box::pin(async move { start(&host, process, None, "sh: ".into(), "not found").await })
    }

    fn line(&self, line: &str, mut process: Process) -> LocalFuture<i32> {
        let host = self.host(&mut process);
        let line = line.to_string();
        Box::pin(async move { Shell::new(&host, &process).run_to_exit(&line).await })
    }
}
