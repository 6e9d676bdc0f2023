//! `apt-get`, `apt`, `apk`: package managers. They know the packages whose programs there are here, and need a way to their
//! mirror: a pod whose policies keep it in gets none.

use super::super::host::program_file;
use super::{Call, Help, Program};
use crate::process::Node;

pub const PROGRAM: Program = Program {
    name: "packages",
    help: || Help {
        summary: "Package managers: apt-get, apt, apk.",
        usage: "apt-get update|install PACKAGE... | apk add PACKAGE...",
        examples: &[],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// Packages and their programs.
const PACKAGES: &[(&str, &str)] = &[
    ("bash", "bash"),
    ("bc", "bc"),
    ("bind-tools", "dig nslookup host"),
    ("bind9-dnsutils", "dig nslookup host"),
    ("bind9-host", "host"),
    ("ca-certificates", ""),
    ("coreutils", ""),
    ("curl", "curl"),
    ("dnsutils", "dig nslookup host"),
    ("file", "file"),
    ("iproute2", "ip ss"),
    ("iputils", "ping"),
    ("iputils-ping", "ping"),
    ("jq", "jq"),
    ("less", "less"),
    ("nano", "nano"),
    ("ncat", "ncat"),
    ("net-tools", "ifconfig netstat route"),
    ("netcat", "nc"),
    ("netcat-openbsd", "nc"),
    ("netcat-traditional", "nc"),
    ("openssl", "openssl"),
    ("procps", "ps top free uptime watch pgrep pkill"),
    ("telnet", "telnet"),
    ("traceroute", "traceroute"),
    ("vim", "vi vim"),
    ("vim-tiny", "vi"),
    ("wget", "wget"),
];

/// Where it is kept that the lists of packages are there.
const LISTS: &str = "/var/lib/apt/lists/lock";

fn programs_of(package: &str) -> Option<&'static str> {
    PACKAGES.iter().find(|(name, _)| *name == package).map(|(_, programs)| *programs)
}

async fn run(call: Call) -> i32 {
    let words: Vec<String> = call.args().iter().filter(|word| !word.starts_with('-')).cloned().collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let release = call.process.files.read("/etc/os-release").unwrap_or_default();
    let ubuntu = String::from_utf8_lossy(&release).contains("ID=ubuntu");
    let mirror = match call.name() {
        "apk" => "dl-cdn.alpinelinux.org",
        _ if ubuntu => "archive.ubuntu.com",
        _ => "deb.debian.org",
    };
    let reached = call.process.net.connect_to(mirror, 80).map(|connection| connection.close()).is_ok();
    let is_root = call.host.ids.user == "0" || call.host.user == "root";
    if call.name() == "apk" {
        return apk(&call, &words, reached, is_root).await;
    }
    let suite = if ubuntu { "ubuntu noble" } else { "debian bookworm" };
    match words.as_slice() {
        [] => {
            call.process.err(format!("Usage: {} COMMAND [PACKAGE]...\n", call.name()));
            1
        }
        [_, ..] if !is_root => {
            call.process.err("E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\nE: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n");
            100
        }
        ["update", ..] if !reached => {
            call.out(format!("Ign:1 http://{mirror}/{suite} InRelease\nErr:1 http://{mirror}/{suite} InRelease\n  Temporary failure resolving '{mirror}'\nReading package lists... Done\n"));
            let index = suite.replacen(' ', "/dists/", 1);
            call.process.err(format!("W: Failed to fetch http://{mirror}/{index}/InRelease  Temporary failure resolving '{mirror}'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n"));
            0
        }
        ["update", ..] => {
            call.process.clock.sleep(std::time::Duration::from_millis(2100)).await;
            call.process.files.put(LISTS, Node::File([].into(), 0o640));
            call.out(format!(
                "Get:1 http://{mirror}/{suite} InRelease [151 kB]\nGet:2 http://{mirror}/{suite}-updates InRelease [55.4 kB]\nGet:3 \
                 http://{mirror}/{suite}/main amd64 Packages [8793 kB]\nFetched 9000 kB in 2s (4500 kB/s)\nReading package lists... Done\n"
            ));
            0
        }
        ["upgrade" | "clean" | "autoremove" | "autoclean" | "remove" | "purge", ..] => {
            call.out("Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n");
            0
        }
        ["install", packages @ ..] => {
            call.out("Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n");
            let listed = call.process.files.node(LISTS).is_some();
            let unknown: Vec<&&str> = packages.iter().filter(|package| !listed || programs_of(package).is_none()).collect();
            for package in &unknown {
                call.process.err(format!("E: Unable to locate package {package}\n"));
            }
            if !unknown.is_empty() {
                return 100;
            }
            if !reached {
                call.process.err(format!("E: Failed to fetch http://{mirror}/pool/main  Temporary failure resolving '{mirror}'\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n"));
                return 100;
            }
            call.out(format!("The following NEW packages will be installed:\n  {}\n", packages.join(" ")));
            call.out(format!("0 upgraded, {} newly installed, 0 to remove and 0 not upgraded.\n", packages.len()));
            call.process.clock.sleep(std::time::Duration::from_millis(1800)).await;
            for package in packages {
                install(&call, package);
                call.out(format!("Setting up {package} ...\n"));
            }
            0
        }
        [other, ..] => {
            call.process.err(format!("E: Invalid operation {other}\n"));
            100
        }
    }
}

async fn apk(call: &Call, words: &[&str], reached: bool, is_root: bool) -> i32 {
    let repository = "https://dl-cdn.alpinelinux.org/alpine/v3.22/main";
    match words {
        ["add" | "update" | "upgrade", ..] if !is_root => {
            call.process.err("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n");
            99
        }
        ["add" | "update" | "upgrade", packages @ ..] => {
            call.out(format!("fetch {repository}/x86_64/APKINDEX.tar.gz\n"));
            if !reached {
                call.process.err(format!("WARNING: updating {repository}: temporary error (try again later)\n"));
            }
            let unknown: Vec<&&str> = packages.iter().filter(|package| !reached || programs_of(package).is_none()).collect();
            if !unknown.is_empty() {
                call.process.err("ERROR: unable to select packages:\n");
            }
            for package in &unknown {
                call.process.err(format!("  {package} (no such package):\n    required by: world[{package}]\n"));
            }
            if !unknown.is_empty() {
                return i32::try_from(unknown.len()).unwrap_or(1);
            }
            call.process.clock.sleep(std::time::Duration::from_millis(900)).await;
            for (at, package) in packages.iter().enumerate() {
                install(call, package);
                call.out(format!("({}/{}) Installing {package}\n", at + 1, packages.len()));
            }
            call.out(format!("OK: 12 MiB in {} packages\n", 16 + packages.len()));
            0
        }
        [] => {
            call.process.err("Usage: apk COMMAND [PACKAGE]...\n");
            1
        }
        _ => 0,
    }
}

/// Puts a package's programs onto the disk.
fn install(call: &Call, package: &str) {
    for program in programs_of(package).unwrap_or_default().split_whitespace() {
        call.process.files.put(&format!("/usr/bin/{program}"), Node::File(program_file(program).into(), 0o755));
    }
}
