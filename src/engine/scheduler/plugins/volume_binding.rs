//! VolumeBinding: a pod's claims must be bound, or bindable on the node, before it can be placed.

use crate::controllers::Informers;
use crate::controllers::nodes::matches_any;
use crate::controllers::volumes;
use crate::meta::Object;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, Filter, Plugin, Prepared, Refusal};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "VolumeBinding", filter: Some(prepare), score: None, weight: 0 };

/// The names of the claims a pod uses, its ephemeral volumes' own included.
pub fn claim_names(pod: &Object) -> Vec<String> {
    let mut names = Vec::new();
    for volume in pod.spec()["volumes"].items() {
        if volume.has("persistentVolumeClaim") {
            names.push(volume.at(&["persistentVolumeClaim", "claimName"]).str().to_string());
        } else if volume.has("ephemeral") {
            names.push(format!("{}-{}", pod.name(), volume["name"].str()));
        }
    }
    names
}

/// A pod's claims, by what has to be done about them.
#[derive(Default)]
pub struct Claims {
    /// The volumes of those that are bound.
    pub bound: Vec<Object>,
    /// Those that wait for their first consumer: this pod.
    pub delayed: Vec<Object>,
}

impl Claims {
    /// Looks a pod's claims up.
    ///
    /// # Errors
    /// Why the pod can be placed nowhere.
    pub fn of(pod: &Object, objects: &Informers) -> Result<Claims, String> {
        let mut claims = Claims::default();
        let mut immediate = false;
        for name in claim_names(pod) {
            let Some(claim) = objects.get("persistentvolumeclaims", pod.namespace(), &name) else {
                return Err(format!("persistentvolumeclaim {name:?} not found"));
            };
            let volume = claim.spec()["volumeName"].str();
            if claim.status()["phase"] == "Lost" {
                return Err(format!(
                    "persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"
                ));
            }
            if claim.is_terminating() {
                return Err(format!("persistentvolumeclaim {name:?} is being deleted"));
            }
            if volumes::is_fully_bound(&claim) {
                let Some(volume) = objects.get("persistentvolumes", "", volume) else {
                    return Err(format!(
                        "persistentvolumeclaim {name:?} bound to non-existent persistentvolume {volume:?}"
                    ));
                };
                claims.bound.push(volume);
            } else if volume.is_empty() && volumes::waits_for_consumer(&claim, objects) {
                claims.delayed.push(claim);
            } else {
                immediate = true;
            }
        }
        if immediate {
            return Err("pod has unbound immediate PersistentVolumeClaims".into());
        }
        Ok(claims)
    }

    /// The volumes that would serve the delayed claims on a node; `None` in the place of one that is
    /// to be made for the claim.
    pub fn on_node(&self, node: &Object, objects: &Informers) -> Option<Vec<(Object, Option<Object>)>> {
        let mut chosen: Vec<(Object, Option<Object>)> = Vec::new();
        for claim in &self.delayed {
            let free = |volume: &Object| {
                fits(volume, node)
                    && chosen.iter().flat_map(|(_, taken)| taken).all(|taken| taken.uid() != volume.uid())
            };
            let volume = volumes::best_match(claim, objects, &free);
            if volume.is_none() && !volumes::can_provision(claim, objects) {
                return None;
            }
            chosen.push((claim.clone(), volume));
        }
        Some(chosen)
    }
}

/// Whether a volume can be used on a node.
fn fits(volume: &Object, node: &Object) -> bool {
    let required = volume.spec().at(&["nodeAffinity", "required"]);
    required.is_null() || matches_any(&required["nodeSelectorTerms"], node)
}

struct Binding<'a> {
    claims: Claims,
    objects: &'a Informers,
}

fn prepare<'a>(cycle: &'a Cycle<'a>) -> Prepared<'a> {
    let claims = Claims::of(&cycle.info.pod, cycle.objects)?;
    if claims.bound.is_empty() && claims.delayed.is_empty() {
        return Ok(None);
    }
    Ok(Some(Box::new(Binding { claims, objects: cycle.objects })))
}

impl Filter for Binding<'_> {
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal> {
        if !self.claims.bound.iter().all(|volume| fits(volume, &node.node)) {
            return Refusal::final_word("node(s) didn't match PersistentVolume's node affinity");
        }
        if self.claims.on_node(&node.node, self.objects).is_none() {
            return Refusal::final_word("node(s) didn't find available persistent volumes to bind");
        }
        None
    }
}
