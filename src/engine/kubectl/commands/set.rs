//! `kubectl set`: changes images, environment, resources, selectors, accounts and subjects in place.

use super::labels::split_pairs;
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::discovery;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, STRATEGIC};
use crate::kubectl::printers::{Printer, print_made};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::write;
use crate::meta::{Object, Quantity, Value, names, patch};

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "set", group: Group::Beginner, short: "Set specific features on objects", ..Command::BASE },
    Command {
        path: "set env",
        short: "Update environment variables on a pod template",
        run: Some(|inv| Box::pin(env(inv))),
        ..Command::BASE
    },
    Command {
        path: "set image",
        short: "Update the image of a pod template",
        run: Some(|inv| Box::pin(image(inv))),
        ..Command::BASE
    },
    Command {
        path: "set resources",
        short: "Update resource requests/limits on objects with pod templates",
        run: Some(|inv| Box::pin(resources(inv))),
        ..Command::BASE
    },
    Command {
        path: "set selector",
        short: "Set the selector on a resource",
        run: Some(|inv| Box::pin(selector(inv))),
        ..Command::BASE
    },
    Command {
        path: "set serviceaccount",
        aliases: &["sa"],
        short: "Update the service account of a resource",
        run: Some(|inv| Box::pin(service_account(inv))),
        ..Command::BASE
    },
    Command {
        path: "set subject",
        short: "Update the user, group, or service account in a role binding or cluster role binding",
        run: Some(|inv| Box::pin(subject(inv))),
        ..Command::BASE
    },
];

/// Where a kind keeps its pods' specification.
fn spec_path(object: &Object) -> Option<&'static [&'static str]> {
    match object.kind() {
        "Pod" => Some(&["spec"]),
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        _ if object.at(&["spec", "template", "spec"]).is_object() => Some(&["spec", "template", "spec"]),
        _ => None,
    }
}

/// Fetches the objects, changes them by `change`, sends what differs and says so.
async fn update(
    inv: &Invocation,
    words: &[String],
    done: &str,
    failing: &str,
    change: &mut dyn FnMut(&mut Info) -> Outcome,
) -> Outcome {
    let dry_run = inv.dry_run()?;
    let printer = Printer::of(inv)?;
    let local = inv.flags.bool("local");
    if local && !words.is_empty() {
        return Err("you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'".into());
    }
    let selection = Selector::new(inv, words).resolve(inv).await?;
    let (infos, mut failures) = if local { selection.infos(inv) } else { selection.fetch(inv) };
    for mut info in infos {
        let old = info.object.clone();
        if let Err(failure) = change(&mut info) {
            failures.push(failure);
            continue;
        }
        if *old == *info.object && !local {
            continue;
        }
        if inv.flags.bool("record") {
            let line = format!("{}=true", inv.process.args.join(" "));
            info.object.set(&["metadata", "annotations", "kubernetes.io/change-cause"], line);
        }
        if !local && dry_run != DryRun::Client {
            let difference = patch::strategic_diff(&old, &info.object, write::schema_of(&info.resource));
            match write::patch(inv, &info, "", STRATEGIC, difference, dry_run) {
                Ok(object) => info.object = object,
                Err(failure) => {
                    failures.push(Failure::new(format!("{failing} {}", failure.message())));
                    continue;
                }
            }
        }
        print_made(inv, printer.as_ref(), &info, &format!("{done}{}", dry_run.suffix()))?;
    }
    Failure::collected(failures)
}

/// Refuses what runs no pods.
fn check_template(info: &Info) -> Outcome {
    if spec_path(&info.object).is_some() {
        return Ok(());
    }
    let (resource, name) = (&info.resource, &info.name);
    let ty = format!("*{}.{}", resource.version, resource.kind);
    let text = "the object is not a pod or does not have a pod template";
    Err(format!("error: {}/{name} {text}: {ty}\n", resource.name).into())
}

/// Calls `change` on every container whose name the pattern fits; how many there were.
fn containers(info: &mut Info, lists: &[&str], name: &str, change: &mut dyn FnMut(&mut Value)) -> usize {
    let Some(path) = spec_path(&info.object) else { return 0 };
    let mut spec = info.object.at(path).clone();
    let mut count = 0;
    for list in lists {
        if !spec[*list].is_array() {
            continue;
        }
        for container in spec[*list].array_mut() {
            let fits = match name.split_once('*') {
                Some((before, after)) => {
                    let own = container["name"].str();
                    own.len() >= before.len() + after.len() && own.starts_with(before) && own.ends_with(after)
                }
                None => container["name"] == name,
            };
            if fits {
                change(container);
                count += 1;
            }
        }
    }
    info.object.set(path, spec);
    count
}

async fn image(inv: Invocation) -> Outcome {
    let (words, pairs) = split_pairs(inv.args(), "image")?;
    update(&inv, &words, "image updated", "failed to patch image update to pod template:", &mut |info| {
        check_template(info)?;
        for pair in &pairs {
            let (name, image) = pair.split_once('=').unwrap_or((pair, ""));
            let found = containers(info, &["initContainers", "containers"], name, &mut |c| c["image"] = image.into());
            if found == 0 && name != "*" {
                return Err(format!("unable to find container named {name:?}").into());
            }
        }
        Ok(())
    })
    .await?;
    if pairs.is_empty() && !words.is_empty() {
        return Err("at least one image update is required".into());
    }
    Ok(())
}

async fn resources(inv: Invocation) -> Outcome {
    let (limits, requests) = (inv.flags.str("limits").to_string(), inv.flags.str("requests").to_string());
    Selector::new(&inv, inv.args()).asks_for_something()?;
    if limits.is_empty() && requests.is_empty() {
        return Err("you must specify an update to requests or limits (in the form of --requests/--limits)".into());
    }
    let mut wanted: Vec<(&str, String, String)> = Vec::new();
    for (field, text) in [("limits", &limits), ("requests", &requests)] {
        for pair in text.split(',').filter(|pair| !pair.is_empty()) {
            let Some((resource, amount)) = pair.split_once('=') else {
                return Err(format!("Invalid argument syntax {pair}, expected <resource>=<value>").into());
            };
            let amount = Quantity::parse(amount).map_err(Failure::from)?.to_string();
            wanted.push((field, resource.to_string(), amount));
        }
    }
    let name = inv.flags.str("containers").to_string();
    let failing = "failed to patch resources update to pod template";
    update(&inv, inv.args(), "resource requirements updated", failing, &mut |info| {
        check_template(info)?;
        let found = containers(info, &["containers"], &name, &mut |container| {
            for (field, resource, amount) in &wanted {
                container.set(&["resources", field, resource], amount.as_str());
            }
        });
        match found {
            0 => Err(format!("unable to find container named {name}").into()),
            _ => Ok(()),
        }
    })
    .await
}

async fn selector(inv: Invocation) -> Outcome {
    let Some((text, words)) = inv.args().split_last() else {
        return Err("resource and selector are required".into());
    };
    Selector::new(&inv, words).asks_for_something()?;
    let pairs = super::create::generate::pairs(text);
    if pairs.is_empty() {
        let wanted = crate::meta::Selector::parse(text).map_err(|why| Failure::new(why.to_string()))?;
        return Err(format!("match expression {} not supported on this object", expressions(&wanted)).into());
    }
    update(&inv, words, "selector updated", "failed to patch selector:", &mut |info| {
        if info.resource.kind != "Service" {
            return Err("setting a selector is only supported for Services".into());
        }
        let labels: crate::meta::Map = pairs.iter().cloned().collect();
        info.object.set(&["spec", "selector"], labels);
        Ok(())
    })
    .await
}

async fn service_account(inv: Invocation) -> Outcome {
    let Some((account, words)) = inv.args().split_last() else { return Err("serviceaccount is required".into()) };
    let failing = "failed to patch ServiceAccountName";
    update(&inv, words, "serviceaccount updated", failing, &mut |info| {
        check_template(info)?;
        if let Some(path) = spec_path(&info.object) {
            let mut spec = info.object.at(path).clone();
            spec["serviceAccountName"] = account.as_str().into();
            info.object.set(path, spec);
        }
        Ok(())
    })
    .await
}

async fn subject(inv: Invocation) -> Outcome {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let mut wanted: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        for name in inv.flags.list(flag) {
            wanted.push(json!({"apiGroup": GROUP, "kind": kind, "name": name}));
        }
    }
    for account in inv.flags.list("serviceaccount") {
        let Some((namespace, name)) = account.split_once(':').filter(|(a, b)| !a.is_empty() && !b.is_empty()) else {
            return Err("serviceaccount must be <namespace>:<name>".into());
        };
        wanted.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
    }
    if wanted.is_empty() {
        return Err("you must specify at least one value of user, group or serviceaccount".into());
    }
    update(&inv, inv.args(), "subjects updated", "failed to patch subjects to rolebinding:", &mut |info| {
        if !info.resource.kind.ends_with("RoleBinding") {
            let named = format!("{}/{}", info.resource.name, info.name);
            let text = "setting subjects is only supported for RoleBinding/ClusterRoleBinding";
            return Err(format!("error: {named} {text}\n").into());
        }
        let mut subjects = info.object["subjects"].items().to_vec();
        for subject in &wanted {
            if !subjects.contains(subject) {
                subjects.push(subject.clone());
            }
        }
        info.object["subjects"] = subjects.into();
        Ok(())
    })
    .await
}

/// The requirements of a selector that are no plain labels, as Go prints them: `[{a In [b c]}]`.
fn expressions(selector: &crate::meta::Selector) -> String {
    let texts = selector.requirements().iter().map(|one| {
        let values: Vec<&str> = one.values.iter().map(String::as_str).collect();
        format!("{{{} {:?} [{}]}}", one.key, one.operator, values.join(" "))
    });
    format!("[{}]", texts.collect::<Vec<_>>().join(" "))
}

/// Variables to set: their names with what they are to be, in order, and the names to remove.
struct Variables {
    set: Vec<Value>,
    remove: Vec<String>,
}

async fn env(inv: Invocation) -> Outcome {
    let mut args = inv.args().to_vec();
    args.extend(inv.flags.list("env"));
    let (words, mut pairs) = split_pairs(&args, "environment variable")?;
    let mut variables = Variables { set: Vec::new(), remove: Vec::new() };
    let mut words = words;
    if let Some(at) = words.iter().position(|word| word == "-") {
        words.remove(at);
        pairs.extend(piped(&inv).await);
    }
    for pair in &pairs {
        let Some((key, value)) = pair.split_once('=') else {
            variables.remove.push(pair.trim_end_matches('-').to_string());
            continue;
        };
        if let Some(complaint) = names::env_var_name(key).first() {
            return Err(format!("{key:?} is not a valid key name: {complaint}").into());
        }
        variables.set.push(json!({"name": key, "value": value}));
    }
    let removed = |name: &Value| variables.remove.iter().any(|gone| *name == gone.as_str());
    if variables.set.iter().any(|variable| removed(&variable["name"])) {
        return Err("can not both modify and remove the same environment variable in the same command".into());
    }
    let from = inv.flags.str("from").to_string();
    if words.is_empty() && inv.flags.list("filename").is_empty() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if !from.is_empty() {
        // kubectl looks for what --from names with the selector that is meant for the others.
        if !inv.flags.str("selector").is_empty() || inv.flags.bool("all") {
            return Err("selectors and the all flag cannot be used when passing resource/name arguments".into());
        }
        variables.set.extend(variables_of(&inv, &from)?);
    }
    if inv.flags.bool("list") {
        return list_env(&inv, &words).await;
    }
    let name = inv.flags.str("containers").to_string();
    let overwrite = inv.flags.bool("overwrite");
    update(&inv, &words, "env updated", "failed to patch env update to pod template:", &mut |info| {
        check_template(info)?;
        let mut taken: Vec<String> = Vec::new();
        let found = containers(info, &["initContainers", "containers"], &name, &mut |container| {
            let mut env = container["env"].items().to_vec();
            for variable in &variables.set {
                match env.iter_mut().find(|other| other["name"] == variable["name"]) {
                    Some(old) if !overwrite => {
                        taken.push(format!("'{}' already has a value ({})", old["name"].str(), old["value"].str()));
                    }
                    Some(old) => *old = variable.clone(),
                    None => env.push(variable.clone()),
                }
            }
            env.retain(|variable| !variables.remove.iter().any(|gone| variable["name"] == gone.as_str()));
            match env.is_empty() {
                true => drop(container.remove(&["env"])),
                false => container["env"] = env.into(),
            }
        });
        if found == 0 {
            let (kind, own) = (&info.resource.kind, &info.name);
            inv.err(format!("Warning: {kind}/{own} does not have any containers matching {name:?}\n"));
        }
        match taken.is_empty() {
            true => Ok(()),
            false => {
                taken.dedup();
                let named = format!("{}/{}", info.resource.name, info.name);
                Err(format!("{named} {}, and --overwrite is false", taken.join(", ")).into())
            }
        }
    })
    .await
}

/// The pairs that come line by line through standard input.
async fn piped(inv: &Invocation) -> Vec<String> {
    let text = String::from_utf8_lossy(&inv.process.stdin.read_to_end().await).into_owned();
    text.lines().map(str::trim).filter(|line| line.contains('=') && !line.starts_with('#')).map(String::from).collect()
}

/// The variables that a config map or secret gives.
fn variables_of(inv: &Invocation, from: &str) -> Outcome<Vec<Value>> {
    let Some((kind, name)) = from.split_once('/') else {
        return Err("resource(s) were provided, but no name was specified".into());
    };
    let resource = discovery::find(inv, kind)?;
    let object = inv.get(&resource, &inv.namespace()?, name)?;
    let (field, source) = match resource.kind.as_str() {
        "ConfigMap" => ("configMapKeyRef", &object["data"]),
        "Secret" => ("secretKeyRef", &object["data"]),
        _ => return Err(format!("unsupported resource specified in --from: {}", resource.kind).into()),
    };
    let (keys, prefix) = (inv.flags.list("keys"), inv.flags.str("prefix"));
    let mut variables = Vec::new();
    for (key, _) in source.entries().filter(|(key, _)| keys.is_empty() || keys.iter().any(|wanted| ***key == **wanted))
    {
        let name = key.to_uppercase().replace(['-', '.', '/'], "_");
        if name != **key {
            inv.err(format!("Warning: key {key} transferred to {name}\n"));
        }
        let reference = json!({"key": (key.as_str()), "name": (object.name())});
        variables.push(json!({"name": (format!("{prefix}{name}")), "valueFrom": {(field): reference}}));
    }
    Ok(variables)
}

async fn list_env(inv: &Invocation, words: &[String]) -> Outcome {
    let selection = Selector::new(inv, words).resolve(inv).await?;
    let (infos, failures) = if inv.flags.bool("local") { selection.infos(inv) } else { selection.fetch(inv) };
    for mut info in infos {
        let kind_name = format!("{} {}", info.resource.kind, info.name);
        let namespace = info.namespace.clone();
        let mut text = String::new();
        let pattern = inv.flags.str("containers").to_string();
        containers(&mut info, &["containers", "initContainers"], &pattern, &mut |container| {
            text += &format!("# {kind_name}, container {}\n", container["name"].str());
            for variable in container["env"].items() {
                text += &listed(inv, variable, &namespace);
            }
        });
        inv.out(text);
    }
    Failure::collected(failures)
}

/// One line of `--list`: the value, or where it comes from.
fn listed(inv: &Invocation, variable: &Value, namespace: &str) -> String {
    let (name, from) = (variable["name"].str(), &variable["valueFrom"]);
    if from.is_null() {
        return format!("{name}={}\n", variable["value"].str());
    }
    for (field, word, plural) in [("configMapKeyRef", "configmap", "configmaps"), ("secretKeyRef", "secret", "secrets")]
    {
        let reference = &from[field];
        if reference.is_null() {
            continue;
        }
        let (source, key) = (reference["name"].str(), reference["key"].str());
        if inv.flags.bool("resolve")
            && let Ok(resource) = inv.resource(plural, "")
            && let Ok(object) = inv.get(&resource, namespace, source)
        {
            let value = object["data"][key].str();
            return match word {
                "secret" => {
                    use base64::Engine;
                    let bytes = base64::engine::general_purpose::STANDARD.decode(value).unwrap_or_default();
                    format!("{name}={}\n", String::from_utf8_lossy(&bytes))
                }
                _ => format!("{name}={value}\n"),
            };
        }
        return format!("# {name} from {word} {source}, key {key}\n");
    }
    match from.at(&["fieldRef", "fieldPath"]).as_str() {
        Some(path) => format!("# {name} from field path {path}\n"),
        None => format!("# {name} from resource {}\n", from.at(&["resourceFieldRef", "resource"]).str()),
    }
}
