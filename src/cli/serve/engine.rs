//! The engine's own thread: it owns the cluster, lets time pass, and answers messages.

use super::Options;
use super::answer::{Asked, administrator, answer};
use super::pumps::{Pumps, pump};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tabernetes_engine::bootstrap;
use tabernetes_engine::cluster::Cluster;
use tabernetes_engine::meta::Time;
use tabernetes_engine::scenario::Scenario;

/// How often time moves on while nobody asks anything.
const TICK: Duration = Duration::from_millis(10);
/// The most virtual time that passes before requests are looked at again.
const SLICE: Duration = Duration::from_millis(250);

/// How long nothing may be asked until clients that hold streams open count as waiting.
const QUIET: Duration = Duration::from_millis(200);

/// How fast time passes: virtual seconds for each second of the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// While clients ask.
    pub working: f64,
    /// While they only wait: all asleep, or with streams open on which they wait for events.
    pub waiting: f64,
}

/// What the engine's thread is told.
pub enum Message {
    /// A request.
    Asked(Asked),
    /// Somebody wants to know when this much virtual time has passed; `done` then hangs up.
    Sleep {
        /// How long.
        duration: Duration,
        /// Whether nobody else is at work meanwhile.
        alone: bool,
        /// Dropped once the time has passed.
        done: Sender<()>,
    },
    /// No more.
    Stop,
}

/// Somebody asleep by virtual time.
struct Sleeper {
    until: Time,
    alone: bool,
    /// Hangs up when this is dropped.
    _done: Sender<()>,
}

/// Starts the thread.
pub fn start(options: Options) -> Sender<Message> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let cluster = boot(&options.scenario);
        let mut server = cluster.server.borrow_mut();
        server.admit(options.token, administrator());
        server.disable_plugins(options.disabled_plugins);
        if options.allows_all {
            server.allow_all();
        }
        drop(server);
        run(cluster, &receiver, options.pace);
    });
    sender
}

fn run(mut cluster: Cluster, told: &Receiver<Message>, pace: Pace) {
    let pumps = Pumps::default();
    let mut sleepers: Vec<Sleeper> = Vec::new();
    let (mut last, mut last_asked) = (Instant::now(), Instant::now());
    loop {
        let first = match told.recv_timeout(TICK) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let now = Instant::now();
        let asleep = sleepers.iter().any(|sleeper| sleeper.alone);
        let waiting = asleep || (now - last_asked > QUIET && !pumps.borrow().is_empty());
        let mut passed = (now - last).mul_f64(if waiting { pace.waiting } else { pace.working });
        last = now;
        while !passed.is_zero() {
            let slice = passed.min(SLICE);
            cluster.advance(cluster.clock.now() + slice);
            cluster.server.borrow_mut().compact();
            passed -= slice;
            pump(&pumps);
        }
        for message in first.into_iter().chain(told.try_iter()) {
            match message {
                Message::Asked(request) => {
                    last_asked = now;
                    answer(&mut cluster, request, &pumps);
                }
                Message::Stop => return,
                Message::Sleep { duration, alone, done } => {
                    sleepers.push(Sleeper { until: cluster.clock.now() + duration, alone, _done: done });
                }
            }
        }
        cluster.settle();
        pump(&pumps);
        sleepers.retain(|sleeper| sleeper.until > cluster.clock.now());
    }
}

/// The cluster that a scenario starts from.
fn boot(scenario: &Scenario) -> Cluster {
    let nodes: Vec<&str> = scenario.nodes.iter().map(String::as_str).collect();
    bootstrap::cluster(scenario.profile, &nodes, scenario.start, scenario.seed)
}
