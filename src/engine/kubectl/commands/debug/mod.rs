//! `kubectl debug`: a container beside those of a pod, in a copy of the pod, or on a node.
//!
//! What such a container may do is in [`profiles`].

mod profiles;

use super::create::generate;
use super::{attach, logs};
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation, STRATEGIC};
use crate::kubectl::resource::{Info, Selector};
use crate::kubectl::{pods, write};
use crate::meta::{Object, Value, patch, yaml};
use crate::schema::Type;
use profiles::{PROFILES, Profile, Style};
use std::time::Duration;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "debug",
    group: Group::Troubleshooting,
    short: "Create debugging sessions for troubleshooting workloads and nodes",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

/// What the flags come to.
struct Debug {
    inv: Invocation,
    profile: &'static Profile,
    /// The container that `--custom` is merged into the new one.
    custom: Value,
    command: Vec<Value>,
    images: Vec<(String, String)>,
}

async fn run(inv: Invocation) -> Outcome {
    let before = inv.flags.dash.filter(|dash| inv.args().len() > *dash).unwrap_or(inv.args().len());
    let (targets, command) = inv.args().split_at(before);
    let (targets, command) = (targets.to_vec(), command.iter().map(Value::from).collect());
    let debug = Debug::new(&inv, command)?;
    debug.check(&targets)?;
    let mut words = Vec::new();
    for target in targets {
        words.push(if target.contains('/') { target } else { format!("pods/{target}") });
    }
    let (infos, failures) = Selector::new(&inv, &words).resolve(&inv).await?.fetch(&inv);
    Failure::collected(failures)?;
    for info in &infos {
        let (pod, container) = match info.resource.kind.as_str() {
            "Node" => debug.node(info)?,
            "Pod" if inv.flags.str("copy-to").is_empty() => debug.ephemeral(info)?,
            "Pod" => debug.copy(info)?,
            kind => {
                let resource = &info.resource;
                let text = format!("\"{}/{}, Kind={kind}\" not supported by debug", resource.group, resource.version);
                return Err(text.into());
            }
        };
        let attached = if inv.flags.changed("attach") { inv.flags.bool("attach") } else { inv.flags.bool("stdin") };
        if attached && !container.is_empty() {
            follow(&inv, &pod, &container).await?;
        }
    }
    Ok(())
}

impl Debug {
    fn new(inv: &Invocation, command: Vec<Value>) -> Outcome<Debug> {
        let name = inv.flags.str("profile");
        if name == "legacy" {
            inv.err("--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example \"--profile=general\".\n");
        }
        let profile = PROFILES.iter().find(|profile| profile.name == name);
        let profile = profile.ok_or_else(|| Failure::new(format!("unknown profile: {name}")))?;
        let images = pairs(&inv.flags.list("set-image"));
        Ok(Debug { inv: inv.clone(), profile, custom: custom(inv)?, command, images })
    }

    fn check(&self, targets: &[String]) -> Outcome {
        let flags = &self.inv.flags;
        let (image, container) = (flags.str("image"), flags.str("container"));
        let copies = !flags.str("copy-to").is_empty();
        let refusals = [
            (
                flags.bool("attach") && image.is_empty() && container.is_empty(),
                "you must specify --container or create a new container using --image in order to attach.",
            ),
            (
                copies && image.is_empty() && self.images.is_empty() && self.command.is_empty(),
                "you must specify --image, --set-image or command arguments.",
            ),
            (
                copies && !self.command.is_empty() && container.is_empty() && image.is_empty(),
                "you must specify an existing container or a new image when specifying args.",
            ),
            (!copies && flags.bool("replace"), "--replace may only be used with --copy-to."),
            (!copies && flags.bool("same-node"), "--same-node may only be used with --copy-to."),
            (!copies && !self.images.is_empty(), "--set-image may only be used with --copy-to."),
            (!copies && image.is_empty(), "you must specify --image when not using --copy-to."),
        ];
        if let Some((_, text)) = refusals.iter().find(|(wrong, _)| *wrong) {
            return Err((*text).into());
        }
        if !image.is_empty() && !pods::is_image_reference(image) {
            return Err(format!("invalid image name {image:?}: invalid reference format").into());
        }
        if targets.is_empty() && flags.list("filename").is_empty() {
            return Err("NAME or filename is required for debug".into());
        }
        let policy = flags.str("image-pull-policy");
        if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
            return Err(format!("invalid image pull policy: {policy}").into());
        }
        if let Some((name, image)) = self.images.iter().find(|(_, image)| !pods::is_image_reference(image)) {
            return Err(format!("invalid image name {image:?} for container {name:?}: invalid reference format").into());
        }
        let target = flags.str("target");
        if !target.is_empty() && copies {
            return Err("--target is incompatible with --copy-to. Use --share-processes instead.".into());
        }
        if !target.is_empty() {
            self.say(format!(
                "Targeting container {target:?}. If you don't see processes from this container it may be because the container runtime doesn't support this feature.\n"
            ));
        }
        if flags.bool("tty") && !flags.bool("stdin") {
            return Err("-i/--stdin is required for containers with -t/--tty=true".into());
        }
        for field in ["name", "command", "image", "lifecycle", "volumeDevices"] {
            if !self.custom[field].is_empty() {
                let text = "name, command, image, lifecycle and volume devices are not modifiable via custom profile";
                return Err(text.into());
            }
        }
        Ok(())
    }

    fn say(&self, text: String) {
        if !self.inv.flags.bool("quiet") {
            self.inv.out(text);
        }
    }

    /// Writes what the flags say into a container.
    fn fill(&self, container: &mut Value) {
        let flags = &self.inv.flags;
        if !self.command.is_empty() {
            container.remove(&["args"]);
            container[if flags.bool("arguments-only") { "args" } else { "command" }] = self.command.clone().into();
        }
        let env = pairs(&flags.list("env"));
        if !env.is_empty() {
            container["env"] =
                env.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<Value>>().into();
        }
        for (flag, field) in [("image", "image"), ("image-pull-policy", "imagePullPolicy")] {
            if !flags.str(flag).is_empty() {
                container[field] = flags.str(flag).into();
            }
        }
        for field in ["stdin", "tty"] {
            container.remove(&[field]);
            if flags.bool(field) {
                container[field] = true.into();
            }
        }
        container["terminationMessagePolicy"] = "File".into();
    }

    /// Applies the profile, and what `--custom` adds to it.
    fn shape(&self, pod: &mut Object, name: &str, style: Style) -> Outcome {
        self.profile.apply(pod, name, style, &self.inv.flags);
        if self.custom.is_null() {
            return Ok(());
        }
        let list = if style == Style::Ephemeral { "ephemeralContainers" } else { "containers" };
        let schema = Type::find("io.k8s.api.core.v1.Container");
        for container in pod["spec"][list].array_mut().iter_mut().filter(|container| container["name"] == name) {
            *container = patch::strategic_patch(container, &self.custom, schema).map_err(Failure::new)?;
        }
        Ok(())
    }

    /// The name of the new container: the one that was given, or one that no container of the pod has.
    fn container_name(&self, pod: &Object) -> String {
        let given = self.inv.flags.str("container");
        if !given.is_empty() {
            return given.into();
        }
        loop {
            let name = format!("debugger-{}", self.inv.process.rng.name_suffix(5));
            if pods::container_field(pod, &name, "name").is_null() {
                self.say(format!("Defaulting debug container name to {name}.\n"));
                return name;
            }
        }
    }

    /// A pod on the node. The new pod, and its container's name.
    fn node(&self, info: &Info) -> Outcome<(Info, String)> {
        let (inv, given) = (&self.inv, self.inv.flags.str("container"));
        let container = if given.is_empty() { "debugger" } else { given };
        let name = format!("node-debugger-{}-{}", info.name, inv.process.rng.name_suffix(5));
        self.say(format!("Creating debugging pod {name} with container {container} on node {}.\n", info.name));
        let mut pod = generate::object("v1", "Pod", &name);
        pod.set(&["metadata", "labels", "app.kubernetes.io/managed-by"], "kubectl-debug");
        let mut filled = json!({"name": container});
        self.fill(&mut filled);
        pod["spec"] = json!({
            "containers": [filled], "nodeName": (info.name.as_str()), "restartPolicy": "Never",
            "tolerations": [{"operator": "Exists"}],
        });
        let mut pod = Object(pod);
        self.shape(&mut pod, container, Style::Node)?;
        let mut info = generate::locate(inv, pod)?;
        info.object = write::create(inv, &info, DryRun::None)?;
        Ok((info, container.into()))
    }

    /// A container in the pod itself.
    fn ephemeral(&self, info: &Info) -> Outcome<(Info, String)> {
        let name = self.container_name(&info.object);
        let mut container = json!({"name": (name.as_str())});
        self.fill(&mut container);
        let target = self.inv.flags.str("target");
        if !target.is_empty() {
            container["targetContainerName"] = target.into();
        }
        let mut pod = info.object.clone();
        pod["spec"]["ephemeralContainers"].push(container);
        self.shape(&mut pod, &name, Style::Ephemeral)?;
        let difference = patch::strategic_diff(&info.object, &pod, write::schema_of(&info.resource));
        let object = write::patch(&self.inv, info, "ephemeralcontainers", STRATEGIC, difference, DryRun::None)?;
        Ok((Info { object, ..info.clone() }, name))
    }

    /// A copy of the pod, with a container added or changed; no name if only images are others.
    fn copy(&self, info: &Info) -> Outcome<(Info, String)> {
        let (inv, flags) = (&self.inv, &self.inv.flags);
        let old = &info.object;
        let mut pod = Object(generate::object("v1", "Pod", flags.str("copy-to")));
        // With its labels the copy would be taken for one of a controller's pods.
        for (field, kept) in [("labels", flags.bool("keep-labels")), ("annotations", true)] {
            if kept && !old.at(&["metadata", field]).is_empty() {
                pod.set(&["metadata", field], old.at(&["metadata", field]).clone());
            }
        }
        pod.set(&["metadata", "namespace"], info.namespace.as_str());
        pod["spec"] = old.spec().clone();
        pod.remove(&["spec", "ephemeralContainers"]);
        if flags.changed("share-processes") {
            pod.set(&["spec", "shareProcessNamespace"], flags.bool("share-processes"));
        }
        if !flags.bool("same-node") {
            pod.remove(&["spec", "nodeName"]);
        }
        let image = |name: &str| self.images.iter().find(|(of, _)| of == name).map(|(_, image)| image.as_str());
        for container in pod["spec"]["containers"].array_mut() {
            if let Some(image) = image(container["name"].str()).or_else(|| image("*")) {
                container["image"] = image.into();
            }
        }
        let mut name = flags.str("container").to_string();
        let known = |pod: &Object, name: &str| pod.spec()["containers"].items().iter().any(|c| c["name"] == name);
        if !known(&pod, &name) {
            if flags.str("image").is_empty() && !self.images.is_empty() {
                name = String::new();
            } else if flags.str("image").is_empty() {
                return Err("you must specify image when creating new container".into());
            } else {
                name = self.container_name(&pod);
                pod["spec"]["containers"].push(json!({"name": (name.as_str())}));
            }
        }
        for container in pod["spec"]["containers"].array_mut().iter_mut().filter(|c| c["name"] == name.as_str()) {
            self.fill(container);
        }
        if !name.is_empty() {
            self.shape(&mut pod, &name, Style::Copy)?;
        }
        let mut copied = Info { name: pod.name().into(), object: pod, ..info.clone() };
        copied.object = write::create(inv, &copied, DryRun::None)?;
        if flags.bool("replace") {
            write::delete(inv, info, Some(0), "background", DryRun::None)?;
        }
        Ok((copied, name))
    }
}

/// `key=value` words as pairs.
fn pairs(words: &[String]) -> Vec<(String, String)> {
    words.iter().filter_map(|word| word.split_once('=')).map(|(key, value)| (key.into(), value.into())).collect()
}

/// The container of `--custom`.
fn custom(inv: &Invocation) -> Outcome<Value> {
    let path = inv.flags.str("custom");
    if path.is_empty() {
        return Ok(Value::Null);
    }
    let text = "must pass a container spec json file for custom profile: open";
    let bytes = (inv.process.files.read(&inv.process.path(path)))
        .map_err(|why| Failure::new(format!("{text} {path}: {}", why.to_string().to_lowercase())))?;
    yaml::parse(&String::from_utf8_lossy(&bytes))
        .map_err(|why| Failure::new(format!("{path} does not contain a valid container spec: {why}")))
}

/// Attaches to the container once it runs; prints its log if it has ended by then.
async fn follow(inv: &Invocation, pod: &Info, container: &str) -> Outcome {
    let started = write::until(inv, Duration::from_secs(24 * 3600), || {
        let object = inv.get(&pod.resource, &pod.namespace, &pod.name)?;
        let lists = ["containerStatuses", "ephemeralContainerStatuses"];
        let mut statuses = lists.iter().flat_map(|list| object.at(&["status", list]).items());
        let Some(status) = statuses.find(|status| status["name"] == container) else { return Ok(None) };
        let ended = status["state"]["terminated"].is_object();
        if ended || status["state"]["running"].is_object() || status["lastState"]["terminated"].is_object() {
            let ended = ended.then_some(());
            return Ok(Some((object.clone(), ended)));
        }
        let message = status.at(&["state", "waiting", "message"]).str();
        if !message.is_empty() && !inv.flags.bool("quiet") {
            inv.warn(&format!("container {container}: {message}"));
        }
        Ok(None)
    });
    let Some((object, ended)) = started.await? else { return Err("timed out waiting for the condition".into()) };
    let pod = Info { object, ..pod.clone() };
    if ended.is_some() {
        return logs::print_container(inv, &pod, container, &[]).await;
    }
    match attach::connect(inv, &pod, container, inv.flags.bool("stdin"), inv.flags.bool("tty")).await {
        Ok(()) | Err(Failure::Exit(_)) => Ok(()),
        Err(failure) => {
            let text = format!("couldn't attach to pod/{}, falling back to streaming logs:", pod.name);
            inv.err(format!("warning: {text} {}\n", failure.message()));
            logs::print_container(inv, &pod, container, &[]).await
        }
    }
}
