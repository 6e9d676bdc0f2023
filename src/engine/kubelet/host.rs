//! What the workers of all pods share: connections, machines, and a view of what pods refer to.

use super::env::{self, Pairs};
use super::images::{self, Image, Reference, UNKNOWN};
use super::machine::Machine;
use super::programs::{ApiPort, Programs};
use super::registry;
use crate::api::{Client, Recorder};
use crate::meta::SortedMap;
use crate::meta::{Object, Text, Time, duration};
use crate::network::Network;
use crate::sim::{Clock, Rng, Tasks};
use crate::store::Change;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// A namespace and a name.
type Name = (Text, Text);

/// What pods refer to, kept current by the store's changes.
#[derive(Default)]
pub struct Caches {
    pub config_maps: SortedMap<Name, Object>,
    pub secrets: SortedMap<Name, Object>,
    pub services: SortedMap<Name, Object>,
    pub claims: SortedMap<Name, Object>,
    pub volumes: SortedMap<Text, Object>,
    /// The services' part of environments, by namespace and whether links are wanted.
    links: RefCell<SortedMap<(Text, bool), Rc<Pairs>>>,
}

impl Caches {
    /// Takes a change of the store in.
    pub fn observe(&mut self, change: &Change) {
        let shelf = match &*change.key.resource {
            "configmaps" => &mut self.config_maps,
            "secrets" => &mut self.secrets,
            "services" => {
                self.links.borrow_mut().clear();
                &mut self.services
            }
            "persistentvolumeclaims" => &mut self.claims,
            "persistentvolumes" => {
                match &change.new {
                    Some(object) => drop(self.volumes.insert(change.key.name.clone(), object.clone())),
                    None => drop(self.volumes.remove(&change.key.name)),
                }
                return;
            }
            _ => return,
        };
        let name = (change.key.namespace.clone(), change.key.name.clone());
        match &change.new {
            Some(object) => drop(shelf.insert(name, object.clone())),
            None => drop(shelf.remove(&name)),
        }
    }

    /// What the services of a namespace put into the environment of its pods.
    pub fn links(&self, namespace: &str, wanted: bool) -> Rc<Pairs> {
        let mut links = self.links.borrow_mut();
        let make = || Rc::new(env::of_services(self.services.values(), namespace, wanted));
        links.entry((namespace.into(), wanted)).or_insert_with(make).clone()
    }
}

/// What a program or a probe reports from a task of its own.
pub enum News {
    /// A container's main program ended.
    Exited { container: Text, id: Text, code: i32 },
    /// A signal was sent to a container's main program, from within.
    Signalled { container: Text, id: Text, signal: i32 },
    /// A probe has its answer.
    Probed { container: Text, id: Text, probe: usize, answer: super::probes::Answer },
    /// A lifecycle hook is through.
    Hooked { container: Text, id: Text, start: bool, answer: Result<(), String> },
}

/// Where tasks leave their reports, by the uid of the pod.
pub type Inbox = Rc<RefCell<Vec<(Text, News)>>>;

/// What the workers of all pods share.
pub struct Host {
    pub client: Client,
    pub clock: Clock,
    pub rng: Rng,
    pub tasks: Tasks,
    pub network: Network,
    pub programs: Rc<dyn Programs>,
    pub api: Rc<dyn ApiPort>,
    pub machines: SortedMap<Text, Machine>,
    pub recorders: SortedMap<Text, Recorder>,
    pub caches: Caches,
    pub inbox: Inbox,
}

/// A pull that has been decided but may still take a while.
pub struct Pull {
    /// When it is through.
    pub until: Time,
    /// What the event says of how long it took.
    pub took: String,
    /// The bytes on disk, or reason and message.
    pub result: Result<u64, (&'static str, String)>,
}

impl Host {
    /// A span of up to that many milliseconds on top of a least one.
    pub fn span(&self, least: u64, more: u64) -> Duration {
        Duration::from_millis(least + self.rng.below(more.max(1)))
    }

    /// Whether a machine is running, and its kubelet on it.
    pub fn is_up(&self, machine: &str) -> bool {
        self.machines.get(machine).is_some_and(|machine| machine.up && !machine.halted)
    }

    /// Whether the runtime of a machine is hollow.
    pub fn is_hollow(&self, machine: &str) -> bool {
        self.machines.get(machine).is_none_or(|machine| machine.plan.make.hollow)
    }

    /// Whether a machine has an image on its disk.
    pub fn has_image(&self, machine: &str, image: &Reference) -> bool {
        self.machines.get(machine).is_some_and(|machine| machine.images.contains_key(&image.to_string()))
    }

    /// Starts to pull an image onto a machine. Images are pulled one after the other.
    pub fn pull(&mut self, machine: &str, image: &Reference, now: Time) -> Pull {
        let hollow = self.is_hollow(machine);
        // Pulls wait for each other: one that is under way will have brought it.
        let coming = self.machines.get(machine).is_some_and(|machine| machine.coming.contains(&image.to_string()));
        let present = coming || self.has_image(machine, image);
        let answer = registry::ask(image, hollow);
        let lasts = match &answer {
            _ if hollow => Duration::ZERO,
            Ok(found) if !present => self.span(700, 900) + Duration::from_millis(u64::from(found.size) * 1000 / 40),
            _ => self.span(400, 700),
        };
        let Some(machine) = self.machines.get_mut(machine) else {
            return Pull { until: now, took: String::new(), result: Err(("ErrImagePull", String::new())) };
        };
        let begins = machine.pulls_until.max(now);
        machine.pulls_until = begins + lasts;
        if answer.is_ok() {
            machine.coming.insert(image.to_string());
        }
        let took = format!("{} ({} including waiting)", millis(lasts), millis(begins.since(now) + lasts));
        let size = |found: &Image| if hollow { 0 } else { registry::bytes(image, found) };
        Pull { until: machine.pulls_until, took, result: answer.map(size) }
    }

    /// Notes that an image is on a machine's disk.
    pub fn keep_image(&mut self, machine: &str, image: &Reference, size: u64, now: Time) {
        let Some(machine) = self.machines.get_mut(machine) else { return };
        let name = image.to_string();
        machine.coming.remove(&name);
        if machine.images.insert(name, size).is_none() && !machine.plan.make.hollow {
            machine.list_images(now);
        }
    }

    /// What is known of an image.
    pub fn image(image: &Reference) -> &'static Image {
        images::find(&image.repository).unwrap_or(&UNKNOWN)
    }
}

/// A span in whole milliseconds, as Go prints it.
fn millis(span: Duration) -> String {
    duration::format(Duration::from_millis(span.as_millis() as u64))
}
