//! ImageLocality: better the nodes that have the pod's images already.

use crate::meta::Value;
use crate::scheduler::cache::NodeInfo;
use crate::scheduler::framework::{Cycle, MAX_SCORE, Plugin, Score};
use std::cmp::Ordering;

/// The row.
pub const PLUGIN: Plugin = Plugin { name: "ImageLocality", filter: None, score: Some(prefer), weight: 1 };

/// Sizes between which an image counts, per container.
const LEAST: i64 = 23 * 1024 * 1024;
const MOST: i64 = 1000 * 1024 * 1024;
/// The tag of an image that is named without one.
const LATEST: &str = ":latest";

struct Images<'a> {
    containers: &'a [Value],
    /// How many nodes there are, and how many of them have each of the images.
    nodes: i64,
    having: Vec<i64>,
}

fn size_on(node: &NodeInfo, image: &str) -> Option<i64> {
    let listed = node.node.status()["images"].items().iter();
    let mut found = listed.filter(|entry| entry["names"].items().iter().any(|name| is_same(name.str(), image)));
    found.next().map(|entry| entry["sizeBytes"].int())
}

/// Whether two names are of one image: they may lack the default registry and the tag.
fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (without_registry(one), without_registry(other));
    match one.len().cmp(&other.len()) {
        Ordering::Equal => one == other,
        Ordering::Less => other.strip_prefix(one) == Some(LATEST) && !has_tag(one),
        Ordering::Greater => one.strip_prefix(other) == Some(LATEST) && !has_tag(other),
    }
}

fn without_registry(image: &str) -> &str {
    let short = image.strip_prefix("docker.io/").unwrap_or(image);
    short.strip_prefix("library/").unwrap_or(short)
}

fn has_tag(image: &str) -> bool {
    image.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
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

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn names_may_lack_the_registry_and_the_tag() {
        for (one, other, expect) in [
            ("nginx", "docker.io/library/nginx:latest", true),
            ("docker.io/luksa/kubia:v1", "luksa/kubia:v1", true),
            ("nginx", "nginx:1.29", false),
            ("host:5000/web", "host:5000/web:latest", true),
            ("nginx:1", "nginx:1:latest", false),
            ("quay.io/a", "a", false),
        ] {
            assert_eq!((is_same(one, other), is_same(other, one)), (expect, expect), "{one} {other}");
        }
    }
}
