//! The real kubectl and helm at what needs more than requests and answers: terminals, streams,
//! tunnels, watches, and a chart's whole life. Each test has a server of its own.
//!
//! `cargo xtask test kubectl` fetches both tools and runs this. Nothing sleeps: every wait is for
//! an output.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use tabernetes::replay::wall_clock;
use tabernetes::serve::{Options, Pace, STREAMS, Server};
use tabernetes_engine::scenario::{Profile, Scenario};

/// How long anything may take to appear; a machine with other work is slow.
const PATIENCE: Duration = Duration::from_secs(60);
/// Virtual seconds per second: what is waited for comes sooner.
const SPEED: f64 = 4.0;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A server, a folder to work in, and the tools that talk to the server.
struct Lab {
    server: Option<Server>,
    folder: PathBuf,
}

impl Lab {
    fn new(name: &str, profile: Profile, nodes: &[&str]) -> Lab {
        let nodes = nodes.iter().map(ToString::to_string).collect();
        let scenario = Scenario { start: wall_clock(), profile, nodes, ..Scenario::default() };
        let pace = Pace { working: SPEED, waiting: SPEED };
        let options = Options {
            port: 0,
            pace,
            insecure: false,
            token: "lab".into(),
            allows_all: false,
            disabled_plugins: Vec::new(),
            streams: STREAMS,
            scenario,
        };
        let server = Server::start(options).expect("a server");
        let folder = root().join("target/real-kubectl/scratch/tools").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join(".kube")).expect("a folder");
        std::fs::write(folder.join(".kube/config"), &server.kubeconfig).expect("a kubeconfig");
        Lab { server: Some(server), folder }
    }

    fn bare(name: &str) -> Lab {
        Lab::new(name, Profile::Bare, &["minikube"])
    }

    fn file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).expect("a file");
    }

    fn command(&self, line: &str) -> Command {
        let tools = std::fs::canonicalize(root().join("target/real-kubectl")).expect("the tools");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-c", line]).current_dir(&self.folder);
        bash.env("PATH", format!("{}:{path}", tools.display())).env("HOME", &self.folder).env_remove("KUBECONFIG");
        bash
    }

    /// Runs a line; gives its exit status and everything it printed.
    fn run(&self, line: &str) -> (i32, String) {
        let mut shell = Live::new(self.command(line));
        drop(shell.input.take());
        shell.end()
    }

    /// Runs a line that succeeds.
    fn ok(&self, line: &str) -> String {
        let (code, printed) = self.run(line);
        assert_eq!(code, 0, "{line}\n{printed}");
        printed
    }

    /// Runs a line that succeeds and prints all these.
    fn prints(&self, line: &str, texts: &[&str]) {
        let printed = self.ok(line);
        for text in texts {
            assert!(printed.contains(text), "{line}\n{text:?} is not in\n{printed}");
        }
    }

    /// Runs a line that fails and prints all these.
    fn fails(&self, line: &str, texts: &[&str]) {
        let (code, printed) = self.run(line);
        assert_ne!(code, 0, "{line}\n{printed}");
        for text in texts {
            assert!(printed.contains(text), "{line}\n{text:?} is not in\n{printed}");
        }
    }

    /// Starts a line that goes on.
    fn start(&self, line: &str) -> Live {
        Live::new(self.command(line))
    }

    /// Starts a line in a terminal of its own.
    fn terminal(&self, line: &str) -> Live {
        let line = format!("script --quiet --return --command '{}' /dev/null", line.replace('\'', r"'\''"));
        Live::new(self.command(&line))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop();
        }
    }
}

/// A program that runs: what it prints arrives, errors among it, and it can be typed to.
struct Live {
    child: Child,
    input: Option<std::process::ChildStdin>,
    output: Receiver<Vec<u8>>,
    printed: String,
}

impl Live {
    fn new(mut command: Command) -> Live {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a program that starts");
        let (sender, output) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().expect("its output")), Box::new(child.stderr.take().expect("its errors"))];
        for mut stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    if sender.send(buffer[..read].to_vec()).is_err() {
                        return;
                    }
                }
            });
        }
        let input = child.stdin.take();
        Live { child, input, output, printed: String::new() }
    }

    fn type_in(&mut self, text: &str) {
        let input = self.input.as_mut().expect("an open input");
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).expect("a program that reads");
    }

    /// Waits until it has printed this.
    fn until(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.printed.contains(text) {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.printed += &String::from_utf8_lossy(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("{text:?} did not come after\n{}", self.printed),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without {text:?}:\n{}", self.printed),
            }
        }
    }

    /// Waits until it ends; gives its exit status and all that it printed.
    fn end(mut self) -> (i32, String) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.printed += &String::from_utf8_lossy(&bytes),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!("it did not end after\n{}", self.printed)
                }
            }
        }
        let status = self.child.wait().expect("a program that ends");
        (status.code().unwrap_or(-1), std::mem::take(&mut self.printed))
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body and head of what an HTTP server at a port of this machine answers.
fn fetch(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a forwarded port");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("a server that reads");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A pod that does nothing for an hour.
const BOX: &str = "kubectl run box --image=busybox -- sleep 3600 && kubectl wait --for=condition=Ready pod/box";

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn explain_prints_the_schema() {
    let lab = Lab::bare("explain");
    lab.prints(
        "kubectl explain pod.spec.containers --recursive",
        &[
            "KIND:       Pod\nVERSION:    v1\n",
            "FIELD: containers <[]Container>",
            "  name\t<string> -required-\n",
            "    valueFrom\t<EnvVarSource>\n      configMapKeyRef\t<ConfigMapKeySelector>\n",
            "  livenessProbe\t<Probe>\n",
        ],
    );
    lab.prints("kubectl explain deploy.spec.strategy.type", &["GROUP:      apps\n", "FIELD: type <string>\n"]);
    lab.fails("kubectl explain pod.nosuch", &["error: field \"nosuch\" does not exist"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn appliers_conflict_until_forced() {
    let lab = Lab::bare("apply");
    let map =
        |value: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{a: \"{value}\"}}\n");
    lab.file("one.yaml", &map("1"));
    lab.file("two.yaml", &map("2"));
    lab.prints("kubectl apply --server-side -f one.yaml", &["configmap/c serverside-applied\n"]);
    let apply = "kubectl apply --server-side --field-manager=other -f two.yaml";
    lab.fails(
        apply,
        &["error: Apply failed with 1 conflict: conflict with \"kubectl\": .data.a\n", "--force-conflicts"],
    );
    lab.prints(&format!("{apply} --force-conflicts"), &["configmap/c serverside-applied\n"]);
    lab.prints(
        "kubectl get cm c -o yaml --show-managed-fields",
        &["  a: \"2\"\n", "    manager: other\n    operation: Apply\n"],
    );
    // Who lost the field may no longer take it for granted.
    lab.fails("kubectl apply --server-side -f one.yaml", &["conflict with \"other\": .data.a"]);
    let (code, printed) = lab.run("kubectl diff -f one.yaml");
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("-  a: \"2\"\n+  a: \"1\"\n"), "{printed}");
    lab.ok("kubectl diff -f two.yaml");
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn exec_and_attach_reach_processes() {
    let lab = Lab::bare("exec");
    lab.ok(BOX);
    lab.prints("echo data | kubectl exec -i box -- cat", &["data\n"]);
    lab.fails("kubectl exec box -- sh -c 'echo bad >&2; exit 3'", &["bad\n", "command terminated with exit code 3\n"]);
    lab.fails("kubectl exec box -- nosuch", &["exec: \"nosuch\": executable file not found in $PATH"]);

    let mut shell = lab.terminal("kubectl exec -it box -- sh");
    shell.until("/ # ");
    shell.type_in("hostname\r");
    shell.until("box\r\n");
    shell.type_in("exit 4\r");
    let (code, printed) = shell.end();
    assert_eq!(code, 4, "{printed}");

    lab.ok("kubectl run echo --image=busybox -i --attach=false -- sh -c 'while read x; do echo \"got <$x>\"; done'");
    lab.ok("kubectl wait --for=condition=Ready pod/echo");
    let mut attached = lab.start("kubectl attach -i echo");
    attached.type_in("one\n");
    attached.until("got <one>\n");
    attached.type_in("two\n");
    attached.until("got <two>\n");

    let mut once = lab.terminal(
        "kubectl run -it --rm once --image=busybox --restart=Never -- sh -c \"echo asking; read x; echo got [\\$x]\"",
    );
    // What it printed before may be fetched from its log, but need not come in time.
    once.until("try pressing enter.");
    once.type_in("it\r");
    once.until("got [it]\r\n");
    let (code, printed) = once.end();
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("pod \"once\" deleted"), "{printed}");
    lab.fails("kubectl get pod once", &["pods \"once\" not found"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn files_are_copied_in_and_out() {
    let lab = Lab::bare("cp");
    lab.ok(BOX);
    lab.ok("echo content > a.txt && mkdir -p d/e && echo deep > d/e/f");
    lab.ok("kubectl cp a.txt box:/tmp/a.txt && kubectl cp d box:/tmp/d");
    lab.prints("kubectl exec box -- cat /tmp/a.txt /tmp/d/e/f", &["content\ndeep\n"]);
    lab.prints("kubectl cp box:/tmp/d back && cat back/e/f", &["deep\n"]);
    lab.fails("kubectl cp nosuch.txt box:/tmp/x", &["nosuch.txt"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn ports_are_forwarded() {
    let lab = Lab::bare("forward");
    lab.ok("kubectl create deployment web --image=nginx --port=80 && kubectl expose deployment web --port=8000 --target-port=80");
    lab.prints("kubectl rollout status deployment/web", &["deployment \"web\" successfully rolled out\n"]);
    for target in ["deployment/web :80", "service/web :8000"] {
        let mut forward = lab.start(&format!("exec kubectl port-forward {target}"));
        forward.until("-> 80\n");
        let port = forward.printed.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {}", forward.printed));
        for _ in 0..3 {
            let answer = fetch(port, "/");
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("Welcome to nginx!"), "{answer}");
        }
        assert!(fetch(port, "/nosuch").starts_with("HTTP/1.1 404 "));
        forward.until("Handling connection for");
    }
    // The server's own proxy, and a proxy for it.
    lab.prints("kubectl get --raw /api/v1/namespaces/default/services/web:8000/proxy/", &["Welcome to nginx!"]);
    let mut proxy = lab.start("exec kubectl proxy --port=0");
    proxy.until("Starting to serve on 127.0.0.1:");
    proxy.until("\n");
    let port = proxy.printed.trim().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    assert!(fetch(port, "/api/v1/namespaces/default/pods").contains("\"PodList\""));
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn logs_and_watches_follow() {
    let lab = Lab::bare("follow");
    lab.ok("kubectl run ticker --image=busybox --restart=Never -- sh -c 'for i in 1 2 3 4; do echo tick $i; sleep 2; done'");
    lab.ok("kubectl wait --for=jsonpath='{.status.phase}'=Running pod/ticker");
    let mut pods = lab.start("exec kubectl get pods -w --output-watch-events");
    let (code, printed) = lab.run("kubectl logs -f ticker");
    assert_eq!((code, printed.as_str()), (0, "tick 1\ntick 2\ntick 3\ntick 4\n"));
    pods.until("MODIFIED");
    pods.until("Completed");
    assert_eq!(lab.ok("kubectl logs ticker --tail=1"), "tick 4\n");
    let mut gone = lab.start("exec kubectl wait --for=delete pod/ticker --timeout=60s -v=6");
    // It has seen the pod before this goes.
    gone.until("/pods/ticker\" status=\"200 OK\"");
    lab.ok("kubectl delete pod ticker");
    pods.until("DELETED");
    gone.until("pod/ticker condition met\n");

    lab.ok("kubectl create job once --image=busybox -- echo done");
    lab.prints("kubectl wait --for=condition=complete job/once --timeout=60s", &["job.batch/once condition met\n"]);
    lab.prints("kubectl logs job/once", &["done\n"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn nodes_are_drained() {
    let lab = Lab::new("drain", Profile::Bare, &["minikube", "minikube-m02"]);
    lab.ok("kubectl create deployment web --image=nginx --replicas=4 && kubectl rollout status deployment/web");
    lab.ok("kubectl create pdb web --selector=app=web --min-available=3");
    lab.prints("kubectl get pods -o wide", &["minikube-m02"]);
    lab.prints(
        "kubectl drain minikube-m02",
        &["node/minikube-m02 cordoned\n", "evicting pod default/web-", "node/minikube-m02 drained\n"],
    );
    lab.prints("kubectl get nodes", &["Ready,SchedulingDisabled"]);
    lab.ok("kubectl rollout status deployment/web");
    let pods = lab.ok("kubectl get pods -o wide --no-headers");
    assert!(!pods.contains("minikube-m02") && pods.lines().count() == 4, "{pods}");
    lab.prints("kubectl uncordon minikube-m02", &["node/minikube-m02 uncordoned\n"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn helm_installs_upgrades_and_rolls_back() {
    let lab = Lab::bare("helm");
    let chart = root().join("tests/chart");
    let chart: &Path = &std::fs::canonicalize(chart).expect("the chart");
    let chart = chart.display();
    let page = "kubectl get --raw /api/v1/namespaces/default/services/shop/proxy/";
    lab.prints(&format!("helm lint {chart}"), &["0 chart(s) failed"]);
    lab.prints(
        &format!("helm install shop {chart} --wait --timeout 60s"),
        &["NAME: shop\n", "STATUS: deployed\nREVISION: 1\n", "shop serves \"hello\" at port 80."],
    );
    lab.prints("helm list", &["shop\tdefault", "deployed", "web-0.1.0"]);
    lab.prints("helm status shop", &["STATUS: deployed\n"]);
    lab.prints("kubectl get deployment shop", &["2/2"]);
    assert_eq!(lab.ok(page), "hello");

    lab.prints(
        &format!("helm upgrade shop {chart} --set page=goodbye --set replicas=3 --wait --timeout 60s"),
        &["Release \"shop\" has been upgraded. Happy Helming!\n", "REVISION: 2\n"],
    );
    lab.prints("kubectl get deployment shop", &["3/3"]);
    assert_eq!(lab.ok(page), "goodbye");
    lab.prints("helm get values shop", &["page: goodbye\nreplicas: 3\n"]);

    lab.prints("helm rollback shop 1 --wait --timeout 60s", &["Rollback was a success! Happy Helming!\n"]);
    assert_eq!(lab.ok(page), "hello");
    lab.prints("helm history shop", &["Install complete", "Upgrade complete", "Rollback to 1"]);

    lab.prints("helm uninstall shop --wait", &["release \"shop\" uninstalled\n"]);
    lab.fails("helm status shop", &["not found"]);
    let left = lab.ok("kubectl get deployments,services,configmaps,secrets -o name");
    assert_eq!(left, "service/kubernetes\nconfigmap/kube-root-ca.crt\n");
    // A chart that is wrong leaves the server's word.
    lab.fails(
        &format!("helm install bad {chart} --set service.port=99999"),
        &["must be between 1 and 65535, inclusive"],
    );
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn certificates_are_recognised() {
    let lab = Lab::bare("certificates");
    lab.ok("openssl req -new -newkey rsa:2048 -nodes -keyout jane.key -subj /CN=jane/O=devs -out jane.csr");
    lab.ok(
        "printf '{\"apiVersion\":\"certificates.k8s.io/v1\",\"kind\":\"CertificateSigningRequest\",\"metadata\":{\"name\":\"jane\"},\
         \"spec\":{\"signerName\":\"kubernetes.io/kube-apiserver-client\",\"usages\":[\"client auth\"],\"request\":\"%s\"}}' \
         $(base64 -w0 jane.csr) | kubectl create -f -",
    );
    lab.ok("kubectl certificate approve jane");
    lab.ok("kubectl wait --for=jsonpath='{.status.certificate}' csr/jane --timeout=10s");
    lab.ok("kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt");
    lab.ok("kubectl config set-credentials jane --client-key=jane.key --client-certificate=jane.crt --embed-certs");
    lab.ok("kubectl config set-context jane --cluster=tabernetes --user=jane");
    lab.prints("kubectl --context=jane auth whoami", &["jane", "devs system:authenticated"]);
    lab.fails("kubectl --context=jane get pods", &["User \"jane\" cannot list resource \"pods\""]);
    // Nobody becomes another by signing for it alone.
    lab.ok("openssl req -x509 -newkey rsa:2048 -nodes -keyout eve.key -subj /CN=admin/O=system:masters -out eve.crt");
    lab.ok("kubectl config set-credentials eve --client-key=eve.key --client-certificate=eve.crt --embed-certs");
    lab.ok("kubectl config set-context eve --cluster=tabernetes --user=eve");
    lab.fails("kubectl --context=eve get pods", &["You must be logged in to the server (Unauthorized)"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn usage_is_measured() {
    let lab = Lab::new("top", Profile::Minikube, &["minikube"]);
    lab.ok("kubectl create deployment web --image=nginx && kubectl rollout status deployment/web");
    // What has just started has not been measured yet.
    lab.ok("until kubectl top pods 2>/dev/null | grep -q ^web-; do :; done");
    lab.prints("kubectl top nodes", &["NAME       CPU(cores)   CPU(%)   MEMORY(bytes)   MEMORY(%)", "minikube   "]);
    lab.prints("kubectl top pods --containers", &["POD ", "NAME ", "web-", "nginx", "Mi"]);
    lab.prints("kubectl top pods -A --sort-by=memory", &["kube-system", "etcd-minikube"]);
}

#[test]
#[ignore = "needs the real kubectl: cargo xtask test kubectl"]
fn who_says_nothing_keeps_nobody_waiting() {
    let lab = Lab::bare("silent");
    let address = lab.server.as_ref().expect("a server").address;
    let _silent: Vec<TcpStream> = (0..3).map(|_| TcpStream::connect(address).expect("a server that listens")).collect();
    lab.prints("kubectl get ns --request-timeout=8s", &["kube-system"]);
}
