//! `apply --prune --applyset=PARENT`: the objects that belong together carry a label with the set's
//! id, and a parent object (a secret, a config map or a custom resource) says which kinds and
//! namespaces they are in. Alpha, hence behind `KUBECTL_APPLYSET=true`.

use crate::api::{Method, Request};
use crate::json;
use crate::kubectl::discovery::{self, Resource, with_group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{FlagKind, FlagSpec};
use crate::kubectl::invocation::{APPLY, DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::Info;
use crate::kubectl::write;
use crate::meta::{Object, SortedSet, sha256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::rc::Rc;

/// The flag, and the variable that must be true for it to be there.
pub const FLAG: (&str, FlagSpec) = (
    "KUBECTL_APPLYSET",
    FlagSpec {
        name: "applyset",
        short: "",
        kind: FlagKind::String,
        default: "",
        help: "[alpha] The object that remembers which resources belong together: [RESOURCE][.GROUP]/NAME, a secret if only a name is given. What is in the set but in no manifest any more is deleted.",
    },
);

const ID: &str = "applyset.kubernetes.io/id";
const PART_OF: &str = "applyset.kubernetes.io/part-of";
const IS_PARENT_TYPE: &str = "applyset.kubernetes.io/is-parent-type";
const TOOLING: &str = "applyset.kubernetes.io/tooling";
const GROUP_KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";

/// Who writes the parent.
const TOOL: &str = "kubectl";
const MANAGER: &str = "kubectl-applyset";

/// What a set consists of: kinds with their groups (`Deployment.apps`), and namespaces.
#[derive(Clone, Default)]
struct Members {
    kinds: SortedSet<String>,
    namespaces: SortedSet<String>,
}

impl Members {
    fn add(&mut self, other: &Members) {
        self.kinds.extend(other.kinds.iter().cloned());
        self.namespaces.extend(other.namespaces.iter().cloned());
    }
}

/// A set, named by its parent.
pub struct ApplySet {
    parent: Rc<Resource>,
    namespace: String,
    name: String,
    id: String,
    before: Members,
    now: Members,
}

impl ApplySet {
    /// The set that `--applyset` names; `None` if it was not given.
    ///
    /// # Errors
    /// If no object can have that name, or it must not be the parent of a set.
    pub fn of(inv: &Invocation) -> Outcome<Option<ApplySet>> {
        let reference = inv.flags.str("applyset");
        if reference.is_empty() {
            return Ok(None);
        }
        let (word, name) = reference.split_once('/').unwrap_or(("secrets", reference));
        let invalid = |why: String| Failure::new(format!("invalid parent reference {reference:?}: {why}"));
        if name.is_empty() {
            return Err(invalid("name cannot be blank".into()));
        }
        let (plural, group) = word.split_once('.').unwrap_or((word, ""));
        let parent =
            discovery::find(inv, word).map_err(|_| invalid(format!("no matches for {group}/, Resource={plural}")))?;
        let target = inv.target()?;
        let namespace = match parent.namespaced && target.namespace_given {
            true => target.namespace.clone(),
            false => String::new(),
        };
        let hashed = sha256(format!("{name}.{namespace}.{}.{}", parent.kind, parent.group).as_bytes());
        let id = format!("applyset-{}-v1", BASE64_URL_SAFE_NO_PAD.encode(hashed));
        let (before, now) = (Members::default(), Members::default());
        Ok(Some(ApplySet { parent, namespace, name: name.into(), id, before, now }))
    }

    /// Refuses what cannot be a parent, and flags that contradict the set.
    ///
    /// # Errors
    /// If there is something to refuse.
    pub fn check(&self, inv: &Invocation) -> Outcome {
        let flags = &inv.flags;
        if !flags.bool("prune") {
            return Err("--applyset requires --prune".into());
        }
        let mut failures = Vec::new();
        if self.parent.namespaced && self.namespace.is_empty() {
            failures.push("namespace is required to use namespace-scoped ApplySet".into());
        }
        let built_in = self.parent.group.is_empty() && matches!(&*self.parent.name, "secrets" | "configmaps");
        if !built_in && !self.is_parent_type(inv) {
            let (group, version) = (&self.parent.group, &self.parent.version);
            let what = format!("{group}/{version}, Resource={}", self.parent.name);
            failures.push(format!("resource {what:?} is not permitted as an ApplySet parent").into());
        }
        Failure::collected(failures)?;
        if flags.bool("force") {
            return Err("--force cannot be used with --prune".into());
        }
        let given = [
            ("prune-allowlist", !flags.list("prune-allowlist").is_empty()),
            ("all", flags.bool("all")),
            ("selector", !flags.str("selector").is_empty()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(format!("--{flag} is incompatible with --applyset").into()),
            None => Ok(()),
        }
    }

    /// Whether the definition of a custom resource says that its objects may be parents.
    fn is_parent_type(&self, inv: &Invocation) -> bool {
        let name = self.parent.qualified();
        inv.resource("customresourcedefinitions", "apiextensions.k8s.io")
            .and_then(|definitions| inv.get(&definitions, "", &name))
            .is_ok_and(|definition| definition.label(IS_PARENT_TYPE) == Some("true"))
    }

    /// Marks an object as a member.
    ///
    /// # Errors
    /// If it says itself where it belongs.
    pub fn label(&self, object: &mut Object) -> Outcome {
        if object.label(PART_OF).is_some() {
            return Err(format!("ApplySet label {PART_OF:?} already set in input data").into());
        }
        object.set(&["metadata", "labels", PART_OF], self.id.as_str());
        Ok(())
    }

    /// Reads the parent and writes into it what it holds now besides what it held, so that
    /// nothing is lost if the apply fails half-way.
    ///
    /// # Errors
    /// If the parent belongs to somebody else, or what the server answers.
    pub fn before_apply(&mut self, inv: &Invocation, infos: &[&Info], dry_run: DryRun) -> Outcome {
        self.fetch(inv)?;
        for info in infos {
            self.now.kinds.insert(with_group(&info.resource.kind, &info.resource.group));
            if info.resource.namespaced {
                self.now.namespaces.insert(info.namespace.clone());
            }
        }
        let mut all = self.before.clone();
        all.add(&self.now);
        self.update(inv, &all, dry_run)
    }

    fn fetch(&mut self, inv: &Invocation) -> Outcome {
        let named = format!("{:?}", format!("{}.{}/{}", self.parent.name, self.parent.group, self.name));
        let parent = match inv.get(&self.parent, &self.namespace, &self.name) {
            Ok(parent) => parent,
            Err(failure) if failure.is_not_found() => {
                return match self.parent.group.as_str() {
                    "" => Ok(()),
                    _ => Err("custom resource ApplySet parents cannot be created automatically".into()),
                };
            }
            Err(failure) => {
                return Err(format!("failed to fetch ApplySet parent object {named}: {}", failure.message()).into());
            }
        };
        let object = format!("ApplySet parent object {named}");
        let Some(tooling) = parent.annotation(TOOLING) else {
            return Err(format!("{object} already exists and is missing required annotation {TOOLING:?}").into());
        };
        let tool = tooling.rsplit_once('/').map_or(tooling, |(tool, _)| tool);
        if tool != TOOL {
            let text = "already exists and is managed by tooling";
            return Err(format!("{object} {text} {tool:?} instead of {TOOL:?}").into());
        }
        match parent.label(ID) {
            None => return Err(format!("{object} exists and does not have required label {ID}").into()),
            Some(id) if id != self.id => {
                let text = format!("exists and has incorrect value for label {ID:?}");
                return Err(format!("{object} {text} (got: {id}, want: {})", self.id).into());
            }
            _ => {}
        }
        let Some(kinds) = parent.annotation(GROUP_KINDS) else {
            let text =
                format!("kubectl requires the {GROUP_KINDS:?} annotation to be set on all ApplySet parent objects");
            return Err(format!("parsing ApplySet annotation on {named}: {text}").into());
        };
        let words =
            |text: &str| -> Vec<String> { text.split(',').filter(|word| !word.is_empty()).map(String::from).collect() };
        self.before.kinds = words(kinds).into_iter().collect();
        self.before.namespaces = words(parent.annotation(NAMESPACES).unwrap_or_default()).into_iter().collect();
        if self.parent.namespaced {
            self.before.namespaces.insert(self.namespace.clone());
        }
        Ok(())
    }

    /// Writes the parent by server-side apply, by force if others wrote there.
    fn update(&self, inv: &Invocation, members: &Members, dry_run: DryRun) -> Outcome {
        if dry_run == DryRun::Client {
            return Ok(());
        }
        let joined = |words: &SortedSet<String>, without: &str| {
            words.iter().filter(|word| *word != without).map(String::as_str).collect::<Vec<_>>().join(",")
        };
        let version = super::super::discover::VERSION;
        let mut document = json!({
            "apiVersion": (self.parent.api_version()),
            "kind": (self.parent.kind.as_str()),
            "metadata": {
                "annotations": {
                    (TOOLING): (format!("{TOOL}/{version}")),
                    (GROUP_KINDS): (joined(&members.kinds, "")),
                    (NAMESPACES): (joined(&members.namespaces, &self.namespace)),
                },
                "labels": {(ID): (self.id.as_str())},
                "name": (self.name.as_str()),
            },
        });
        if !self.namespace.is_empty() {
            document.set(&["metadata", "namespace"], self.namespace.as_str());
        }
        let path = self.parent.path(&self.namespace, &self.name);
        let send = |force: &str| {
            let request = Request::new(Method::Patch, &path)
                .query("fieldManager", MANAGER)
                .query("fieldValidation", inv.field_validation()?)
                .query("force", force)
                .header("content-type", APPLY);
            inv.request(dry_run.mark(request).document(document.clone()))
        };
        let sent = match send("false") {
            Err(failure) if failure.is_conflict() => {
                let text = "should own these fields. Retrying with conflicts forced.";
                let why = failure.message();
                let line =
                    format!("WARNING: failed to update ApplySet: {why}\nApplySet field manager {MANAGER} {text}");
                inv.log('W', "applyset.go:440", &line);
                send("true")
            }
            sent => sent,
        };
        sent.map(drop).map_err(|failure| Failure::new(format!("failed to update ApplySet: {}", failure.message())))
    }

    /// Deletes the members that were not applied, and takes them out of the parent.
    ///
    /// # Errors
    /// What the server answers; the parent then still knows of them.
    pub fn prune(&self, inv: &Invocation, applied: &[Info], printer: Option<&Printer>, dry_run: DryRun) -> Outcome {
        for kind in self.before.kinds.iter() {
            let (kind, group) = kind.split_once('.').unwrap_or((kind, ""));
            let resources = inv.resources()?;
            let Some(resource) = resources.iter().find(|one| one.kind == kind && one.group == group) else {
                let text = format!("could not find mapping for kind in {GROUP_KINDS:?} annotation");
                let missing = format!("no matches for kind {kind:?} in group {group:?}");
                return Err(format!("parsing ApplySet annotation: {text}: {missing}").into());
            };
            let resource = Rc::new(resource.clone());
            let everywhere: Vec<&str> = match resource.namespaced {
                true => self.before.namespaces.iter().map(String::as_str).collect(),
                false => vec![""],
            };
            for namespace in everywhere {
                for object in inv.list(&resource, namespace, &format!("{PART_OF}={}", self.id), "")? {
                    if applied.iter().any(|info| info.object.uid() == object.uid()) {
                        continue;
                    }
                    let (namespace, name) = (namespace.to_string(), object.name().to_string());
                    let info = Info { resource: resource.clone(), namespace, name, source: String::new(), object };
                    delete(inv, &info, printer, dry_run)?;
                }
            }
        }
        self.update(inv, &self.now, dry_run).map_err(|failure| {
            Failure::new(format!("apply and prune succeeded, but ApplySet update failed: {}", failure.message()))
        })
    }
}

fn delete(inv: &Invocation, info: &Info, printer: Option<&Printer>, dry_run: DryRun) -> Outcome {
    if dry_run != DryRun::Client {
        let grace = Some(inv.flags.int("grace-period")).filter(|grace| *grace >= 0);
        match write::delete(inv, info, grace, inv.flags.str("cascade"), dry_run) {
            Err(failure) if !failure.is_not_found() => return Err(failure),
            _ => {}
        }
    }
    print_result(inv, printer, info, &format!("pruned{}", dry_run.suffix()))
}
