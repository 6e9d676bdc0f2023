//! VolumeRestrictions: a `ReadWriteOncePod` claim serves one pod in the whole cluster.

use super::volume_binding::claim_names;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "VolumeRestrictions", filter: Some(prepare), score: None, weight: 0 };

struct Exclusive<'a> {
    namespace: &'a str,
    claims: Vec<String>,
}

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let namespace = cycle.info.pod.namespace();
    let mut claims = claim_names(&cycle.info.pod);
    claims.retain(|name| {
        let claim = cycle.objects.get("persistentvolumeclaims", namespace, name);
        claim.is_some_and(|claim| claim.spec()["accessModes"].items().iter().any(|mode| mode == "ReadWriteOncePod"))
    });
    Ok(if claims.is_empty() { None } else { Some(Box::new(Exclusive { namespace, claims })) })
}

impl Filter for Exclusive<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        let mut here = node.pods.values().filter(|other| other.pod.namespace() == self.namespace);
        if here.any(|other| claim_names(&other.pod).iter().any(|name| self.claims.contains(name))) {
            return Refusal::curable(
                "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode",
            );
        }
        None
    }
}
