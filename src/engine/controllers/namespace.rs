//! Namespaces: one that is deleted takes all it contains with it, and goes last.

use super::conditions;
use super::runner::{Again, Context, Controller, Wake, gone_is_fine};
use crate::json;
use crate::meta::SortedMap;
use crate::meta::{Object, Status, Value};
use crate::store::{Change, Key};
use std::time::Duration;

/// How long after its deletion a namespace is emptied: other servers may still be creating in it.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait before looking again for pods that end gracefully.
const POD_PATIENCE: Duration = Duration::from_secs(1);

struct Namespaces;

/// The namespace controller.
pub fn namespace() -> Box<dyn Controller> {
    Box::new(Namespaces)
}

/// What is left in a namespace.
#[derive(Default)]
struct Remains {
    /// How many objects of each resource.
    resources: SortedMap<String, usize>,
    /// How many objects hold on to each finalizer.
    finalizers: SortedMap<String, usize>,
}

impl Controller for Namespaces {
    fn name(&self) -> &'static str {
        "namespace-controller"
    }
    fn watches(&self) -> &'static [&'static str] {
        &["namespaces"]
    }
    fn notice(&mut self, change: &Change, wake: &mut Wake) {
        if change.new.as_ref().is_some_and(Object::is_terminating) {
            wake.after(change.key.clone(), GRACE);
        }
    }
    fn reconcile(&mut self, key: &Key, cx: &Context) -> Result<Again, Status> {
        let Some(namespace) = cx.get(key).filter(Object::is_terminating) else { return Ok(None) };
        let mut remains = Remains::default();
        for resource in cx.client.resources() {
            if !resource.namespaced {
                continue;
            }
            for object in cx.client.list_of(&resource, Some(namespace.name())) {
                if !object.is_terminating() {
                    let options = json!({"propagationPolicy": "Background"});
                    gone_is_fine(cx.client.delete_of(&resource, object.namespace(), object.name(), options))?;
                }
            }
            for object in cx.client.list_of(&resource, Some(namespace.name())) {
                *remains.resources.entry(format!("{}", resource.storage)).or_default() += 1;
                for finalizer in object.finalizers() {
                    *remains.finalizers.entry(finalizer.into()).or_default() += 1;
                }
            }
        }
        let status = remains.status(&namespace, cx);
        let mut namespace = namespace;
        if *namespace.status() != status {
            namespace["status"] = status;
            namespace = cx.client.update_status(namespace)?;
        }
        if !remains.resources.is_empty() {
            return Ok(Some(cx.now + POD_PATIENCE));
        }
        let finalizers = namespace["spec"]["finalizers"].array_mut();
        finalizers.retain(|finalizer| *finalizer != "kubernetes");
        cx.client.replace("finalize", namespace)?;
        Ok(None)
    }
}

impl Remains {
    fn status(&self, namespace: &Object, cx: &Context) -> Value {
        let list = |counts: &SortedMap<String, usize>, text: &dyn Fn(&str, usize) -> String| {
            counts.iter().map(|(name, count)| text(name, *count)).collect::<Vec<_>>().join(", ")
        };
        let content = list(&self.resources, &|name, count| {
            let dotted = if name.contains('.') { name.to_string() } else { format!("{name}.") };
            format!("{dotted} has {count} resource instances")
        });
        let held = list(&self.finalizers, &|name, count| format!("{name} in {count} resource instances"));
        let rows = [
            (
                "NamespaceDeletionDiscoveryFailure",
                "ResourcesDiscovered",
                "All resources successfully discovered".to_string(),
                false,
            ),
            (
                "NamespaceDeletionGroupVersionParsingFailure",
                "ParsedGroupVersions",
                "All legacy kube types successfully parsed".to_string(),
                false,
            ),
            (
                "NamespaceDeletionContentFailure",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization".to_string(),
                false,
            ),
            if self.resources.is_empty() {
                ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed".to_string(), false)
            } else {
                (
                    "NamespaceContentRemaining",
                    "SomeResourcesRemain",
                    format!("Some resources are remaining: {content}"),
                    true,
                )
            },
            if self.finalizers.is_empty() {
                (
                    "NamespaceFinalizersRemaining",
                    "ContentHasNoFinalizers",
                    "All content-preserving finalizers finished".to_string(),
                    false,
                )
            } else {
                (
                    "NamespaceFinalizersRemaining",
                    "SomeFinalizersRemain",
                    format!("Some content in the namespace has finalizers remaining: {held}"),
                    true,
                )
            },
        ];
        let mut status = namespace.status().clone();
        for (kind, reason, message, is) in rows {
            let value = if is { "True" } else { "False" };
            conditions::put(&mut status, conditions::new(kind, value, reason, &message, cx.now));
        }
        status
    }
}
