//! What the server itself writes into a request for a certificate: who asks, and when it was decided.

use super::Plugin;
use crate::api::operation::Operation;
use crate::api::reviews::user_info;
use crate::api::server::ApiServer;
use crate::meta::{Object, Status};

pub(super) static PLUGIN: Plugin = Plugin {
    name: "",
    resources: &["certificatesigningrequests.certificates.k8s.io"],
    mutate: Some(mutate),
    validate: None,
};

fn mutate(
    server: &mut ApiServer,
    op: &mut Operation,
    request: &mut Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    let Some(old) = old else {
        for (field, value) in user_info(op.user).entries() {
            request.set(&["spec", field], value.clone());
        }
        return Ok(());
    };
    request["spec"] = old.spec().clone();
    let now = server.clock.now().rfc3339();
    let mut conditions = request.at(&["status", "conditions"]).clone();
    if conditions.is_empty() {
        return Ok(());
    }
    for condition in conditions.array_mut() {
        for field in ["lastUpdateTime", "lastTransitionTime"] {
            condition.set_default(&[field], now.as_str());
        }
    }
    request.set(&["status", "conditions"], conditions);
    Ok(())
}
