//! Looking at a playground: views, files, documents, the state's hash. Nothing here changes anything.

use super::view::{self, ObjectView, View};
use super::{HOME, Playground};
use crate::json;
use crate::kubectl;
use crate::meta::SortedMap;
use crate::meta::{Object, Value};
use crate::process::{FileSystem, LocalFuture, Node, Process, System};
use crate::sim::{Pipe, pipe};
use crate::store::Key;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

/// A machine that starts no programs.
struct Nothing;

impl System for Nothing {
    fn run(&self, _: &str, _: Process) -> LocalFuture<i32> {
        Box::pin(async { 127 })
    }
}

impl Playground {
    /// The store's revision: a view of the same revision is the same but for ages.
    pub fn revision(&self) -> u64 {
        self.cluster.server.borrow().store.revision()
    }

    /// The cluster as the graph draws it.
    pub fn view(&self) -> View {
        let server = self.cluster.server.borrow();
        let list = |resource: &str| server.store.list(resource, None).map(|(_, object)| object.clone()).collect();
        view::view(self.revision(), self.now(), &list)
    }

    /// The cluster as it was at a revision.
    pub fn at(&self, revision: u64) -> View {
        let objects = self.objects(revision);
        let of = |resource: &str| {
            let start = Key { resource: resource.into(), namespace: "".into(), name: "".into() };
            let of_kind = objects.range(start..).take_while(|(key, _)| &*key.resource == resource);
            of_kind.map(|(_, object)| object.clone()).collect()
        };
        view::view(revision, self.now(), &of)
    }

    fn objects(&self, revision: u64) -> BTreeMap<Key, Object> {
        self.cluster.server.borrow().store.at(revision)
    }

    /// The text files below the reader's home, by path.
    pub fn files(&self) -> Vec<(String, Rc<str>)> {
        let all = self.host.files.all().into_iter().filter_map(|(path, node)| match node {
            Node::File(bytes, _) if path.starts_with(HOME) => {
                std::str::from_utf8(&bytes).ok().map(|text| (path, Rc::from(text)))
            }
            _ => None,
        });
        // What programs keep for themselves (`~/.kube`) is not the reader's.
        all.filter(|(path, _)| !path[HOME.len()..].starts_with("/.")).collect()
    }

    /// Grows with every change to a file.
    pub fn files_version(&self) -> u64 {
        self.host.files.version()
    }

    /// A path made absolute, seen from the reader's home.
    pub fn absolute(&self, path: &str) -> String {
        FileSystem::resolve(HOME, path)
    }

    /// What a `kubectl` command line that only reads would print, without the shell and its history.
    fn kubectl(&self, words: &[&str]) -> String {
        let Some(client) = self.host.client.clone() else { return String::new() };
        let clock = &self.cluster.clock;
        let (stdout, stderr) = (pipe(clock), pipe(clock));
        let process = Process {
            args: std::iter::once("kubectl").chain(words.iter().copied()).map(String::from).collect(),
            env: SortedMap::from([("HOME".to_string(), HOME.to_string())]),
            cwd: HOME.into(),
            stdin: Pipe::holding(clock, b""),
            stdout: stdout.clone(),
            stderr: stderr.clone(),
            tty: false,
            columns: 80,
            files: self.host.files.clone(),
            net: self.host.net.clone(),
            clock: clock.clone(),
            rng: self.cluster.rng.clone(),
            system: Rc::new(Nothing),
        };
        let mut running = pin!(kubectl::run(process, client));
        // Reading never waits for time to pass, so one poll is all it takes.
        let _ = running.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let text = [stdout.take(), stderr.take()].concat();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn about(&self, object: &ObjectView, words: &[&str]) -> String {
        let namespace = if object.namespace.is_empty() { "default" } else { &object.namespace };
        self.kubectl(&[words, &["--namespace", namespace]].concat())
    }

    /// What `kubectl get -o yaml` prints of an object.
    pub fn yaml_of(&self, object: &ObjectView) -> String {
        self.about(object, &["get", object.singular, &object.name, "--output", "yaml"])
    }

    /// What `kubectl events --for` prints of an object.
    pub fn events_of(&self, object: &ObjectView) -> String {
        let name = format!("{}/{}", object.singular, object.name);
        self.about(object, &["events", "--for", &name])
    }

    /// The end of what a pod's containers have logged.
    pub fn logs_of(&self, object: &ObjectView) -> String {
        self.about(object, &["logs", &object.name, "--all-containers", "--tail", "200"])
    }

    /// What `kubectl describe` prints of an object.
    pub fn description_of(&self, object: &ObjectView) -> String {
        self.about(object, &["describe", object.singular, &object.name])
    }

    /// Every object, every file, and a hash over both: equal hashes mean equal states.
    pub fn state(&self) -> Value {
        let mut hash = Fnv::new();
        let mut objects = Value::array();
        for (key, object) in self.objects(self.revision()) {
            for part in [&*key.resource, &*key.namespace, &*key.name, &object.to_json()] {
                hash.add(part.as_bytes());
            }
            objects.push(object.0);
        }
        for (path, node) in self.host.files.all() {
            hash.add(path.as_bytes());
            match node {
                Node::File(bytes, mode) => {
                    hash.add(&bytes);
                    hash.add(&mode.to_le_bytes());
                }
                Node::Link(target) => hash.add(target.as_bytes()),
                Node::Directory => {}
            }
        }
        json!({"objects": objects, "hash": (format!("{:016x}", hash.0)), "time": (self.now().rfc3339_micro())})
    }
}

/// FNV-1a: not for secrets, but any byte that differs shows.
struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes and a separator, so that two parts are not the same as one.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&[0xff]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
