//! Replicated MySQL: servers that follow another, and xtrabackup, by which a new one starts from a copy of its neighbour.
//!
//! A server that follows asks its source for all tables again and again; the copy that is streamed is the same.

use super::servers::flag;
use super::sql::Dialect;
use super::sql_client::client;
use super::{Context, Image, Outcome, Program, Run, Term};
use crate::json;
use crate::meta::Value;
use crate::process::{FileSystem, Node};
use std::rc::{Rc, Weak};
use std::time::Duration;

/// Where the tables' file says whom the server follows, and whether it does.
pub(super) const SOURCE: &str = "@source";
pub(super) const FOLLOWS: &str = "@follows";

const TABLES: &str = "/var/lib/mysql/tables.json";

/// The tool box of the tutorial on replicated MySQL.
pub(super) static XTRABACKUP: Image = Image {
    names: &["gcr.io/google-samples/xtrabackup"],
    size: 265,
    programs: &[
        Program { path: "/usr/bin/ncat", run: ncat },
        Program { path: "/usr/bin/xbstream", run: xbstream },
        Program { path: "/usr/bin/xtrabackup", run: |_| Outcome::Ends(Duration::from_millis(400), 0) },
        Program { path: "/usr/bin/mysql", run: |run| client(run, Dialect::Mysql) },
    ],
    usage: (1, 12),
    ..Image::DEFAULT
};

fn configuration(context: &Context) -> String {
    const FOLDER: &str = "/etc/mysql/conf.d";
    if !context.mounts.iter().any(|mount| mount.at.starts_with(FOLDER)) {
        return String::new();
    }
    let files = context.files();
    let names = files.list(FOLDER).unwrap_or_default().into_iter();
    let texts = names.filter_map(|name| files.read(&format!("{FOLDER}/{name}")).ok());
    texts.map(|bytes| String::from_utf8_lossy(&bytes).into_owned() + "\n").collect()
}

/// The number that a server's configuration gives it.
pub(super) fn server_id(context: &Context) -> String {
    let text = configuration(context);
    let said = text.lines().find_map(|line| line.trim().strip_prefix("server-id=").map(String::from));
    said.unwrap_or_else(|| "1".into())
}

/// Whether a server is for reading only, and a statement writes.
pub(super) fn refuses(context: &Context, sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().to_lowercase();
    let writes = matches!(first.as_str(), "create" | "insert" | "update" | "delete" | "drop" | "alter" | "truncate");
    writes && configuration(context).lines().any(|line| line.trim() == "super-read-only")
}

/// After a statement: begins to follow, if that was it.
pub(super) fn look(context: &Rc<Context>, sql: &str) {
    let sql = sql.trim().to_lowercase();
    if !sql.starts_with("start slave") && !sql.starts_with("start replica") {
        return;
    }
    let follows = stored(context)[FOLLOWS].bool() && !context.state.borrow()["following"].bool();
    if follows {
        context.state.borrow_mut()["following"] = true.into();
        context.tasks.spawn(&context.clock, follow(Rc::downgrade(context)));
    }
}

fn stored(context: &Context) -> Value {
    context.files().read(TABLES).ok().and_then(|bytes| Value::from_json(&bytes).ok()).unwrap_or_default()
}

/// Takes the source's tables over, again and again, as long as the server runs.
async fn follow(context: Weak<Context>) {
    loop {
        let Some(context) = context.upgrade().filter(|context| !context.ports.borrow().is_empty()) else { return };
        let own = stored(&context);
        if let Ok(connection) = context.net.connect_to(own[SOURCE].str(), 3306) {
            let request = json!({"user": "root", "password": "", "dump": true});
            connection.output.write(format!("{}\n", request.to_json()).as_bytes());
            let answer = connection.input.read_line().await.and_then(|line| Value::from_json(&line).ok());
            connection.close();
            if let Some(mut tables) = answer.filter(|answer| answer.is_object() && !answer.has("denied")) {
                tables[SOURCE] = own[SOURCE].clone();
                tables[FOLLOWS] = own[FOLLOWS].clone();
                if tables != own {
                    context.files().put(TABLES, Node::File(tables.to_json().as_bytes().into(), 0o640));
                }
            }
        }
        let clock = context.clock.clone();
        drop(context);
        clock.sleep(Duration::from_secs(1)).await;
    }
}

/// `ncat`: listens and streams a copy of the tables to whoever comes, or receives one.
fn ncat(run: &Run) -> Outcome {
    let arguments = run.arguments();
    if arguments.contains(&"--listen") {
        let port = arguments.iter().find_map(|word| word.parse().ok()).unwrap_or(3307);
        let served = run.context.serve(port, |context, connection| {
            Box::pin(async move {
                connection.output.write(format!("{}\n", stored(&context).to_json()).as_bytes());
                connection.close();
            })
        });
        return match served {
            Ok(()) => Outcome::Runs(Term::Exits(143, 10)),
            Err(_) => run.fail(&format!("Ncat: bind to 0.0.0.0:{port}: Address already in use. QUITTING.\n"), 2),
        };
    }
    let Some(process) = run.process.clone() else { return run.become_tool(run.args.clone()) };
    let words: Vec<&&str> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    let host = words.first().map_or(String::new(), |host| host.to_string());
    let port = words.get(1).and_then(|port| port.parse().ok()).unwrap_or(3307);
    Outcome::Task(Box::pin(async move {
        match process.net.connect_to(&host, port) {
            Ok(connection) => {
                let bytes = connection.input.read_to_end().await;
                process.stdout.write(&bytes);
                connection.close();
                0
            }
            Err(_) => {
                process.err("Ncat: Connection refused.\n");
                1
            }
        }
    }))
}

/// `xbstream -x -C DIRECTORY`: unpacks a streamed copy.
fn xbstream(run: &Run) -> Outcome {
    let arguments = run.arguments();
    let directory = flag(&arguments, "-C").unwrap_or(".").to_string();
    let Some(process) = run.process.clone() else { return run.become_tool(run.args.clone()) };
    Outcome::Task(Box::pin(async move {
        let bytes = process.stdin.read_to_end().await;
        let Ok(mut tables) = Value::from_json(&bytes) else { return 1 };
        tables[FOLLOWS] = false.into();
        let place = |name: &str| FileSystem::resolve(&process.cwd, &format!("{directory}/{name}"));
        process.files.put(&place("tables.json"), Node::File(tables.to_json().as_bytes().into(), 0o640));
        process.files.put(&place("mysql/.keep"), Node::File([].into(), 0o640));
        let position = b"mysql-0-bin.000003\t154\n";
        process.files.put(&place("xtrabackup_binlog_info"), Node::File((*position).into(), 0o640));
        0
    }))
}
