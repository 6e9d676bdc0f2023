//! Redis: a server that keeps keys, and `redis-cli` to talk to it.

use super::servers::{GRACEFUL, flag};
use super::{Base, Context, Image, Outcome, Program, Run};
use crate::meta::Value;
use crate::process::{Connection, NetError, Process};
use std::rc::Rc;

/// redis, and images that speak its protocol.
pub static IMAGE: Image = Image {
    names: &[
        "docker.io/library/redis",
        "docker.io/valkey/valkey",
        "registry.k8s.io/redis",
        "k8s.gcr.io/redis",
        "docker.io/bitnami/redis",
        "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower",
        "gcr.io/google_samples/gb-redis-follower",
        "gcr.io/google_samples/gb-redisslave",
    ],
    size: 44,
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["redis-server"],
    env: &[("REDIS_VERSION", "7.4.1")],
    directory: "/data",
    programs: &[
        Program { path: "/usr/local/bin/docker-entrypoint.sh", run: server },
        Program { path: "/usr/local/bin/redis-server", run: server },
        Program { path: "/usr/local/bin/redis-cli", run: client },
    ],
    usage: (3, 5),
    base: Base::Debian,
    ..Image::DEFAULT
};

fn server(run: &Run) -> Outcome {
    if run.arguments().iter().any(|word| matches!(*word, "--version" | "-v")) {
        run.out("Redis server v=7.4.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=5f4ae9a2f3c6d8e1\n");
        return Outcome::Ends(std::time::Duration::ZERO, 0);
    }
    let words: Vec<&str> = run.args.iter().map(String::as_str).collect();
    if let Some(at) = words.iter().position(|word| *word == "redis-cli") {
        let mut args = run.args[at..].to_vec();
        args[0] = "redis-cli".into();
        return run.become_tool(args);
    }
    let version = run.context.env.get("REDIS_VERSION").unwrap_or("7.4.1").to_string();
    let (year, month, day, hour, minute, second) = run.context.clock.now().civil();
    let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        .get(usize::from(month).wrapping_sub(1))
        .copied()
        .unwrap_or_default();
    let at = format!("{day:02} {month} {year} {hour:02}:{minute:02}:{second:02}.000");
    run.out(&format!(
        "1:C {at} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo\n1:C {at} * Redis version={version}, bits=64, \
         commit=00000000, modified=0, pid=1, just started\n1:M {at} * Running mode=standalone, port=6379.\n1:M {at} * \
         Server initialized\n1:M {at} * Ready to accept connections tcp\n"
    ));
    match run.context.serve(6379, |context, connection| Box::pin(talk(context, connection))) {
        Ok(()) => Outcome::Runs(GRACEFUL),
        Err(_) => run.fail("Could not create server TCP listening socket *:6379: bind: Address already in use\n", 1),
    }
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq)]
enum Reply {
    Simple(&'static str),
    Error(String),
    Int(i64),
    Text(String),
    Nil,
    List(Vec<String>),
}

impl Reply {
    /// As the protocol writes it.
    fn encoded(&self) -> String {
        let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len());
        match self {
            Reply::Simple(text) => format!("+{text}\r\n"),
            Reply::Error(text) => format!("-{text}\r\n"),
            Reply::Int(number) => format!(":{number}\r\n"),
            Reply::Text(text) => bulk(text),
            Reply::Nil => "$-1\r\n".into(),
            Reply::List(items) => {
                let items: String = items.iter().map(|item| bulk(item)).collect();
                format!("*{}\r\n{items}", items.matches("\r\n").count() / 2)
            }
        }
    }
}

/// Serves one connection.
async fn talk(context: Rc<Context>, connection: Connection) {
    let args = context.command.get().map(Vec::as_slice).unwrap_or_default();
    let words: Vec<&str> = args.iter().flat_map(|arg| arg.split_whitespace()).collect();
    let password = flag(&words, "--requirepass").map(|password| password.trim_matches(['"', '\'']));
    let mut authenticated = password.is_none();
    while let Some(line) = connection.input.read_line().await {
        let Some(words) = read_command(&connection, &line).await else { break };
        if words.is_empty() {
            continue;
        }
        let quits = words[0].eq_ignore_ascii_case("quit");
        let reply = match (password, words[0].to_lowercase().as_str()) {
            (Some(password), "auth") if words.last().is_some_and(|word| word == password) => {
                authenticated = true;
                Reply::Simple("OK")
            }
            (Some(_), "auth") => Reply::Error("WRONGPASS invalid username-password pair or user is disabled.".into()),
            (None, "auth") => Reply::Error(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
                 configuration is correct?"
                    .into(),
            ),
            _ if !authenticated => Reply::Error("NOAUTH Authentication required.".into()),
            _ => command(&mut context.state.borrow_mut(), &words),
        };
        if !connection.output.write(reply.encoded().as_bytes()) || quits {
            break;
        }
    }
    connection.close();
}

/// A command in either form: an array of bulk strings, or a line of words.
async fn read_command(connection: &Connection, line: &[u8]) -> Option<Vec<String>> {
    let line = String::from_utf8_lossy(line).trim().to_string();
    let Some(count) = line.strip_prefix('*') else {
        return Some(line.split_whitespace().map(String::from).collect());
    };
    let mut words = Vec::new();
    for _ in 0..count.parse::<usize>().ok()?.min(1024) {
        connection.input.read_line().await?;
        let word = connection.input.read_line().await?;
        words.push(String::from_utf8_lossy(&word).trim_end_matches(['\r', '\n']).to_string());
    }
    Some(words)
}

/// Carries a command out on the keys.
fn command(keys: &mut Value, words: &[String]) -> Reply {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let name = words.first().copied().unwrap_or_default().to_lowercase();
    let text = |value: Option<&Value>| value.map_or(Reply::Nil, |value| Reply::Text(value.str().into()));
    match (name.as_str(), &words[1..]) {
        ("ping", []) => Reply::Simple("PONG"),
        ("ping" | "echo", [said]) => Reply::Text((*said).into()),
        ("set", [key, value, ..]) => {
            keys[*key] = (*value).into();
            Reply::Simple("OK")
        }
        ("get", [key]) => text(keys.get(*key)),
        ("append", [key, more]) => {
            let joined = format!("{}{more}", keys[*key].str());
            keys[*key] = joined.as_str().into();
            Reply::Int(joined.len() as i64)
        }
        ("strlen", [key]) => Reply::Int(keys[*key].str().len() as i64),
        ("mget", all) => Reply::List(all.iter().map(|key| keys[*key].str().into()).collect()),
        ("incr" | "decr", [key]) => add(keys, key, if name == "incr" { 1 } else { -1 }),
        ("incrby" | "decrby", [key, by]) => match by.parse::<i64>() {
            Ok(by) => add(keys, key, if name == "incrby" { by } else { -by }),
            Err(_) => Reply::Error("ERR value is not an integer or out of range".into()),
        },
        ("del", all) => Reply::Int(all.iter().filter(|key| keys.remove(&[key]).is_some()).count() as i64),
        ("exists", all) => Reply::Int(all.iter().filter(|key| keys.has(key)).count() as i64),
        ("keys", [pattern]) => {
            let prefix = pattern.split(['*', '?']).next().unwrap_or_default();
            Reply::List(keys.entries().map(|(key, _)| key.to_string()).filter(|key| key.starts_with(prefix)).collect())
        }
        ("dbsize", []) => Reply::Int(keys.entries().count() as i64),
        ("flushall" | "flushdb", _) => {
            *keys = Value::object();
            Reply::Simple("OK")
        }
        ("lpush" | "rpush" | "sadd", [key, items @ ..]) => {
            for item in items {
                let list = keys[*key].array_mut();
                let known = name == "sadd" && list.iter().any(|old| *old == **item);
                if !known {
                    list.insert(if name == "lpush" { 0 } else { list.len() }, (*item).into());
                }
            }
            Reply::Int(keys[*key].items().len() as i64)
        }
        ("lrange", [key, ..]) | ("smembers", [key]) => {
            Reply::List(keys[*key].items().iter().map(|item| item.str().to_string()).collect())
        }
        ("llen" | "scard", [key]) => Reply::Int(keys[*key].items().len() as i64),
        ("hset", [key, field, value]) => {
            let new = !keys[*key].has(field);
            keys[*key][*field] = (*value).into();
            Reply::Int(i64::from(new))
        }
        ("hget", [key, field]) => text(keys[*key].get(*field)),
        ("hgetall", [key]) => {
            let pairs = keys[*key].entries().flat_map(|(field, value)| [field.to_string(), value.str().to_string()]);
            Reply::List(pairs.collect())
        }
        ("ttl", [key]) => Reply::Int(if keys.has(key) { -1 } else { -2 }),
        ("expire", [key, _]) => Reply::Int(i64::from(keys.has(key))),
        ("config", ["get" | "GET", what]) => Reply::List(vec![(*what).into(), "0".into()]),
        ("info", _) => Reply::Text("# Server\r\nredis_version:7.4.1\r\n# Replication\r\nrole:master".into()),
        ("select" | "auth" | "save" | "quit" | "client", _) => Reply::Simple("OK"),
        ("set" | "get" | "append" | "echo" | "incr" | "keys" | "hset" | "hget", _) => {
            Reply::Error(format!("ERR wrong number of arguments for '{name}' command"))
        }
        _ => {
            let said: String = words[1..].iter().map(|word| format!("'{word}' ")).collect();
            Reply::Error(format!(
                "ERR unknown command '{}', with args beginning with: {said}",
                words.first().unwrap_or(&"")
            ))
        }
    }
}

fn add(keys: &mut Value, key: &str, by: i64) -> Reply {
    let now = if keys.has(key) { keys[key].str().parse::<i64>() } else { Ok(0) };
    match now.ok().and_then(|now| now.checked_add(by)) {
        Some(sum) => {
            keys[key] = sum.to_string().into();
            Reply::Int(sum)
        }
        None => Reply::Error("ERR value is not an integer or out of range".into()),
    }
}

fn client(run: &Run) -> Outcome {
    match &run.process {
        Some(process) => Outcome::Task(Box::pin(speak(process.clone()))),
        None => run.become_tool(run.args.clone()),
    }
}

/// `redis-cli`: one command, or one a line.
async fn speak(process: Process) -> i32 {
    let (mut host, mut port) = ("127.0.0.1".to_string(), 6379);
    let mut words = process.args.iter().skip(1).cloned();
    let mut said = Vec::new();
    let mut password = process.var("REDISCLI_AUTH").map(String::from);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-h" if said.is_empty() => host = words.next().unwrap_or_default(),
            "-p" if said.is_empty() => port = words.next().and_then(|port| port.parse().ok()).unwrap_or(port),
            "-a" | "--pass" if said.is_empty() => password = words.next(),
            "-n" if said.is_empty() => drop(words.next()),
            "--raw" | "--no-auth-warning" if said.is_empty() => {}
            _ => said.push(word),
        }
    }
    let connection = match process.net.connect_to(&host, port) {
        Ok(connection) => connection,
        Err(error) => {
            let why = match error {
                NetError::NoSuchHost => "Name or service not known",
                NetError::TimedOut => "Connection timed out",
                _ => "Connection refused",
            };
            process.err(format!("Could not connect to Redis at {host}:{port}: {why}\n"));
            return 1;
        }
    };
    if let Some(password) = password {
        let sent = format!("*2\r\n$4\r\nAUTH\r\n${}\r\n{password}\r\n", password.len());
        connection.output.write(sent.as_bytes());
        if let Some(answer) = connection.input.read_line().await.filter(|answer| answer.starts_with(b"-")) {
            process.err(format!("AUTH failed: {}\n", String::from_utf8_lossy(&answer[1..]).trim_end()));
        }
    }
    if !said.is_empty() {
        return i32::from(!ask(&process, &connection, &said).await);
    }
    loop {
        if process.tty {
            process.out(format!("{host}:{port}> "));
        }
        let Some(line) = process.stdin.read_line().await else { break };
        let words: Vec<String> =
            String::from_utf8_lossy(&line).split_whitespace().map(|word| word.trim_matches('"').to_string()).collect();
        match words.first().map(String::as_str) {
            None => continue,
            Some("exit" | "quit") => break,
            _ => drop(ask(&process, &connection, &words).await),
        }
    }
    0
}

/// Sends a command and prints the answer; a terminal sees the types too.
async fn ask(process: &Process, connection: &Connection, words: &[String]) -> bool {
    let mut sent = format!("*{}\r\n", words.len());
    words.iter().for_each(|word| sent += &format!("${}\r\n{word}\r\n", word.len()));
    connection.output.write(sent.as_bytes());
    let line = async || {
        let line = connection.input.read_line().await?;
        Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_string())
    };
    let Some(first) = line().await else {
        process.err("Error: Server closed the connection\n");
        return false;
    };
    let quoted = |text: &str| if process.tty { format!("{text:?}\n") } else { format!("{text}\n") };
    let (kind, rest) = first.split_at(first.len().min(1));
    match kind {
        "+" => process.out(format!("{rest}\n")),
        "-" => process.out(if process.tty { format!("(error) {rest}\n") } else { format!("{rest}\n\n") }),
        ":" => process.out(if process.tty { format!("(integer) {rest}\n") } else { format!("{rest}\n") }),
        "$" if rest == "-1" => process.out(if process.tty { "(nil)\n" } else { "\n" }),
        "$" => {
            let length: usize = rest.parse().unwrap_or(0);
            let mut text = String::new();
            // A value may itself hold newlines.
            while let Some(more) = line().await {
                text += &more;
                if text.len() >= length {
                    break;
                }
                text += "\r\n";
            }
            process.out(if text.contains("\r\n") { format!("{text}\n") } else { quoted(&text) });
        }
        "*" => {
            let count: usize = rest.parse().unwrap_or(0);
            for at in 1..=count {
                line().await;
                let text = line().await.unwrap_or_default();
                process.out(if process.tty { format!("{at}) {text:?}\n") } else { format!("{text}\n") });
            }
            if count == 0 {
                process.out(if process.tty { "(empty array)\n" } else { "\n" });
            }
        }
        _ => process.out(format!("{first}\n")),
    }
    kind != "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_change_the_keys() {
        let mut keys = Value::object();
        for (line, expect) in [
            ("PING", "+PONG\r\n"),
            ("set a 1", "+OK\r\n"),
            ("INCR a", ":2\r\n"),
            ("get a", "$1\r\n2\r\n"),
            ("get b", "$-1\r\n"),
            ("rpush l x y", ":2\r\n"),
            ("lrange l 0 -1", "*2\r\n$1\r\nx\r\n$1\r\ny\r\n"),
            ("incr l", "-ERR value is not an integer or out of range\r\n"),
            ("del a l", ":2\r\n"),
            ("get", "-ERR wrong number of arguments for 'get' command\r\n"),
            ("nope x", "-ERR unknown command 'nope', with args beginning with: 'x' \r\n"),
        ] {
            let words: Vec<String> = line.split(' ').map(String::from).collect();
            assert_eq!(command(&mut keys, &words).encoded(), expect, "{line}");
        }
    }
}
