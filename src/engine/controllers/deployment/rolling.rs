//! The arithmetic of a rolling update: never more pods than allowed, never fewer available.

use super::{Rollout, bounds, replicas, revisions};
use crate::meta::{Object, Status};

fn available(set: &Object) -> i64 {
    set.status()["availableReplicas"].int()
}

impl Rollout<'_> {
    /// How many replicas the new set may have now, having `current`.
    pub fn new_replicas(&self, current: i64) -> i64 {
        let wanted = replicas(&self.deployment);
        if super::is_recreate(&self.deployment) {
            return wanted;
        }
        let room = wanted + bounds(&self.deployment).0 - self.every().map(replicas).sum::<i64>();
        if room <= 0 { current } else { current + room.min(wanted - current) }
    }

    /// Scales the new set towards the number wanted; says whether it did.
    pub fn scale_up_new(&mut self) -> Result<bool, Status> {
        let Some(current) = self.new.as_ref().map(replicas) else { return Ok(false) };
        let wanted = replicas(&self.deployment);
        if current == wanted {
            return Ok(false);
        }
        self.scale_new(if current > wanted { wanted } else { self.new_replicas(current) })
    }

    /// Scales old sets down as far as enough pods stay available; says whether it did.
    pub fn scale_down_old(&mut self) -> Result<bool, Status> {
        if self.old.iter().map(replicas).sum::<i64>() == 0 {
            return Ok(false);
        }
        let least = replicas(&self.deployment) - bounds(&self.deployment).1;
        let unready = self.new.as_ref().map_or(0, |new| replicas(new) - available(new));
        let most = self.every().map(replicas).sum::<i64>() - least - unready;
        if most <= 0 {
            return Ok(false);
        }
        // First what does not run anyway, then what does.
        let cleaned = self.shrink_old(most, |set| replicas(set) - available(set))?;
        let spare = self.every().map(available).sum::<i64>() - least;
        let shrunk = self.shrink_old(spare, replicas)?;
        Ok(cleaned + shrunk > 0)
    }

    /// Takes up to `most` replicas from the old sets, oldest first, from each up to what `of` says.
    fn shrink_old(&mut self, most: i64, of: fn(&Object) -> i64) -> Result<i64, Status> {
        let mut taken = 0;
        for at in 0..self.old.len() {
            let current = replicas(&self.old[at]);
            let take = of(&self.old[at]).min(most - taken);
            if current > 0 && take > 0 {
                self.scale_set(at, current - take)?;
                taken += take;
            }
        }
        Ok(taken)
    }

    /// Scales the new set; says whether its size changed.
    pub fn scale_new(&mut self, to: i64) -> Result<bool, Status> {
        let Some(set) = self.new.take() else { return Ok(false) };
        let scaled = self.resize(set, to);
        scaled.map(|(set, changed)| {
            self.new = Some(set);
            changed
        })
    }

    /// Scales an old set; says whether its size changed.
    pub fn scale_set(&mut self, at: usize, to: i64) -> Result<bool, Status> {
        let (set, changed) = self.resize(self.old[at].clone(), to)?;
        self.old[at] = set;
        Ok(changed)
    }

    fn resize(&self, set: Object, to: i64) -> Result<(Object, bool), Status> {
        let from = replicas(&set);
        let mut scaled = set.clone();
        let noted = revisions::note_replicas(&mut scaled, &self.deployment);
        if from == to && !noted {
            return Ok((set, false));
        }
        scaled.set(&["spec", "replicas"], to);
        let scaled = self.cx.client.update(scaled)?;
        if from != to {
            let direction = if to > from { "up" } else { "down" };
            let message = format!("Scaled {direction} replica set {} from {from} to {to}", set.name());
            self.cx.recorder.normal(&self.deployment, "ScalingReplicaSet", &message);
        }
        Ok((scaled, from != to))
    }
}
