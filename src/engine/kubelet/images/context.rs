//! What a container's programs see: environment, files, ports, log, and each other's state.

use super::base::{Base, executable};
use super::{Image, Outcome, Term};
use crate::kubelet::env::Env;
use crate::kubelet::log::Log;
use crate::kubelet::programs::{ApiPort, Programs, Starter};
use crate::kubelet::volumes::{MountPoint, Volumes};
use crate::meta::{Text, Time, Value};
use crate::network::http;
use crate::process::{
    Certificate, Connection, FileSystem, LocalFuture, Loopback, NetError, Node, OWN_PROGRAM, Process,
};
use crate::sim::{Clock, Pipe, Rng, Tasks, pipe};
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

/// One container, from inside.
pub struct Context {
    /// The pod's name.
    pub pod: Text,
    /// The pod's namespace.
    pub namespace: Text,
    /// The host name.
    pub hostname: Text,
    /// The pod's spec.
    pub(in crate::kubelet) spec: Value,
    /// The pod's address.
    pub address: Text,
    /// The image it runs.
    pub image: &'static Image,
    /// The image's tag.
    pub tag: Text,
    /// The environment its programs start with.
    pub env: Env,
    /// The directory its programs start in.
    pub directory: String,
    /// The pod's ports.
    pub net: Loopback,
    /// What it writes.
    pub log: Log,
    /// The standard input of its main program.
    pub stdin: Pipe,
    /// Whether the main program has a terminal.
    pub tty: bool,
    /// What the image's programs remember between requests.
    pub state: RefCell<Value>,
    /// What its requests have cost lately.
    pub(in crate::kubelet) effort: Effort,
    /// How much memory it may use, in bytes.
    pub memory_limit: Option<i64>,
    /// Time.
    pub clock: Clock,
    /// Chance.
    pub rng: Rng,
    /// The API server's port, for those who open it.
    pub(in crate::kubelet) api: Rc<dyn ApiPort>,
    pub(in crate::kubelet) tasks: Tasks,
    pub(in crate::kubelet) programs: Rc<dyn Programs>,
    pub(in crate::kubelet) volumes: Rc<Volumes>,
    pub(in crate::kubelet) mounts: Vec<MountPoint>,
    pub(in crate::kubelet) read_only: bool,
    pub(in crate::kubelet) files: OnceCell<FileSystem>,
    pub(in crate::kubelet) ports: RefCell<Vec<u16>>,
    /// The main program and its arguments, once it is started.
    pub(in crate::kubelet) command: OnceCell<Vec<String>>,
    /// Whom its programs run as.
    pub(in crate::kubelet) identity: Identity,
    /// The number of its main process among those it sees, and the other containers whose processes it sees.
    pub(in crate::kubelet) pid: u32,
    pub(in crate::kubelet) neighbours: Vec<(u32, Weak<Context>)>,
    /// Whether the main program was told to end and has yet to notice: a shell with a trap does.
    pub(in crate::kubelet) terminated: Rc<Cell<bool>>,
    /// Where a signal to the main program goes.
    pub(in crate::kubelet) on_signal: OnceCell<Box<dyn Fn(i32)>>,
}

/// Whom a container's programs run as.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The user.
    pub user: i64,
    /// The group.
    pub group: i64,
    /// Further groups.
    pub groups: Vec<i64>,
    /// The capabilities they may have at most, a bit each.
    pub capabilities: u64,
    /// Whether they can gain no privileges.
    pub tied: bool,
    /// Whether seccomp watches their system calls.
    pub confined: bool,
}

/// Capabilities in the order of their bits.
const CAPABILITIES: &str = "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE \
    NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT \
    SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE \
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE";
/// Those a runtime gives without being asked.
const USUAL_CAPABILITIES: u64 = 0xa804_25fb;
const ALL_CAPABILITIES: u64 = (1 << 41) - 1;

/// The capabilities that a container's security context leaves.
pub(in crate::kubelet) fn capabilities(security: &Value) -> u64 {
    if security["privileged"].bool() {
        return ALL_CAPABILITIES;
    }
    let bits = |names: &Value| -> u64 {
        let bit = |name: &Value| match name.str().trim_start_matches("CAP_") {
            "ALL" => ALL_CAPABILITIES,
            name => CAPABILITIES.split_whitespace().position(|known| known == name).map_or(0, |at| 1 << at),
        };
        names.items().iter().map(bit).fold(0, |all, bit| all | bit)
    };
    let asked = &security["capabilities"];
    let (add, drop) = (bits(&asked["add"]), bits(&asked["drop"]));
    if drop == ALL_CAPABILITIES { add } else { (USUAL_CAPABILITIES | add) & !drop }
}

impl Context {
    /// What its root file system is made from.
    pub fn base(&self) -> Base {
        self.image.base.of_tag(&self.tag)
    }

    /// The container's files. They are laid out when somebody first looks.
    pub fn files(&self) -> &FileSystem {
        self.files.get_or_init(|| {
            let files = FileSystem::default();
            self.base().lay(&files);
            if let Some(version) = self.base().busybox(self.image, &self.tag) {
                let bytes = format!("\x7fELFBusyBox v{version}\n");
                files.put("/bin/busybox", Node::File(bytes.as_bytes().into(), 0o755));
            }
            for (path, text) in self.base().release_of(self.image, &self.tag) {
                files.put(path, Node::File(text.as_bytes().into(), 0o644));
            }
            for program in self.image.programs {
                files.put(program.path, Node::File(OWN_PROGRAM.into(), 0o755));
            }
            for tool in self.image.tools {
                executable(&files, &format!("/usr/bin/{tool}"));
            }
            for (path, text) in self.image.files {
                files.put(path, Node::File(text.as_bytes().into(), 0o644));
            }
            if files.node(&self.directory).is_none() {
                files.put(&self.directory, Node::Directory);
            }
            let (resolv, hosts) = (self.resolv_conf(), self.hosts());
            for (path, text) in [
                ("/etc/hostname", format!("{}\n", self.hostname)),
                ("/etc/resolv.conf", resolv),
                ("/etc/hosts", hosts),
                ("/dev/termination-log", String::new()),
                ("/proc/self/status", format!("Name:\tcat\n{}", self.identity.status(self.pid))),
                ("/proc/self/uid_map", self.id_map()),
                ("/proc/self/gid_map", self.id_map()),
                ("/proc/self/environ", self.env.lines().join("\0")),
                ("/proc/self/mounts", self.mount_table()),
            ] {
                files.put(path, Node::File(text.as_bytes().into(), 0o644));
            }
            if self.pid > 1 && !self.neighbours.iter().any(|(pid, _)| *pid == 1) {
                // The pod's containers share one process namespace, in which the sandbox's process is the first.
                put_process(&files, 1, "/pause", &Identity::default());
            }
            put_process(&files, self.pid, &self.title(), &self.identity);
            for (pid, other) in &self.neighbours {
                if let Some(other) = other.upgrade() {
                    put_process(&files, *pid, &other.title(), &other.identity);
                    files.mount(&format!("/proc/{pid}/root"), other.files(), "/", false);
                }
            }
            let files = if self.read_only {
                let root = FileSystem::default();
                root.mount("/", &files, "/", true);
                root
            } else {
                files
            };
            for mount in &self.mounts {
                self.volumes.mount(&files, mount);
            }
            files
        })
    }

    /// Which users of the machine the container's are: the same ones, unless the pod has users of its own.
    fn id_map(&self) -> String {
        let first = if self.spec["hostUsers"].as_bool() == Some(false) { 833_617_920_u64 } else { 0 };
        format!("{:>10} {first:>10} {:>10}\n", 0, if first == 0 { 4_294_967_295_u64 } else { 65536 })
    }

    /// `/proc/self/mounts`: volumes that are written to belong to the pod's `fsGroup`.
    fn mount_table(&self) -> String {
        let mut text =
            "overlay / overlay rw,relatime 0 0\nproc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\ntmpfs /dev tmpfs \
                        rw,nosuid,size=65536k,mode=755 0 0\n"
                .to_string();
        let group = self.spec["securityContext"]["fsGroup"].as_i64();
        for mount in &self.mounts {
            let volumes = self.spec["volumes"].items();
            let volume = volumes.iter().find(|volume| volume["name"] == *mount.volume).cloned().unwrap_or_default();
            let has = |kind: &str| !volume[kind].is_null();
            let written = has("emptyDir") || has("persistentVolumeClaim") || has("ephemeral");
            let (device, kind) = if written || has("hostPath") { ("/dev/sda1", "ext4") } else { ("tmpfs", "tmpfs") };
            let access = if mount.read_only || !(written || has("hostPath")) { "ro" } else { "rw" };
            let group = group.filter(|_| written).map(|group| format!(",gid={group}")).unwrap_or_default();
            let mode = if has("emptyDir") { ",mode=777" } else { "" };
            text += &format!("{device} {} {kind} {access},relatime{group}{mode} 0 0\n", mount.at);
        }
        text
    }

    /// What the main program calls itself: an entrypoint has made way for the command it was given.
    fn title(&self) -> String {
        let words = self.command.get().map(Vec::as_slice).unwrap_or_default();
        match words {
            [script, rest @ ..] if script.ends_with("entrypoint.sh") && !rest.is_empty() => {
                let title = rest.join("\0");
                if rest[0] == "nginx" { format!("nginx: master process {title}") } else { title }
            }
            // A shell that is given one plain command makes way for it.
            [shell, flag, script] if shell.ends_with("sh") && flag == "-c" && is_plain(script) => {
                script.split_whitespace().collect::<Vec<_>>().join("\0")
            }
            words => words.join("\0"),
        }
    }

    /// `/etc/resolv.conf`, as the DNS policy and configuration say.
    fn resolv_conf(&self) -> String {
        let cluster = match self.spec["dnsPolicy"].str() {
            "None" | "Default" => false,
            "ClusterFirst" | "" => !self.spec["hostNetwork"].bool(),
            _ => true,
        };
        let own = &self.spec["dnsConfig"];
        let (mut servers, mut searches, mut options) = (Vec::new(), Vec::new(), Vec::new());
        if cluster {
            let namespace = &self.namespace;
            servers.push("10.96.0.10".to_string());
            searches.push(format!("{namespace}.svc.cluster.local svc.cluster.local cluster.local"));
            if !own["options"].items().iter().any(|option| option["name"] == "ndots") {
                options.push("ndots:5".to_string());
            }
        } else if self.spec["dnsPolicy"] != "None" {
            servers.push("192.168.49.1".to_string());
        }
        let texts = |field: &str| own[field].items().iter().map(|text| text.str().to_string());
        servers.extend(texts("nameservers"));
        searches.extend(texts("searches"));
        options.extend(own["options"].items().iter().map(|option| match option["value"].str() {
            "" => option["name"].str().to_string(),
            value => format!("{}:{value}", option["name"].str()),
        }));
        let line = |word: &str, items: &[String]| match items {
            [] => String::new(),
            items => format!("{word} {}\n", items.join(" ")),
        };
        let servers: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
        line("search", &searches) + &servers + &line("options", &options)
    }

    /// `/etc/hosts`, with the pod's aliases.
    fn hosts(&self) -> String {
        let mut text = format!(
            "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::0\t\
             ip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{}\t{}\n",
            self.address, self.hostname
        );
        let aliases = self.spec["hostAliases"].items();
        if !aliases.is_empty() {
            text += "\n# Entries added by HostAliases.\n";
        }
        for alias in aliases {
            let names: Vec<&str> = alias["hostnames"].items().iter().map(Value::str).collect();
            text += &format!("{}\t{}\n", alias["ip"].str(), names.join("\t"));
        }
        text
    }

    /// Sends a signal to the main program.
    pub(in crate::kubelet) fn signal(&self, signal: i32) {
        if let Some(send) = self.on_signal.get() {
            send(signal);
        }
    }

    /// Sends a signal to a process that this container sees; 0 asks whether there is one.
    fn signal_to(&self, pid: u32, signal: i32) -> bool {
        let other = self.neighbours.iter().find(|(known, _)| *known == pid).and_then(|(_, other)| other.upgrade());
        match other {
            _ if pid == self.pid && signal != 0 => self.signal(signal),
            Some(other) if signal != 0 => other.signal(signal),
            // The sandbox's own process takes no notice.
            found => return found.is_some() || pid == self.pid || pid == 1,
        }
        true
    }

    /// Writes to the log as the main program's standard output.
    pub fn out(&self, text: &str) {
        self.log.write(self.clock.now(), false, text.as_bytes());
    }

    /// Writes to the log as the main program's standard error.
    pub fn err(&self, text: &str) {
        self.log.write(self.clock.now(), true, text.as_bytes());
    }

    /// Answers HTTP on a port of the pod until the container ends.
    ///
    /// # Errors
    /// If the port is taken, by another container of the pod.
    pub fn http(
        self: &Rc<Self>,
        port: u16,
        answer: fn(&Context, &http::Request) -> http::Response,
    ) -> Result<(), NetError> {
        self.serve(port, move |context, connection| {
            Box::pin(http::answer(connection, move |request| {
                context.effort.add(context.clock.now(), context.image.work.into());
                answer(&context, request)
            }))
        })
    }

    /// Handles connections to a port of the pod until the container ends.
    ///
    /// # Errors
    /// If the port is taken, by another container of the pod.
    pub fn serve(
        self: &Rc<Self>,
        port: u16,
        handle: impl Fn(Rc<Context>, Connection) -> LocalFuture<()> + 'static,
    ) -> Result<(), NetError> {
        self.serve_as(port, None, handle)
    }

    /// The same, speaking TLS with a certificate if there is one.
    ///
    /// # Errors
    /// If the port is taken, by another container of the pod.
    pub fn serve_as(
        self: &Rc<Self>,
        port: u16,
        certificate: Option<Certificate>,
        handle: impl Fn(Rc<Context>, Connection) -> LocalFuture<()> + 'static,
    ) -> Result<(), NetError> {
        let context = Rc::downgrade(self);
        self.net.serve_as(
            port,
            certificate,
            Rc::new(move |connection| match context.upgrade() {
                Some(context) => {
                    let (tasks, clock) = (context.tasks.clone(), context.clock.clone());
                    tasks.spawn(&clock, handle(context, connection));
                }
                None => connection.close(),
            }),
        )?;
        self.ports.borrow_mut().push(port);
        Ok(())
    }

    /// Stops answering on all its ports.
    pub(in crate::kubelet) fn close_ports(&self) {
        self.ports.borrow_mut().drain(..).for_each(|port| self.net.close(port));
    }

    /// A process in this container.
    pub(in crate::kubelet) fn process(self: &Rc<Self>, args: Vec<String>, streams: [Pipe; 3], tty: bool) -> Process {
        let [stdin, stdout, stderr] = streams;
        let context = self.clone();
        let own = Rc::new(move |process: Process| context.spawn(process));
        let signalled = self.clone();
        Process {
            args,
            env: self.env.to_map(),
            cwd: self.directory.clone(),
            stdin,
            stdout,
            stderr,
            tty,
            columns: 80,
            files: self.files().clone(),
            net: self.net.clone(),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            system: Rc::new(Starter {
                programs: self.programs.clone(),
                own,
                signal: Rc::new(move |pid, signal| signalled.signal_to(pid, signal)),
                terminated: self.terminated.clone(),
            }),
        }
    }

    /// Starts a program of the image within a process; `None` if the image has none of that name.
    fn spawn(self: &Rc<Self>, process: Process) -> Option<LocalFuture<i32>> {
        let program = self.image.program(process.args.first()?)?;
        let clock = self.clock.clone();
        let run = Run { context: self.clone(), args: process.args.clone(), process: Some(process) };
        Some((program.run)(&run).into_future(clock))
    }
}

/// CPU time that requests have cost, in spans of [`Effort::SPAN`] seconds.
#[derive(Default)]
pub struct Effort(Cell<[i64; 3]>);

impl Effort {
    /// As long as it takes to measure.
    const SPAN: i64 = 15;

    /// The present span with what it has cost, and what the one before cost.
    fn turned(&self, now: Time) -> [i64; 3] {
        let span = now.seconds().div_euclid(Self::SPAN);
        let [at, this, before] = self.0.get();
        match span - at {
            0 => [at, this, before],
            1 => [span, 0, this],
            _ => [span, 0, 0],
        }
    }

    /// Adds microseconds.
    pub(super) fn add(&self, now: Time, micros: i64) {
        let [at, this, before] = self.turned(now);
        self.0.set([at, this + micros, before]);
    }

    /// Millicores used in the last whole span.
    pub fn millicores(&self, now: Time) -> u64 {
        let [_, _, before] = self.turned(now);
        (before / (Self::SPAN * 1000)).unsigned_abs()
    }
}

impl Identity {
    /// The lines of `/proc/PID/status` that tell.
    fn status(&self, pid: u32) -> String {
        let (user, group) = (self.user, self.group);
        let groups: crate::meta::SortedSet<i64> = self.groups.iter().copied().chain([group]).collect();
        let groups: String = groups.iter().map(|group| format!("{group} ")).collect();
        // Whoever is not root has no capabilities, but may be given those.
        let (held, bound) = (if user == 0 { self.capabilities } else { 0 }, self.capabilities);
        let (tied, seccomp) = (u8::from(self.tied), if self.confined { 2 } else { 0 });
        format!(
            "Umask:\t0022\nState:\tS (sleeping)\nTgid:\t{pid}\nNgid:\t0\nPid:\t{pid}\nPPid:\t0\nTracerPid:\t0\n\
             Uid:\t{user}\t{user}\t{user}\t{user}\nGid:\t{group}\t{group}\t{group}\t{group}\nFDSize:\t64\nGroups:\t{groups}\n\
             CapInh:\t0000000000000000\nCapPrm:\t{held:016x}\nCapEff:\t{held:016x}\nCapBnd:\t{bound:016x}\n\
             CapAmb:\t0000000000000000\nNoNewPrivs:\t{tied}\nSeccomp:\t{seccomp}\nSeccomp_filters:\t{}\n",
            u8::from(self.confined)
        )
    }
}

/// Whether a script is one command without anything that a shell would have to do.
fn is_plain(script: &str) -> bool {
    let builtin = matches!(
        script.split_whitespace().next(),
        None | Some("exec" | "exit" | "cd" | "wait" | "trap" | "set" | "echo")
    );
    !builtin && !script.trim().contains([';', '|', '&', '<', '>', '$', '(', '{', '`', '"', '\'', '\\', '*', '\n', '='])
}

/// Makes a process visible in `/proc`.
fn put_process(files: &FileSystem, pid: u32, title: &str, identity: &Identity) {
    let name = title.split(['\0', ' ']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default().trim_end_matches(':');
    let status = format!("Name:\t{name}\n{}", identity.status(pid));
    for (name, text) in [("cmdline", title.to_string()), ("status", status)] {
        files.put(&format!("/proc/{pid}/{name}"), Node::File(text.as_bytes().into(), 0o644));
    }
}

/// A program being started: as the container's main one, or within a process of it.
pub struct Run {
    /// The container.
    pub context: Rc<Context>,
    /// The arguments, the program's own name first.
    pub args: Vec<String>,
    /// The process; `None` for the container's main program.
    pub process: Option<Process>,
}

impl Run {
    /// Writes to standard output.
    pub fn out(&self, text: &str) {
        match &self.process {
            Some(process) => process.out(text),
            None => self.context.out(text),
        }
    }
    /// Writes to standard error.
    pub fn err(&self, text: &str) {
        match &self.process {
            Some(process) => process.err(text),
            None => self.context.err(text),
        }
    }
    /// Goes on as another program of the container, one of its tools.
    pub fn become_tool(&self, args: Vec<String>) -> Outcome {
        let context = &self.context;
        if let Some(process) = &self.process {
            return Outcome::Task(context.programs.start(Process { args, ..process.clone() }));
        }
        super::super::create::launch_tool(args, context)
    }
    /// The arguments after the program's name.
    pub fn arguments(&self) -> Vec<&str> {
        self.args.iter().skip(1).map(String::as_str).collect()
    }
    /// Complains and ends with a status.
    pub fn fail(&self, message: &str, code: i32) -> Outcome {
        self.err(message);
        Outcome::Ends(Duration::ZERO, code)
    }
}

impl Outcome {
    /// What a program that is not a container's main one does.
    pub fn into_future(self, clock: Clock) -> LocalFuture<i32> {
        match self {
            Outcome::Runs(Term::Exits(..) | Term::Ignores) => Box::pin(std::future::pending()),
            Outcome::Ends(after, code) => Box::pin(async move {
                clock.sleep(after).await;
                code
            }),
            Outcome::OutOfMemory(after) => Box::pin(async move {
                clock.sleep(after).await;
                137
            }),
            Outcome::Task(future) => future,
        }
    }
}

/// A pipe for streams nobody reads or writes.
pub(in crate::kubelet) fn closed(clock: &Clock) -> Pipe {
    let closed = pipe(clock);
    closed.end();
    closed
}
