//! Servers that tutorials deploy as a whole: they log that they are up and answer on their ports.

use super::servers::{GRACEFUL, http};
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
];

/// The images of the rows.
pub static IMAGES: &[Image] = &[
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
];

fn app(context: &Context) -> Option<&'static App> {
    APPS.iter().find(|app| context.image.names.contains(&app.image))
}

fn start(run: &Run) -> Outcome {
    if run.args.len() > 1 && !run.args[1].starts_with('-') {
        return run.become_tool(run.args[1..].to_vec());
    }
    let Some(app) = app(&run.context) else { return run.fail("", 1) };
    run.out(app.log);
    http(run, app.ports, answer, GRACEFUL)
}

fn answer(context: &Context, request: &Request) -> Response {
    let Some(app) = app(context) else { return Response::text(404, "") };
    if request.path() == "/" && !app.redirect.is_empty() {
        return Response::text(302, "").header("Location", app.redirect);
    }
    let status = if app.body.contains("404") { 404 } else { 200 };
    Response::text(status, app.body)
}
