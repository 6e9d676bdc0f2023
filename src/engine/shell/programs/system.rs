//! `hostname`, `whoami`, `id`, `uname`, `nproc`, `arch`, `ps`, `uptime`, `top`, `mount`: what a machine says of itself.

use super::{Call, Options, Program};

pub const PROGRAM: Program = Program {
    name: "system",
    summary: "Say what machine this is: hostname, whoami, id, uname, nproc, arch, ps, top, mount, uptime.",
    usage: "hostname | whoami | id | uname [-a] | nproc | arch | ps | top | mount | uptime",
    examples: &[("whoami", "user"), ("uname", "Linux"), ("nproc", "4")],
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let host = &call.host;
    let text = match call.name() {
        "hostname" if call.args().iter().any(|arg| arg == "-i" || arg == "-I") => match call.process.net.resolve(&host.hostname) {
            Ok(addresses) => addresses.join(" "),
            Err(_) => "127.0.1.1".into(),
        },
        "hostname" => host.hostname.clone(),
        "whoami" if host.user == host.ids.user => return call.fail(format!("unknown uid {}", host.user)),
        "whoami" => host.user.clone(),
        "id" => identity(call),
        "nproc" => "4".into(),
        "arch" => "x86_64".into(),
        "uptime" => " up 1:00,  1 user,  load average: 0.10, 0.10, 0.10".into(),
        "ps" => processes(call),
        "top" => format!(
            "Mem: 3559500K used, 4567652K free, 12345K shrd, 98765K buff, 2324695K cached\nCPU:   1% usr   1% sys   0% nic  98% \
             idle   0% io   0% irq   0% sirq\nLoad average: 0.10 0.10 0.10 1/512 {}\n{}",
            call.host.next_pid(),
            processes(call)
        ),
        "mount" => "overlay on / type overlay (rw,relatime)\nproc on /proc type proc (rw,nosuid,nodev,noexec,relatime)\n\
                    tmpfs on /dev type tmpfs (rw,nosuid,size=65536k,mode=755)"
            .into(),
        _ => match uname(call) {
            Ok(text) => text,
            Err(status) => return status,
        },
    };
    call.out(format!("{text}\n"));
    0
}

fn uname(call: &Call) -> Result<String, i32> {
    let options = Options::parse(call, "asnrvmpio", &[("all", 'a')])?;
    let rows = [
        ('s', "Linux"),
        ('n', call.host.hostname.as_str()),
        ('r', "6.8.0-51-generic"),
        ('v', "#52-Ubuntu SMP PREEMPT_DYNAMIC"),
        ('m', "x86_64"),
        ('o', "GNU/Linux"),
    ];
    let none = options.given().is_empty();
    let wanted = |letter: char| options.has('a') || options.has(letter) || (none && letter == 's');
    let words: Vec<&str> = rows.iter().filter(|(letter, _)| wanted(*letter)).map(|(_, word)| *word).collect();
    Ok(words.join(" "))
}

/// The user's numbers, with names where there are any.
fn identity(call: &Call) -> String {
    let (host, ids) = (&call.host, &call.host.ids);
    let named = |id: &str| {
        let known = id == ids.user && host.user != ids.user || id == "0";
        let name = if id == "0" { "root" } else { host.user.as_str() };
        if known { format!("{id}({name})") } else { id.to_string() }
    };
    let groups = if ids.groups.is_empty() { vec![ids.group.clone()] } else { ids.groups.clone() };
    match call.args().first().map(String::as_str) {
        Some("-u") => ids.user.clone(),
        Some("-g") => ids.group.clone(),
        Some("-G") => groups.join(" "),
        Some("-un" | "-nu") => host.user.clone(),
        _ => {
            let groups: Vec<String> = groups.iter().map(|group| named(group)).collect();
            format!("uid={} gid={} groups={}", named(&ids.user), named(&ids.group), groups.join(","))
        }
    }
}

/// The process that asks, and in a container the one it was started for.
fn processes(call: &Call) -> String {
    let command = call.process.args.join(" ");
    let main = call.process.files.read("/proc/1/cmdline").map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    match main {
        Ok(main) => {
            let (user, main, pid) = (&call.host.user, main.trim(), call.host.next_pid());
            format!("PID   USER     TIME  COMMAND\n    1 {user:<8}  0:00 {main}\n   {pid:2} {user:<8}  0:00 {command}")
        }
        _ => format!("    PID TTY          TIME CMD\n   1999 pts/0    00:00:00 bash\n{:7} pts/0    00:00:00 ps", call.host.next_pid()),
    }
}
