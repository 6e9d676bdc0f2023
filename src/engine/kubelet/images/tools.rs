//! Images one works in: busybox, alpine, Debian and its like, network tools, stress.

use super::servers::flag;
use super::{Base, Image, Outcome, Program, Run, Tags, Term};
use crate::meta::Quantity;
use std::time::Duration;

/// busybox.
pub static BUSYBOX: Image = Image {
    names: &[
        "docker.io/library/busybox",
        "registry.k8s.io/busybox",
        "gcr.io/google-containers/busybox",
        "registry.k8s.io/e2e-test-images/busybox",
        "quay.io/quay/busybox",
    ],
    size: 2,
    base: Base::Busybox,
    cmd: &["sh"],
    usage: (0, 1),
    ..Image::DEFAULT
};

/// Alpine Linux.
pub static ALPINE: Image = Image {
    names: &["docker.io/library/alpine"],
    size: 4,
    base: Base::Alpine,
    cmd: &["/bin/sh"],
    usage: (0, 1),
    ..Image::DEFAULT
};

/// Debian, Ubuntu and others one starts a shell in.
pub static DEBIAN: Image = Image {
    names: &[
        "docker.io/library/debian",
        "docker.io/library/centos",
        "docker.io/library/fedora",
        "docker.io/library/rockylinux",
        "docker.io/library/bash",
        "docker.io/library/amazonlinux",
        "docker.io/library/archlinux",
    ],
    size: 48,
    cmd: &["bash"],
    tools: &["ps", "top", "free", "uptime"],
    usage: (0, 2),
    ..Image::DEFAULT
};

/// Ubuntu.
pub static UBUNTU: Image = Image {
    names: &["docker.io/library/ubuntu"],
    size: 29,
    cmd: &["/bin/bash"],
    files: &[(
        "/etc/os-release",
        "PRETTY_NAME=\"Ubuntu 24.04.3 LTS\"\nNAME=\"Ubuntu\"\nVERSION_ID=\"24.04\"\nVERSION=\"24.04.3 LTS (Noble Numbat)\"\n\
         VERSION_CODENAME=noble\nID=ubuntu\nID_LIKE=debian\nUBUNTU_CODENAME=noble\n",
    )],
    tools: &["ps", "top", "free", "uptime"],
    usage: (0, 2),
    ..Image::DEFAULT
};

/// curl, and a shell to call it from.
pub static CURL: Image = Image {
    names: &[
        "docker.io/curlimages/curl",
        "docker.io/byrnedo/alpine-curl",
        "quay.io/curl/curl",
        "docker.io/tutum/curl",
        "docker.io/radial/busyboxplus",
    ],
    size: 9,
    base: Base::Alpine,
    entrypoint: &["/entrypoint.sh"],
    cmd: &["curl"],
    tools: &["curl"],
    user: 100,
    directory: "/home/curl_user",
    programs: &[Program { path: "/entrypoint.sh", run: curl }],
    ..Image::DEFAULT
};

/// Everything one looks at networks with.
pub static NETSHOOT: Image = Image {
    names: &["docker.io/nicolaka/netshoot", "docker.io/wbitt/network-multitool", "docker.io/praqma/network-multitool"],
    size: 180,
    base: Base::Toolbox,
    cmd: &["zsh"],
    tools: &["zsh"],
    directory: "/root",
    ..Image::DEFAULT
};

/// The DNS tools of Kubernetes' documentation.
pub static DNSUTILS: Image = Image {
    names: &[
        "docker.io/tutum/dnsutils",
        "registry.k8s.io/e2e-test-images/jessie-dnsutils",
        "gcr.io/kubernetes-e2e-test-images/dnsutils",
    ],
    size: 70,
    base: Base::Toolbox,
    cmd: &["bash"],
    ..Image::DEFAULT
};

/// Uses as much memory or CPU as it is told to.
pub static STRESS: Image = Image {
    names: &[
        "docker.io/polinux/stress",
        "docker.io/vish/stress",
        "docker.io/progrium/stress",
        "docker.io/containerstack/cpustress",
    ],
    size: 4,
    base: Base::Alpine,
    entrypoint: &["stress"],
    programs: &[Program { path: "/usr/local/bin/stress", run: stress }],
    usage: (950, 150),
    ..Image::DEFAULT
};

/// The container that holds a pod's namespaces.
pub static PAUSE: Image = Image {
    names: &[
        "registry.k8s.io/pause",
        "k8s.gcr.io/pause",
        "gcr.io/google_containers/pause",
        "gcr.io/google-containers/pause",
    ],
    tags: Tags::Plausible,
    size: 1,
    base: Base::Scratch,
    entrypoint: &["/pause"],
    programs: &[Program { path: "/pause", run: |_| Outcome::Runs(Term::Exits(2, 5)) }],
    usage: (0, 1),
    ..Image::DEFAULT
};

/// Greets and ends.
pub static HELLO_WORLD: Image = Image {
    names: &["docker.io/library/hello-world"],
    size: 1,
    base: Base::Scratch,
    cmd: &["/hello"],
    programs: &[Program {
        path: "/hello",
        run: |run| {
            run.out(
                "\nHello from Docker!\nThis message shows that your installation appears to be working correctly.\n\n",
            );
            Outcome::Ends(Duration::from_millis(5), 0)
        },
    }],
    ..Image::DEFAULT
};

/// Runs its arguments, with `curl` before them where they are only curl's.
fn curl(run: &Run) -> Outcome {
    let mut args: Vec<String> = run.args.iter().skip(1).cloned().collect();
    if args.first().is_none_or(|first| first.starts_with('-') || first.contains("://")) {
        args.insert(0, "curl".into());
    }
    run.become_tool(args)
}

fn stress(run: &Run) -> Outcome {
    let arguments = run.arguments();
    let bytes = flag(&arguments, "--vm-bytes").or_else(|| flag(&arguments, "-mem-total"));
    let bytes = bytes.and_then(|text| {
        let text = text.replace('M', "Mi").replace('G', "Gi").replace("Mii", "Mi").replace("Gii", "Gi");
        Quantity::parse(&text).ok()
    });
    let workers = flag(&arguments, "--vm").and_then(|count| count.parse::<i64>().ok()).unwrap_or(1);
    let wanted = bytes.map_or(0, |bytes| bytes.value().saturating_mul(workers));
    let cpu = flag(&arguments, "--cpu").or_else(|| flag(&arguments, "-cpus")).unwrap_or("0");
    run.out(&format!("stress: info: [1] dispatching hogs: {cpu} cpu, 0 io, {workers} vm, 0 hdd\n"));
    if run.context.memory_limit.is_some_and(|limit| wanted > limit) {
        return Outcome::OutOfMemory(Duration::from_millis(300));
    }
    let timeout = flag(&arguments, "--timeout").or_else(|| flag(&arguments, "-t"));
    match timeout.and_then(crate::kubelet::programs::seconds) {
        Some(span) => Outcome::Ends(span, 0),
        None => Outcome::Runs(Term::Exits(143, 10)),
    }
}
