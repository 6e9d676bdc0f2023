//! Scenarios: what a cluster starts from, everything its reader did, and links that carry both.
//!
//! A scenario is its seed and nodes, the files at the start and the log of [`Input`]s with their
//! times. Playing the log again gives the same cluster, byte for byte; that is how links, recovery
//! after a crash and going on from the past all work. [`link`] packs one into a URL fragment.

mod input;
pub mod link;

pub use input::{Input, TerminalId};

pub use crate::bootstrap::Profile;

use crate::json;
use crate::meta::{Time, Value};

/// A cluster and all that was done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What all chance comes from.
    pub seed: u64,
    /// The virtual time at which the page opens.
    pub start: Time,
    /// What stands there at the start.
    pub profile: Profile,
    /// The nodes' names, the control plane first.
    pub nodes: Vec<String>,
    /// Files in the working directory: absolute path and text.
    pub files: Vec<(String, String)>,
    /// What the reader did, each with the microseconds since `start`.
    pub log: Vec<(u64, Input)>,
    /// How long it ran, in microseconds since `start`.
    pub length: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Scenario {
            seed: 1,
            start: Time::from_civil(2026, 1, 5, 9, 0, 0),
            profile: Profile::Minikube,
            nodes: vec!["minikube".into()],
            files: Vec::new(),
            log: Vec::new(),
            length: 0,
        }
    }
}

impl Scenario {
    /// The scenario as a JSON document, as links carry it.
    pub fn to_value(&self) -> Value {
        let files: Value = self.files.iter().map(|(path, text)| json!([path, text])).collect();
        let log: Value = self.log.iter().map(|(at, input)| json!([(*at), (input.to_value())])).collect();
        let nodes: Value = self.nodes.iter().collect();
        json!({
            "seed": (self.seed.to_string()), "start": (self.start.0), "nodes": nodes, "files": files, "log": log,
            "profile": (if self.profile == Profile::Bare { "bare" } else { "minikube" }), "length": (self.length),
        })
    }

    /// Reads what [`Scenario::to_value`] wrote; `None` if it is something else.
    pub fn from_value(value: &Value) -> Option<Scenario> {
        let text = |value: &Value| value.as_str().map(String::from);
        let micros = |value: &Value| u64::try_from(value.as_i64()?).ok();
        let mut last = 0;
        let log = value["log"].as_array()?.iter().map(|entry| {
            let at = micros(&entry[0])?;
            // Time never goes back; a log that says so was not written by us.
            (at >= std::mem::replace(&mut last, at)).then_some(())?;
            Some((at, Input::from_value(&entry[1])?))
        });
        let log = log.collect::<Option<Vec<_>>>()?;
        let length = micros(&value["length"])?;
        (length >= last).then_some(())?;
        Some(Scenario {
            seed: value["seed"].as_str()?.parse().ok()?,
            start: Time(value["start"].as_i64()?),
            profile: match value["profile"].as_str()? {
                "bare" => Profile::Bare,
                "minikube" => Profile::Minikube,
                _ => return None,
            },
            nodes: value["nodes"].as_array()?.iter().map(text).collect::<Option<_>>()?,
            files: value["files"]
                .as_array()?
                .iter()
                .map(|f| Some((text(&f[0])?, text(&f[1])?)))
                .collect::<Option<_>>()?,
            log,
            length,
        })
    }
}
