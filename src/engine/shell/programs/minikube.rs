//! `minikube`: the machines of the cluster, through their [`Driver`].

use super::super::host::Driver;
use super::{Call, Help, Program, addons};
use crate::api::{Client, Content, Method, Request};
use crate::json;
use crate::meta::{SortedSet, Value};
use crate::process::Node;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "minikube",
    help: || Help {
        summary: "Start, stop and look after the local cluster.",
        usage: "minikube COMMAND [flags]",
        examples: &[("minikube version --short", "v1.37.0")],
    },
    run: |call| Box::pin(run(call)),
    cost: Duration::from_millis(50),
    outside_only: true,
    ..Program::BASE
};

const VERSION: &str = "v1.37.0";
const COMMIT: &str = "65318f4cfff9c12cc87ec9eb8f4cdd57b25047f3";
const KUBERNETES: &str = "v1.36.2";
const CONTROL_PLANE: &str = "minikube";

/// The status of commands on a cluster that is not there, or not running.
const NOT_FOUND: i32 = 85;
const NOT_RUNNING: i32 = 7;

async fn run(call: Call) -> i32 {
    let args: Vec<String> = call.args().to_vec();
    let words: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    match words.as_slice() {
        ["version", ..] if has("--short") => {
            call.out(format!("{VERSION}\n"));
            return 0;
        }
        ["version", ..] => {
            call.out(format!("minikube version: {VERSION}\ncommit: {COMMIT}\n"));
            return 0;
        }
        [] | ["help", ..] => {
            call.out(HELP);
            return 0;
        }
        _ => {}
    }
    let Some(driver) = call.host.driver.clone() else {
        call.process.err("\u{1f937}  There is no machine here to make a cluster of\n");
        return NOT_FOUND;
    };
    match words.as_slice() {
        ["start", ..] => start(&call, &driver, &args).await,
        ["kubectl", ..] => kubectl(&call).await,
        ["cp", from, to, ..] => copy(&call, &driver, from, to),
        ["profile", "list"] => profiles(&call, &driver),
        ["profile", ..] => {
            call.out("minikube\n");
            0
        }
        ["config", ..] | ["update-context", ..] | ["docker-env", ..] => 0,
        _ if driver.machines().is_empty() => {
            if words.first() == Some(&"delete") {
                call.out("\u{1f64b}  \"minikube\" profile does not exist, trying anyways.\n\u{1f480}  Removed all traces of the \"minikube\" cluster.\n");
                return 0;
            }
            call.process.err("\u{1f937}  Profile \"minikube\" not found. Run \"minikube profile list\" to view all profiles.\n\u{1f449}  To start a cluster, run: \"minikube start\"\n");
            NOT_FOUND
        }
        ["stop", ..] => stop(&call, &driver).await,
        ["delete", ..] => delete(&call, &driver).await,
        ["status", ..] => status(&call, &driver),
        ["ip", ..] => {
            let machines = driver.machines();
            match machines.first() {
                Some(machine) if machine.running => {
                    call.out(format!("{}\n", machine.address));
                    0
                }
                _ => not_running(&call),
            }
        }
        ["node", rest @ ..] => node(&call, &driver, rest).await,
        ["service", rest @ ..] => service(&call, &driver, rest, &args),
        ["addons", words @ ..] => {
            let Some(client) = call.host.client.clone() else { return 1 };
            match words {
                ["list", ..] => addons::list(&call, &client),
                [verb @ ("enable" | "disable"), name, ..] => addons::set(&call, &client, verb, name).await,
                _ => {
                    call.process.err("Usage: minikube addons [list|enable|disable] [ADDON]\n");
                    64
                }
            }
        }
        ["dashboard", ..] => {
            call.process.err("\u{1f914}  Verifying dashboard health ...\n\u{274c}  The dashboard addon is not part of this cluster: the page shows the cluster itself\n");
            1
        }
        ["ssh", ..] => ssh(&call, &args).await,
        ["tunnel", ..] => tunnel(&call, &driver).await,
        [other, ..] => {
            call.process.err(format!("Error: unknown command \"{other}\" for \"minikube\"\nRun 'minikube --help' for usage.\n"));
            64
        }
        [] => 0,
    }
}

const HELP: &str = "minikube provisions and manages local Kubernetes clusters.

Basic Commands:
  start            Start the cluster
  status           Show what runs
  stop             Stop the cluster
  delete           Delete the cluster

Configuration and Management Commands:
  addons           List addons
  cp               Copy a file to a node
  node             Add, remove or list nodes
  profile          Show the profiles
  service          Show the URL of a service
  kubectl          Run kubectl
  ip               Print the address of the cluster
  ssh              Log in to a node, or run a command there
  tunnel           Lead to the addresses of load balancers
  version          Print the version
";

/// Prints a line after the time it takes.
async fn step(call: &Call, millis: u64, line: &str) {
    call.process.clock.sleep(Duration::from_millis(millis)).await;
    call.out(format!("{line}\n"));
}

fn not_running(call: &Call) -> i32 {
    call.out("\u{1f937}  The control-plane node minikube host is not running: state=Stopped\n\u{1f449}  To start a cluster, run: \"minikube start\"\n");
    83
}

/// The value of `--name=value` or `--name value`.
fn flag<'a>(args: &'a [String], names: &[&str]) -> Option<&'a str> {
    for (at, arg) in args.iter().enumerate() {
        for name in names {
            if arg == name {
                return args.get(at + 1).map(String::as_str);
            }
            if let Some(value) = arg.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
                return Some(value);
            }
        }
    }
    None
}

async fn start(call: &Call, driver: &Rc<dyn Driver>, args: &[String]) -> i32 {
    let nodes = flag(args, &["--nodes", "-n"]).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1).clamp(1, 20);
    let machines = driver.machines();
    let exists = !machines.is_empty();
    let running = machines.first().is_some_and(|machine| machine.running);
    step(call, 100, &format!("\u{1f604}  minikube {VERSION} on Debian 12.9 (amd64)")).await;
    let how = if exists { "Using the docker driver based on existing profile" } else { "Automatically selected the docker driver" };
    step(call, 400, &format!("\u{2728}  {how}")).await;
    step(call, 100, "\u{1f44d}  Starting \"minikube\" primary control-plane node in \"minikube\" cluster").await;
    step(call, 100, "\u{1f69c}  Pulling base image v0.0.48 ...").await;
    let making = match (exists, running) {
        (true, true) => "\u{1f3c3}  Updating the running docker \"minikube\" container ...",
        (true, false) => "\u{1f504}  Restarting existing docker container for \"minikube\" ...",
        _ => "\u{1f525}  Creating docker container (CPUs=4, Memory=7936MB) ...",
    };
    step(call, if running { 300 } else { 8000 }, making).await;
    if machines.is_empty() {
        driver.start(CONTROL_PLANE);
    }
    for machine in machines.iter().filter(|machine| !machine.running) {
        driver.start(&machine.name);
    }
    step(call, 1500, &format!("\u{1f4e6}  Preparing Kubernetes {KUBERNETES} on containerd 2.2.1 ...")).await;
    step(call, 500, "\u{1f50e}  Verifying Kubernetes components...").await;
    step(call, 300, "    \u{25aa} Using image gcr.io/k8s-minikube/storage-provisioner:v5").await;
    step(call, 700, "\u{1f31f}  Enabled addons: storage-provisioner, default-storageclass").await;
    for at in driver.machines().len()..nodes {
        add(call, driver, &format!("minikube-m{:02}", at + 1)).await;
    }
    step(call, 300, "\u{1f3c4}  Done! kubectl is now configured to use \"minikube\" cluster and \"default\" namespace by default").await;
    0
}

async fn add(call: &Call, driver: &Rc<dyn Driver>, name: &str) {
    step(call, 200, &format!("\u{1f44d}  Starting \"{name}\" worker node in \"minikube\" cluster")).await;
    step(call, 4000, "\u{1f525}  Creating docker container (CPUs=4, Memory=7936MB) ...").await;
    driver.start(name);
    step(call, 1500, &format!("\u{1f4e6}  Preparing Kubernetes {KUBERNETES} on containerd 2.2.1 ...")).await;
}

async fn stop(call: &Call, driver: &Rc<dyn Driver>) -> i32 {
    let machines = driver.machines();
    let running: Vec<_> = machines.iter().rev().filter(|machine| machine.running).collect();
    for machine in &running {
        step(call, 200, &format!("\u{270b}  Stopping node \"{}\"  ...", machine.name)).await;
        step(call, 1500, &format!("\u{1f6d1}  Powering off \"{}\" via SSH ...", machine.name)).await;
        driver.stop(&machine.name);
    }
    let plural = if running.len() == 1 { "" } else { "s" };
    step(call, 500, &format!("\u{1f6d1}  {} node{plural} stopped.", running.len())).await;
    0
}

async fn delete(call: &Call, driver: &Rc<dyn Driver>) -> i32 {
    step(call, 200, "\u{1f525}  Deleting \"minikube\" in docker ...").await;
    for machine in driver.machines().iter().rev() {
        step(call, 700, &format!("\u{1f525}  Deleting container \"{}\" ...", machine.name)).await;
        driver.delete(&machine.name);
        step(call, 100, &format!("\u{1f525}  Removing /home/{}/.minikube/machines/{} ...", call.host.user, machine.name)).await;
    }
    step(call, 100, "\u{1f480}  Removed all traces of the \"minikube\" cluster.").await;
    0
}

fn status(call: &Call, driver: &Rc<dyn Driver>) -> i32 {
    let mut stopped = false;
    for (at, machine) in driver.machines().iter().enumerate() {
        let said = |runs: bool| if runs { "Running" } else { "Stopped" };
        let (state, kubelet) = (said(machine.running), said(machine.kubelet.0));
        stopped |= !machine.kubelet.0;
        if at == 0 {
            let config = if machine.running { "Configured" } else { "Stopped" };
            call.out(format!("{}\ntype: Control Plane\nhost: {state}\nkubelet: {kubelet}\napiserver: {state}\nkubeconfig: {config}\n\n", machine.name));
        } else {
            call.out(format!("{}\ntype: Worker\nhost: {state}\nkubelet: {kubelet}\n\n", machine.name));
        }
    }
    if stopped { NOT_RUNNING } else { 0 }
}

fn profiles(call: &Call, driver: &Rc<dyn Driver>) -> i32 {
    let machines = driver.machines();
    let Some(first) = machines.first() else {
        call.process.err("\u{1f937}  Exiting due to MK_USAGE_NO_PROFILE: No minikube profile was found.\n");
        return 14;
    };
    let state = if first.running { "OK" } else { "Stopped" };
    call.out(format!(
        "PROFILE   DRIVER  RUNTIME     IP            VERSION  STATUS   NODES  ACTIVE PROFILE\nminikube  docker  containerd  {}  {KUBERNETES}  {state:<7}  {:<5}  *\n",
        first.address,
        machines.len()
    ));
    0
}

async fn node(call: &Call, driver: &Rc<dyn Driver>, words: &[&str]) -> i32 {
    let machines = driver.machines();
    match words {
        ["list", ..] => {
            for machine in machines {
                call.out(format!("{}\t{}\n", machine.name, machine.address));
            }
            0
        }
        ["add", ..] => {
            let next = (2..).map(|at| format!("minikube-m{at:02}")).find(|name| machines.iter().all(|m| m.name != *name));
            let Some(name) = next else { return 1 };
            step(call, 100, &format!("\u{1f604}  Adding node {} to cluster minikube as [worker]", name.trim_start_matches("minikube-"))).await;
            add(call, driver, &name).await;
            step(call, 300, &format!("\u{1f3c4}  Successfully added {} to minikube!", name.trim_start_matches("minikube-"))).await;
            0
        }
        [verb @ ("start" | "stop" | "delete"), name, ..] => {
            let full = if name.starts_with("minikube") { name.to_string() } else { format!("minikube-{name}") };
            if machines.iter().all(|machine| machine.name != full) {
                call.process.err(format!("\u{1f937}  The node {name} does not exist in the cluster minikube\n"));
                return 80;
            }
            match *verb {
                "start" => {
                    step(call, 2000, &format!("\u{1f44d}  Starting \"{full}\" worker node in \"minikube\" cluster")).await;
                    driver.start(&full);
                    step(call, 300, &format!("\u{1f3c4}  Successfully started node {name}!")).await;
                }
                "stop" => {
                    step(call, 200, &format!("\u{270b}  Stopping node \"{full}\"  ...")).await;
                    step(call, 1500, &format!("\u{1f6d1}  Powering off \"{full}\" via SSH ...")).await;
                    driver.stop(&full);
                    step(call, 200, &format!("\u{1f6d1}  Successfully stopped node {name}")).await;
                }
                _ => {
                    step(call, 200, &format!("\u{1f525}  Deleting node {name} from cluster minikube")).await;
                    driver.delete(&full);
                    step(call, 1000, &format!("\u{1f480}  Node {name} was successfully deleted.")).await;
                }
            }
            0
        }
        _ => {
            call.process.err("Usage: minikube node [add|delete|list|start|stop] [flags]\n");
            64
        }
    }
}

async fn ssh(call: &Call, args: &[String]) -> i32 {
    let mut words = args.iter().skip_while(|arg| *arg != "ssh").skip(1).peekable();
    let mut node = CONTROL_PLANE.to_string();
    while let Some(flag) = words.next_if(|word| word.starts_with('-') && *word != "--") {
        if let Some((_, value)) = flag.split_once('=') {
            node = value.into();
        } else if matches!(flag.as_str(), "-n" | "--node") {
            node = words.next().cloned().unwrap_or_default();
        }
    }
    words.next_if(|word| *word == "--");
    let line = words.cloned().collect::<Vec<_>>().join(" ");
    match super::ssh::log_in(call, &node, &line).await {
        Some(status) => status,
        None => not_running(call),
    }
}

/// `minikube cp`: a file from here to a machine, whose name may stand before the path.
fn copy(call: &Call, driver: &Rc<dyn Driver>, from: &str, to: &str) -> i32 {
    let (node, path) = to.split_once(':').unwrap_or((CONTROL_PLANE, to));
    let Some((files, _)) = driver.inside(node) else { return not_running(call) };
    match call.process.files.read(&call.path(from)) {
        Ok(bytes) if path.starts_with('/') => {
            files.put(path, Node::File(bytes, 0o644));
            0
        }
        Ok(_) => {
            let why = format!("target file path must be absolute: {path}");
            call.process.err(format!("\u{274c}  Exiting due to MK_USAGE: {why}\n"));
            64
        }
        Err(error) => {
            call.process.err(format!("\u{274c}  Exiting due to HOST_PATH_MISSING: Cannot find file {from}: {error}\n"));
            66
        }
    }
}

/// Leads the addresses of the cluster's load balancers to this machine, as long as it runs.
async fn tunnel(call: &Call, driver: &Rc<dyn Driver>) -> i32 {
    let Some(client) = call.host.client.clone() else { return 1 };
    let Some(machine) = driver.machines().into_iter().find(|machine| machine.running) else { return not_running(call) };
    let held = Tunnel { client, shown: RefCell::default() };
    let pid = call.host.next_pid();
    let mut said = None;
    while driver.machines().iter().any(|machine| machine.running) {
        let names = held.patch();
        if said.as_ref() != Some(&names) {
            let none = "\tminikube: no errors\n\t\trouter: no errors\n\t\tloadbalancer emulator: no errors";
            call.out(format!(
                "Status:\t\n\tmachine: minikube\n\tpid: {pid}\n\troute: 10.96.0.0/12 -> {}\n\tminikube: Running\n\t\
                 services: [{}]\n    errors: \n\t{none}\n",
                machine.address,
                names.join(", ")
            ));
            said = Some(names);
        }
        call.process.clock.sleep(Duration::from_secs(1)).await;
    }
    0
}

/// A tunnel that is open: services keep their addresses until it is closed.
struct Tunnel {
    client: Client,
    /// Paths of services that were given an address.
    shown: RefCell<SortedSet<String>>,
}

impl Tunnel {
    /// Gives services that wait for a load balancer their own address; gives the names of all that have one.
    fn patch(&self) -> Vec<String> {
        let list = self.client.request(Request::new(Method::Get, "/api/v1/services")).content;
        let Content::Document(list) = list else { return Vec::new() };
        let balanced = list["items"].items().iter().filter(|service| service["spec"]["type"] == "LoadBalancer");
        let mut names = Vec::new();
        for service in balanced {
            let (namespace, name) = (service["metadata"]["namespace"].str(), service["metadata"]["name"].str());
            names.push(name.to_string());
            if service.at(&["status", "loadBalancer", "ingress"]).is_null() {
                let path = format!("/api/v1/namespaces/{namespace}/services/{name}/status");
                let ingress = json!([{"ip": service["spec"]["clusterIP"].clone()}]);
                self.write(&path, ingress);
                self.shown.borrow_mut().insert(path);
            }
        }
        names
    }

    fn write(&self, path: &str, ingress: Value) {
        let patch = json!({"status": {"loadBalancer": {"ingress": ingress}}});
        let request = Request::new(Method::Patch, path).header("content-type", "application/merge-patch+json");
        // A service that is gone needs no address.
        self.client.request(request.document(patch));
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        for path in self.shown.borrow().iter() {
            self.write(path, Value::Null);
        }
    }
}

async fn kubectl(call: &Call) -> i32 {
    let rest = call.args().iter().skip_while(|arg| *arg != "kubectl").skip(1).skip_while(|arg| *arg == "--");
    let mut process = call.process.clone();
    process.args = std::iter::once("kubectl".to_string()).chain(rest.cloned()).collect();
    match process.system.clone().spawn(process) {
        Some(running) => running.await,
        None => 127,
    }
}

fn service(call: &Call, driver: &Rc<dyn Driver>, words: &[&str], args: &[String]) -> i32 {
    let Some(client) = &call.host.client else { return 1 };
    let namespace = flag(args, &["-n", "--namespace"]).unwrap_or("default");
    let Some(name) = words.iter().find(|word| **word != namespace) else {
        call.process.err("\u{274c}  Exiting due to MK_USAGE: You must specify a service name\n");
        return 64;
    };
    let machines = driver.machines();
    let Some(machine) = machines.first().filter(|machine| machine.running) else { return not_running(call) };
    let path = format!("/api/v1/namespaces/{namespace}/services/{name}");
    let response = client.request(Request::new(Method::Get, &path));
    let Content::Document(service) = response.content else { return 1 };
    if response.code != 200 {
        call.process.err(format!(
            "\n\u{274c}  Exiting due to SVC_NOT_FOUND: Service '{name}' was not found in '{namespace}' namespace.\nYou may select another namespace by using 'minikube service {name} -n <namespace>'. Or list out all the services using 'minikube service list'\n"
        ));
        return 115;
    }
    let ports: Vec<&Value> = service["spec"]["ports"].items().iter().filter(|port| !port["nodePort"].is_null()).collect();
    if ports.is_empty() {
        call.process.err(format!("\u{1f63f}  service {namespace}/{name} has no node port\n"));
        return 1;
    }
    for port in ports {
        let url = format!("http://{}:{}", machine.address, port["nodePort"].int());
        if args.iter().any(|arg| arg == "--url") {
            call.out(format!("{url}\n"));
        } else {
            call.out(format!("\u{1f389}  Opening service {namespace}/{name} in default browser...\n{url}\n"));
        }
    }
    0
}
