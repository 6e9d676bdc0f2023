//! ImageLocality: better the nodes that have the pod's images already.

use crate::meta::Value;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, MAX_SCORE, Plugin, Score};

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "ImageLocality", filter: None, score: Some(prefer), weight: 1 };

/// Sizes between which an image counts, per container.
const LEAST: i64 = 23 * 1024 * 1024;
const MOST: i64 = 1000 * 1024 * 1024;

struct Images<'a> {
    containers: &'a [Value],
    /// How many nodes there are, and how many of them have each of the images.
    nodes: i64,
    having: Vec<i64>,
}

fn size_on(node: &NodeInfo, image: &str) -> Option<i64> {
    let listed = node.node.status()["images"].items().iter();
    let image = normal(image);
    let mut found = listed.filter(|entry| entry["names"].items().iter().any(|name| normal(name.str()) == image));
    found.next().map(|entry| entry["sizeBytes"].int())
}

/// An image's name without the default registry, and with a tag.
fn normal(image: &str) -> String {
    let short = image.strip_prefix("docker.io/").unwrap_or(image);
    let short = short.strip_prefix("library/").unwrap_or(short);
    let tagged = short.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
    if tagged { short.into() } else { format!("{short}:latest") }
}

fn prefer<'a>(cycle: &'a Cycle<'a>, _: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
    let containers = cycle.spec()["containers"].items();
    if cycle.nodes().all(|node| node.node.status()["images"].items().is_empty()) {
        return None;
    }
    let nodes: Vec<&NodeInfo> = cycle.nodes().collect();
    let having = |container: &Value| {
        nodes.iter().filter(|node| size_on(node, container["image"].str()).is_some()).count() as i64
    };
    let having = containers.iter().map(having).collect();
    Some(Box::new(Images { containers, nodes: nodes.len() as i64, having }))
}

impl Score for Images<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let sizes = self.containers.iter().zip(&self.having).map(|(container, having)| {
            size_on(node, container["image"].str()).map_or(0, |size| size * having / self.nodes.max(1))
        });
        let most = MOST * self.containers.len().max(1) as i64;
        let sum = sizes.sum::<i64>().clamp(LEAST, most);
        MAX_SCORE * (sum - LEAST) / (most - LEAST)
    }
}
