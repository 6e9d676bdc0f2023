//! The machine a shell runs on: its files, its ports, the programs it has, and what stands behind them.

use super::builtins;
use super::editor::Desk;
use super::programs::{self, Program};
use super::run::{Dialect, Shell, start};
use crate::api::Client;
use crate::meta::Time;
use crate::process::{FileSystem, LocalFuture, Loopback, Node, Process, System};
use crate::sim::{Clock, Pipe, Rng, Tasks};
use std::cell::Cell;
use std::rc::Rc;

/// What begins the file of a program that is not a script.
const MARK: &[u8] = b"\x7fELF";

/// What `minikube` does to the machines of the cluster. The playground implements it.
pub trait Driver {
    /// The machines in order: name, address, whether it runs. None before `minikube start`.
    fn machines(&self) -> Vec<MachineState>;
    /// The disk and the ports of a machine that runs.
    fn inside(&self, name: &str) -> Option<(FileSystem, Loopback)>;
    /// Makes a machine, or switches one on that is there.
    fn start(&self, name: &str);
    /// Switches a machine off.
    fn stop(&self, name: &str);
    /// Removes a machine and its node.
    fn delete(&self, name: &str);
    /// Stops or starts a machine's kubelet.
    fn set_kubelet(&self, name: &str, runs: bool);
    /// Ends a container of a machine. False if none has that id.
    fn kill(&self, name: &str, container: &str) -> bool;
}

/// A machine as its driver sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineState {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whether it is switched on.
    pub running: bool,
    /// Whether its kubelet runs, and since when that is so.
    pub kubelet: (bool, Time),
}

/// What runs a machine of the cluster, for the tools on it: the API as its kubelet and runtime know it, and the driver.
#[derive(Clone)]
pub struct Control {
    /// The API server.
    pub client: Client,
    /// What drives the machines.
    pub driver: Rc<dyn Driver>,
}

impl Control {
    /// A machine's state.
    pub fn machine(&self, name: &str) -> Option<MachineState> {
        self.driver.machines().into_iter().find(|machine| machine.name == name)
    }
}

/// Which programs a machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// All there are: the reader's own machine.
    All,
    /// Those that stand in its files: a container.
    Files,
}

/// Numbers of a user and its groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// The user's.
    pub user: String,
    /// The group's.
    pub group: String,
    /// Those of further groups.
    pub groups: Vec<String>,
}

impl Ids {
    /// Reads them from the text of a `/proc/PID/status`; root's where it does not say.
    fn read(status: &str) -> Ids {
        let all = |field: &str| -> Vec<String> {
            let line = status.lines().find_map(|line| line.strip_prefix(field));
            line.unwrap_or_default().split_whitespace().map(String::from).collect()
        };
        let first = |field: &str| all(field).into_iter().next().unwrap_or_else(|| "0".into());
        Ids { user: first("Uid:"), group: first("Gid:"), groups: all("Groups:") }
    }
}

/// A machine.
pub struct Host {
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// Where background jobs run.
    pub tasks: Tasks,
    /// Its files.
    pub files: FileSystem,
    /// Its ports and its way out.
    pub net: Loopback,
    /// Its name.
    pub hostname: String,
    /// Who uses it.
    pub user: String,
    /// The numbers of that user and its groups.
    pub ids: Ids,
    /// Who complains: `bash`, or `sh`.
    pub shell_name: &'static str,
    /// Which programs it has.
    pub installed: Installed,
    /// The API server as `kubectl` reaches it.
    pub client: Option<Client>,
    /// What `minikube` drives.
    pub driver: Option<Rc<dyn Driver>>,
    /// What stands behind the tools of a machine of the cluster.
    pub control: Option<Control>,
    /// Starts programs that come with an image.
    pub own: Option<Rc<dyn System>>,
    /// The streams of a container's main process.
    pub main_streams: Option<[Pipe; 3]>,
    next_pid: Cell<u32>,
}

impl Host {
    /// The reader's own machine, with the folders every machine has.
    pub fn new(clock: &Clock, rng: &Rng, tasks: &Tasks, files: &FileSystem, net: &Loopback) -> Host {
        for folder in ["/etc", "/home/user", "/root", "/tmp", "/usr/bin", "/usr/local/bin"] {
            if files.node(folder).is_none() {
                files.put(folder, Node::Directory);
            }
        }
        Host::bare(clock, rng, tasks, files, net)
    }

    fn bare(clock: &Clock, rng: &Rng, tasks: &Tasks, files: &FileSystem, net: &Loopback) -> Host {
        Host {
            clock: clock.clone(),
            rng: rng.clone(),
            tasks: tasks.clone(),
            files: files.clone(),
            net: net.clone(),
            hostname: "tabernetes".into(),
            user: "user".into(),
            ids: Ids { user: "1000".into(), group: "1000".into(), groups: Vec::new() },
            shell_name: "bash",
            installed: Installed::All,
            client: None,
            driver: None,
            control: None,
            own: None,
            main_streams: None,
            next_pid: Cell::new(2000),
        }
    }

    /// A machine of the cluster, for who logs in to it.
    pub fn node(process: &Process, from: &Host, name: &str, files: &FileSystem, net: &Loopback) -> Host {
        let control = from.client.clone().zip(from.driver.clone()).map(|(client, driver)| Control { client, driver });
        let control = control.or_else(|| from.control.clone());
        Host {
            hostname: name.into(),
            control,
            user: "docker".into(),
            ids: Ids { user: "1000".into(), group: "999".into(), groups: Vec::new() },
            ..Host::bare(&process.clock, &process.rng, &from.tasks, files, net)
        }
    }

    /// The machine that a process runs on, of which nothing more is known: a container.
    pub fn of(process: &Process, tasks: &Tasks, own: Rc<dyn System>) -> Host {
        let read = |path: &str| process.files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let hostname = read("/etc/hostname").ok().map(|text| text.trim().to_string());
        let ids = Ids::read(&read("/proc/self/status").unwrap_or_default());
        let passwd = read("/etc/passwd").unwrap_or_default();
        let mut users = passwd.lines().map(|line| line.split(':'));
        let named = users.find_map(|mut row| row.next().filter(|_| row.nth(1).is_some_and(|id| id == ids.user)));
        Host {
            hostname: hostname.or_else(|| process.var("HOSTNAME").map(String::from)).unwrap_or_default(),
            user: named.unwrap_or(&ids.user).into(),
            ids,
            shell_name: "sh",
            installed: Installed::Files,
            own: Some(own),
            next_pid: Cell::new(20),
            ..Host::bare(&process.clock, &process.rng, tasks, &process.files, &process.net)
        }
    }

    /// Which shell `sh` is here.
    pub fn dialect(&self) -> Dialect {
        match self.shell_name {
            "bash" => Dialect::Bash,
            _ if self.files.node("/bin/dash").is_some() => Dialect::Dash,
            _ => Dialect::Ash,
        }
    }

    /// A new process number.
    pub fn next_pid(&self) -> u32 {
        let pid = self.next_pid.get();
        self.next_pid.set(pid + 1);
        pid
    }

    /// Writes a file, whatever was there.
    pub fn put(&self, path: &str, bytes: &[u8]) {
        self.files.put(path, Node::File(bytes.into(), 0o644));
    }

    /// A stream of the machine's main process.
    pub fn main_stream(&self, descriptor: u32) -> Option<Pipe> {
        self.main_streams.as_ref()?.get(descriptor as usize).cloned()
    }

    /// The path of a program: a path as it stands, or a name looked up in `PATH`.
    pub fn find_program(&self, name: &str, cwd: &str, path: &str) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        let runs = |path: &str| matches!(self.files.node(path), Some(Node::File(_, mode)) if mode & 0o111 != 0);
        let known = |name: &str| {
            programs::find(name).is_some_and(|program| self.offers(program))
                || builtins::find(name).is_some_and(|builtin| builtin.also_program)
        };
        if name.contains('/') {
            let full = FileSystem::resolve(cwd, name);
            let in_bin = ["/bin/", "/usr/bin/", "/usr/local/bin/"].iter().find_map(|bin| full.strip_prefix(bin));
            let there = runs(&full) || (self.installed == Installed::All && in_bin.is_some_and(known));
            return there.then_some(full);
        }
        let path = if path.is_empty() { "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" } else { path };
        let found = path.split(':').map(|folder| FileSystem::resolve(folder, name)).find(|path| runs(path));
        found.or_else(|| (self.installed == Installed::All && known(name)).then(|| format!("/usr/bin/{name}")))
    }

    /// The name of the program in a file: what its mark says, what a link points to, or the file's own name.
    pub fn program_in(&self, path: &str) -> String {
        let base = |path: &str| path.rsplit('/').next().unwrap_or_default().to_string();
        if let Ok(bytes) = self.files.read(path)
            && let Some(name) = bytes.strip_prefix(MARK).filter(|name| !name.is_empty())
        {
            let name = String::from_utf8_lossy(name).trim().to_string();
            if programs::find(&name).is_some() {
                return name;
            }
        }
        base(path)
    }

    /// Sends a signal to a process of the machine that is no job of the shell. False if there is none.
    pub fn signal(&self, pid: &str, signal: i32) -> bool {
        pid.parse().is_ok_and(|pid| self.own.as_ref().is_some_and(|own| own.signal(pid, signal)))
    }

    /// Whether a program of the table can be had on this machine.
    pub fn offers(&self, program: &Program) -> bool {
        match self.installed {
            Installed::All => !program.node_only || self.control.is_some(),
            Installed::Files => !program.outside_only && !program.node_only,
        }
    }
}

/// The file of a program, as a download or an image brings it.
pub fn program_file(name: &str) -> Vec<u8> {
    [MARK, name.as_bytes()].concat()
}

/// Whether a file holds a program rather than a script.
pub fn is_marked(bytes: &[u8]) -> bool {
    bytes.is_empty() || bytes.starts_with(MARK)
}

/// How programs start other programs: with a shell on the same machine.
pub struct Launcher {
    /// The machine.
    pub host: Rc<Host>,
    /// Where editors open.
    pub desk: Option<Rc<Desk>>,
}

impl System for Launcher {
    fn run(&self, command_line: &str, process: Process) -> LocalFuture<i32> {
        let mut shell = Shell::new(&self.host, &process);
        shell.desk = self.desk.clone();
        let line = command_line.to_string();
        Box::pin(async move { shell.run_to_exit(&line).await })
    }

    fn spawn(&self, process: Process) -> Option<LocalFuture<i32>> {
        let name = process.args.first()?;
        self.host.find_program(name, &process.cwd, process.var("PATH").unwrap_or_default())?;
        let (host, desk) = (self.host.clone(), self.desk.clone());
        Some(Box::pin(async move { start(&host, process, desk, String::new(), "command not found").await }))
    }
}
