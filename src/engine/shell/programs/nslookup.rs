//! `nslookup`, `dig`, `host`, `getent`: what a name's address is.

use super::{Call, Program};

pub const PROGRAM: Program = Program {
    name: "nslookup",
    summary: "Ask for the address of a name; dig, host and getent do too.",
    usage: "nslookup NAME | dig [+short] NAME | host NAME | getent hosts NAME",
    examples: &[("host nosuch.invalid", "Host nosuch.invalid not found: 3(NXDOMAIN)"), ("getent hosts nosuch; echo $?", "2")],
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|arg| !arg.starts_with(['-', '+', '@'])).collect();
    let words = if call.name() == "getent" { words.get(1..).unwrap_or_default() } else { &words[..] };
    let Some(name) = words.first() else {
        call.process.err(format!("Usage: {} NAME\n", call.name()));
        return 1;
    };
    let server = call.process.files.read("/etc/resolv.conf").ok().and_then(|bytes| {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().find_map(|line| line.strip_prefix("nameserver ")).map(String::from)
    });
    let server = server.unwrap_or_else(|| "127.0.0.53".into());
    let found = call.process.net.resolve(name);
    let full = full_name(call, name);
    match call.name() {
        "dig" if call.args().iter().any(|arg| arg == "+short") => {
            call.out(found.unwrap_or_default().iter().map(|address| format!("{address}\n")).collect::<String>());
            0
        }
        "dig" => {
            let status = if found.is_ok() { "NOERROR" } else { "NXDOMAIN" };
            let addresses = found.unwrap_or_default();
            let answers: String = addresses.iter().map(|address| format!("{name}.\t\t30\tIN\tA\t{address}\n")).collect();
            call.out(format!(
                "\n; <<>> DiG 9.20 <<>> {name}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {status}, id: 4242\n;; flags: qr aa rd; QUERY: 1, ANSWER: {}, AUTHORITY: 0, ADDITIONAL: 1\n\n;; QUESTION SECTION:\n;{name}.\t\t\tIN\tA\n\n",
                addresses.len()
            ));
            if !answers.is_empty() {
                call.out(format!(";; ANSWER SECTION:\n{answers}\n"));
            }
            call.out(format!(";; SERVER: {server}#53({server}) (UDP)\n\n"));
            0
        }
        "host" => match found {
            Ok(addresses) => {
                call.out(addresses.iter().map(|address| format!("{name} has address {address}\n")).collect::<String>());
                0
            }
            Err(_) => {
                call.out(format!("Host {name} not found: 3(NXDOMAIN)\n"));
                1
            }
        },
        "getent" => match found {
            Ok(addresses) => {
                call.out(addresses.iter().map(|address| format!("{address:<15} {full}\n")).collect::<String>());
                0
            }
            Err(_) => 2,
        },
        _ => {
            call.out(format!("Server:\t\t{server}\nAddress:\t{server}:53\n\n"));
            match found {
                Ok(addresses) => {
                    call.out(addresses.iter().map(|address| format!("Name:\t{full}\nAddress: {address}\n")).collect::<String>() + "\n");
                    0
                }
                Err(_) => {
                    call.out(format!("** server can't find {name}: NXDOMAIN\n\n"));
                    1
                }
            }
        }
    }
}

/// The name with the first search domain that makes it resolve, as the resolver completes it.
fn full_name(call: &Call, name: &str) -> String {
    let Ok(bytes) = call.process.files.read("/etc/resolv.conf") else { return name.into() };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let domains = text.lines().find_map(|line| line.strip_prefix("search ")).unwrap_or("");
    let expect = call.process.net.resolve(name).ok();
    let completed = domains.split_whitespace().map(|domain| format!("{name}.{domain}"));
    let mut completed = completed.filter(|full| call.process.net.resolve(full).ok() == expect && expect.is_some());
    completed.next().unwrap_or_else(|| name.into())
}
