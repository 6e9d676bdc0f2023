//! The scheduling queue: pods to be placed now, by priority, and pods that wait for a change.

use super::cache::PodInfo;
use crate::meta::Time;
use crate::meta::{SortedMap, SortedSet};
use crate::store::Key;
use std::cmp::Reverse;
use std::rc::Rc;
use std::time::Duration;

/// How long a pod waits before it is tried again although nothing has changed.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// How often the queue looks for such pods.
const PATROL: i64 = 30_000_000;
/// The first and the last delay after an error (not after "does not fit", which waits for changes).
const BACKOFF_FIRST: Duration = Duration::from_secs(1);
const BACKOFF_LAST: Duration = Duration::from_secs(10);

/// A pod that is to be placed.
#[derive(Clone)]
pub struct Queued {
    /// The pod.
    pub info: Rc<PodInfo>,
    /// How often it was tried.
    pub attempts: u32,
    /// Names of the plugins that said no last time.
    pub rejected_by: SortedSet<&'static str>,
    since: Time,
    nth: u64,
}

/// The order of the active queue: higher priority first, then who came first.
type Rank = (Reverse<i64>, Time, u64);

/// The queue.
#[derive(Default)]
pub struct Queue {
    active: SortedMap<Rank, Queued>,
    ranks: SortedMap<Key, Rank>,
    backing_off: SortedMap<(Time, u64), Queued>,
    waiting: SortedMap<Key, Queued>,
    /// When to look for waiting pods whose patience has ended, at the latest.
    patrol: Option<Time>,
    added: u64,
}

impl Queue {
    /// Puts a new pod in; or, if it is known, its new form where the old one stood.
    pub fn add(&mut self, info: Rc<PodInfo>, now: Time) {
        self.remove(&info.key);
        self.added += 1;
        let nth = self.added;
        self.activate(Queued { info, attempts: 0, rejected_by: SortedSet::new(), since: now, nth });
    }

    /// Replaces a pod by its newer form where it waits; false if it is not here.
    pub fn refresh(&mut self, info: &Rc<PodInfo>) -> bool {
        let active = self.ranks.get(&info.key).and_then(|rank| self.active.get_mut(rank));
        let delayed = self.backing_off.values_mut().find(|queued| queued.info.key == info.key);
        let Some(queued) = active.or(delayed).or_else(|| self.waiting.get_mut(&info.key)) else { return false };
        queued.info = info.clone();
        true
    }

    /// Takes a pod out.
    pub fn remove(&mut self, key: &Key) -> Option<Queued> {
        if let Some(rank) = self.ranks.remove(key) {
            return self.active.remove(&rank);
        }
        if let Some(queued) = self.waiting.remove(key) {
            return Some(queued);
        }
        let at = self.backing_off.iter().find(|(_, queued)| queued.info.key == *key).map(|(at, _)| *at)?;
        self.backing_off.remove(&at)
    }

    fn activate(&mut self, queued: Queued) {
        let rank = (Reverse(queued.info.priority()), queued.since, queued.nth);
        self.ranks.insert(queued.info.key.clone(), rank);
        self.active.insert(rank, queued);
    }

    /// The next pod to place.
    pub fn pop(&mut self, now: Time) -> Option<Queued> {
        self.wake_overdue(now);
        let (_, mut queued) = self.active.pop_first()?;
        self.ranks.remove(&queued.info.key);
        queued.attempts += 1;
        Some(queued)
    }

    fn wake_overdue(&mut self, now: Time) {
        while self.backing_off.first_key_value().is_some_and(|((until, _), _)| *until <= now) {
            let Some((_, queued)) = self.backing_off.pop_first() else { break };
            self.activate(queued);
        }
        if self.patrol.is_some_and(|patrol| patrol <= now) {
            self.wake(|queued| overdue(queued) <= now);
            self.patrol = self.waiting.values().map(overdue).min();
        }
    }

    /// Keeps a pod that fits nowhere until something changes.
    pub fn park(&mut self, mut queued: Queued, rejected_by: SortedSet<&'static str>, now: Time) {
        queued.rejected_by = rejected_by;
        queued.since = now;
        let patrol = overdue(&queued);
        self.patrol = Some(self.patrol.map_or(patrol, |earlier| earlier.min(patrol)));
        self.waiting.insert(queued.info.key.clone(), queued);
    }

    /// Keeps a pod for a while after an error.
    pub fn back_off(&mut self, mut queued: Queued, now: Time) {
        queued.since = now;
        let delay = BACKOFF_FIRST.saturating_mul(1 << (queued.attempts.clamp(1, 8) - 1)).min(BACKOFF_LAST);
        self.backing_off.insert((now + delay, queued.nth), queued);
    }

    /// Makes those of the waiting pods active for which `test` holds.
    pub fn wake(&mut self, test: impl Fn(&Queued) -> bool) {
        let keys: Vec<Key> =
            self.waiting.iter().filter(|(_, queued)| test(queued)).map(|(key, _)| key.clone()).collect();
        for key in keys {
            if let Some(queued) = self.waiting.remove(&key) {
                self.activate(queued);
            }
        }
    }

    /// Whether pods wait for a change.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// When there is something to do, given that pods that are active could be placed at `now`.
    pub fn due(&self, now: Time) -> Option<Time> {
        if !self.active.is_empty() {
            return Some(now);
        }
        let delayed = self.backing_off.keys().next().map(|(at, _)| *at);
        delayed.into_iter().chain(self.patrol).min()
    }
}

/// When a waiting pod is tried again in any case: at the first patrol after its patience ends.
fn overdue(queued: &Queued) -> Time {
    let end = queued.since + PATIENCE;
    Time((end.0 / PATROL + 1) * PATROL)
}
