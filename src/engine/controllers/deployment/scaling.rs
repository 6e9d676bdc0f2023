//! A changed number of replicas, spread over the sets that run, without rolling anything.

use super::{Rollout, bounds, replicas, revisions};
use crate::meta::{Object, Status};
use std::cmp::Reverse;

/// Where a set stands: the new one, or among the old ones.
#[derive(Clone, Copy)]
enum Place {
    New,
    Old(usize),
}

impl Rollout<'_> {
    /// Whether the number of replicas was changed since the sets were last scaled.
    pub fn is_scaling(&self) -> bool {
        let wanted = replicas(&self.deployment);
        let running = self.every().filter(|set| replicas(set) > 0);
        running.filter_map(revisions::desired).any(|desired| desired != wanted)
    }

    /// Scales the one set that runs, or each in proportion.
    pub fn scale(&mut self) -> Result<(), Status> {
        let wanted = replicas(&self.deployment);
        let running: Vec<Place> = self.places().into_iter().filter(|at| replicas(self.set(*at)) > 0).collect();
        match running.as_slice() {
            [] => {
                let latest = self.old.len().checked_sub(1).map(Place::Old);
                let Some(only) = self.new.as_ref().map(|_| Place::New).or(latest) else { return Ok(()) };
                return self.scale_at(only, wanted);
            }
            [only] => return self.scale_at(*only, wanted),
            _ => {}
        }
        if self.new.as_ref().is_some_and(|new| self.is_saturated(new)) {
            for at in 0..self.old.len() {
                self.scale_set(at, 0)?;
            }
            return Ok(());
        }
        if super::is_recreate(&self.deployment) { Ok(()) } else { self.scale_in_proportion(running) }
    }

    fn scale_in_proportion(&mut self, mut running: Vec<Place>) -> Result<(), Status> {
        let wanted = replicas(&self.deployment);
        let allowed = if wanted > 0 { wanted + bounds(&self.deployment).0 } else { 0 };
        let to_add = allowed - running.iter().map(|at| replicas(self.set(*at))).sum::<i64>();
        // The largest first; of equal ones the newest when growing, the oldest when shrinking.
        running.sort_by_key(|at| self.set(*at).created());
        if to_add > 0 {
            running.reverse();
        }
        running.sort_by_key(|at| Reverse(replicas(self.set(*at))));
        let mut added = 0;
        let mut sizes = Vec::new();
        for at in &running {
            let share = self.share(self.set(*at), to_add, added);
            sizes.push(replicas(self.set(*at)) + share);
            added += share;
        }
        for (nth, (at, size)) in running.into_iter().zip(sizes).enumerate() {
            let left_over = if nth == 0 { to_add - added } else { 0 };
            self.scale_at(at, (size + left_over).max(0))?;
        }
        Ok(())
    }

    /// A set's share of what is to be added, or taken away where that is negative.
    fn share(&self, set: &Object, to_add: i64, added: i64) -> i64 {
        let size = replicas(set);
        if size == 0 || to_add == added {
            return 0;
        }
        let wanted = replicas(&self.deployment);
        let fraction = if wanted == 0 {
            -size
        } else {
            let before = revisions::maximum(set).filter(|most| *most != 0);
            let before = before.unwrap_or_else(|| self.deployment.status()["replicas"].int());
            if before == 0 {
                return 0;
            }
            let grown = size as f64 * (wanted + bounds(&self.deployment).0) as f64 / before as f64;
            grown.round() as i64 - size
        };
        if to_add > 0 { fraction.min(to_add - added) } else { fraction.max(to_add - added) }
    }

    fn is_saturated(&self, set: &Object) -> bool {
        let wanted = replicas(&self.deployment);
        replicas(set) == wanted
            && revisions::desired(set) == Some(wanted)
            && set.status()["availableReplicas"].int() == wanted
    }

    fn places(&self) -> Vec<Place> {
        (0..self.old.len()).map(Place::Old).chain(self.new.as_ref().map(|_| Place::New)).collect()
    }
    fn set(&self, at: Place) -> &Object {
        match (at, &self.new) {
            (Place::Old(at), _) => &self.old[at],
            (Place::New, Some(new)) => new,
            (Place::New, None) => &self.deployment,
        }
    }
    fn scale_at(&mut self, at: Place, to: i64) -> Result<(), Status> {
        match at {
            Place::Old(at) => self.scale_set(at, to),
            Place::New => self.scale_new(to),
        }
        .map(|_| ())
    }
}
