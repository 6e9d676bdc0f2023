//! VolumeZone: a bound volume with zone labels holds its pod in that zone.

use super::volume_binding::claim_names;
use crate::meta::Object;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "VolumeZone", filter: Some(prepare), score: None, weight: 0 };

const ZONE_LABELS: &[&str] = &[
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

struct Zones(Vec<Object>);

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let mut volumes = Vec::new();
    for name in claim_names(&cycle.info.pod) {
        let claim = cycle.objects.get("persistentvolumeclaims", cycle.info.pod.namespace(), &name);
        let volume =
            claim.and_then(|claim| cycle.objects.get("persistentvolumes", "", claim.spec()["volumeName"].str()));
        volumes.extend(volume.filter(|volume| ZONE_LABELS.iter().any(|label| volume.label(label).is_some())));
    }
    Ok(if volumes.is_empty() { None } else { Some(Box::new(Zones(volumes))) })
}

impl Filter for Zones {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        let fits = |volume: &Object, label: &str| match (volume.label(label), node.label(label)) {
            (Some(zones), Some(zone)) => zones.split("__").any(|other| other == zone),
            (Some(_), None) => false,
            (None, _) => true,
        };
        // Nodes without any zone labels are not in a place to choose from.
        let placed = ZONE_LABELS.iter().any(|label| node.label(label).is_some());
        if placed && self.0.iter().any(|volume| ZONE_LABELS.iter().any(|label| !fits(volume, label))) {
            return Refusal::final_word("node(s) had no available volume zone");
        }
        None
    }
}
