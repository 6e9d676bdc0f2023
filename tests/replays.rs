//! A link is a recipe: played again, however often, it gives the same cluster to the byte.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tabernetes_engine::playground::Playground;
use tabernetes_engine::scenario::{Input, Scenario, link};

/// How often the chapter is played again: `cargo xtask test replays` does it optimised, in full.
const REPLAYS: usize = if cfg!(debug_assertions) { 10 } else { 1000 };

/// The chapter on pods, labels and namespaces: the terminal, what is typed, the seconds until the next line.
/// `^C` is the key.
const CHAPTER: &[(u32, &str, u64)] = &[
    (1, "minikube status; kubectl version; kubectl cluster-info; kubectl get nodes", 1),
    (
        1,
        "cat > kubia-manual.yml <<EOF\napiVersion: v1\nkind: Pod\nmetadata:\n  name: kubia-manual\nspec:\n  containers:\n  - image: luksa/kubia\n    name: kubia\n    ports:\n    - containerPort: 8080\n      protocol: TCP\nEOF",
        1,
    ),
    (1, "sed 's/ports:/port:/' kubia-manual.yml | kubectl create -f -", 1),
    (1, "kubectl create -f kubia-manual.yml", 30),
    (1, "kubectl get po kubia-manual -o yaml > kubia.yml; kubectl logs kubia-manual", 1),
    (2, "kubectl port-forward kubia-manual 8888:8080", 1),
    (1, "curl localhost:8888; curl localhost:9999", 1),
    (2, "^C", 1),
    (
        1,
        "sed 's/kubia-manual/kubia-manual-v2/; s/^spec:/  labels:\\n    creation_method: manual\\n    env: prod\\nspec:/' kubia-manual.yml > v2.yml; kubectl create -f v2.yml",
        4,
    ),
    (1, "kubectl get po --show-labels; kubectl get po -L creation_method,env", 1),
    (
        1,
        "kubectl label po kubia-manual creation_method=manual; kubectl label po kubia-manual-v2 env=debug --overwrite",
        1,
    ),
    (1, "kubectl get po -l creation_method=manual; kubectl get po -l env; kubectl get po -l '!env'", 1),
    (1, "kubectl label node minikube gpu=true; kubectl get nodes -l gpu=true", 1),
    (1, "kubectl run kubia-gpu --image=luksa/kubia --overrides='{\"spec\":{\"nodeSelector\":{\"gpu\":\"true\"}}}'", 4),
    (
        1,
        "kubectl annotate pod kubia-manual example.com/someannotation=\"foo bar\"; kubectl describe pod kubia-manual",
        1,
    ),
    (1, "kubectl get ns; kubectl get po -n kube-system; kubectl create namespace custom-namespace", 1),
    (1, "kubectl create -f kubia-manual.yml -n custom-namespace", 4),
    (
        1,
        "kubectl exec kubia-manual -- curl -s $(kubectl get po kubia-manual -n custom-namespace -o jsonpath='{.status.podIP}'):8080",
        1,
    ),
    (1, "kubectl delete po kubia-gpu", 40),
    (1, "kubectl delete po -l creation_method=manual", 40),
    (1, "kubectl delete ns custom-namespace", 60),
    (1, "kubectl create deployment kubia --image=luksa/kubia --replicas=2", 5),
    (1, "kubectl delete po --all", 40),
    (1, "kubectl delete all --all", 60),
];

fn read_the_chapter() -> Playground {
    let mut playground = Playground::new(&Scenario::default());
    playground.advance(Duration::from_secs(3));
    for terminal in [1, 2] {
        playground.input(Input::Open(terminal));
    }
    for (terminal, line, seconds) in CHAPTER {
        let key = if *line == "^C" { Input::Interrupt(*terminal) } else { Input::Line(*terminal, (*line).into()) };
        playground.input(key);
        playground.advance(Duration::from_secs(*seconds));
    }
    playground
}

/// Everything a reader could see of it: the state with its hash, and what the terminals have printed.
fn look(playground: &Playground) -> String {
    let printed = playground.terminals().into_iter().filter_map(|id| playground.terminal(id));
    let printed: Vec<String> = printed.map(|terminal| format!("{:?}", terminal.chunks())).collect();
    format!("{} {}", playground.state().to_json(), printed.join("\n"))
}

#[test]
fn a_thousand_replays_of_the_chapter_are_one() {
    let original = read_the_chapter();
    let (link, expected) = (original.link(), look(&original));
    for line in
        ["You've hit kubia-manual", "Handling connection for 8888", "namespace \\\"custom-namespace\\\" deleted"]
    {
        assert!(expected.contains(line), "the chapter lacks {line}: {expected}");
    }
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < REPLAYS {
                    let again = Playground::new(&link::decode(&link).expect("a good link"));
                    assert!(look(&again) == expected, "a replay differs:\n{}\n{expected}", look(&again));
                }
            });
        }
    });
}
