//! The queue between noticing and doing: which objects are to be reconciled, and when.
//!
//! Adding what already waits changes nothing, so a thousand changes cost one reconcile; what fails
//! comes again after a delay that doubles.

use crate::meta::Time;
use crate::meta::{SortedMap, SortedSet};
use crate::store::Key;
use std::time::Duration;

/// The first delay after a failure, and the last.
const RETRY_FIRST: Duration = Duration::from_millis(5);
const RETRY_LAST: Duration = Duration::from_secs(1000);

/// Objects to be reconciled, each once, in order of their time and of being added.
#[derive(Default)]
pub struct WorkQueue {
    waiting: SortedMap<Key, (Time, u64)>,
    order: SortedSet<(Time, u64, Key)>,
    failures: SortedMap<Key, u32>,
    added: u64,
}

impl WorkQueue {
    /// Puts an object in, due at a moment. One that already waits keeps the earlier moment.
    pub fn add(&mut self, key: Key, at: Time) {
        if let Some((due, nth)) = self.waiting.get(&key).copied() {
            if due <= at {
                return;
            }
            self.order.remove(&(due, nth, key.clone()));
        }
        self.added += 1;
        self.waiting.insert(key.clone(), (at, self.added));
        self.order.insert((at, self.added, key));
    }

    /// When the next object is due.
    pub fn due(&self) -> Option<Time> {
        self.order.first().map(|(due, ..)| *due)
    }

    /// Takes out the next object that is due by `now`.
    pub fn pop(&mut self, now: Time) -> Option<Key> {
        if self.due()? > now {
            return None;
        }
        let (.., key) = self.order.pop_first()?;
        self.waiting.remove(&key);
        Some(key)
    }

    /// Puts an object in again after a failure, later with each failure in a row.
    pub fn retry(&mut self, key: Key, now: Time) {
        let failures = self.failures.entry(key.clone()).or_default();
        let delay = RETRY_FIRST.saturating_mul(1 << (*failures).min(20)).min(RETRY_LAST);
        *failures += 1;
        self.add(key, now + delay);
    }

    /// Forgets the failures of an object that succeeded.
    pub fn forget(&mut self, key: &Key) {
        self.failures.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key { resource: "pods".into(), namespace: "default".into(), name: name.into() }
    }
    fn drain(queue: &mut WorkQueue, now: i64) -> Vec<String> {
        std::iter::from_fn(|| queue.pop(Time(now))).map(|key| key.name.to_string()).collect()
    }

    #[test]
    fn the_earlier_moment_wins_and_each_key_comes_once() {
        let mut queue = WorkQueue::default();
        for (name, at) in [("b", 5), ("a", 5), ("b", 9), ("c", 7), ("c", 2), ("a", 5)] {
            queue.add(key(name), Time(at));
        }
        assert_eq!(queue.due(), Some(Time(2)));
        assert_eq!(drain(&mut queue, 4), ["c"]);
        assert_eq!(drain(&mut queue, 9), ["b", "a"]);
        assert_eq!(queue.due(), None);
    }

    #[test]
    fn failures_double_the_delay_until_forgotten() {
        let mut queue = WorkQueue::default();
        let mut delays = Vec::new();
        for _ in 0..3 {
            queue.retry(key("a"), Time(0));
            delays.extend(queue.due());
            drain(&mut queue, i64::MAX);
        }
        queue.forget(&key("a"));
        queue.retry(key("a"), Time(0));
        delays.extend(queue.due());
        assert_eq!(delays, [5_000, 10_000, 20_000, 5_000].map(Time));
    }
}
