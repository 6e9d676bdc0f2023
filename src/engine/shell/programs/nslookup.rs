//! `nslookup`, `dig`, `host`, `getent`: what a name's address is.
//!
//! nslookup is BIND's, or busybox's where that is what the machine has; busybox's has changed with 1.29.

use super::{Call, Help, Program};

pub const PROGRAM: Program = Program {
    name: "nslookup",
    help: || Help {
        summary: "Ask for the address of a name; dig, host and getent do too.",
        usage: "nslookup NAME [SERVER] | dig [+short] NAME | host NAME | getent hosts NAME",
        examples: &[("host nosuch.invalid", "Host nosuch.invalid not found: 3(NXDOMAIN)"), ("getent hosts nosuch; echo $?", "2")],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

/// The machine's resolver: whom it asks, and which domains it tries.
struct Resolver {
    server: String,
    domains: Vec<String>,
}

impl Resolver {
    fn of(call: &Call) -> Resolver {
        let bytes = call.process.files.read("/etc/resolv.conf").unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let after = |word: &str| text.lines().find_map(|line| line.strip_prefix(word)).map(str::trim);
        let asked = call.args().iter().find_map(|arg| arg.strip_prefix('@'));
        let domains = after("search ").unwrap_or_default().split_whitespace().map(String::from).collect();
        Resolver { server: asked.or(after("nameserver ")).unwrap_or("127.0.0.53").into(), domains }
    }

    /// The full names that are tried for a name, in order.
    fn candidates(&self, name: &str, dots: bool) -> Vec<String> {
        let plain = name.trim_end_matches('.').to_string();
        if name.ends_with('.') || (name.contains('.') && !dots) {
            return vec![plain];
        }
        let completed: Vec<String> = self.domains.iter().map(|domain| format!("{plain}.{domain}")).collect();
        if self.domains.is_empty() { vec![plain] } else { [completed, vec![plain]].concat() }
    }
}

fn run(call: &Call) -> i32 {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|arg| !arg.starts_with(['-', '+', '@'])).collect();
    let words = if call.name() == "getent" { words.get(1..).unwrap_or_default() } else { &words[..] };
    /// What records may be asked for.
    const KINDS: &[&str] = &["A", "AAAA", "ANY", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"];
    let kind = words.iter().find(|word| KINDS.contains(&word.to_uppercase().as_str())).map_or("A".into(), |word| word.to_uppercase());
    let words: Vec<&str> = words.iter().copied().filter(|word| call.name() != "dig" || !KINDS.contains(&word.to_uppercase().as_str())).collect();
    let Some(name) = words.first() else {
        call.process.err(format!("Usage: {} NAME\n", call.name()));
        return 1;
    };
    let mut resolver = Resolver::of(call);
    match call.name() {
        "dig" => dig(call, &resolver, name, &kind),
        "host" => host(call, &resolver, name),
        "getent" => getent(call, &resolver, name),
        _ => {
            if let Some(server) = words.get(1) {
                let address = call.process.net.resolve(server).ok().and_then(|all| all.into_iter().next());
                let Some(address) = address else {
                    return call.fail(format!("can't resolve '{server}'"));
                };
                resolver.server = address;
            }
            let bytes = call.process.files.read("/bin/busybox").unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let version = text.split_once("BusyBox v1.").and_then(|(_, rest)| rest.split(['.', '\n']).next()?.parse().ok());
            match version {
                Some(0..=28) => old_busybox(call, &resolver, name),
                Some(29_u32..) => busybox(call, &resolver, name),
                None => bind(call, &resolver, name),
            }
        }
    }
}

/// The addresses of a full name, which no search domain is put behind.
fn exact(call: &Call, full: &str) -> Option<Vec<String>> {
    call.process.net.resolve(&format!("{full}.")).ok()
}

/// The first candidate that is known, by its addresses or by another name.
fn first(call: &Call, resolver: &Resolver, name: &str) -> Option<(String, Vec<String>)> {
    let known = |full: String| match exact(call, &full) {
        Some(addresses) => Some((full, addresses)),
        None => call.process.net.canonical(&full).map(|_| (full, Vec::new())),
    };
    let found = resolver.candidates(name, true).into_iter().find_map(known);
    // What only the machine itself knows: its own name, the names of its hosts file.
    found.or_else(|| Some((name.to_string(), call.process.net.resolve(name).ok()?)))
}

fn lines(addresses: &[String], line: impl Fn(&String) -> String) -> String {
    addresses.iter().map(line).collect()
}

/// The whole name an alias leads to, and what is said of the way there.
fn follow(call: &Call, full: &str) -> (String, String) {
    match call.process.net.canonical(full) {
        Some(target) => (format!("{full}\tcanonical name = {target}.\n"), target),
        None => (String::new(), full.to_string()),
    }
}

fn bind(call: &Call, resolver: &Resolver, name: &str) -> i32 {
    let server = &resolver.server;
    call.out(format!("Server:\t\t{server}\nAddress:\t{server}#53\n\n"));
    let Some((full, addresses)) = first(call, resolver, name) else {
        call.out(format!("** server can't find {name}: NXDOMAIN\n\n"));
        return 1;
    };
    let (alias, target) = follow(call, &full);
    call.out(alias);
    if addresses.is_empty() {
        call.out(format!("** server can't find {target}: NXDOMAIN\n\n"));
        return 1;
    }
    call.out(lines(&addresses, |address| format!("Name:\t{target}\nAddress: {address}\n")) + "\n");
    0
}

/// busybox since 1.29: it asks for IPv4 and IPv6 of every candidate, and tells of each answer.
fn busybox(call: &Call, resolver: &Resolver, name: &str) -> i32 {
    let server = &resolver.server;
    call.out(format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n"));
    let mut candidates = resolver.candidates(name, false);
    if candidates.len() > 1 {
        // The name as it stands is not among what it asks for.
        candidates.pop();
    }
    let mut status = 0;
    for address_family in [4, 6] {
        for full in &candidates {
            let (alias, target) = follow(call, full);
            call.out(alias);
            match exact(call, full) {
                Some(addresses) if address_family == 4 => {
                    call.out(lines(&addresses, |address| format!("Name:\t{target}\nAddress: {address}\n")));
                }
                Some(_) => {}
                None => {
                    status = 1;
                    call.out(format!("** server can't find {target}: NXDOMAIN\n"));
                }
            }
            call.out("\n");
        }
    }
    status
}

/// busybox up to 1.28: it goes by the C library, and names addresses.
fn old_busybox(call: &Call, resolver: &Resolver, name: &str) -> i32 {
    let named = |address: &String| call.process.net.name_of(address).map_or(String::new(), |name| format!(" {name}"));
    let server = &resolver.server;
    call.out(format!("Server:    {server}\nAddress 1: {server}{}\n\n", named(server)));
    let found = first(call, resolver, name).filter(|(_, addresses)| !addresses.is_empty());
    let Some((_, addresses)) = found else {
        call.process.err(format!("nslookup: can't resolve '{name}'\n"));
        return 1;
    };
    call.out(format!("Name:      {name}\n"));
    for (at, address) in addresses.iter().enumerate() {
        call.out(format!("Address {}: {address}{}\n", at + 1, named(address)));
    }
    0
}

fn dig(call: &Call, resolver: &Resolver, name: &str, kind: &str) -> i32 {
    let full = name.trim_end_matches('.');
    let records = if kind == "SRV" { call.process.net.services(full) } else { Vec::new() };
    let addresses = exact(call, full).or_else(|| (!records.is_empty()).then(Vec::new));
    let alias = call.process.net.canonical(full);
    let shown = addresses.clone().filter(|_| matches!(kind, "A" | "ANY")).unwrap_or_default();
    let weight = 100 / records.len().max(1);
    let record = |(port, target): &(i64, String)| format!("0 {weight} {port} {target}.");
    if call.args().iter().any(|arg| arg == "+short") {
        call.out(alias.map_or_else(String::new, |target| format!("{target}.\n")));
        call.out(lines(&shown, |address| format!("{address}\n")));
        records.iter().for_each(|one| call.out(format!("{}\n", record(one))));
        return 0;
    }
    let status = if addresses.is_some() { "NOERROR" } else { "NXDOMAIN" };
    let mut answers: Vec<String> = alias.iter().map(|target| format!("{full}.\t30\tIN\tCNAME\t{target}.\n")).collect();
    let target = alias.as_deref().unwrap_or(full);
    answers.extend(shown.iter().map(|address| format!("{target}.\t30\tIN\tA\t{address}\n")));
    answers.extend(records.iter().map(|one| format!("{full}.\t30\tIN\tSRV\t{}\n", record(one))));
    let additional = records.iter().filter_map(|(_, host)| {
        let address = exact(call, host)?.into_iter().next()?;
        Some(format!("{host}.\t30\tIN\tA\t{address}\n"))
    });
    let additional: Vec<String> = additional.collect();
    call.out(format!(
        "\n; <<>> DiG 9.20.10 <<>> {}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, \
         id: {}\n;; flags: qr aa rd; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n;; WARNING: recursion requested but \
         not available\n\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n;{full}.\tIN\t{kind}\n\n",
        call.args().join(" "),
        call.process.rng.below(65_536),
        answers.len(),
        u8::from(answers.is_empty()),
        additional.len() + 1,
    ));
    if !answers.is_empty() {
        call.out(format!(";; ANSWER SECTION:\n{}\n", answers.concat()));
    }
    if !additional.is_empty() {
        call.out(format!(";; ADDITIONAL SECTION:\n{}\n", additional.concat()));
    }
    let server = &resolver.server;
    call.out(format!(";; Query time: 0 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; MSG SIZE  rcvd: {}\n\n", full.len() + 94));
    0
}

fn host(call: &Call, resolver: &Resolver, name: &str) -> i32 {
    let found = first(call, resolver, name);
    let Some((full, addresses)) = found else {
        call.out(format!("Host {name} not found: 3(NXDOMAIN)\n"));
        return 1;
    };
    let target = call.process.net.canonical(&full);
    if let Some(target) = &target {
        call.out(format!("{full} is an alias for {target}.\n"));
    }
    let target = target.unwrap_or(full);
    if addresses.is_empty() {
        call.out(format!("Host {target} not found: 3(NXDOMAIN)\n"));
        return 1;
    }
    call.out(lines(&addresses, |address| format!("{target} has address {address}\n")));
    0
}

fn getent(call: &Call, resolver: &Resolver, name: &str) -> i32 {
    match first(call, resolver, name).filter(|(_, addresses)| !addresses.is_empty()) {
        Some((full, addresses)) => {
            call.out(lines(&addresses, |address| format!("{address:<15} {full}\n")));
            0
        }
        None => 2,
    }
}
