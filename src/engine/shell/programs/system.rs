//! `hostname`, `whoami`, `id`, `uname`, `nproc`, `arch`, `ps`, `uptime`, `top`, `mount`: what a machine says of itself.

use super::{Call, Options, Help, Program};

pub const PROGRAM: Program = Program {
    name: "system",
    help: || Help {
        summary: "Say what machine this is: hostname, whoami, id, uname, nproc, arch, ps, top, mount, uptime.",
        usage: "hostname | whoami | id | uname [-a] | nproc | arch | ps | top | mount | uptime",
        examples: &[("whoami", "user"), ("uname", "Linux"), ("nproc", "4")],
    },
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
        "groups" | "logname" => host.user.clone(),
        "tty" if call.process.tty => "/dev/pts/0".into(),
        "tty" => {
            call.out("not a tty\n");
            return 1;
        }
        "arch" => "x86_64".into(),
        "uptime" => " up 1:00,  1 user,  load average: 0.10, 0.10, 0.10".into(),
        "ps" => processes(call),
        "top" => format!(
            "Mem: 3559500K used, 4567652K free, 12345K shrd, 98765K buff, 2324695K cached\nCPU:   1% usr   1% sys   0% nic  98% \
             idle   0% io   0% irq   0% sirq\nLoad average: 0.10 0.10 0.10 1/512 {}\n{}",
            call.host.next_pid(),
            processes(call)
        ),
        "mount" => {
            let table = call.process.files.read("/proc/self/mounts").map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            let table = table.unwrap_or_else(|_| "/dev/sda1 / ext4 rw,relatime\nproc /proc proc rw,nosuid,nodev,noexec,relatime".into());
            let row = |line: &str| {
                let words: Vec<&str> = line.split(' ').collect();
                let [device, at, kind, options, ..] = words.as_slice() else { return String::new() };
                format!("{device} on {at} type {kind} ({options})")
            };
            table.lines().map(row).collect::<Vec<_>>().join("\n")
        }
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
    let files = &call.process.files;
    let read = |path: &str| files.read(path).map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    let mut pids: Vec<u32> = files.list("/proc").unwrap_or_default().iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    let own = (call.host.next_pid().max(pids.last().map_or(0, |last| last + 7)), call.host.user.clone(), call.process.args.join(" "));
    let rows = pids.iter().filter_map(|pid| {
        let status = read(&format!("/proc/{pid}/status")).ok()?;
        let id = status.lines().find_map(|line| line.strip_prefix("Uid:")?.split_whitespace().next()).unwrap_or("0");
        let user = match id {
            "0" => "root",
            id if id == call.host.ids.user => &call.host.user,
            id => id,
        };
        Some((*pid, user.to_string(), read(&format!("/proc/{pid}/cmdline")).ok()?))
    });
    let mut rows: Vec<(u32, String, String)> = rows.collect();
    // As a container's own program it stands among them already.
    if !rows.iter().any(|(.., command)| command.trim() == own.2) {
        rows.push(own);
    }
    // busybox knows one form only; `ps aux` of the others shows more.
    let busybox = files.node("/bin/busybox").is_some();
    let wide = call.args().first().is_some_and(|arg| arg.trim_start_matches('-').contains(['u', 'f']));
    match rows.len() > 1 {
        true if busybox => table(&rows, "PID   USER     TIME  COMMAND", |pid, user, command| format!("{pid:5} {user:<8}  0:00 {command}")),
        true if wide => table(&rows, "USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND", |pid, user, command| {
            format!("{user:<10} {pid:5}  0.0  0.1  11484  7400 ?        Ss   09:00   0:00 {command}")
        }),
        true => table(&rows, "    PID TTY          TIME CMD", |pid, _, command| {
            let name = command.split_whitespace().next().unwrap_or_default();
            format!("{pid:7} ?        00:00:00 {}", name.rsplit('/').next().unwrap_or(name).trim_end_matches(':'))
        }),
        false => format!("    PID TTY          TIME CMD\n   1999 pts/0    00:00:00 bash\n{:7} pts/0    00:00:00 ps", call.host.next_pid()),
    }
}

fn table(rows: &[(u32, String, String)], head: &str, line: impl Fn(u32, &str, &str) -> String) -> String {
    let lines = rows.iter().map(|(pid, user, command)| line(*pid, user, command.trim()));
    std::iter::once(head.to_string()).chain(lines).collect::<Vec<_>>().join("\n")
}
