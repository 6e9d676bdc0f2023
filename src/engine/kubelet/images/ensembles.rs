//! Cassandra and ZooKeeper as the tutorials on StatefulSets deploy them: members that know each other by their names.

use super::servers::{GRACEFUL, flag, open};
use super::{Context, Image, Outcome, Program, Run};
use crate::meta::Value;
use crate::process::{Node, Process};
use std::time::Duration;

/// Cassandra, with a probe that asks whether it is up.
pub static CASSANDRA: Image = Image {
    names: &["gcr.io/google-samples/cassandra"],
    size: 380,
    entrypoint: &["/run.sh"],
    programs: &[
        Program { path: "/run.sh", run: cassandra },
        Program { path: "/ready-probe.sh", run: |run| is_open(run, 9042) },
        Program { path: "/usr/local/bin/nodetool", run: nodetool },
    ],
    usage: (60, 1200),
    ..Image::DEFAULT
};

/// ZooKeeper, configured by the arguments of its start.
pub static ZOOKEEPER: Image = Image {
    names: &["registry.k8s.io/kubernetes-zookeeper", "k8s.gcr.io/kubernetes-zookeeper"],
    size: 150,
    tools: &["ps"],
    files: &[(
        "/usr/etc/zookeeper/log4j.properties",
        "zookeeper.root.logger=CONSOLE\nzookeeper.console.threshold=INFO\nlog4j.rootLogger=${zookeeper.root.logger}\n",
    )],
    programs: &[
        Program { path: "/usr/bin/start-zookeeper", run: zookeeper },
        Program { path: "/usr/bin/zookeeper-ready", run: |run| is_open(run, 2181) },
        Program { path: "/usr/bin/zkCli.sh", run: client },
    ],
    usage: (5, 120),
    ..Image::DEFAULT
};

/// Whether a port of the pod is open, as an exit status.
fn is_open(run: &Run, port: u16) -> Outcome {
    let found = run.context.net.connect(port).map(|connection| connection.close());
    Outcome::Ends(Duration::ZERO, i32::from(found.is_err()))
}

/// Opens several ports.
fn open_all(run: &Run, ports: &[u16]) -> Outcome {
    let mut outcome = Outcome::Runs(GRACEFUL);
    for port in ports {
        outcome = open(run, *port, GRACEFUL);
    }
    outcome
}

fn cassandra(run: &Run) -> Outcome {
    let (address, at) = (&run.context.address, run.context.clock.now().rfc3339()[11..19].to_string());
    run.out(&format!(
        "INFO  {at} Node /{address} state jump to NORMAL\nINFO  {at} Starting listening for CQL clients on /{address}:9042 \
         (unencrypted)...\n"
    ));
    open_all(run, &[7000, 7001, 7199, 9042])
}

/// `nodetool status`: the ring, which is whom the headless service names.
fn nodetool(run: &Run) -> Outcome {
    if run.arguments().first() != Some(&"status") {
        return Outcome::Ends(Duration::from_millis(500), 0);
    }
    let context = &run.context;
    let seed = context.env.get("CASSANDRA_SEEDS").unwrap_or_default();
    let service = seed.split_once('.').map_or("cassandra", |(_, service)| service);
    let mut members = context.net.resolve(service).unwrap_or_default();
    if members.is_empty() {
        members.push(context.address.to_string());
    }
    let of = |name: &str, otherwise: &str| context.env.get(name).unwrap_or(otherwise).to_string();
    let (center, rack) = (of("CASSANDRA_DC", "DC1-K8Demo"), of("CASSANDRA_RACK", "Rack1-K8Demo"));
    let head = format!("Datacenter: {center}");
    let wide = members.iter().map(String::len).max().unwrap_or(0).max(7);
    let mut text =
        format!("{head}\n{}\nStatus=Up/Down\n|/ State=Normal/Leaving/Joining/Moving\n", "=".repeat(head.len()));
    text += &format!(
        "--  {:<wide$}  Load       Tokens       Owns (effective)  Host ID                               Rack\n",
        "Address"
    );
    let owns = if members.len() <= 2 { 100.0 } else { 200.0 / members.len() as f64 };
    for member in &members {
        let id = crate::kubelet::registry::digest_of(member);
        let id = format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..32]);
        let owns = format!("{owns:.1}%");
        text += &format!("UN  {member:<wide$}  98.25 KiB  32           {owns:<16}  {id}  {rack}\n");
    }
    run.out(&(text + "\n"));
    Outcome::Ends(Duration::from_millis(900), 0)
}

/// The configuration: every option with the name it has there.
const OPTIONS: &[(&str, &str)] = &[
    ("--client_port", "clientPort="),
    ("--data_dir", "dataDir="),
    ("--data_log_dir", "dataLogDir="),
    ("--tick_time", "tickTime="),
    ("--init_limit", "initLimit="),
    ("--sync_limit", "syncLimit="),
    ("--max_client_cnxns", "maxClientCnxns="),
    ("--min_session_timeout", "minSessionTimeout="),
    ("--max_session_timeout", "maxSessionTimeout="),
    ("--snap_retain_count", "autopurge.snapRetainCount="),
    ("--purge_interval", "autopurge.purgeInteval="),
];

const CONFIGURATION: &str = "/opt/zookeeper/conf/zoo.cfg";
const TREE: &str = "/var/lib/zookeeper/data/tree.json";

fn zookeeper(run: &Run) -> Outcome {
    let context = &run.context;
    let arguments = run.arguments();
    let Some((name, number)) =
        context.hostname.rsplit_once('-').and_then(|(name, at)| Some((name, at.parse::<u32>().ok()?)))
    else {
        return run.fail("Failed to parse name and ordinal of Pod\n", 1);
    };
    let service = context.spec["subdomain"].str();
    let mut text = "#This file was autogenerated DO NOT EDIT\n".to_string();
    for (option, key) in OPTIONS {
        if let Some(value) = flag(&arguments, option) {
            text += &format!("{key}{value}\n");
        }
    }
    let servers: u32 = flag(&arguments, "--servers").and_then(|count| count.parse().ok()).unwrap_or(1);
    for at in 0..servers {
        text += &format!("server.{}={name}-{at}.{service}.{}.svc.cluster.local:2888:3888\n", at + 1, context.namespace);
    }
    let directory = flag(&arguments, "--data_dir").unwrap_or("/var/lib/zookeeper/data");
    let put = |path: &str, text: &str| context.files().put(path, Node::File(text.as_bytes().into(), 0o644));
    put(CONFIGURATION, &text);
    put(&format!("{directory}/myid"), &format!("{}\n", number + 1));
    let now = context.clock.now().rfc3339()[..19].replace('T', " ");
    run.out(&format!(
        "{now},000 [myid:{0}] - INFO  [main:QuorumPeerConfig@134] - Reading configuration from: {CONFIGURATION}\n{now},000 [myid:{0}] - \
         INFO  [main:NIOServerCnxnFactory@89] - binding to port 0.0.0.0/0.0.0.0:2181\n",
        number + 1
    ));
    let served = context.serve(2181, |context, connection| {
        Box::pin(async move {
            while let Some(line) = connection.input.read_line().await {
                let answer = answer(&context, &String::from_utf8_lossy(&line));
                connection.output.write(format!("{}\n", answer.to_json()).as_bytes());
            }
            connection.close();
        })
    });
    match served {
        Ok(()) => open_all(run, &[2888, 3888]),
        Err(_) => run.fail("java.net.BindException: Address already in use\n", 1),
    }
}

/// What a member says to `get PATH`, `put PATH VALUE`, `delete PATH`: the node's value, or nothing.
fn answer(context: &Context, line: &str) -> Value {
    let mut words = line.trim().splitn(3, ' ');
    let (verb, path, value) = (words.next(), words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let stored = context.files().read(TREE).ok().and_then(|bytes| Value::from_json(&bytes).ok());
    let mut tree = stored.unwrap_or_else(Value::object);
    match verb {
        Some("put") => tree[path] = value.into(),
        Some("delete") => drop(tree.remove(&[path])),
        _ => return tree[path].clone(),
    }
    context.files().put(TREE, Node::File(tree.to_json().as_bytes().into(), 0o644));
    value.into()
}

/// Says a line to a member of the ensemble.
async fn ask(process: &Process, host: &str, line: &str) -> Option<Value> {
    let connection = process.net.connect_to(host, 2181).ok()?;
    connection.output.write(format!("{line}\n").as_bytes());
    let answer = connection.input.read_line().await;
    connection.close();
    Value::from_json(&answer?).ok()
}

/// `zkCli.sh create|set|get|delete PATH [VALUE]`. What is written goes to all members.
fn client(run: &Run) -> Outcome {
    let Some(process) = run.process.clone() else { return run.become_tool(run.args.clone()) };
    let words: Vec<String> = run.arguments().iter().map(ToString::to_string).collect();
    let text = run.context.files().read(CONFIGURATION).unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let members = text
        .lines()
        .filter_map(|line| line.strip_prefix("server.")?.split_once('=')?.1.split(':').next().map(String::from));
    let members: Vec<String> = members.collect();
    Outcome::Task(Box::pin(async move {
        process
            .out("Connecting to localhost:2181\n\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n");
        let (verb, path) = (words.first().map_or("", String::as_str), words.get(1).map_or("", String::as_str));
        let mut known = ask(&process, "localhost", &format!("get {path}")).await.filter(|value| !value.is_null());
        for member in &members {
            if known.is_none() {
                known = ask(&process, member, &format!("get {path}")).await.filter(|value| !value.is_null());
            }
        }
        let line = match (verb, &known) {
            ("create", Some(_)) => {
                process.err(format!("Node already exists: {path}\n"));
                return 1;
            }
            ("get" | "set" | "delete" | "rmr", None) => {
                process.err(format!("Node does not exist: {path}\n"));
                return 1;
            }
            ("create" | "set", _) => format!("put {path} {}", words.get(2).map_or("", String::as_str)),
            ("delete" | "rmr", _) => format!("delete {path}"),
            ("get", Some(value)) => {
                let text = value.str();
                process.out(format!(
                    "{text}\ncZxid = 0x100000002\nmZxid = 0x100000002\npZxid = 0x100000002\ncversion = 0\ndataVersion = 0\naclVersion = \
                     0\nephemeralOwner = 0x0\ndataLength = {}\nnumChildren = 0\n",
                    text.len()
                ));
                return 0;
            }
            _ => {
                process.err("ZooKeeper -server host:port cmd args\n\tcreate path data\n\tget path\n\tset path data\n\tdelete path\n");
                return 1;
            }
        };
        for member in &members {
            ask(&process, member, &line).await;
        }
        if verb == "create" {
            process.out(format!("Created {path}\n"));
        }
        0
    }))
}
