//! The images of "Kubernetes in Action": kubia and its variants.

use super::servers::{self, http};
use super::{Base, Context, Image, Outcome, Program, Run, Tags, Term};
use crate::network::http::{Request, Response};
use crate::process::{FileSystem, Node};
use std::time::Duration;

/// What all of them share: a small server on an old Node.js. As process 1 it has no handler for
/// `SIGTERM`, which is why its pods take their whole grace to go.
const KUBIA: Image = Image {
    names: &["docker.io/luksa/kubia"],
    tags: Tags::Only(&["latest", "v1", "v2", "v3", "v4", "1.0"]),
    size: 251,
    entrypoint: &["node", "app.js"],
    env: &[("NPM_CONFIG_LOGLEVEL", "info"), ("NODE_VERSION", "7.9.0"), ("YARN_VERSION", "0.22.0")],
    tools: &["curl", "wget", "ps", "npm", "git", "python"],
    files: &[("/app.js", APP)],
    programs: &[Program { path: "/usr/local/bin/node", run: serve }],
    usage: (1, 21),
    ..Image::DEFAULT
};

const APP: &str = "const http = require('http');\nconst os = require('os');\n\nconsole.log(\"Kubia server starting...\");\n\n\
    var handler = function(request, response) {\n  console.log(\"Received request from \" + request.connection.remoteAddress);\n  \
    response.writeHead(200);\n  response.end(\"You've hit \" + os.hostname() + \"\\n\");\n};\n\n\
    var www = http.createServer(handler);\nwww.listen(8080);\n";

/// luksa/kubia: says which pod was hit; `v2` says so differently, `v3` fails from the fifth request on.
pub static IMAGE: Image = KUBIA;

/// luksa/kubia-unhealthy: fails from the sixth request on, so that its liveness probe does.
pub static UNHEALTHY: Image = Image {
    names: &["docker.io/luksa/kubia-unhealthy"],
    programs: &[Program { path: "/usr/local/bin/node", run: unhealthy }],
    ..KUBIA
};

/// luksa/kubia-gpu: kubia by another name.
pub static GPU: Image = Image { names: &["docker.io/luksa/kubia-gpu", "docker.io/luksa/kubia-configmap"], ..KUBIA };

/// luksa/kubia-pet: keeps what was posted to it in a file.
pub static PET: Image = Image {
    names: &["docker.io/luksa/kubia-pet", "docker.io/luksa/kubia-pet-peers"],
    programs: &[Program { path: "/usr/local/bin/node", run: pet }],
    ..KUBIA
};

/// luksa/fortune: writes a new fortune into a file now and then.
pub static FORTUNE: Image = Image {
    names: &["docker.io/luksa/fortune"],
    tags: Tags::Only(&["latest", "env", "args"]),
    size: 72,
    entrypoint: &["/bin/fortuneloop.sh"],
    cmd: &["10"],
    programs: &[Program { path: "/bin/fortuneloop.sh", run: fortune }],
    ..Image::DEFAULT
};

/// luksa/batch-job: works for two minutes.
pub static BATCH_JOB: Image = Image {
    names: &["docker.io/luksa/batch-job"],
    size: 1,
    base: Base::Busybox,
    entrypoint: &["/main.sh"],
    programs: &[Program { path: "/main.sh", run: batch }],
    ..Image::DEFAULT
};

/// luksa/kubectl-proxy: the API server on localhost, as the pod's service account.
pub static KUBECTL_PROXY: Image = Image {
    names: &["docker.io/luksa/kubectl-proxy"],
    base: Base::Alpine,
    entrypoint: &["/kubectl-proxy.sh"],
    programs: &[Program { path: "/kubectl-proxy.sh", run: proxy }],
    ..Image::DEFAULT
};

fn proxy(run: &Run) -> Outcome {
    let held = run.context.serve(8001, |context, connection| {
        let token = context.files().read("/var/run/secrets/kubernetes.io/serviceaccount/token");
        let token = token.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        context.api.session(connection, Some(token))
    });
    match held {
        Ok(()) => {
            run.out("Starting to serve on 127.0.0.1:8001\n");
            Outcome::Runs(servers::GRACEFUL)
        }
        Err(_) => run.fail("error: listen tcp 127.0.0.1:8001: bind: address already in use\n", 1),
    }
}

/// Counts a request and says that it came.
fn note(context: &Context, request: &Request) -> i64 {
    let mut state = context.state.borrow_mut();
    let count = state["requests"].int() + 1;
    state["requests"] = count.into();
    context.out(&format!("Received request from ::ffff:{}\n", request.peer));
    count
}

fn plain(status: u16, text: String) -> Response {
    Response::new(status, "", text.into_bytes())
}

fn serve(run: &Run) -> Outcome {
    run.out("Kubia server starting...\n");
    http(run, &[8080], hit, Term::Ignores)
}

fn hit(context: &Context, request: &Request) -> Response {
    let count = note(context, request);
    let host = &context.hostname;
    match &*context.tag {
        "v1" => plain(200, format!("This is v1 running in pod {host}\n")),
        "v2" => plain(200, format!("This is v2 running in pod {host}\n")),
        "v3" if count >= 5 => plain(500, format!("Some internal error has occurred! This is pod {host}\n")),
        "v3" => plain(200, format!("This is v3 running in pod {host}\n")),
        "v4" => plain(200, format!("This is v4 running in pod {host}\n")),
        _ => plain(200, format!("You've hit {host}\n")),
    }
}

fn unhealthy(run: &Run) -> Outcome {
    run.out("Kubia server starting...\n");
    let answer = |context: &Context, request: &Request| {
        if note(context, request) > 5 {
            return plain(500, "I'm not well. Please restart me!\n".into());
        }
        plain(200, format!("You've hit {}\n", context.hostname))
    };
    http(run, &[8080], answer, Term::Ignores)
}

const KEPT: &str = "/var/data/kubia.txt";

fn pet(run: &Run) -> Outcome {
    run.out("Kubia server starting...\n");
    let answer = |context: &Context, request: &Request| {
        let host = &context.hostname;
        if request.method == "POST" {
            context.files().put(KEPT, Node::File(request.body.as_slice().into(), 0o644));
            context.out("New data has been received and stored.\n");
            return plain(200, format!("Data stored on pod {host}\n"));
        }
        let kept = context.files().read(KEPT).ok();
        let kept = kept.map_or("No data posted yet".into(), |bytes| String::from_utf8_lossy(&bytes).into_owned());
        plain(200, format!("You've hit {host}\nData stored on this pod: {kept}\n"))
    };
    http(run, &[8080], answer, Term::Ignores)
}

const FORTUNES: &[&str] = &[
    "You will be surprised by a loud noise.",
    "A journey of a thousand miles begins with a single step.",
    "Today is a good day to read the manual.",
    "The best way out is always through.",
    "You will soon meet a tall, dark container.",
];

fn fortune(run: &Run) -> Outcome {
    let context = run.context.clone();
    let given = run.args.get(1).cloned().or_else(|| context.env.get("INTERVAL").map(String::from));
    let interval = given.as_deref().and_then(|text| text.parse().ok()).unwrap_or(10_u64).max(1);
    run.out(&format!("Configured to generate new fortune every {interval} seconds\n"));
    Outcome::Task(Box::pin(async move {
        let path = FileSystem::resolve("/", "/var/htdocs/index.html");
        loop {
            let which = context.rng.below(FORTUNES.len() as u64) as usize;
            context.out(&format!("{} Writing fortune to {path}\n", context.clock.now().rfc3339()));
            let text = format!("{}\n", FORTUNES[which]);
            context.files().put(&path, Node::File(text.as_bytes().into(), 0o644));
            context.clock.sleep(Duration::from_secs(interval)).await;
        }
    }))
}

fn batch(run: &Run) -> Outcome {
    let context = run.context.clone();
    Outcome::Task(Box::pin(async move {
        context.out(&format!("{} Batch job starting\n", context.clock.now().rfc3339()));
        context.clock.sleep(Duration::from_secs(120)).await;
        context.out(&format!("{} Finished succesfully\n", context.clock.now().rfc3339()));
        0
    }))
}
