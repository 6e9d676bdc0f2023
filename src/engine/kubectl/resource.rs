//! Which objects a command is about: `pod web`, `deploy/web svc/web`, `-l app=web`, `-f dir -R`.
//!
//! A [`Selector`] is what flags and words say; [`Selector::resolve`] makes [`Part`]s of it, and
//! [`Selection::infos`] fetches the objects.

use super::discovery::{self, Resource};
use super::failure::{Failure, Outcome};
use super::invocation::Invocation;
use super::manifest;
use crate::meta::Object;
use std::rc::Rc;

/// One object that a command is about.
#[derive(Clone, Debug)]
pub struct Info {
    /// Its resource.
    pub resource: Rc<Resource>,
    /// Its namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The file it stands in; empty if it does not.
    pub source: String,
    /// The object, if it was fetched or read.
    pub object: Object,
}

impl Info {
    /// `deployment.apps/web`
    pub fn reference(&self) -> String {
        format!("{}/{}", self.resource.type_name(), self.name)
    }

    /// Its path on the server.
    pub fn path(&self) -> String {
        self.resource.path(&self.namespace, &self.name)
    }

    /// Takes an object over as the present state.
    pub fn refresh(&mut self, object: Object) {
        if !object.name().is_empty() {
            self.name = object.name().to_string();
        }
        self.object = object;
    }
}

/// One thing that was asked for.
#[derive(Clone, Debug)]
pub enum Part {
    /// An object by name.
    Named(Info),
    /// An object that stands in a manifest.
    File(Info),
    /// All objects of a resource that selectors select.
    Bulk {
        /// The resource.
        resource: Rc<Resource>,
        /// Empty for all namespaces.
        namespace: String,
        /// The label selector.
        labels: String,
        /// The field selector.
        fields: String,
    },
}

impl Part {
    /// The resource it is of.
    pub fn resource(&self) -> &Rc<Resource> {
        match self {
            Part::Named(info) | Part::File(info) => &info.resource,
            Part::Bulk { resource, .. } => resource,
        }
    }
}

/// What was asked for, in order, with what went wrong in its place.
pub struct Selection {
    /// The parts.
    pub parts: Vec<Outcome<Part>>,
    /// Whether the words mean exactly one object.
    pub single: bool,
}

/// What flags and words say about the objects.
pub struct Selector {
    /// The words: types, names, `type/name`.
    pub args: Vec<String>,
    /// Whether a type alone means all its objects.
    pub all_of_type: bool,
    /// `--all`
    pub all: bool,
    /// `-A`
    pub all_namespaces: bool,
    /// `-l`
    pub labels: String,
    /// `--field-selector`
    pub fields: String,
    /// `-f`
    pub files: Vec<String>,
    /// `-k`
    pub kustomize: String,
    /// `-R`
    pub recursive: bool,
    /// Whether manifests must say what they are before the server is asked.
    pub validate: bool,
    /// Whether the server is not to be asked at all.
    pub local: bool,
    /// Whether only one type may be named.
    pub single_type: bool,
}

impl Selector {
    /// What the invocation's flags say, about these words.
    pub fn new(inv: &Invocation, args: &[String]) -> Selector {
        let flags = &inv.flags;
        Selector {
            args: args.to_vec(),
            all_of_type: false,
            all: flags.bool("all"),
            all_namespaces: flags.bool("all-namespaces"),
            labels: flags.str("selector").trim().to_string(),
            fields: flags.str("field-selector").trim().to_string(),
            files: flags.list("filename"),
            kustomize: flags.str("kustomize").to_string(),
            recursive: flags.bool("recursive"),
            validate: false,
            local: flags.bool("local"),
            single_type: false,
        }
    }

    /// `--selector` means something else to this command.
    #[must_use]
    pub fn without_labels(mut self) -> Selector {
        self.labels.clear();
        self
    }

    /// A type alone means all its objects.
    #[must_use]
    pub fn all_of_type(mut self) -> Selector {
        self.all_of_type = true;
        self
    }

    /// Refuses to be about nothing.
    ///
    /// # Errors
    /// If neither words nor files name anything.
    pub fn asks_for_something(&self) -> Outcome {
        match self.files.is_empty() && self.kustomize.is_empty() && self.args.is_empty() {
            true => Err(Failure::new(MISSING_RESOURCE)),
            false => Ok(()),
        }
    }

    /// Makes parts of it.
    ///
    /// # Errors
    /// If the words make no sense together, or nothing was asked for.
    pub async fn resolve(&self, inv: &Invocation) -> Outcome<Selection> {
        if !self.files.is_empty() && !self.kustomize.is_empty() {
            return Err("only one of -f or -k can be specified".into());
        }
        if !self.kustomize.is_empty() && self.recursive {
            return Err("the -k flag can't be used with -f or -R".into());
        }
        if !self.files.is_empty() || !self.kustomize.is_empty() {
            return self.resolve_files(inv).await;
        }
        if self.args.is_empty() {
            return Err(Failure::new(MISSING_RESOURCE));
        }
        let args = distribute(&self.args);
        let slashes = args.iter().filter(|arg| arg.contains('/')).count();
        if slashes > 0 && slashes < args.len() {
            return Err(Failure::new(MIXED_ARGUMENTS));
        }
        if slashes > 0 { self.resolve_tuples(inv, &args) } else { self.resolve_types(inv, &args) }
    }

    async fn resolve_files(&self, inv: &Invocation) -> Outcome<Selection> {
        let mut documents: Vec<(String, Outcome<Object>)> = Vec::new();
        if !self.kustomize.is_empty() {
            for object in super::kustomize::build(inv, &self.kustomize).await? {
                documents.push((self.kustomize.clone(), Ok(object)));
            }
        }
        let sources = manifest::sources(inv, &self.files, self.recursive).await;
        if let Some(missing) = sources.iter().find_map(|source| source.as_ref().err()) {
            return Err(missing.clone());
        }
        if !self.args.is_empty() {
            let text =
                "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well";
            return Err(text.into());
        }
        for source in sources.into_iter().flatten() {
            for document in manifest::documents(&source, self.validate) {
                documents.push((source.name.clone(), document));
            }
        }
        let label = crate::meta::Selector::parse(&self.labels)
            .map_err(|why| Failure::new(format!("unable to parse requirement: {why}")))?;
        let parts = (documents.into_iter())
            .filter(|(_, document)| document.as_ref().map_or(true, |object| label.matches(object.labels())))
            .map(|(source, document)| Ok(Part::File(manifest::locate(inv, document?, &source, self.local)?)))
            .collect();
        let single = self.files.len() == 1
            && self.files.iter().all(|file| !inv.process.files.is_directory(&inv.process.path(file)));
        Ok(Selection { parts, single })
    }

    /// `pod/web svc/web`
    fn resolve_tuples(&self, inv: &Invocation, args: &[String]) -> Outcome<Selection> {
        let mut tuples = Vec::new();
        for arg in args {
            let parts: Vec<&str> = arg.split('/').collect();
            match parts.as_slice() {
                ["", _] | [_, ""] => {
                    return Err("arguments in resource/name form must have a single resource and name".into());
                }
                [kind, name] => tuples.push((*kind, *name)),
                _ => return Err("arguments in resource/name form may not have more than one slash".into()),
            }
        }
        if self.selects() {
            return Err("selectors and the all flag cannot be used when passing resource/name arguments".into());
        }
        let mut parts = Vec::new();
        for (kind, name) in &tuples {
            parts.push(self.named(inv, discovery::find(inv, kind)?, name)?);
        }
        Ok(Selection { single: parts.len() == 1, parts: parts.into_iter().map(Ok).collect() })
    }

    /// `pod web tools`, `pods,svc`, `pods`
    fn resolve_types(&self, inv: &Invocation, args: &[String]) -> Outcome<Selection> {
        let (types, names) = args.split_first().map_or(("", [].as_slice()), |(first, rest)| (first.as_str(), rest));
        let bulk = self.selects() || (names.is_empty() && self.all_of_type);
        if bulk && !names.is_empty() {
            return Err("name cannot be provided when a selector is specified".into());
        }
        let mut resources: Vec<Rc<Resource>> = Vec::new();
        for word in types.split(',') {
            let members = match word {
                "" => return Err("arguments in resource/name form must have a single resource and name".into()),
                word => match discovery::category(inv, word)? {
                    members if members.is_empty() => vec![word.to_string()],
                    members => members,
                },
            };
            for member in members {
                let resource = discovery::find(inv, &member)?;
                if !resources.contains(&resource) {
                    resources.push(resource);
                }
            }
        }
        if self.single_type && resources.len() > 1 {
            return Err("you may only specify a single resource type".into());
        }
        if bulk {
            let scope = if self.all_namespaces { String::new() } else { inv.namespace()? };
            let parts = resources.into_iter().map(|resource| {
                let namespace = if resource.namespaced { scope.clone() } else { String::new() };
                Ok(Part::Bulk { resource, namespace, labels: self.labels.clone(), fields: self.fields.clone() })
            });
            return Ok(Selection { parts: parts.collect(), single: false });
        }
        if names.is_empty() {
            return Err("resource(s) were provided, but no name was specified".into());
        }
        let mut parts = Vec::new();
        for resource in &resources {
            for name in names {
                parts.push(self.named(inv, resource.clone(), name)?);
            }
        }
        Ok(Selection { single: parts.len() == 1, parts: parts.into_iter().map(Ok).collect() })
    }

    fn selects(&self) -> bool {
        self.all || !self.labels.is_empty() || !self.fields.is_empty()
    }

    fn named(&self, inv: &Invocation, resource: Rc<Resource>, name: &str) -> Outcome<Part> {
        if resource.namespaced && self.all_namespaces {
            return Err("a resource cannot be retrieved by name across all namespaces".into());
        }
        let namespace = if resource.namespaced { inv.namespace()? } else { String::new() };
        let object = Object::default();
        Ok(Part::Named(Info { resource, namespace, name: name.into(), source: String::new(), object }))
    }
}

/// Nothing was asked for.
pub const MISSING_RESOURCE: &str = "You must provide one or more resources by argument or filename.\n\
Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

const MIXED_ARGUMENTS: &str = "there is no need to specify a resource type as a separate argument when passing \
arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource \
resource/<resource_name>'";

/// `a,b x y` means `a/x a/y b/x b/y`.
fn distribute(args: &[String]) -> Vec<String> {
    let Some((types, names)) = args.split_first().filter(|(types, names)| types.contains(',') && !names.is_empty())
    else {
        return args.to_vec();
    };
    types.split(',').flat_map(|kind| names.iter().map(move |name| format!("{kind}/{name}"))).collect()
}

impl Selection {
    /// Fetches every object that was asked for (those of manifests too), and what went wrong.
    pub fn fetch(&self, inv: &Invocation) -> (Vec<Info>, Vec<Failure>) {
        self.gather(inv, true)
    }

    /// Every object that was asked for, those of manifests as they stand there.
    pub fn infos(&self, inv: &Invocation) -> (Vec<Info>, Vec<Failure>) {
        self.gather(inv, false)
    }

    fn gather(&self, inv: &Invocation, latest: bool) -> (Vec<Info>, Vec<Failure>) {
        let (mut infos, mut failures) = (Vec::new(), Vec::new());
        for part in &self.parts {
            match part.as_ref().map_err(Clone::clone).and_then(|part| gather_part(inv, part, latest)) {
                Ok(found) => infos.extend(found),
                Err(failure) => failures.push(failure),
            }
        }
        (infos, failures)
    }
}

/// The objects of one part; those of a manifest fetched too if `latest`.
///
/// # Errors
/// What the server answers.
pub fn gather_part(inv: &Invocation, part: &Part, latest: bool) -> Outcome<Vec<Info>> {
    match part {
        Part::File(info) if !latest => Ok(vec![info.clone()]),
        Part::Named(info) | Part::File(info) => {
            let object = inv.get(&info.resource, &info.namespace, &info.name)?;
            Ok(vec![Info { object, ..info.clone() }])
        }
        Part::Bulk { resource, namespace, labels, fields } => {
            let objects = inv
                .list(resource, namespace, labels, fields)
                .map_err(|failure| failure.from_list(resource, labels, fields))?;
            let info = |object: Object| Info {
                resource: resource.clone(),
                namespace: object.namespace().into(),
                name: object.name().into(),
                source: String::new(),
                object,
            };
            Ok(objects.into_iter().map(info).collect())
        }
    }
}
