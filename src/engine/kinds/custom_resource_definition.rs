//! CustomResourceDefinition: a kind that users add.

use super::Kind;
use super::pod::defaults::set_missing;
use crate::json;
use crate::meta::Object;

/// The row of CustomResourceDefinition.
pub static KIND: Kind = Kind {
    group: "apiextensions.k8s.io",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    singular: "customresourcedefinition",
    short_names: &["crd", "crds"],
    categories: &["api-extensions"],
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition",
    defaults,
    prepare,
    ..Kind::CLUSTER
};

fn defaults(definition: &mut Object) {
    let spec = definition.entry("spec");
    let kind = spec["names"]["kind"].str().to_string();
    if spec["names"].is_object() {
        set_missing(&mut spec["names"], "singular", &kind.to_lowercase());
        if !kind.is_empty() {
            set_missing(&mut spec["names"], "listKind", &format!("{kind}List"));
        }
    }
    set_missing(&mut spec["conversion"], "strategy", "None");
    if spec["conversion"]["webhook"]["clientConfig"]["service"].is_object() {
        spec.set_default(&["conversion", "webhook", "clientConfig", "service", "port"], 443);
    }
    // `false` is what it means today, and goes without saying.
    if spec["preserveUnknownFields"] == false {
        spec.remove(&["preserveUnknownFields"]);
    }
}

fn prepare(definition: &mut Object, old: Option<&Object>) {
    let stored = |definition: &Object| {
        let versions = definition.spec()["versions"].items().iter();
        versions.filter(|version| version["storage"].bool()).map(|version| version["name"].clone()).next()
    };
    let Some(name) = stored(definition) else { return };
    match old {
        None => {
            definition["status"] = json!({
                "acceptedNames": {"kind": "", "plural": ""}, "conditions": null, "storedVersions": [name],
            });
        }
        Some(_) => {
            let versions = definition["status"].entry("storedVersions");
            if !versions.items().contains(&name) {
                versions.push(name);
            }
        }
    }
}
