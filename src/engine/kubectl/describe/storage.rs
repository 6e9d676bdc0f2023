//! Describes volumes, claims to them, and the classes that provision them.

use super::super::failure::Outcome;
use super::page::{Page, labels_line, or_none, rfc1123, scalar, texts};
use super::{events, volumes};
use crate::meta::Value;

/// `RWO,ROX`
fn access_modes(modes: &Value) -> String {
    const SHORT: [(&str, &str); 4] =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];
    let modes = texts(modes);
    let short = SHORT.iter().filter(|(long, _)| modes.iter().any(|mode| mode == long)).map(|(_, short)| *short);
    short.collect::<Vec<_>>().join(",")
}

fn finalizers(page: &mut Page<'_>) {
    let list: Vec<&str> = page.object().finalizers().collect();
    let text = format!("[{}]", list.join(" "));
    page.field("Finalizers", text);
}

fn status(page: &mut Page<'_>) {
    let object = page.object();
    if object.is_terminating() {
        page.field(
            "Status",
            format!("Terminating (lasts {})", page.since(object.at(&["metadata", "deletionTimestamp"]))),
        );
    } else {
        page.field("Status", object.status()["phase"].str());
    }
}

pub(super) fn volume(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let spec = object.spec();
    page.field("Name", object.name());
    page.labels_and_annotations();
    finalizers(page);
    page.field("StorageClass", spec["storageClassName"].str());
    status(page);
    let claim = &spec["claimRef"];
    let claim =
        if claim.is_null() { String::new() } else { format!("{}/{}", claim["namespace"].str(), claim["name"].str()) };
    page.field("Claim", claim);
    page.field("Reclaim Policy", spec["persistentVolumeReclaimPolicy"].str());
    page.field("Access Modes", access_modes(&spec["accessModes"]));
    page.field_if("VolumeMode", spec["volumeMode"].str());
    page.field("Capacity", scalar(spec.at(&["capacity", "storage"])));
    node_affinity(page, spec.at(&["nodeAffinity", "required", "nodeSelectorTerms"]));
    page.field("Message", object.status()["message"].str());
    page.line(0, "Source:");
    volumes::source(page, spec);
    events::write(page);
    Ok(())
}

fn node_affinity(page: &mut Page<'_>, terms: &Value) {
    if terms.is_null() {
        page.field("Node Affinity", "<none>");
        return;
    }
    page.line(0, "Node Affinity:");
    page.line(1, "Required Terms:");
    for (at, term) in terms.items().iter().enumerate() {
        for (nth, expression) in term["matchExpressions"].items().iter().enumerate() {
            let (key, operator) = (expression["key"].str(), expression["operator"].str().to_ascii_lowercase());
            let values = texts(&expression["values"]).join(", ");
            let text =
                if values.is_empty() { format!("{key} {operator}") } else { format!("{key} {operator} [{values}]") };
            let head = if nth == 0 { format!("Term {at}:") } else { String::new() };
            page.line(2, format!("{head}\t{text}"));
        }
    }
}

pub(super) fn claim(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let spec = object.spec();
    page.name_and_namespace();
    page.field("StorageClass", spec["storageClassName"].str());
    status(page);
    page.field("Volume", spec["volumeName"].str());
    page.labels_and_annotations();
    finalizers(page);
    let bound = !spec["volumeName"].is_empty();
    page.field("Capacity", if bound { scalar(object.at(&["status", "capacity", "storage"])) } else { String::new() });
    page.field("Access Modes", if bound { access_modes(object.at(&["status", "accessModes"])) } else { String::new() });
    page.field_if("VolumeMode", spec["volumeMode"].str());
    let source = &spec["dataSource"];
    if !source.is_null() {
        page.line(0, "DataSource:");
        for (title, field) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            page.line(1, format!("{title}:\t{}", source[field].str()));
        }
    }
    let pods = page.inv.list(&*page.inv.resource("pods", "")?, object.namespace(), "", "")?;
    let uses = |volume: &Value| volume.at(&["persistentVolumeClaim", "claimName"]) == object.name();
    let users = pods.iter().filter(|pod| pod.spec()["volumes"].items().iter().any(uses));
    let users: Vec<String> = users.map(|pod| pod.name().to_string()).collect();
    page.list("Used By", &users);
    conditions(page);
    events::write(page);
    Ok(())
}

fn conditions(page: &mut Page<'_>) {
    let conditions = page.object().at(&["status", "conditions"]).items();
    if conditions.is_empty() {
        return;
    }
    page.line(0, "Conditions:");
    let titles = ["Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message"];
    let rows = conditions.iter().map(|condition| {
        let text = |field: &str| condition[field].str().to_string();
        let (probe, transition) = (rfc1123(&condition["lastProbeTime"]), rfc1123(&condition["lastTransitionTime"]));
        vec![
            format!("{} ", text("type")),
            format!("{} ", text("status")),
            probe,
            transition,
            text("reason"),
            text("message"),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    page.table(1, &titles, &rows);
}

pub(super) fn class(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.field("Name", object.name());
    let default = object.annotation("storageclass.kubernetes.io/is-default-class") == Some("true");
    page.field("IsDefaultClass", if default { "Yes" } else { "No" });
    page.field("Annotations", labels_line(object.at(&["metadata", "annotations"])));
    page.field("Provisioner", object["provisioner"].str());
    page.field("Parameters", labels_line(&object["parameters"]));
    let expansion = match object["allowVolumeExpansion"].as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    page.field("AllowVolumeExpansion", expansion);
    let options = texts(&object["mountOptions"]);
    if options.is_empty() {
        page.field("MountOptions", or_none(""));
    } else {
        page.line(0, "MountOptions:");
        for option in options {
            page.line(1, option);
        }
    }
    page.field_if("ReclaimPolicy", object["reclaimPolicy"].str());
    page.field_if("VolumeBindingMode", object["volumeBindingMode"].str());
    events::write(page);
    Ok(())
}
