//! Kubernetes' own components and addons: what their probes ask for, and little else.

use super::servers::{GRACEFUL, http, https};
use super::{Base, Context, Image, Outcome, Program, Run, Term};
use crate::network::http::{Request, Response};

const COMPONENT: Image = Image { base: Base::Scratch, size: 90, usage: (20, 50), ..Image::DEFAULT };

/// Answers `ok`, whichever health is asked for.
fn healthy(_: &Context, _: &Request) -> Response {
    Response::text(200, "ok")
}

/// CoreDNS.
pub static COREDNS: Image = Image {
    names: &["registry.k8s.io/coredns/coredns", "docker.io/coredns/coredns"],
    size: 22,
    entrypoint: &["/coredns"],
    programs: &[Program {
        path: "/coredns",
        run: |run| {
            run.out(".:53\n[INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc490481273e738df5\n");
            run.out("CoreDNS-1.13.1\nlinux/amd64, go1.25.2, 1db4568\n");
            // Lame duck: it goes on answering for a while after it was told to stop.
            http(run, &[8080, 8181, 9153, 53], |_, _| Response::text(200, "OK"), Term::Exits(0, 5000))
        },
    }],
    usage: (3, 16),
    ..COMPONENT
};

/// The API server's pod: what comes over the network goes through it. kubectl here takes a shorter way.
pub static API_SERVER: Image = Image {
    names: &["registry.k8s.io/kube-apiserver"],
    programs: &[Program { path: "/usr/local/bin/kube-apiserver", run: api_server }],
    usage: (55, 260),
    ..COMPONENT
};

/// The controller manager's pod.
pub static CONTROLLER_MANAGER: Image = Image {
    names: &["registry.k8s.io/kube-controller-manager"],
    programs: &[Program { path: "/usr/local/bin/kube-controller-manager", run: |run| component(run, 10257) }],
    ..COMPONENT
};

/// The scheduler's pod.
pub static SCHEDULER: Image = Image {
    names: &["registry.k8s.io/kube-scheduler"],
    programs: &[Program { path: "/usr/local/bin/kube-scheduler", run: |run| component(run, 10259) }],
    usage: (4, 24),
    ..COMPONENT
};

/// kube-proxy.
pub static PROXY: Image = Image {
    names: &["registry.k8s.io/kube-proxy"],
    programs: &[Program { path: "/usr/local/bin/kube-proxy", run: |run| component(run, 10256) }],
    usage: (1, 22),
    ..COMPONENT
};

/// minikube's storage provisioner.
pub static STORAGE_PROVISIONER: Image = Image {
    names: &["gcr.io/k8s-minikube/storage-provisioner"],
    size: 9,
    entrypoint: &["/storage-provisioner"],
    programs: &[Program {
        path: "/storage-provisioner",
        run: |run| {
            run.err("I1123 05:00:01.000000       1 storage_provisioner.go:116] Initializing the minikube storage provisioner...\n");
            Outcome::Runs(Term::Exits(2, 5))
        },
    }],
    usage: (2, 12),
    ..COMPONENT
};

/// metrics-server.
pub static METRICS_SERVER: Image = Image {
    names: &["registry.k8s.io/metrics-server/metrics-server"],
    size: 19,
    entrypoint: &["/metrics-server"],
    programs: &[Program { path: "/metrics-server", run: |run| https(run, &[4443, 10250], healthy, GRACEFUL) }],
    usage: (4, 20),
    ..COMPONENT
};

fn api_server(run: &Run) -> Outcome {
    run.err("I1123 05:00:00.000000       1 options.go:0] \"Starting\" version=\"v1.36.2\"\n");
    let certificate = run.context.api.certificate();
    match run.context.serve_as(8443, Some(certificate), |context, connection| context.api.session(connection, None)) {
        Ok(()) => Outcome::Runs(GRACEFUL),
        Err(_) => run.fail("listen tcp :8443: bind: address already in use\n", 1),
    }
}

fn component(run: &Run, port: u16) -> Outcome {
    run.err("I1123 05:00:00.000000       1 options.go:0] \"Starting\" version=\"v1.36.2\"\n");
    if port == 10256 { http(run, &[port], healthy, GRACEFUL) } else { https(run, &[port], healthy, GRACEFUL) }
}
