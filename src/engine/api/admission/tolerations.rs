//! `DefaultTolerationSeconds`: pods stay for five minutes on a node that is not ready or lost.

use super::Plugin;
use crate::api::operation::Operation;
use crate::api::server::ApiServer;
use crate::json;
use crate::meta::{Object, Status, Value};

pub(super) static PLUGIN: Plugin =
    Plugin { name: "DefaultTolerationSeconds", resources: &["pods"], mutate: Some(mutate), validate: None };

const TAINTS: &[&str] = &["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const SECONDS: i64 = 300;

fn mutate(_: &mut ApiServer, op: &mut Operation, pod: &mut Object, _: Option<&Object>) -> Result<(), Status> {
    if !op.subresource.is_empty() {
        return Ok(());
    }
    for taint in TAINTS {
        let covers = |toleration: &Value| {
            let (key, effect) = (toleration["key"].str(), toleration["effect"].str());
            (key == *taint || key.is_empty()) && (effect == "NoExecute" || effect.is_empty())
        };
        if !pod.at(&["spec", "tolerations"]).items().iter().any(covers) {
            pod["spec"]["tolerations"].push(json!({
                "key": (*taint), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS,
            }));
        }
    }
    Ok(())
}
