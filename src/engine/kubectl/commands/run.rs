//! `kubectl run`: one pod, created and if asked attached to.

use super::attach;
use super::create::generate;
use super::delete::Deletion;
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_made};
use crate::kubectl::resource::{Info, Part};
use crate::kubectl::write::{self, schema_of, until};
use crate::meta::{Map, Object, Value, names, patch};
use std::time::Duration;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "run",
    group: Group::Beginner,
    short: "Run a particular image on the cluster",
    required: &["image"],
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

async fn run(inv: Invocation) -> Outcome {
    let flags = &inv.flags;
    if inv.args().is_empty() || flags.dash == Some(0) {
        return Err(Failure::usage("NAME is required for run"));
    }
    if flags.nanos("timeout") < 0 {
        return Err(Failure::usage("--timeout must be greater than or equal to 0"));
    }
    let (interactive, tty) = (flags.bool("stdin"), flags.bool("tty"));
    let attached = if flags.changed("attach") { flags.bool("attach") } else { interactive || tty };
    let dry_run = inv.dry_run()?;
    if tty && !interactive {
        return Err(Failure::usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if attached && dry_run != DryRun::None {
        let word = if dry_run == DryRun::Client { "client" } else { "server" };
        let text = "can't be used with attached containers options (--attach, --stdin, or --tty)";
        return Err(Failure::usage(format!("--dry-run={word} {text}")));
    }
    if flags.bool("rm") && !attached {
        return Err(Failure::usage("--rm should only be used for attached containers"));
    }
    let image = flags.str("image");
    if image.is_empty() {
        return Err("--image is required".into());
    }
    if image.contains(char::is_whitespace) || image.starts_with([':', '/', '@']) {
        return Err(format!("Invalid image name {image:?}: invalid reference format").into());
    }
    if flags.bool("expose") && flags.str("port").is_empty() {
        return Err("--port must be set when exposing a service".into());
    }
    let printer = Printer::of(&inv)?;
    let pod = overridden(&inv, pod(&inv, interactive, tty)?)?;
    let mut info = generate::locate(&inv, pod)?;
    let mut service = None;
    if flags.bool("expose") {
        service = Some(create(&inv, generate::locate(&inv, service_of(&inv, &info)?)?, printer.as_ref(), dry_run)?);
    }
    let done = format!("created{}", dry_run.suffix());
    if flags.bool("save-config") {
        info.object = write::with_own_configuration(&info.object);
    }
    if dry_run != DryRun::Client {
        let object = write::create(&inv, &info, dry_run)?;
        info.refresh(object);
    }
    if !attached {
        return print_made(&inv, printer.as_ref(), &info, &done);
    }
    let result = follow(&inv, &info, interactive, tty).await;
    if flags.bool("rm") {
        let parts = service.into_iter().chain([info]).map(|info| Ok(Part::Named(info))).collect();
        let deletion = Deletion {
            grace: None,
            cascade: "background".into(),
            wait: false,
            timeout: Duration::ZERO,
            dry_run: DryRun::None,
            ignore_not_found: true,
        };
        deletion.run(&inv, parts).await?;
    }
    result
}

fn create(inv: &Invocation, mut info: Info, printer: Option<&Printer>, dry_run: DryRun) -> Outcome<Info> {
    if dry_run != DryRun::Client {
        let object = write::create(inv, &info, dry_run)?;
        info.refresh(object);
    }
    print_made(inv, printer, &info, &format!("created{}", dry_run.suffix()))?;
    Ok(info)
}

fn labels(inv: &Invocation) -> Outcome<Value> {
    let text = inv.flags.str("labels");
    if text.is_empty() {
        return Ok(json!({"run": (inv.arg(0))}));
    }
    let mut labels = Map::new();
    for pair in text.split(',') {
        let Some((key, value)) = pair.split_once('=').filter(|(_, value)| !value.contains('=')) else {
            return Err(format!("unexpected label spec: {pair}").into());
        };
        if let Some(complaint) = names::label_value(value).first() {
            return Err(format!("invalid label value: {pair:?}: {complaint}").into());
        }
        labels.insert(key, value);
    }
    Ok(labels.into())
}

fn pod(inv: &Invocation, interactive: bool, tty: bool) -> Outcome<Object> {
    let (name, flags) = (inv.arg(0), &inv.flags);
    let restart = match flags.str("restart") {
        "" => "Always",
        restart @ ("Always" | "OnFailure" | "Never") => restart,
        other => return Err(Failure::usage(format!("invalid restart policy: {other}"))),
    };
    let mut container = json!({"image": (flags.str("image")), "name": name, "resources": {}});
    let words: Vec<Value> = inv.args().iter().skip(1).map(Value::from).collect();
    if !words.is_empty() {
        container[if flags.bool("command") { "command" } else { "args" }] = words.into();
    }
    for pair in flags.list("env") {
        let Some((key, value)) = pair.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(format!("invalid env: {pair}").into());
        };
        if !names::env_var_name(key).is_empty() {
            return Err(format!("invalid env: {pair}").into());
        }
        let mut variable = json!({"name": key});
        if !value.is_empty() {
            variable["value"] = value.into();
        }
        container["env"].push(variable);
    }
    if !flags.str("port").is_empty() {
        let Ok(port) = flags.str("port").parse::<i64>() else {
            return Err(format!("strconv.ParseInt: parsing {:?}: invalid syntax", flags.str("port")).into());
        };
        container["ports"] = json!([{"containerPort": port}]);
    }
    if !flags.str("image-pull-policy").is_empty() {
        container["imagePullPolicy"] = flags.str("image-pull-policy").into();
    }
    if interactive {
        container["stdin"] = true.into();
        if !flags.bool("leave-stdin-open") {
            container["stdinOnce"] = true.into();
        }
    }
    if tty {
        container["tty"] = true.into();
    }
    if flags.bool("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    let mut pod = generate::object("v1", "Pod", name);
    pod.set(&["metadata", "labels"], labels(inv)?);
    for pair in flags.list("annotations") {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(format!("unexpected annotation spec: {pair}").into());
        };
        pod.set(&["metadata", "annotations", key], value);
    }
    pod["spec"] = json!({"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart});
    pod["status"] = Value::object();
    Ok(Object(pod))
}

/// The service of `--expose`: the pod's port, its labels as the selector.
fn service_of(inv: &Invocation, pod: &Info) -> Outcome<Object> {
    let port = pod.object.at(&["spec", "containers"])[0]["ports"][0]["containerPort"].clone();
    let mut service = generate::object("v1", "Service", inv.arg(0));
    service["spec"] = json!({
        "ports": [{"port": (port.clone()), "protocol": "TCP", "targetPort": port}],
        "selector": (pod.object.labels().clone()),
    });
    service["status"] = json!({"loadBalancer": {}});
    Ok(Object(service))
}

/// The object with `--overrides` merged in.
///
/// # Errors
/// If they are no JSON, or cannot be merged.
pub fn overridden(inv: &Invocation, object: Object) -> Outcome<Object> {
    let text = inv.flags.str("overrides");
    if text.is_empty() {
        return Ok(object);
    }
    let kind = inv.flags.str("override-type");
    let overrides = match Value::from_json(text.as_bytes()) {
        Ok(overrides) => overrides,
        Err(_) if !matches!(kind, "merge" | "strategic" | "json" | "") => Value::Null,
        Err(_) => return Err("Invalid JSON Patch".into()),
    };
    let merged = match inv.flags.str("override-type") {
        "merge" | "" => Ok(patch::merge_patch(&object, &overrides)),
        "strategic" => {
            let schema = schema_of(&generate::locate(inv, object.clone())?.resource);
            patch::strategic_patch(&object, &overrides, schema)
        }
        "json" => patch::json_patch(&object, &overrides),
        other => Err(format!("invalid override type: {other}")),
    };
    Ok(Object(merged.map_err(Failure::new)?))
}

/// Attaches to the pod once it runs, and ends as it ended.
async fn follow(inv: &Invocation, info: &Info, interactive: bool, tty: bool) -> Outcome {
    let timeout = inv.flags.duration("pod-running-timeout");
    let started = until(inv, timeout, || {
        let pod = inv.get(&info.resource, &info.namespace, &info.name)?;
        Ok(matches!(pod.at(&["status", "phase"]).str(), "Running" | "Succeeded" | "Failed").then_some(pod))
    });
    let Some(pod) = started.await? else { return Err("timed out waiting for the condition".into()) };
    let container = pod.at(&["spec", "containers"])[0]["name"].str().to_string();
    if matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed") {
        super::logs::print_container(inv, info, &container, &[]).await?;
    } else if let Err(failure) = attach::connect(inv, info, &container, interactive, tty).await {
        if let Failure::Exit(_) = failure {
            return Err(failure);
        }
        inv.err(format!(
            "warning: couldn't attach to pod/{}, falling back to streaming logs: {}\n",
            info.name,
            failure.message()
        ));
        super::logs::print_container(inv, info, &container, &[("follow", "true")]).await?;
    }
    if inv.flags.str("restart") == "Always" || inv.flags.bool("leave-stdin-open") {
        return Ok(());
    }
    let ended = until(inv, Duration::from_secs(24 * 3600), || {
        let pod = inv.get(&info.resource, &info.namespace, &info.name)?;
        Ok(matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed").then_some(pod))
    });
    let Some(pod) = ended.await? else { return Ok(()) };
    if pod.at(&["status", "phase"]) == &Value::from("Succeeded") {
        return Ok(());
    }
    let statuses = pod.at(&["status", "containerStatuses"]).items();
    let ended =
        statuses.iter().map(|status| status.at(&["state", "terminated"])).find(|end| end["exitCode"].int() != 0);
    let (code, text) = match ended {
        Some(end) => {
            let (reason, message) = (end["reason"].str(), end["message"].str());
            (end["exitCode"].int(), format!("pod {}/{} terminated ({reason})\n{message}", info.namespace, info.name))
        }
        None => (1, format!("pod {}/{} failed with unknown exit code", info.namespace, info.name)),
    };
    inv.err(format!("{}\n", text.trim_end()));
    Err(Failure::Exit(i32::try_from(code).unwrap_or(1)))
}
