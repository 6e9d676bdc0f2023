//! The one virtual clock, and sleeping on it.

use crate::meta::SortedMap;
use crate::meta::Time;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// A handle on the cluster's clock. Clones show the same time.
#[derive(Clone, Default)]
pub struct Clock(Rc<Inner>);

#[derive(Default)]
struct Inner {
    now: Cell<i64>,
    /// How many sleepers wait for each moment.
    sleepers: RefCell<SortedMap<Time, usize>>,
    /// Counts everything that may let a waiting task go on (see [`Clock::stir`]).
    stirred: Cell<u64>,
}

impl Clock {
    /// A clock that shows `start`.
    pub fn starting_at(start: Time) -> Clock {
        let clock = Clock::default();
        clock.0.now.set(start.0);
        clock
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        Time(self.0.now.get())
    }

    /// Moves time on. Only the cluster's loop does this; time never goes back.
    pub fn set(&self, to: Time) {
        if to > self.now() {
            self.0.now.set(to.0);
            self.stir();
        }
    }

    /// The earliest moment to come that a sleeper waits for. Whoever slept until now can go on
    /// without time moving, and is no reason to stop here again.
    pub fn next_sleeper(&self) -> Option<Time> {
        let later = (std::ops::Bound::Excluded(self.now()), std::ops::Bound::Unbounded);
        self.0.sleepers.borrow().range(later).next().map(|(until, _)| *until)
    }

    /// Says that something happened which a waiting task may be waiting for: bytes in a pipe,
    /// a new revision in the store, a finished task. Tasks are polled again until nothing stirs.
    pub fn stir(&self) {
        self.0.stirred.set(self.0.stirred.get() + 1);
    }

    /// How often something stirred so far.
    pub fn stirred(&self) -> u64 {
        self.0.stirred.get()
    }

    /// Waits until `span` has passed.
    pub fn sleep(&self, span: Duration) -> Sleep {
        self.sleep_until(self.now() + span)
    }

    /// Waits until the moment `until`.
    pub fn sleep_until(&self, until: Time) -> Sleep {
        *self.0.sleepers.borrow_mut().entry(until).or_default() += 1;
        Sleep { clock: self.clone(), until }
    }
}

/// The future of [`Clock::sleep`].
pub struct Sleep {
    clock: Clock,
    until: Time,
}

impl Future for Sleep {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.until { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut sleepers = self.clock.0.sleepers.borrow_mut();
        if let Some(count) = sleepers.get_mut(&self.until) {
            *count -= 1;
            if *count == 0 {
                sleepers.remove(&self.until);
            }
        }
    }
}
