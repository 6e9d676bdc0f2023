//! The playground: the one façade that the page and the native binary use.
//!
//! It holds a cluster, the reader's files and terminals, and the log of [`Input`]s that makes all
//! of it again. [`Playground::input`] and [`Playground::advance`] are the only ways to change
//! anything; everything else looks.

mod driver;
mod look;
mod tab;
#[cfg(test)]
mod tests;
mod view;

pub use crate::meta::Selector;
pub use crate::shell::EditorRequest;
pub use tab::{Chunk, Completion, Stream, Terminal};
pub use view::{Health, ObjectView, View, matches, selector};

use crate::api::{Client, Request, Response, User};
use crate::bootstrap;
use crate::cluster::Cluster;
use crate::kubectl;
use crate::meta::SortedMap;
use crate::meta::Time;
use crate::network::From;
use crate::process::{FileSystem, Loopback, Node};
use crate::scenario::{Input, Scenario, TerminalId, link};
use crate::schema::Descriptions;
use crate::shell::{Host, TerminalOptions};
use std::rc::Rc;
use std::time::Duration;

/// The reader's home, where terminals start and scenarios put their files.
pub const HOME: &str = "/home/user";

/// A finished command line that ran apart from all terminals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
    /// Its exit status.
    pub code: i32,
}

/// A cluster, its files and its terminals.
pub struct Playground {
    cluster: Cluster,
    host: Rc<Host>,
    terminals: SortedMap<TerminalId, Terminal>,
    /// Command lines that run, or ran, apart from all terminals.
    apart: SortedMap<u32, Terminal>,
    /// What it started from, and everything done since.
    scenario: Scenario,
}

/// What separates the API's descriptions from kubectl's help.
pub const TEXTS_BORDER: &str = "\x0c\n";

impl Playground {
    /// Starts a scenario's cluster and does everything in its log again.
    pub fn new(scenario: &Scenario) -> Playground {
        Playground::described(scenario, None)
    }

    /// The same, with the API's descriptions where the build does not embed them.
    pub fn described(scenario: &Scenario, descriptions: Option<String>) -> Playground {
        let nodes: Vec<&str> = scenario.nodes.iter().map(String::as_str).collect();
        let cluster = bootstrap::cluster(scenario.profile, &nodes, scenario.start, scenario.seed);
        let files = FileSystem::default();
        for folder in [HOME, "/tmp"] {
            files.put(folder, Node::Directory);
        }
        let kubeconfig = kubectl::config::standard();
        files.put(&format!("{HOME}/.kube/config"), Node::File(kubeconfig.as_bytes().into(), 0o600));
        for (path, text) in &scenario.files {
            files.put(path, Node::File(text.as_bytes().into(), 0o644));
        }
        let net = Loopback::new(&cluster.clock);
        net.plug(cluster.network.uplink(From::Outside));
        let mut host = Host::new(&cluster.clock, &cluster.rng, &cluster.tasks, &files, &net);
        host.client = Some(Client::new(&cluster.server, Self::admin(), "kubectl"));
        host.driver = Some(driver::of(&cluster, scenario));
        let start = Scenario { log: Vec::new(), length: 0, ..scenario.clone() };
        let (terminals, apart) = (SortedMap::new(), SortedMap::new());
        let mut playground = Playground { cluster, host: Rc::new(host), terminals, apart, scenario: start };
        if let Some(text) = descriptions {
            playground.describe(text);
        }
        for (at, input) in &scenario.log {
            playground.advance_to(*at);
            playground.input(input.clone());
        }
        playground.advance_to(scenario.length);
        playground
    }

    /// Hands in the texts that the page does not start with: the API's descriptions, which
    /// `kubectl explain` prints, and behind them kubectl's help.
    pub fn describe(&mut self, texts: String) {
        let (descriptions, help) = texts.split_once(TEXTS_BORDER).unwrap_or((&texts, ""));
        self.cluster.server.borrow_mut().describe(Descriptions::load(descriptions.to_string()));
        self.host.files.put(kubectl::help::FILE, Node::File(help.as_bytes().into(), 0o644));
    }

    /// Whether a line typed into a terminal may print what [`Playground::describe`] hands in.
    pub fn needs_texts(line: &str) -> bool {
        line.contains("explain") || kubectl::help::is_asked_for(line)
    }

    /// Whether the API's descriptions are at hand.
    pub fn is_described(&self) -> bool {
        self.cluster.server.borrow().is_described()
    }

    /// The user of the reader's kubeconfig: cluster-admin.
    pub fn admin() -> User {
        let groups = ["system:masters", "system:authenticated"].map(String::from).to_vec();
        User { name: "minikube-user".into(), groups, ..User::default() }
    }

    fn advance_to(&mut self, micros: u64) {
        self.advance(Duration::from_micros(micros).saturating_sub(self.elapsed()));
    }

    /// Lets time pass.
    pub fn advance(&mut self, span: Duration) {
        self.cluster.advance(self.cluster.clock.now() + span);
        self.scenario.length = u64::try_from(self.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.collect();
    }

    /// How long until something is due; `None` if nothing ever is.
    pub fn due_in(&self) -> Option<Duration> {
        Some(self.cluster.next_due()?.since(self.now()))
    }

    /// How long the playground has run.
    pub fn elapsed(&self) -> Duration {
        self.now().since(self.scenario.start)
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.cluster.clock.now()
    }

    /// Does what the reader did, and remembers it.
    pub fn input(&mut self, input: Input) {
        self.scenario.log.push((self.scenario.length, input.clone()));
        match input {
            Input::Open(id) => drop(self.terminals.insert(id, Terminal::open(&self.host, Self::interactive()))),
            Input::Close(id) => drop(self.terminals.remove(&id)),
            Input::Line(id, line) => self.with(id, |terminal| terminal.enter(&line)),
            Input::Interrupt(id) => self.with(id, Terminal::interrupt),
            Input::EndOfInput(id) => self.with(id, Terminal::end_of_input),
            Input::EditorSave(id, text) => self.with(id, |terminal| terminal.answer_editor(Some(text))),
            Input::EditorCancel(id) => self.with(id, |terminal| terminal.answer_editor(None)),
            Input::Exec(id, line) => {
                let mut terminal = Terminal::open(&self.host, TerminalOptions::default());
                terminal.enter(&line);
                self.apart.insert(id, terminal);
            }
            Input::WriteFile(path, text) => self.host.files.put(&path, Node::File(text.as_bytes().into(), 0o644)),
            // A file that is gone already needs no removing.
            Input::RemoveFile(path) => drop(self.host.files.remove(&path)),
        }
        self.cluster.settle();
        self.collect();
    }

    fn interactive() -> TerminalOptions {
        TerminalOptions { interactive: true, ..TerminalOptions::default() }
    }

    /// Opens a terminal that nobody sits at: its shell behaves as one that reads a script, without
    /// messages about jobs. It is no input of the reader's, so no link carries it.
    pub fn open_unattended(&mut self, id: TerminalId) {
        self.terminals.insert(id, Terminal::open(&self.host, TerminalOptions::default()));
    }

    fn with(&mut self, id: TerminalId, act: impl FnOnce(&mut Terminal)) {
        if let Some(terminal) = self.terminals.get_mut(&id) {
            act(terminal);
        }
    }

    /// Takes over what terminals have printed; a terminal whose shell has exited closes.
    fn collect(&mut self) {
        for terminal in self.terminals.values_mut().chain(self.apart.values_mut()) {
            terminal.collect();
        }
        self.terminals.retain(|_, terminal| !terminal.has_exited());
    }

    /// The open terminals, in the order of their numbers.
    pub fn terminals(&self) -> Vec<TerminalId> {
        self.terminals.keys().copied().collect()
    }

    /// An open terminal.
    pub fn terminal(&self, id: TerminalId) -> Option<&Terminal> {
        self.terminals.get(&id)
    }

    /// What could stand at the cursor of a line being typed.
    pub fn complete(&self, id: TerminalId, line: &str, cursor: usize) -> Completion {
        self.terminals.get(&id).map(|terminal| terminal.complete(line, cursor)).unwrap_or_default()
    }

    /// What a line that ran apart has printed, once it has ended.
    pub fn finished(&self, id: u32) -> Option<Finished> {
        self.apart.get(&id).filter(|terminal| !terminal.is_busy()).map(Terminal::finished)
    }

    /// Runs a script in a terminal until it ends or `patience` (in virtual time) is over, when it is
    /// interrupted; gives its exit status. For those who need not show time passing.
    pub fn run_script(&mut self, id: TerminalId, script: &str, patience: Duration) -> i32 {
        let deadline = self.now() + patience;
        self.input(Input::Line(id, script.into()));
        while self.terminals.get(&id).is_some_and(Terminal::is_busy) {
            match self.cluster.next_due().filter(|due| *due <= deadline) {
                Some(due) => self.advance(due.since(self.now())),
                None => {
                    self.input(Input::Interrupt(id));
                    break;
                }
            }
        }
        self.terminals.get(&id).map_or(0, Terminal::status)
    }

    /// How many inputs there were.
    pub fn inputs(&self) -> usize {
        self.scenario.log.len()
    }

    /// The scenario up to now: played again, it gives this very playground.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The fragment of a link to this playground, with its `#`.
    pub fn link(&self) -> String {
        link::encode(&self.scenario)
    }

    /// Answers a request from outside as the API server does.
    pub fn request(&self, user: User, request: Request) -> Response {
        Client::new(&self.cluster.server, user, "").request(request)
    }
}
