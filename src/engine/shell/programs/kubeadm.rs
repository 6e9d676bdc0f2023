//! `kubeadm` on a machine of the cluster: what one asks of a cluster that is there already.

use super::{Call, Help, Program};
use crate::meta::Time;

pub const PROGRAM: Program = Program {
    name: "kubeadm",
    help: || Help {
        summary: "Look after the control plane: tokens, certificates, versions.",
        usage: "kubeadm version | token create|list | certs check-expiration | config images list",
        examples: &[("kubeadm version", "bash: kubeadm: command not found")],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    node_only: true,
    ..Program::BASE
};

const VERSION: &str = "v1.36.2";
const DAY: i64 = 86_400;

/// Certificates with the authorities that sign them.
const CERTIFICATES: &[(&str, &str)] = &[
    ("admin.conf", "ca"),
    ("apiserver", "ca"),
    ("apiserver-etcd-client", "etcd-ca"),
    ("apiserver-kubelet-client", "ca"),
    ("controller-manager.conf", "ca"),
    ("etcd-healthcheck-client", "etcd-ca"),
    ("etcd-peer", "etcd-ca"),
    ("etcd-server", "etcd-ca"),
    ("front-proxy-client", "front-proxy-ca"),
    ("scheduler.conf", "ca"),
    ("super-admin.conf", "ca"),
];

const IMAGES: &[&str] = &[
    "kube-apiserver:v1.36.2",
    "kube-controller-manager:v1.36.2",
    "kube-scheduler:v1.36.2",
    "kube-proxy:v1.36.2",
    "coredns/coredns:v1.13.1",
    "pause:3.10.1",
    "etcd:3.6.6-0",
];

fn run(call: &Call) -> i32 {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let has = |flag: &str| call.args().iter().any(|arg| arg == flag);
    match words.as_slice() {
        ["version", ..] if has("-o") => call.out(format!("{VERSION}\n")),
        ["version", ..] => call.out(format!(
            "kubeadm version: &version.Info{{Major:\"1\", Minor:\"36\", GitVersion:\"{VERSION}\", GitTreeState:\"clean\", \
             Compiler:\"gc\", Platform:\"linux/amd64\"}}\n"
        )),
        ["token", "create", ..] => {
            let part = |length: usize| -> String {
                const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
                (0..length).map(|_| char::from(LETTERS[call.process.rng.below(36) as usize])).collect()
            };
            let token = format!("{}.{}", part(6), part(16));
            match has("--print-join-command") {
                true => {
                    let hash = crate::meta::sha256(&crate::meta::x509::authority_key());
                    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                    call.out(format!(
                        "kubeadm join control-plane.minikube.internal:8443 --token {token} --discovery-token-ca-cert-hash sha256:{hash} \n"
                    ));
                }
                false => call.out(format!("{token}\n")),
            }
        }
        ["token", "list", ..] => {}
        ["certs", "check-expiration", ..] => expirations(call),
        ["config", "images", "list", ..] => IMAGES.iter().for_each(|image| call.out(format!("registry.k8s.io/{image}\n"))),
        ["upgrade", "plan", ..] => call.out(format!(
            "[upgrade/config] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...\n\
             [preflight] Running pre-flight checks.\n[upgrade] Running cluster health checks\n[upgrade] Fetching available versions to \
             upgrade to\n[upgrade/versions] Cluster version: {}\n[upgrade/versions] kubeadm version: {VERSION}\n",
            VERSION.trim_start_matches('v')
        )),
        [] => call.out("Usage:\n  kubeadm [command]\n\nAvailable Commands:\n  certs       Commands related to handling Kubernetes \
                        certificates\n  config      Manage configuration for a kubeadm cluster persisted in a ConfigMap in the \
                        cluster\n  token       Manage bootstrap tokens\n  upgrade     Upgrade your cluster smoothly to a newer version \
                        with this command\n  version     Print the version of kubeadm\n"),
        [other, ..] => {
            call.process.err(format!("error: unknown command \"{other}\" for \"kubeadm\"\nTo see the stack trace of this error execute with --v=5 or higher\n"));
            return 1;
        }
    }
    0
}

fn expirations(call: &Call) {
    let now = call.process.clock.now().seconds();
    let made = call.host.control.as_ref().and_then(|control| control.machine(&call.host.hostname));
    let made = made.map_or(now, |machine| machine.kubelet.1.seconds());
    let date = |days: i64| {
        let (year, month, day, hour, minute, _) = Time((made + days * DAY) * 1_000_000).civil();
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        format!("{} {day:02}, {year} {hour:02}:{minute:02} UTC", MONTHS[usize::from(month).saturating_sub(1) % 12])
    };
    let left = |days: i64| (made + days * DAY - now) / DAY;
    let mut text = "[check-expiration] Reading configuration from the \"kubeadm-config\" ConfigMap in namespace \"kube-system\"...\n\
                    [check-expiration] Use 'kubeadm init phase upload-config kubeadm --config your-config-file' to re-upload it.\n\n\
                    CERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED\n"
        .to_string();
    for (name, authority) in CERTIFICATES {
        text += &format!("{name:<26} {}   {:<15} {authority:<23} no      \n", date(365), format!("{}d", left(365)));
    }
    text += "\nCERTIFICATE AUTHORITY   EXPIRES                  RESIDUAL TIME   EXTERNALLY MANAGED\n";
    for name in ["ca", "etcd-ca", "front-proxy-ca"] {
        text += &format!("{name:<23} {}   {:<15} no      \n", date(3650), format!("{}y", left(3650) / 365));
    }
    call.out(text);
}
