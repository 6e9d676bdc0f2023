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

/// Repositories that courses use and that are in no table of ours, by registry and publisher: they run, and that is all.
/// Of any other nothing is known, so there is none.
const REPOSITORIES: &[(&str, &str)] = &[
    ("docker.io/acend", "example-web-python example-web-go"),
    ("docker.io/amd64", "alpine busybox nginx"),
    ("docker.io/arm64v8", "alpine busybox nginx"),
    ("docker.io/gcmirrors", "busybox"),
    (
        "docker.io/in28min",
        "hello-world-rest-api todo-rest-api-h2 todo-web-application-h2 currency-exchange currency-conversion",
    ),
    ("docker.io/karthequian", "helloworld gettingstarted"),
    ("docker.io/lachlanevenson", "k8s-kubectl k8s-helm"),
    ("docker.io/milvusdb", "milvus"),
    ("docker.io/mmumshad", "simple-webapp simple-webapp-mysql ubuntu-sleeper event-simulator"),
    ("docker.io/percona", "percona-server percona-xtradb-cluster"),
    ("docker.io/pingcap", "tidb tikv pd"),
    ("docker.io/praqma", "network-multitool"),
    ("docker.io/progrium", "stress busybox"),
    ("docker.io/pytorch", "pytorch"),
    ("docker.io/radial", "busyboxplus"),
    ("docker.io/schoolofdevops", "vote worker vote-worker result loadtest"),
    ("docker.io/spurin", "nginx-debug hackazon"),
    (
        "docker.io/stacksimplify",
        "kubenginx kube-frontend-nginx kube-helloworld kube-nginxapp1 kube-nginxapp2 kube-usermgmt-microservice",
    ),
    ("docker.io/sysdig", "agent"),
    ("docker.io/tiangolo", "uvicorn-gunicorn-fastapi"),
    ("docker.io/traefik", "traefik"),
    ("docker.io/tutum", "curl apache-php"),
    ("docker.io/wbitt", "network-multitool"),
    ("docker.io/weaveworks", "scope weave-kube weave-npc"),
    ("docker.io/wurstmeister", "kafka zookeeper"),
    ("docker.io/yugabytedb", "yugabyte"),
    ("docker.io/amazon", "aws-cli amazon-ecs-sample cloudwatch-agent"),
    ("docker.io/apache", "airflow kafka spark superset nifi apisix"),
    ("docker.io/aquasec", "kube-bench trivy trivy-operator"),
    (
        "docker.io/bitnami",
        "apache elasticsearch etcd git grafana jenkins kafka keycloak kubectl minideb mongodb node oauth2-proxy \
      os-shell php-fpm prometheus python rabbitmq redis redis-cluster redis-exporter sealed-secrets-controller shell spark tomcat",
    ),
    ("docker.io/bitnamilegacy", "kafka keycloak kubectl minideb mongodb os-shell rabbitmq redis zookeeper"),
    ("docker.io/bretfisher", "httpenv netshoot"),
    ("docker.io/calico", "cni node kube-controllers typha ctl apiserver csi"),
    ("docker.io/cilium", "cilium operator json-mock starwars"),
    ("docker.io/clickhouse", "clickhouse-server"),
    ("docker.io/cockroachdb", "cockroach"),
    ("docker.io/codercom", "code-server"),
    ("docker.io/confluentinc", "cp-kafka cp-zookeeper cp-schema-registry cp-kafka-connect"),
    ("docker.io/containous", "whoamitcp"),
    ("docker.io/datadog", "agent cluster-agent"),
    ("docker.io/docker", "compose dind"),
    (
        "docker.io/dockersamples",
        "examplevotingapp_vote examplevotingapp_result examplevotingapp_worker static-site \
      k8s-wordsmith-db k8s-wordsmith-api k8s-wordsmith-web",
    ),
    ("docker.io/dpage", "pgadmin4"),
    ("docker.io/elastic", "elasticsearch kibana filebeat metricbeat logstash"),
    ("docker.io/emqx", "emqx"),
    ("docker.io/envoyproxy", "envoy gateway"),
    ("docker.io/falcosecurity", "falco falcoctl event-generator"),
    ("docker.io/flannel", "flannel flannel-cni-plugin"),
    ("docker.io/gitea", "gitea"),
    ("docker.io/gitlab", "gitlab-ce gitlab-runner"),
    ("docker.io/google", "pause cadvisor nodejs-hello"),
    ("docker.io/grafana", "loki promtail tempo mimir alloy agent"),
    ("docker.io/hashicorp", "terraform vault-k8s consul-k8s-control-plane"),
    ("docker.io/hazelcast", "hazelcast"),
    ("docker.io/influxdata", "telegraf influxdb"),
    (
        "docker.io/istio",
        "pilot proxyv2 examples-bookinfo-productpage-v1 examples-bookinfo-details-v1 examples-bookinfo-ratings-v1 \
      examples-bookinfo-reviews-v1 examples-bookinfo-reviews-v2 examples-bookinfo-reviews-v3 examples-helloworld-v1",
    ),
    ("docker.io/jaegertracing", "jaeger example-hotrod"),
    ("docker.io/jenkins", "inbound-agent agent jnlp-slave"),
    ("docker.io/jpetazzo", "shpod clock"),
    ("docker.io/jupyter", "base-notebook scipy-notebook datascience-notebook"),
    ("docker.io/kindest", "node kindnetd local-path-provisioner"),
    ("docker.io/kiwigrid", "k8s-sidecar"),
    (
        "docker.io/kodekloud",
        "ecommerce event-simulator examplevotingapp_vote examplevotingapp_worker examplevotingapp_result \
      simple-webapp webapp-conntest throw-dice",
    ),
    ("docker.io/kong", "kubernetes-ingress-controller"),
    ("docker.io/kubernetes", "pause guestbook"),
    ("docker.io/kubernetesui", "dashboard dashboard-api dashboard-web dashboard-auth metrics-scraper"),
    ("docker.io/learnk8s", "app"),
    ("docker.io/linuxserver", "nginx code-server wireguard"),
    ("docker.io/longhornio", "longhorn-manager longhorn-engine longhorn-ui"),
    ("docker.io/luksa", "kubia-website-example ssd-monitor fortune-args kubia-pod-readiness"),
    ("docker.io/mailhog", "mailhog"),
    ("docker.io/minio", "mc operator console"),
    ("docker.io/mirrorgooglecontainers", "pause hyperkube"),
    ("docker.io/natsio", "nats-box prometheus-nats-exporter"),
    ("docker.io/neo4j", "neo4j"),
    ("docker.io/nginx", "nginx-ingress nginx-prometheus-exporter"),
    ("docker.io/nodered", "node-red"),
    ("docker.io/oliver006", "redis_exporter"),
    ("docker.io/openebs", "provisioner-localpv linux-utils"),
    ("docker.io/openpolicyagent", "opa gatekeeper kube-mgmt"),
    ("docker.io/opensearchproject", "opensearch opensearch-dashboards"),
    ("docker.io/openzipkin", "zipkin"),
    ("docker.io/pihole", "pihole"),
    ("docker.io/portainer", "portainer-ce agent"),
    ("docker.io/prom", "blackbox-exporter pushgateway statsd-exporter mysqld-exporter"),
    ("docker.io/rancher", "mirrored-pause local-path-provisioner k3s rancher shell"),
    ("docker.io/redis", "redis-stack redis-stack-server redisinsight"),
    ("docker.io/rook", "ceph"),
    ("docker.io/selenium", "hub standalone-chrome node-chrome"),
    ("docker.io/sonatype", "nexus3"),
    ("docker.io/strimzi", "kafka operator"),
    ("docker.io/temporalio", "auto-setup server ui"),
    ("docker.io/tensorflow", "tensorflow serving"),
    ("docker.io/timescale", "timescaledb"),
    ("docker.io/vaultwarden", "server"),
    ("docker.io/velero", "velero velero-plugin-for-aws"),
    (
        "docker.io/weaveworksdemos",
        "front-end carts catalogue catalogue-db orders payment queue-master shipping user user-db load-test",
    ),
    ("docker.io/zabbix", "zabbix-server-mysql zabbix-web-nginx-mysql zabbix-agent2"),
    ("gcr.io/cadvisor", "cadvisor"),
    (
        "gcr.io/distroless",
        "base base-debian12 static static-debian12 cc java17-debian12 nodejs22-debian12 python3-debian12",
    ),
    ("gcr.io/google-containers", "pause busybox cassandra"),
    (
        "gcr.io/google-samples",
        "gb-redisslave gb-redis-follower guestbook cloudsql-docker hello-world leader-election \
      kubernetes-bootcamp zone-printer",
    ),
    ("gcr.io/google_containers", "pause busybox nginx-ingress-controller defaultbackend"),
    ("gcr.io/k8s-minikube", "kicbase minikube-ingress-dns gcp-auth-webhook"),
    ("gcr.io/kaniko-project", "executor warmer"),
    ("gcr.io/knative-samples", "helloworld-go autoscale-go"),
    ("ghcr.io/argoproj", "argo-cd applicationset"),
    ("ghcr.io/dexidp", "dex"),
    ("ghcr.io/external-secrets", "external-secrets"),
    ("ghcr.io/fluxcd", "source-controller kustomize-controller helm-controller notification-controller"),
    ("ghcr.io/grafana", "grafana-operator"),
    ("ghcr.io/kedacore", "keda keda-metrics-apiserver keda-admission-webhooks"),
    ("ghcr.io/kyverno", "kyverno kyvernopre background-controller"),
    ("ghcr.io/linkerd", "proxy controller policy-controller"),
    ("ghcr.io/open-telemetry", "opentelemetry-collector-releases/opentelemetry-collector"),
    ("k8s.gcr.io", "busybox echoserver pause test-webserver"),
    (
        "mcr.microsoft.com",
        "azuredocs/azure-vote-front azuredocs/azure-vote-back dotnet/aspnet dotnet/samples dotnet/sdk mssql/server \
      oss/kubernetes/pause playwright powershell",
    ),
    (
        "public.ecr.aws",
        "docker/library/nginx docker/library/busybox amazonlinux/amazonlinux aws-containers/retail-store-sample-ui \
      eks-distro/kubernetes/pause docker/library/redis docker/library/alpine",
    ),
    ("quay.io/argoproj", "argocd argo-rollouts argoexec workflow-controller argocli kubectl-argo-rollouts"),
    ("quay.io/bitnami", "nginx redis sealed-secrets-controller"),
    ("quay.io/calico", "node cni kube-controllers typha apiserver"),
    ("quay.io/centos", "centos"),
    ("quay.io/cilium", "cilium operator-generic hubble-relay hubble-ui json-mock alpine-curl"),
    ("quay.io/coreos", "flannel prometheus-operator kube-state-metrics"),
    ("quay.io/fedora", "fedora"),
    ("quay.io/jaegertracing", "jaeger"),
    (
        "quay.io/jetstack",
        "cert-manager-controller cert-manager-cainjector cert-manager-webhook cert-manager-acmesolver",
    ),
    ("quay.io/k8scsi", "hostpathplugin"),
    ("quay.io/keycloak", "keycloak keycloak-operator"),
    ("quay.io/kiali", "kiali"),
    ("quay.io/kubernetes-ingress-controller", "nginx-ingress-controller"),
    ("quay.io/metallb", "controller speaker"),
    ("quay.io/mongodb", "mongodb-community-server mongodb-kubernetes-operator"),
    ("quay.io/operator-framework", "olm"),
    ("quay.io/podman", "hello stable"),
    ("quay.io/prometheus-operator", "prometheus-operator prometheus-config-reloader"),
    ("quay.io/prometheuscommunity", "postgres-exporter"),
    ("quay.io/redhattraining", "hello-world-nginx"),
    ("quay.io/strimzi", "operator kafka"),
    (
        "registry.k8s.io",
        "addon-resizer autoscaling/cluster-autoscaler autoscaling/vpa-recommender build-image/debian-base conformance \
      cpa/cluster-proportional-autoscaler cronjob dns/k8s-dns-node-cache e2e-test-images/busybox e2e-test-images/httpd \
      e2e-test-images/jessie-dnsutils e2e-test-images/nautilus e2e-test-images/nginx e2e-test-images/nonewprivs \
      e2e-test-images/perl e2e-test-images/redis e2e-test-images/kitten e2e-test-images/volume/nfs external-dns/external-dns \
      gateway-api/admission-server git-sync/git-sync ingress-nginx/nginx kube-state-metrics/kube-state-metrics kustomize/kustomize \
      node-problem-detector/node-problem-detector nfd/node-feature-discovery prometheus-adapter/prometheus-adapter \
      provider-aws/cloud-controller-manager sig-storage/csi-attacher sig-storage/csi-provisioner sig-storage/csi-resizer \
      sig-storage/csi-snapshotter sig-storage/hostpathplugin sig-storage/livenessprobe sig-storage/nfs-provisioner \
      sig-storage/nfs-subdir-external-provisioner sig-storage/snapshot-controller sig-storage/local-volume-provisioner \
      test-webserver volume-nfs cuda-vector-add",
    ),
    (
        "us-docker.pkg.dev/google-samples",
        "containers/gke/hello-app-cdn containers/gke/hello-app-redis containers/gke/whereami",
    ),
    ("docker.elastic.co", "beats/filebeat beats/metricbeat eck/eck-operator logstash/logstash"),
    ("nvcr.io/nvidia", "cuda k8s-device-plugin k8s/cuda-sample tritonserver"),
    ("registry.access.redhat.com", "ubi8/ubi ubi8/ubi-minimal ubi9/ubi ubi9/ubi-minimal ubi9/httpd-24"),
];

/// What people write when they mean an image that is not there.
const ABSENT: &[&str] =
    &["nosuch", "doesnotexist", "does-not-exist", "doesnt-exist", "nonexist", "non-exist", "notfound", "not-exist"];

const DENIED: &str = "pull access denied, repository does not exist or may require authorization: server message: \
     insufficient_scope: authorization failed";

/// Asks the registry of an image for it; what it answers if it has none, as reason and message.
pub fn ask(image: &Reference, hollow: bool) -> Result<&'static Image, (&'static str, String)> {
    let (domain, path) = image.repository.split_once('/').unwrap_or(("docker.io", &image.repository));
    let known = images::find(&image.repository);
    if hollow {
        // A hollow runtime knows no registries; it is told which images are not there.
        let gone = is_absent(path) || is_absent(&image.tag) || path == "library/kubia";
        return if gone { Err(failure(image, "NotFound", DENIED)) } else { Ok(known.unwrap_or(&UNKNOWN)) };
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
        return Err(refusal(image, domain, path));
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
        _ => {
            let repository = format!("{domain}/{path}");
            REPOSITORIES.iter().any(|(publisher, names)| {
                let name = repository.strip_prefix(publisher).and_then(|rest| rest.strip_prefix('/'));
                name.is_some_and(|name| names.split_whitespace().any(|known| known == name))
            })
        }
    }
}

/// What a registry says of a repository that it does not have, or does not show to everybody.
#[inline(never)]
fn refusal(image: &Reference, domain: &str, path: &str) -> (&'static str, String) {
    let token = |place: &str| {
        let scope = path.replace('/', "%2F");
        format!(
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to \
             https://{domain}/{place}?scope=repository%3A{scope}%3Apull&service={domain}: 403 Forbidden"
        )
    };
    let tag = if image.tag.is_empty() { &image.digest } else { &image.tag };
    let (code, message) = match domain {
        "docker.io" => ("Unknown", DENIED.to_string()),
        "ghcr.io" => ("Unknown", token("token")),
        "quay.io" => (
            "Unknown",
            format!(
                "unexpected status from HEAD request to https://{domain}/v2/{path}/manifests/{tag}: 401 UNAUTHORIZED"
            ),
        ),
        _ if domain.ends_with("gcr.io") && domain != "k8s.gcr.io" || domain.ends_with(".pkg.dev") => {
            ("Unknown", token("v2/token"))
        }
        _ => ("NotFound", format!("{image}: not found")),
    };
    failure(image, code, &message)
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
            ("bitnami/kafka", ""),
            ("bitnami/something", "Unknown|pull access denied"),
            ("nginx:1.27-alpine", ""),
            ("nginx:1.161", "NotFound|docker.io/library/nginx:1.161: not found"),
            ("nginx:9", "NotFound|docker.io/library/nginx:9: not found"),
            ("somebody/something", "Unknown|pull access denied, repository does not exist"),
            ("python:doesnotexist", "NotFound|docker.io/library/python:doesnotexist: not found"),
            ("python:abc", "NotFound|docker.io/library/python:abc: not found"),
            ("gcr.io/google-samples/kubernetes-bootcamp:v10", "NotFound|kubernetes-bootcamp:v10: not found"),
            ("kubia", "Unknown|pull access denied, repository does not exist"),
            ("quay.io/a/nosuch:1", "Unknown|HEAD request to https://quay.io/v2/a/nosuch/manifests/1: 401 UNAUTHORIZED"),
            (
                "ghcr.io/a/b:1",
                "Unknown|https://ghcr.io/token?scope=repository%3Aa%2Fb%3Apull&service=ghcr.io: 403 Forbidden",
            ),
            ("registry.k8s.io/nosuch:1", "NotFound|registry.k8s.io/nosuch:1: not found"),
            ("registry.k8s.io/e2e-test-images/nautilus:1.5", ""),
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
