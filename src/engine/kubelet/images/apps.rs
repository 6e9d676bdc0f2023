//! Servers that tutorials deploy as a whole: they log that they are up and answer on their ports.

use super::servers::{GRACEFUL, http, log_time};
use super::{Context, Image, Outcome, Program, Run};
use crate::network::http::{Request, Response};

const APP: Image = Image {
    size: 180,
    entrypoint: &["/entrypoint"],
    programs: &[Program { path: "/entrypoint", run: start }],
    usage: (8, 90),
    ..Image::DEFAULT
};

/// What an application does: the repository it is found by, its ports, what it logs, where `/` leads, what it says.
/// [`filled`] says what `$` means in the texts.
struct App {
    image: &'static str,
    ports: &'static [u16],
    log: &'static str,
    redirect: &'static str,
    body: &'static str,
}

/// The rows. Each has an image of the same name in [`IMAGES`].
const APPS: &[App] = &[
    App {
        image: "docker.io/library/wordpress",
        ports: &[80],
        log: "WordPress not found in /var/www/html - copying now...\nComplete! WordPress has been successfully copied to /var/www/html\n",
        redirect: "/wp-admin/install.php",
        body: "<!DOCTYPE html>\n<html><head><title>WordPress &rsaquo; Installation</title></head></html>\n",
    },
    App {
        image: "docker.io/prom/prometheus",
        ports: &[9090],
        log: "level=INFO source=main.go:1294 msg=\"Server is ready to receive web requests.\"\n",
        redirect: "/query",
        body: "Prometheus Server is Healthy.\n",
    },
    App {
        image: "docker.io/grafana/grafana",
        ports: &[3000],
        log: "logger=http.server level=info msg=\"HTTP Server Listen\" address=[::]:3000 protocol=http\n",
        redirect: "/login",
        body: "{\"database\": \"ok\", \"version\": \"12.3.0\"}\n",
    },
    App {
        image: "docker.io/library/tomcat",
        ports: &[8080],
        log: "INFO [main] org.apache.catalina.startup.Catalina.start Server startup in [94] milliseconds\n",
        redirect: "",
        body: "<!doctype html><html lang=\"en\"><head><title>HTTP Status 404 – Not Found</title></head></html>",
    },
    App {
        image: "docker.io/jenkins/jenkins",
        ports: &[8080, 50000],
        log: "INFO hudson.lifecycle.Lifecycle#onReady: Jenkins is fully up and running\n",
        redirect: "/login",
        body: "<html><head><title>Sign in - Jenkins</title></head></html>\n",
    },
    App {
        image: "docker.io/library/elasticsearch",
        ports: &[9200, 9300],
        log: "{\"log.level\": \"INFO\", \"message\":\"started\", \"service.name\":\"ES_ECS\"}\n",
        redirect: "",
        body: "{\n  \"cluster_name\" : \"docker-cluster\",\n  \"tagline\" : \"You Know, for Search\"\n}\n",
    },
    App {
        image: "docker.io/library/adminer",
        ports: &[8080],
        log: "PHP 8.4.14 Development Server (http://[::]:8080) started\n",
        redirect: "",
        body: "<!DOCTYPE html>\n<html lang=\"en\"><title>Login - Adminer</title></html>\n",
    },
    App {
        image: "docker.io/library/registry",
        ports: &[5000],
        log: "level=info msg=\"listening on [::]:5000\"\n",
        redirect: "",
        body: "{}",
    },
    App {
        image: "docker.io/library/ghost",
        ports: &[2368],
        log: "INFO Ghost is running in production...\nINFO Ghost booted in 3.1s\n",
        redirect: "",
        body: "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Ghost</title></head></html>\n",
    },
    App {
        image: "docker.io/library/traefik",
        ports: &[80, 8080],
        log: "INF Traefik version 3.6.0 built\nINF Starting provider aggregator\n",
        redirect: "",
        body: "404 page not found\n",
    },
    App {
        image: "gcr.io/google-samples/hello-go-gke",
        ports: &[80],
        log: "",
        redirect: "",
        body: "{\"message\":\"Hello\"}\n",
    },
    App { image: "gcr.io/google-samples/node-hello", ports: &[8080], log: "", redirect: "", body: "Hello Kubernetes!" },
    App {
        image: "quay.io/fluentd_elasticsearch/fluentd",
        ports: &[24231],
        log: "$time +0000 [info]: parsing config file is succeeded path=\"/etc/fluent/fluent.conf\"\n$time +0000 [info]: starting fluentd-1.18.0 pid=1 ruby=\"3.4.7\"\n$time +0000 [info]: #0 fluentd worker is now running worker=0\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/fluent/fluent-bit",
        ports: &[2020],
        log: "Fluent Bit v4.1.1\n* Copyright (C) 2015-2025 The Fluent Bit Authors\n* Fluent Bit is a CNCF graduated project under the Fluent organization\n* https://fluentbit.io\n\n[$time] [ info] [sp] stream processor started\n",
        redirect: "",
        body: "{\"fluent-bit\":{\"version\":\"4.1.1\",\"edition\":\"Community\"}}",
    },
    App {
        image: "docker.io/nginxdemos/hello",
        ports: &[80],
        log: "",
        redirect: "",
        body: "Server address: $ip:80\nServer name: $host\nDate: $date\nURI: $path\nRequest ID: $id\n",
    },
    App {
        image: "docker.io/paulbouwer/hello-kubernetes",
        ports: &[8080],
        log: "Listening on: http://$host:8080\n",
        redirect: "",
        body: "<!DOCTYPE html>\n<html><head><title>Hello Kubernetes!</title></head>\n<body><h1>$MESSAGE</h1>\n<table><tr><th>pod:</th><td>$host</td></tr></table></body></html>\n",
    },
    App {
        image: "ghcr.io/stefanprodan/podinfo",
        ports: &[9898],
        log: "{\"level\":\"info\",\"ts\":\"$time\",\"caller\":\"podinfo/main.go:153\",\"msg\":\"Starting podinfo\",\"version\":\"$tag\",\"revision\":\"\",\"port\":\"9898\"}\n",
        redirect: "",
        body: "{\n  \"hostname\": \"$host\",\n  \"version\": \"$tag\",\n  \"color\": \"#34577c\",\n  \"message\": \"greetings from podinfo v$tag\",\n  \"goos\": \"linux\",\n  \"goarch\": \"amd64\"\n}",
    },
    App {
        image: "docker.io/kodekloud/webapp-color",
        ports: &[8080],
        log: " * Serving Flask app \"app\" (lazy loading)\n * Running on http://0.0.0.0:8080/ (Press CTRL+C to quit)\n",
        redirect: "",
        body: "<!doctype html>\n<title>Hello from Flask</title>\n<body style=\"background: $APP_COLOR;\"></body>\n<div>\n  <h1>Hello from $host!</h1>\n</div>\n",
    },
    App { image: "docker.io/cloudnatived/demo", ports: &[8888], log: "", redirect: "", body: "Hello, 世界\n" },
    App {
        image: "docker.io/docker/getting-started",
        ports: &[80],
        log: "",
        redirect: "",
        body: "<!doctype html>\n<html><head><title>Getting Started</title></head></html>\n",
    },
    App {
        image: "docker.io/crccheck/hello-world",
        ports: &[8000],
        log: "httpd started on port 8000\n",
        redirect: "",
        body: "Hello World\n",
    },
    App {
        image: "docker.io/kennethreitz/httpbin",
        ports: &[80],
        log: "[INFO] Listening at: http://0.0.0.0:80 (1)\n",
        redirect: "",
        body: "{}\n",
    },
    App {
        image: "docker.io/library/cassandra",
        ports: &[7000, 9042],
        log: "INFO  [main] $time Startup complete\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/library/zookeeper",
        ports: &[2181, 2888, 3888],
        log: "$time,000 [myid:1] - INFO  [main:o.a.z.s.NIOServerCnxnFactory] - binding to port 0.0.0.0/0.0.0.0:2181\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/minio/minio",
        ports: &[9000, 9001],
        log: "MinIO Object Storage Server\nCopyright: 2015-2025 MinIO, Inc.\n\nAPI: http://$ip:9000  http://127.0.0.1:9000\nWebUI: http://$ip:9001 http://127.0.0.1:9001\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/prom/node-exporter",
        ports: &[9100],
        log: "level=INFO source=node_exporter.go:216 msg=\"Starting node_exporter\"\nlevel=INFO source=tls_config.go:347 msg=\"Listening on\" address=[::]:9100\n",
        redirect: "",
        body: "# HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.\n# TYPE node_cpu_seconds_total counter\nnode_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 52831.64\n",
    },
    App {
        image: "docker.io/prom/alertmanager",
        ports: &[9093],
        log: "level=INFO source=main.go:191 msg=\"Starting Alertmanager\"\n",
        redirect: "",
        body: "OK",
    },
    App {
        image: "docker.io/library/kibana",
        ports: &[5601],
        log: "[INFO ][http.server.Kibana] http server running at http://0.0.0.0:5601\n",
        redirect: "/spaces/enter",
        body: "",
    },
    App {
        image: "docker.io/library/influxdb",
        ports: &[8086],
        log: "lvl=info msg=Listening log_id=0 service=tcp-listener transport=http addr=:8086 port=8086\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/library/nats",
        ports: &[4222, 8222],
        log: "[1] $time [INF] Starting nats-server\n[1] $time [INF] Server is ready\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/library/phpmyadmin",
        ports: &[80],
        log: "[mpm_prefork:notice] AH00163: Apache/2.4.65 (Debian) PHP/8.3.27 configured -- resuming normal operations\n",
        redirect: "",
        body: "<!doctype html>\n<html lang=\"en\"><head><title>phpMyAdmin</title></head></html>\n",
    },
    App {
        image: "docker.io/library/mongo-express",
        ports: &[8081],
        log: "Mongo Express server listening at http://0.0.0.0:8081\n",
        redirect: "",
        body: "<!DOCTYPE html><html><head><title>Home - Mongo Express</title></head></html>\n",
    },
    App {
        image: "docker.io/hashicorp/vault",
        ports: &[8200],
        log: "==> Vault server started! Log data will stream in below:\n",
        redirect: "/ui/",
        body: "",
    },
    App {
        image: "docker.io/hashicorp/consul",
        ports: &[8500],
        log: "==> Consul agent running!\n",
        redirect: "/ui/",
        body: "",
    },
    App { image: "docker.io/argoproj/rollouts-demo", ports: &[8080], log: "", redirect: "", body: "\"$tag\"" },
    App {
        image: "quay.io/jaegertracing/all-in-one",
        ports: &[16686, 14268, 4317],
        log: "{\"level\":\"info\",\"msg\":\"Health Check state change\",\"status\":\"ready\"}\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/library/sonarqube",
        ports: &[9000],
        log: "SonarQube is operational\n",
        redirect: "",
        body: "",
    },
    App {
        image: "docker.io/dgkanatsios/simpleapp",
        ports: &[8080],
        log: "Server running at http://0.0.0.0:8080/\n",
        redirect: "",
        body: "Hello world from $host and version 2.0\n",
    },
    App {
        image: "gcr.io/kuar-demo/kuard-amd64",
        ports: &[8080],
        log: "$time Starting kuard version: v0.10.0-$tag\n$time Serving on HTTP on :8080\n",
        redirect: "",
        body: "<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>KUAR Demo</title>\n</head>\n<body>$host $ip</body>\n</html>\n",
    },
    App {
        image: "docker.io/nigelpoulton/k8sbook",
        ports: &[8080],
        log: "",
        redirect: "",
        body: "<html><head><title>K8s rocks!</title></head><body><h1>Kubernetes Rocks!</h1></body></html>\n",
    },
    App {
        image: "docker.io/bmuschko/nodejs-hello-world",
        ports: &[3000],
        log: "Magic happens on port 3000\n",
        redirect: "",
        body: "Hello World",
    },
    App {
        image: "mcr.microsoft.com/azuredocs/aks-helloworld",
        ports: &[80],
        log: "",
        redirect: "",
        body: "<!DOCTYPE html>\n<html>\n<head><title>$TITLE</title></head>\n<body>$TITLE</body>\n</html>\n",
    },
    App {
        image: "docker.io/yeasy/simple-web",
        ports: &[80],
        log: "",
        redirect: "",
        body: "<!DOCTYPE html> <html> <body><h1><font color=\"red\">$host</font></h1></body> </html>\n",
    },
];

/// The images of the rows.
pub static IMAGES: &[Image] = &[
    Image { names: &["docker.io/dgkanatsios/simpleapp"], ..APP },
    Image { names: &["gcr.io/kuar-demo/kuard-amd64"], ..APP },
    Image { names: &["docker.io/nigelpoulton/k8sbook"], ..APP },
    Image { names: &["docker.io/bmuschko/nodejs-hello-world"], ..APP },
    Image {
        names: &["mcr.microsoft.com/azuredocs/aks-helloworld"],
        env: &[("TITLE", "Welcome to Azure Kubernetes Service (AKS)")],
        ..APP
    },
    Image { names: &["docker.io/yeasy/simple-web"], ..APP },
    Image { names: &["docker.io/library/wordpress", "docker.io/bitnami/wordpress"], ..APP },
    Image { names: &["docker.io/prom/prometheus", "quay.io/prometheus/prometheus"], ..APP },
    Image { names: &["docker.io/grafana/grafana"], ..APP },
    Image { names: &["docker.io/library/tomcat"], ..APP },
    Image { names: &["docker.io/jenkins/jenkins", "docker.io/library/jenkins"], ..APP },
    Image {
        names: &["docker.io/library/elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch"],
        usage: (40, 1200),
        ..APP
    },
    Image { names: &["docker.io/library/adminer"], ..APP },
    Image { names: &["docker.io/library/registry"], ..APP },
    Image { names: &["docker.io/library/ghost"], ..APP },
    Image { names: &["docker.io/library/traefik"], ..APP },
    Image { names: &["gcr.io/google-samples/hello-go-gke"], ..APP },
    Image {
        names: &["gcr.io/google-samples/node-hello", "us-docker.pkg.dev/google-samples/containers/gke/node-hello"],
        ..APP
    },
    Image {
        names: &[
            "quay.io/fluentd_elasticsearch/fluentd",
            "docker.io/library/fluentd",
            "docker.io/fluent/fluentd",
            "gcr.io/google-containers/fluentd-elasticsearch",
            "k8s.gcr.io/fluentd-elasticsearch",
            "registry.k8s.io/fluentd-gcp",
            "k8s.gcr.io/fluentd-gcp",
            "docker.io/fluent/fluentd-kubernetes-daemonset",
        ],
        ..APP
    },
    Image { names: &["docker.io/fluent/fluent-bit", "cr.fluentbit.io/fluent/fluent-bit"], ..APP },
    Image { names: &["docker.io/nginxdemos/hello", "docker.io/nginxdemos/nginx-hello"], ..APP },
    Image { names: &["docker.io/paulbouwer/hello-kubernetes"], env: &[("MESSAGE", "Hello world!")], ..APP },
    Image { names: &["ghcr.io/stefanprodan/podinfo", "docker.io/stefanprodan/podinfo"], ..APP },
    Image {
        names: &["docker.io/kodekloud/webapp-color", "docker.io/mmumshad/simple-webapp-color"],
        env: &[("APP_COLOR", "#be2edd")],
        ..APP
    },
    Image { names: &["docker.io/cloudnatived/demo"], ..APP },
    Image {
        names: &["docker.io/docker/getting-started", "docker.io/rancher/hello-world", "docker.io/tutum/hello-world"],
        ..APP
    },
    Image { names: &["docker.io/crccheck/hello-world"], ..APP },
    Image {
        names: &["docker.io/kennethreitz/httpbin", "docker.io/mccutchen/go-httpbin", "ghcr.io/mccutchen/go-httpbin"],
        ..APP
    },
    Image { names: &["docker.io/library/cassandra"], usage: (60, 1200), ..APP },
    Image { names: &["docker.io/library/zookeeper", "docker.io/bitnami/zookeeper"], ..APP },
    Image { names: &["docker.io/minio/minio", "quay.io/minio/minio"], ..APP },
    Image { names: &["docker.io/prom/node-exporter", "quay.io/prometheus/node-exporter"], ..APP },
    Image { names: &["docker.io/prom/alertmanager", "quay.io/prometheus/alertmanager"], ..APP },
    Image { names: &["docker.io/library/kibana", "docker.elastic.co/kibana/kibana"], ..APP },
    Image { names: &["docker.io/library/influxdb", "docker.io/bitnami/influxdb"], ..APP },
    Image { names: &["docker.io/library/nats"], ..APP },
    Image {
        names: &[
            "docker.io/library/phpmyadmin",
            "docker.io/phpmyadmin/phpmyadmin",
            "docker.io/library/nextcloud",
            "docker.io/library/drupal",
            "docker.io/library/joomla",
        ],
        ..APP
    },
    Image { names: &["docker.io/library/mongo-express"], ..APP },
    Image { names: &["docker.io/hashicorp/vault", "docker.io/library/vault"], ..APP },
    Image { names: &["docker.io/hashicorp/consul", "docker.io/library/consul"], ..APP },
    Image { names: &["docker.io/argoproj/rollouts-demo"], ..APP },
    Image { names: &["quay.io/jaegertracing/all-in-one", "docker.io/jaegertracing/all-in-one"], ..APP },
    Image { names: &["docker.io/library/sonarqube"], ..APP },
];

fn app(context: &Context) -> Option<&'static App> {
    APPS.iter().find(|app| context.image.names.contains(&app.image))
}

fn start(run: &Run) -> Outcome {
    if run.args.len() > 1 && !run.args[1].starts_with('-') {
        return run.become_tool(run.args[1..].to_vec());
    }
    let Some(app) = app(&run.context) else { return run.fail("", 1) };
    if !app.log.is_empty() {
        run.out(&filled(&run.context, app.log, "/"));
    }
    http(run, app.ports, answer, GRACEFUL)
}

fn answer(context: &Context, request: &Request) -> Response {
    let Some(app) = app(context) else { return Response::text(404, "") };
    if request.path() == "/" && !app.redirect.is_empty() {
        return Response::text(302, "").header("Location", app.redirect);
    }
    let status = if app.body.contains("404") { 404 } else { 200 };
    let kind = match app.body.chars().next() {
        Some('<') => "text/html",
        Some('{') => "application/json",
        _ => "text/plain",
    };
    Response::new(status, kind, filled(context, app.body, request.path()).into_bytes())
}

/// A row's text with what it says of the container: `$host`, `$ip`, `$tag`, `$time`, variables of its environment.
fn filled(context: &Context, text: &str, path: &str) -> String {
    let mut out = String::new();
    let mut pieces = text.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|c: char| !(c.is_ascii_alphabetic() || c == '_')).unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        out += &match name {
            "host" => context.hostname.to_string(),
            "ip" => context.address.to_string(),
            "path" => path.into(),
            "tag" => context.tag.trim_start_matches('v').into(),
            "date" => log_time(context),
            "time" => context.clock.now().rfc3339()[..19].replace('T', " "),
            "id" => format!("{:016x}{:016x}", context.rng.next_u64(), context.rng.next_u64()),
            name => context.env.get(name).unwrap_or_default().to_string(),
        };
        out.push_str(rest);
    }
    out
}
