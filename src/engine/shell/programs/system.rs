//! `hostname`, `whoami`, `id`, `uname`, `nproc`, `arch`, `ps`, `uptime`: what a machine says of itself.

use super::{Call, Options, Program};

pub const PROGRAM: Program = Program {
    name: "system",
    summary: "Say what machine this is: hostname, whoami, id, uname, nproc, arch, ps, uptime.",
    usage: "hostname | whoami | id | uname [-a] | nproc | arch | ps | uptime",
    examples: &[("whoami", "user"), ("uname", "Linux"), ("nproc", "4")],
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let host = &call.host;
    let root = host.user == "root";
    let text = match call.name() {
        "hostname" if call.args().iter().any(|arg| arg == "-i" || arg == "-I") => match call.process.net.resolve(&host.hostname) {
            Ok(addresses) => addresses.join(" "),
            Err(_) => "127.0.1.1".into(),
        },
        "hostname" => host.hostname.clone(),
        "whoami" => host.user.clone(),
        "id" if call.args().iter().any(|arg| arg == "-u" || arg == "-g") => if root { "0" } else { "1000" }.into(),
        "id" if root => "uid=0(root) gid=0(root) groups=0(root)".into(),
        "id" => format!("uid=1000({0}) gid=1000({0}) groups=1000({0})", host.user),
        "nproc" => "4".into(),
        "arch" => "x86_64".into(),
        "uptime" => " up 1:00,  1 user,  load average: 0.10, 0.10, 0.10".into(),
        "ps" => processes(call),
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

/// The process that asks, and in a container the one it was started for.
fn processes(call: &Call) -> String {
    let command = call.process.args.join(" ");
    let main = call.process.files.read("/proc/1/cmdline").map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
    match (call.host.user.as_str(), main) {
        ("root", main) => {
            let main = main.unwrap_or_else(|_| call.host.shell_name.into());
            format!("PID   USER     TIME  COMMAND\n    1 root      0:00 {}\n   {:2} root      0:00 {command}", main.trim(), call.host.next_pid())
        }
        _ => format!("    PID TTY          TIME CMD\n   1999 pts/0    00:00:00 bash\n{:7} pts/0    00:00:00 ps", call.host.next_pid()),
    }
}
