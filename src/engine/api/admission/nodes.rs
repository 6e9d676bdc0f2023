//! `TaintNodesByCondition`: a new node is not ready until its kubelet says so.

use super::Plugin;
use crate::api::operation::Operation;
use crate::api::server::ApiServer;
use crate::json;
use crate::meta::{Object, Status};

pub(super) static PLUGIN: Plugin =
    Plugin { name: "TaintNodesByCondition", resources: &["nodes"], mutate: Some(mutate), validate: None };

const NOT_READY: &str = "node.kubernetes.io/not-ready";

fn mutate(_: &mut ApiServer, _: &mut Operation, node: &mut Object, old: Option<&Object>) -> Result<(), Status> {
    let tainted = || node.at(&["spec", "taints"]).items().iter().any(|taint| taint["key"] == NOT_READY);
    if old.is_none() && !tainted() {
        node["spec"]["taints"].push(json!({"key": NOT_READY, "effect": "NoSchedule"}));
    }
    Ok(())
}
