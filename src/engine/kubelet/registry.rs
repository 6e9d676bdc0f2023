//! Registries: which images exist, how big they are, and what is said about those that do not.

use super::images::{self, Image, Reference, Tags, UNKNOWN};

/// Registries that answer. Any other has no address.
const REGISTRIES: &[&str] = &[
    "docker.io",
    "registry.k8s.io",
    "k8s.gcr.io",
    "gcr.io",
    "us-docker.pkg.dev",
    "quay.io",
    "ghcr.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "registry.gitlab.com",
    "docker.elastic.co",
    "nvcr.io",
    "registry.access.redhat.com",
];

/// Official images of Docker Hub that are in no table of ours: they run, and that is all.
const OFFICIAL: &[&str] = &[
    "adminer",
    "aerospike",
    "almalinux",
    "alpine",
    "alt",
    "amazonlinux",
    "archlinux",
    "bash",
    "buildpack-deps",
    "busybox",
    "caddy",
    "cassandra",
    "centos",
    "chronograf",
    "cirros",
    "clojure",
    "composer",
    "consul",
    "couchdb",
    "crate",
    "dart",
    "debian",
    "docker",
    "drupal",
    "eclipse-mosquitto",
    "eclipse-temurin",
    "elasticsearch",
    "elixir",
    "erlang",
    "fedora",
    "fluentd",
    "gcc",
    "ghost",
    "golang",
    "gradle",
    "grafana",
    "groovy",
    "haproxy",
    "haskell",
    "hello-world",
    "hylang",
    "ibmjava",
    "influxdb",
    "java",
    "jenkins",
    "joomla",
    "julia",
    "kapacitor",
    "kibana",
    "kong",
    "lightstreamer",
    "logstash",
    "mageia",
    "matomo",
    "maven",
    "mediawiki",
    "memcached",
    "mongo-express",
    "monica",
    "nats",
    "nats-streaming",
    "neo4j",
    "nextcloud",
    "node",
    "odoo",
    "open-liberty",
    "openjdk",
    "opensuse",
    "oraclelinux",
    "orientdb",
    "percona",
    "perl",
    "photon",
    "php",
    "phpmyadmin",
    "plone",
    "pypy",
    "python",
    "r-base",
    "rabbitmq",
    "redmine",
    "registry",
    "rethinkdb",
    "rocket.chat",
    "rockylinux",
    "ruby",
    "rust",
    "sapmachine",
    "solr",
    "sonarqube",
    "spark",
    "storm",
    "swift",
    "teamspeak",
    "telegraf",
    "tomcat",
    "tomee",
    "traefik",
    "ubuntu",
    "unit",
    "varnish",
    "vault",
    "websphere-liberty",
    "wordpress",
    "yourls",
    "zookeeper",
];

/// Words that tags begin with, besides versions.
const TAG_WORDS: &[&str] = &[
    "latest",
    "stable",
    "mainline",
    "alpine",
    "slim",
    "edge",
    "lts",
    "main",
    "master",
    "current",
    "nightly",
    "dev",
    "beta",
    "rc",
    "debian",
    "bookworm",
    "bullseye",
    "buster",
    "trixie",
    "jammy",
    "noble",
    "focal",
    "bionic",
    "musl",
    "glibc",
    "uclibc",
    "perl",
    "management",
    "fpm",
    "apache",
    "jre",
    "jdk",
    "ubi",
    "test",
    "prod",
    "release",
    "canary",
    "red",
    "green",
    "blue",
    "next",
    "unstable",
    "rolling",
    "sid",
    "otel",
    "unprivileged",
    "nonroot",
    "debug",
    "linux",
];

/// The newest minor version of official images, some of it yet to come: tags beyond it are mistakes, such as
/// `nginx:1.161`.
const NEWEST: &[(&str, u32, u32)] = &[
    ("alpine", 3, 26),
    ("busybox", 1, 40),
    ("httpd", 2, 4),
    ("mariadb", 13, 9),
    ("memcached", 1, 7),
    ("mongo", 9, 9),
    ("mysql", 10, 9),
    ("nginx", 1, 35),
    ("node", 28, 99),
    ("perl", 5, 48),
    ("postgres", 20, 99),
    ("python", 3, 16),
    ("redis", 9, 9),
];

/// Who publishes images on Docker Hub that courses use. Of others nothing is known but what is in the table.
const PUBLISHERS: &[&str] = &[
    "acend",
    "amazon",
    "amd64",
    "ananalogguyinadigitalworld",
    "anchore",
    "apache",
    "aquasec",
    "argoproj",
    "arm64v8",
    "arungupta",
    "bibinpw",
    "bitnami",
    "bitnamilegacy",
    "bitpoke",
    "bmuschko",
    "bretfisher",
    "calico",
    "ceph",
    "chainguard",
    "cilium",
    "circleci",
    "clickhouse",
    "cloudnatived",
    "cockroachdb",
    "codercom",
    "collabnix",
    "confluentinc",
    "containous",
    "coredns",
    "curlimages",
    "datadog",
    "datawire",
    "devopscube",
    "dgkanatsios",
    "docker",
    "dockercloud",
    "dockersamples",
    "dpage",
    "drone",
    "ealen",
    "elastic",
    "emqx",
    "envoyproxy",
    "falcosecurity",
    "flannel",
    "fluent",
    "fluxcd",
    "gcmirrors",
    "gitea",
    "gitlab",
    "gogs",
    "google",
    "googlesamples",
    "grafana",
    "hashicorp",
    "hazelcast",
    "homebridge",
    "i386",
    "in28min",
    "influxdata",
    "istio",
    "jaegertracing",
    "jenkins",
    "jenkins4eval",
    "jmalloc",
    "joshrosso",
    "jpetazzo",
    "jupyter",
    "k3s",
    "k8s",
    "karthequian",
    "kennethreitz",
    "kindest",
    "kiwigrid",
    "kodekloud",
    "kodekloudhub",
    "kong",
    "kubernetes",
    "kubernetesui",
    "lachlanevenson",
    "learnk8s",
    "linkerd",
    "linuxserver",
    "longhornio",
    "luksa",
    "mailhog",
    "mccutchen",
    "mcuadros",
    "mendhak",
    "microsoft",
    "milvusdb",
    "minideb",
    "minio",
    "mirrorgooglecontainers",
    "mmumshad",
    "mongoexpress",
    "natsio",
    "neo4j",
    "nginxdemos",
    "nginxinc",
    "nicolaka",
    "nigelpoulton",
    "nodered",
    "oamdev",
    "oliver006",
    "openebs",
    "openpolicyagent",
    "opensearchproject",
    "openzipkin",
    "owncloud",
    "paulbouwer",
    "percona",
    "pgadmin",
    "pihole",
    "pingcap",
    "plexinc",
    "polinux",
    "portainer",
    "praqma",
    "progrium",
    "prom",
    "pytorch",
    "radial",
    "rancher",
    "rancherlabs",
    "redis",
    "rook",
    "roundcube",
    "schoolofdevops",
    "selenium",
    "sonatype",
    "spurin",
    "stacksimplify",
    "statsd",
    "stefanprodan",
    "strimzi",
    "sysdig",
    "temporalio",
    "tensorflow",
    "tiangolo",
    "timescale",
    "traefik",
    "tutum",
    "vaultwarden",
    "velero",
    "vish",
    "vmware",
    "wbitt",
    "weaveworks",
    "weaveworksdemos",
    "wurstmeister",
    "yandex",
    "yugabytedb",
    "zabbix",
    "zalando",
    "zenika",
];

/// What people write when they mean an image that is not there.
const ABSENT: &[&str] =
    &["nosuch", "doesnotexist", "does-not-exist", "doesnt-exist", "nonexist", "non-exist", "notfound", "not-exist"];

/// Asks the registry of an image for it; what it answers if it has none, as reason and message.
pub fn ask(image: &Reference, hollow: bool) -> Result<&'static Image, (&'static str, String)> {
    let (domain, path) = image.repository.split_once('/').unwrap_or(("docker.io", &image.repository));
    let known = images::find(&image.repository);
    let denied = "pull access denied, repository does not exist or may require authorization: server message: \
         insufficient_scope: authorization failed";
    if hollow {
        // A hollow runtime knows no registries; it is told which images are not there.
        let gone = is_absent(path) || is_absent(&image.tag) || path == "library/kubia";
        return if gone { Err(failure(image, "NotFound", denied)) } else { Ok(known.unwrap_or(&UNKNOWN)) };
    }
    if !REGISTRIES.contains(&domain) && !domain.ends_with(".pkg.dev") && !domain.ends_with(".gcr.io") {
        let host = domain.split(':').next().unwrap_or(domain);
        let tag = if image.tag.is_empty() { &image.digest } else { &image.tag };
        let why = if matches!(host, "localhost" | "127.0.0.1") {
            let address = if domain.contains(':') { domain.to_string() } else { format!("{domain}:443") };
            let address = address.replace("localhost", "127.0.0.1");
            format!("dial tcp {address}: connect: connection refused")
        } else {
            format!("dial tcp: lookup {host} on 192.168.49.1:53: no such host")
        };
        let message = format!("failed to do request: Head \"https://{domain}/v2/{path}/manifests/{tag}\": {why}");
        return Err(failure(image, "Unknown", &message));
    }
    let official = path.strip_prefix("library/").filter(|_| domain == "docker.io");
    if known.is_none() && !is_published(domain, path) {
        let message = if domain == "docker.io" { denied.to_string() } else { format!("{image}: not found") };
        let code = if domain == "docker.io" { "Unknown" } else { "NotFound" };
        return Err(failure(image, code, &message));
    }
    let found = known.unwrap_or(&UNKNOWN);
    let has_tag = match &found.tags {
        Tags::Only(tags) => tags.contains(&image.tag.as_str()) || image.tag.is_empty(),
        Tags::Plausible => is_plausible(&image.tag) && !is_absent(&image.tag) && !is_beyond(official, &image.tag),
    };
    if has_tag { Ok(found) } else { Err(failure(image, "NotFound", &format!("{image}: not found"))) }
}

/// Whether a registry has a repository that is in no table of ours. Apart, as most images never ask.
#[inline(never)]
fn is_published(domain: &str, path: &str) -> bool {
    match path.split_once('/') {
        Some(("library", name)) if domain == "docker.io" => OFFICIAL.contains(&name),
        _ if is_absent(path) => false,
        publisher => domain != "docker.io" || PUBLISHERS.contains(&publisher.map_or(path, |(name, _)| name)),
    }
}

/// Whether a name says that it is of nothing.
fn is_absent(text: &str) -> bool {
    ABSENT.iter().any(|word| text.contains(word))
}

/// Whether somebody would publish a tag of that form.
fn is_plausible(tag: &str) -> bool {
    let version = tag.strip_prefix('v').unwrap_or(tag);
    let word = tag.split(['-', '.', '_']).next().unwrap_or_default().trim_end_matches(|c: char| c.is_ascii_digit());
    tag.is_empty() || version.starts_with(|c: char| c.is_ascii_digit()) || TAG_WORDS.contains(&word)
}

/// Whether a tag is a version of an official image that there is not yet.
fn is_beyond(official: Option<&str>, tag: &str) -> bool {
    let Some((_, major, minor)) = NEWEST.iter().find(|(name, ..)| Some(*name) == official) else { return false };
    let version = tag.split(['-', '_']).next().unwrap_or_default();
    let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
    let Some(first) = parts.next() else { return false };
    first > *major || (first == *major && parts.next().is_some_and(|second| second > *minor))
}

fn failure(image: &Reference, code: &str, why: &str) -> (&'static str, String) {
    let message = format!(
        "rpc error: code = {code} desc = failed to pull and unpack image \"{image}\": failed to resolve reference \
         \"{image}\": {why}"
    );
    ("ErrImagePull", message)
}

/// What an image takes on disk: its size, and some bytes that no other image has.
pub fn bytes(image: &Reference, found: &Image) -> u64 {
    (u64::from(found.size) << 20) + hash(&image.to_string()) % (1 << 20)
}

/// The digest that stands for an image.
pub fn digest(image: &Reference) -> String {
    if !image.digest.is_empty() {
        return image.digest.clone();
    }
    format!("sha256:{}", digest_of(&image.to_string()))
}

/// 64 hexadecimal digits that stand for a text.
pub fn digest_of(text: &str) -> String {
    (0..4).map(|at| format!("{:016x}", hash(&format!("{at}{text}")))).collect()
}

/// FNV-1a, mixed once more so that neighbours differ everywhere.
fn hash(text: &str) -> u64 {
    let folded = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    crate::sim::Rng::seeded(folded).next_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_have_what_they_have() {
        for (name, expect) in [
            ("python:3.12-slim", ""),
            ("bitnami/something", ""),
            ("nginx:1.27-alpine", ""),
            ("nginx:1.161", "NotFound|docker.io/library/nginx:1.161: not found"),
            ("nginx:9", "NotFound|docker.io/library/nginx:9: not found"),
            ("somebody/something", "Unknown|pull access denied, repository does not exist"),
            ("python:doesnotexist", "NotFound|docker.io/library/python:doesnotexist: not found"),
            ("python:abc", "NotFound|docker.io/library/python:abc: not found"),
            ("gcr.io/google-samples/kubernetes-bootcamp:v10", "NotFound|kubernetes-bootcamp:v10: not found"),
            ("kubia", "Unknown|pull access denied, repository does not exist"),
            ("quay.io/a/nosuch:1", "NotFound|quay.io/a/nosuch:1: not found"),
            ("registry.example.com:5000/a:1", "Unknown|lookup registry.example.com on 192.168.49.1:53: no such host"),
            ("localhost:5000/a:1", "Unknown|dial tcp 127.0.0.1:5000: connect: connection refused"),
        ] {
            let answer = ask(&Reference::parse(name).unwrap(), false);
            let message = answer.map(|_| String::new()).unwrap_or_else(|(_, message)| message);
            let (code, text) = expect.split_once('|').unwrap_or_default();
            assert!(message.is_empty() == expect.is_empty() && message.contains(text), "{name}: {message}");
            assert!(message.contains(code), "{name}: {message}");
        }
    }
}
