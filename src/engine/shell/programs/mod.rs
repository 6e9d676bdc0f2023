//! The programs of a machine: one file each, and the table. A program knows its [`Call`] alone.

mod addons;
mod downloads;
mod input;
mod options;

pub use addons::METRICS_SERVER;
pub use input::{Lines, device, open};
pub use options::Options;

use super::editor::Desk;
use super::host::Host;
use crate::process::{LocalFuture, Process};
use std::rc::Rc;
use std::time::Duration;

/// What starting a program costs.
pub const COST: Duration = Duration::from_millis(1);

/// What a program is handed.
pub struct Call {
    /// Arguments, streams, files, time.
    pub process: Process,
    /// The machine.
    pub host: Rc<Host>,
    /// Where editors open, if there is a terminal.
    pub desk: Option<Rc<Desk>>,
}

/// What is said of a program.
pub struct Help {
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its arguments.
    pub usage: &'static str,
    /// Command lines with what they print. A test runs them all.
    pub examples: &'static [(&'static str, &'static str)],
}

/// A program.
pub struct Program {
    /// What it is called.
    pub name: &'static str,
    /// What `man` says of it. A function, so that the texts need not be there from the start.
    pub help: fn() -> Help,
    /// What it does.
    pub run: fn(Call) -> LocalFuture<i32>,
    /// How long it takes to start.
    pub cost: Duration,
    /// Whether containers never have it.
    pub outside_only: bool,
    /// Whether only the machines of the cluster have it.
    pub node_only: bool,
}

impl Program {
    /// The row that others start from.
    pub const BASE: Program = Program {
        name: "",
        help: || Help { summary: "", usage: "", examples: &[] },
        run: |_| Box::pin(std::future::ready(0)),
        cost: COST,
        outside_only: false,
        node_only: false,
    };
}

macro_rules! programs {
    ($($module:ident)*) => {
        $(mod $module;)*
        /// All programs, by name.
        pub const PROGRAMS: &[&Program] = &[$(&$module::PROGRAM),*];
    };
}

programs! {
    awk base64 basename bc cat checksum chmod chroot clear column comm cp crictl curl cut date dd diff dirname env expr find grep head jq
    kubeadm kubectl ln ls man minikube mkdir nc network nslookup openssl packages paste ping rm sed seq sh sleep sort ssh sudo system
    systemctl tail tar tee timeout touch tr uniq vi watch wc wget xargs yes
}

/// Other names of programs.
const ALIASES: &[(&str, &str)] = &[
    ("base32", "base64"),
    ("egrep", "grep"),
    ("fgrep", "grep"),
    ("gawk", "awk"),
    ("mawk", "awk"),
    ("printenv", "env"),
    ("mv", "cp"),
    ("bash", "sh"),
    ("ash", "sh"),
    ("dash", "sh"),
    ("vim", "vi"),
    ("nvim", "vi"),
    ("nano", "vi"),
    ("code", "vi"),
    ("telnet", "nc"),
    ("ncat", "nc"),
    ("dig", "nslookup"),
    ("host", "nslookup"),
    ("getent", "nslookup"),
    ("rmdir", "ln"),
    ("mktemp", "ln"),
    ("readlink", "ln"),
    ("realpath", "ln"),
    ("chown", "ln"),
    ("stat", "ln"),
    ("file", "ln"),
    ("du", "ln"),
    ("df", "ln"),
    ("free", "ln"),
    ("hostname", "system"),
    ("whoami", "system"),
    ("id", "system"),
    ("uname", "system"),
    ("nproc", "system"),
    ("groups", "system"),
    ("logname", "system"),
    ("tty", "system"),
    ("arch", "system"),
    ("ps", "system"),
    ("uptime", "system"),
    ("tac", "column"),
    ("rev", "column"),
    ("nl", "column"),
    ("md5sum", "checksum"),
    ("sha1sum", "checksum"),
    ("sha256sum", "checksum"),
    ("ip", "network"),
    ("ifconfig", "network"),
    ("route", "network"),
    ("netstat", "network"),
    ("ss", "network"),
    ("traceroute", "network"),
    ("journalctl", "systemctl"),
    ("apt", "packages"),
    ("apt-get", "packages"),
    ("apk", "packages"),
    ("top", "system"),
    ("mount", "system"),
    ("busybox", "env"),
    ("nohup", "env"),
    ("nice", "env"),
    ("join", "comm"),
    ("fold", "comm"),
    ("shuf", "comm"),
    ("split", "comm"),
    ("expand", "comm"),
    ("envsubst", "comm"),
    ("truncate", "dd"),
    ("od", "dd"),
    ("xxd", "dd"),
    ("hexdump", "dd"),
    ("gzip", "dd"),
    ("gunzip", "dd"),
    ("zcat", "dd"),
    ("cmp", "diff"),
    ("unlink", "rm"),
    ("less", "cat"),
    ("more", "cat"),
];

/// A program by its name.
pub fn find(name: &str) -> Option<&'static Program> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    PROGRAMS.iter().copied().find(|program| program.name == name)
}

impl Call {
    /// The arguments after the program's name.
    pub fn args(&self) -> &[String] {
        self.process.args.get(1..).unwrap_or_default()
    }
    /// The name it was called by.
    pub fn name(&self) -> &str {
        self.process.args.first().map_or("", |name| name.rsplit('/').next().unwrap_or(name))
    }
    /// Writes to standard output.
    pub fn out(&self, text: impl AsRef<str>) {
        self.process.out(text);
    }
    /// Complains in the program's name.
    pub fn complain(&self, message: impl AsRef<str>) {
        self.process.err(format!("{}: {}\n", self.name(), message.as_ref()));
    }
    /// Complains and gives the status 1.
    pub fn fail(&self, message: impl AsRef<str>) -> i32 {
        self.complain(message);
        1
    }
    /// Whether nobody reads the output any more.
    pub fn is_unread(&self) -> bool {
        self.process.stdout.is_broken()
    }
    /// A path made absolute.
    pub fn path(&self, path: &str) -> String {
        self.process.path(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::testing::run;

    #[test]
    fn every_program_does_what_its_examples_say() {
        let mut wrong: Vec<String> = Vec::new();
        for program in PROGRAMS {
            let help = (program.help)();
            assert!(!help.summary.is_empty() && !help.usage.is_empty(), "{} has no help", program.name);
            for (line, expect) in help.examples {
                let ran = run(line).output;
                if ran.trim_end() != *expect {
                    wrong.push(format!("{line}\n  expected {expect:?}\n  got      {:?}", ran.trim_end()));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_table_is_in_order() {
        let names: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        assert_eq!(names, sorted);
    }
}
