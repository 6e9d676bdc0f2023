//! Tasks: what a terminal runs. Cooperative, single-threaded, polled in the order they were started.

use super::Clock;
use crate::meta::SortedMap;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Names a task for as long as it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TaskId(u64);

type Job = Pin<Box<dyn Future<Output = ()>>>;

/// The running tasks. Clones are handles on the same set, so that a task may start others.
#[derive(Clone, Default)]
pub struct Tasks(Rc<RefCell<Inner>>);

#[derive(Default)]
struct Inner {
    next: u64,
    /// In the order they were started. A task's job is taken out while it runs.
    running: SortedMap<TaskId, Option<Job>>,
}

impl Tasks {
    /// Starts a task; it is first polled when the cluster next settles.
    pub fn spawn(&self, clock: &Clock, job: impl Future<Output = ()> + 'static) -> TaskId {
        let mut inner = self.0.borrow_mut();
        let id = TaskId(inner.next);
        inner.next += 1;
        inner.running.insert(id, Some(Box::pin(job)));
        clock.stir();
        id
    }

    /// Ends a task where it stands. Its destructors run; it gets no say.
    pub fn kill(&self, clock: &Clock, id: TaskId) {
        // Its destructors may themselves start and end tasks: nothing is borrowed then.
        let job = self.0.borrow_mut().running.remove(&id);
        drop(job);
        clock.stir();
    }

    /// Whether the task has not ended.
    pub fn is_running(&self, id: TaskId) -> bool {
        self.0.borrow().running.contains_key(&id)
    }

    /// Polls every task once, in order. Tasks started meanwhile wait for the next round.
    pub fn poll_all(&self, clock: &Clock) {
        let ids: Vec<TaskId> = self.0.borrow().running.keys().copied().collect();
        let mut context = Context::from_waker(Waker::noop());
        for id in ids {
            // The job is taken out while it runs, so that it may itself spawn and kill.
            let job = self.0.borrow_mut().running.get_mut(&id).and_then(Option::take);
            let Some(mut job) = job else { continue };
            let done = job.as_mut().poll(&mut context).is_ready();
            let mut inner = self.0.borrow_mut();
            if done {
                inner.running.remove(&id);
                clock.stir();
            } else if let Some(place) = inner.running.get_mut(&id) {
                *place = Some(job);
            }
        }
    }
}

/// Lets every other task have a turn first.
pub async fn yield_now(clock: &Clock) {
    let mut yielded = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut yielded, true) {
            Poll::Ready(())
        } else {
            clock.stir();
            Poll::Pending
        }
    })
    .await;
}
