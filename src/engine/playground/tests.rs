//! What a reader types at a terminal, and what programs in containers make of it.

use super::{Playground, Stream};
use crate::scenario::{Input, Scenario};
use std::time::Duration;

/// A playground with a terminal, and what is typed at it: `^C` and `^D` are the keys.
fn type_in(keys: &[&str]) -> String {
    let mut playground = Playground::new(&Scenario::default());
    playground.advance(Duration::from_secs(60));
    playground.input(Input::Open(1));
    for key in keys {
        playground.input(match *key {
            "^C" => Input::Interrupt(1),
            "^D" => Input::EndOfInput(1),
            line => Input::Line(1, line.into()),
        });
        playground.advance(Duration::from_secs(8));
    }
    let chunks = playground.terminal(1).map(super::Terminal::chunks).unwrap_or_default();
    let text = |chunk: &super::Chunk| match chunk.stream {
        Stream::Echo => format!("{}\n", chunk.text),
        _ => chunk.text.clone(),
    };
    chunks.iter().map(text).collect()
}

#[test]
fn a_shell_in_a_container_is_a_terminal() {
    let run = "kubectl run box --image=busybox -- sleep 1h";
    for (keys, expect) in [
        (
            &["echo $((1+1)); hostname", "exit 3"][..],
            "/ # echo $((1+1)); hostname\n2\nbox\n/ # exit 3\ncommand terminated with exit code 3\n",
        ),
        (&["cat", "abc", "^C", "echo $?", "^D"], "/ # cat\nabc\nabc\n^C\n/ # echo $?\n130\n/ # "),
        (&["cat", "abc", "^D", "echo on", "exit"], "/ # cat\nabc\nabc\n/ # echo on\non\n/ # exit\n"),
        (&["sh", "^C", "exit 4", "echo $?", "exit"], "/ # sh\n/ # ^C\n/ # exit 4\n/ # echo $?\n4\n/ # exit\n"),
    ] {
        let typed = [&[run, "kubectl exec -it box -- sh"], keys].concat();
        let shown = type_in(&typed);
        assert!(shown.contains(expect), "{keys:?}\n{shown}");
    }
}

#[test]
fn the_main_program_of_a_pod_can_be_attached_to() {
    let shell = "kubectl run box --rm -it --image=busybox -- sh";
    for (keys, expect) in [
        (
            &[shell, "echo a$((1+1))", "exit"][..],
            "/ # echo a$((1+1))\na2\n/ # exit\npod \"box\" deleted from default namespace\n",
        ),
        (&["kubectl run box --rm -it --restart=Never --image=busybox -- cat", "x", "^D"], "x\nx\npod \"box\" deleted"),
        (
            &["kubectl run box --rm -it --restart=Never --image=busybox -- cat", "^C", "kubectl get po"],
            "pod \"box\" deleted",
        ),
        (&["kubectl run web --image=nginx", "kubectl exec web -- sh -c 'kill 1'", "kubectl get po web"], "1 ("),
    ] {
        let shown = type_in(keys);
        assert!(shown.contains(expect), "{keys:?}\n{shown}");
    }
}

#[test]
fn a_user_with_a_signed_certificate_is_somebody() {
    let request = "kubectl create -f - <<< \"{apiVersion: certificates.k8s.io/v1, kind: CertificateSigningRequest, metadata: {name: jane}, \
                   spec: {request: $(base64 -w0 jane.csr), signerName: kubernetes.io/kube-apiserver-client, usages: [client auth]}}\"";
    let get = "kubectl get csr jane -o jsonpath='{.status.certificate}' | base64 -d > jane.crt";
    let keys = [
        "openssl genrsa -out jane.key 2048",
        "openssl req -new -key jane.key -out jane.csr -subj /CN=jane/O=dev",
        request,
        "kubectl certificate approve jane",
        get,
        "kubectl config set-credentials jane --client-key=jane.key --client-certificate=jane.crt",
        "kubectl get pods --user=jane",
        "kubectl auth whoami --user=jane",
        "openssl x509 -in jane.crt -noout -subject -issuer",
        "openssl req -x509 -nodes -newkey rsa:2048 -keyout own.key -out own.crt -subj /CN=minikubeCA",
        "kubectl config set-credentials own --client-key=own.key --client-certificate=own.crt",
        "kubectl get pods --user=own",
        "kubectl create secret tls pair --cert=own.crt --key=jane.key",
    ];
    let shown = type_in(&keys);
    for expect in [
        "Error from server (Forbidden): pods is forbidden: User \"jane\" cannot list resource \"pods\"",
        "Groups      [dev system:authenticated]",
        "subject=CN = jane, O = dev\nissuer=CN = minikubeCA",
        "error: You must be logged in to the server",
        "error: tls: private key does not match public key",
    ] {
        assert!(shown.contains(expect), "{expect}\n{shown}");
    }
}
