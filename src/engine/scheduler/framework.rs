//! How plugins take part in placing a pod: they refuse nodes, and they score those that are left.
//!
//! A plugin looks at the pod once, at the start of a cycle, and hands back what judges the nodes;
//! or nothing, if it has nothing to say about this pod. The rows are in [`super::plugins`].

use super::cache::{Cache, NodeInfo, PodInfo};
use super::plugins::PLUGINS;
use crate::controllers::Informers;
use crate::meta::{SortedMap, SortedSet};
use crate::meta::{Text, Value};
use std::borrow::Cow;
use std::rc::Rc;

/// The best score a plugin gives.
pub const MAX_SCORE: i64 = 100;

/// One plugin.
pub struct Plugin {
    /// Such as `NodeResourcesFit`.
    pub name: &'static str,
    /// What refuses nodes, prepared for the cycle's pod; an error refuses them all.
    pub filter: Option<for<'a> fn(&'a Cycle<'a>) -> Prepared<'a>>,
    /// What scores the nodes that were not refused, prepared for the cycle's pod.
    pub score: Option<for<'a> fn(&'a Cycle<'a>, &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>>>,
    /// How much its score counts.
    pub weight: i64,
}

/// What refuses nodes, if the plugin has anything to say about the pod.
pub type Prepared<'a> = Result<Option<Box<dyn Filter + 'a>>, Cow<'static, str>>;

/// What refuses nodes.
pub trait Filter {
    /// Why the pod cannot go to the node, if so.
    fn refuse(&self, node: &NodeInfo) -> Option<Refusal>;
}

/// What scores nodes.
pub trait Score {
    /// How well the pod would go to the node; any number, if `normalize` makes it one up to 100.
    fn score(&self, node: &NodeInfo) -> i64;
    /// Brings the scores of all nodes between 0 and [`MAX_SCORE`].
    fn normalize(&self, _scores: &mut [i64]) {}
}

/// Why a node was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The texts, as they are counted in messages.
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether other pods' leaving could change it.
    pub curable: bool,
}

impl Refusal {
    /// A refusal that other pods' leaving could change.
    pub fn curable(reason: impl Into<Cow<'static, str>>) -> Option<Refusal> {
        Some(Refusal { reasons: vec![reason.into()], curable: true })
    }
    /// A refusal that stands whatever other pods do.
    pub fn final_word(reason: impl Into<Cow<'static, str>>) -> Option<Refusal> {
        Some(Refusal { reasons: vec![reason.into()], curable: false })
    }
}

/// One pod being placed.
pub struct Cycle<'a> {
    /// The pod.
    pub info: &'a PodInfo,
    /// The nodes and their pods.
    pub cache: &'a Cache,
    /// A node as it would be, in place of the one in the cache.
    pub instead: Option<&'a NodeInfo>,
    /// All else: claims, volumes, services, owners.
    pub objects: &'a Informers,
    /// Pods that wait for room on a node that was made for them.
    pub nominated: &'a SortedMap<Text, Vec<Rc<PodInfo>>>,
}

/// What a cycle found out about the nodes that do not fit.
#[derive(Default)]
pub struct Diagnosis {
    /// Why no node at all was looked at.
    pub everywhere: Option<Cow<'static, str>>,
    /// Why each node was refused.
    pub nodes: SortedMap<Text, Refusal>,
    /// The plugins that refused.
    pub plugins: SortedSet<&'static str>,
}

/// A plugin's filter, ready to judge.
type Ready<'a> = (&'static str, Box<dyn Filter + 'a>);

impl<'a> Cycle<'a> {
    /// All nodes, one of them possibly as it would be.
    pub fn nodes(&self) -> impl Iterator<Item = &'a NodeInfo> + use<'a> {
        let instead = self.instead;
        self.cache.nodes.values().map(move |node| instead.filter(|other| other.name == node.name).unwrap_or(node))
    }

    /// The pod's `spec`.
    pub fn spec(&self) -> &'a Value {
        self.info.pod.spec()
    }

    /// The labels of a namespace.
    pub fn namespace_labels(&self, name: &str) -> Value {
        self.objects.get("namespaces", "", name).map_or(Value::Null, |namespace| namespace.labels().clone())
    }

    /// Prepares the filters.
    ///
    /// # Errors
    /// The plugin that refuses every node, and its text.
    pub fn filters(&'a self) -> Result<Vec<Ready<'a>>, (&'static str, Cow<'static, str>)> {
        let mut ready = Vec::new();
        for plugin in PLUGINS {
            let Some(prepare) = plugin.filter else { continue };
            if let Some(filter) = prepare(self).map_err(|text| (plugin.name, text))? {
                ready.push((plugin.name, filter));
            }
        }
        Ok(ready)
    }

    /// Why a node does not fit: the first plugin that refuses it, also if the pods nominated to it came.
    pub fn refusal(&self, filters: &[Ready], node: &NodeInfo) -> Option<(&'static str, Refusal)> {
        let judge = |node: &NodeInfo| filters.iter().find_map(|(name, filter)| Some((*name, filter.refuse(node)?)));
        let rivals = self.nominated.get(&node.name).into_iter().flatten();
        let rivals = rivals.filter(|other| {
            other.key != self.info.key
                && other.priority() >= self.info.priority()
                && !node.pods.contains_key(&other.key)
        });
        let mut crowded: Option<NodeInfo> = None;
        for rival in rivals {
            crowded.get_or_insert_with(|| node.clone()).add(rival.clone());
        }
        crowded.and_then(|crowded| judge(&crowded)).or_else(|| judge(node))
    }

    /// The nodes that fit, up to `enough`, looking from the node at `start` on; and how many were looked at.
    pub fn find(&'a self, start: usize, enough: usize) -> (Vec<&'a NodeInfo>, Diagnosis, usize) {
        let mut diagnosis = Diagnosis::default();
        let filters = match self.filters() {
            Ok(filters) => filters,
            Err((plugin, text)) => {
                diagnosis.everywhere = Some(text);
                diagnosis.plugins.insert(plugin);
                return (Vec::new(), diagnosis, 0);
            }
        };
        let (mut fitting, mut looked_at) = (Vec::new(), 0);
        let nodes: Vec<&NodeInfo> = self.nodes().collect();
        let (before, after) = nodes.split_at(start.min(nodes.len()));
        for node in after.iter().chain(before) {
            looked_at += 1;
            match self.refusal(&filters, node) {
                Some((plugin, refusal)) => {
                    diagnosis.plugins.insert(plugin);
                    diagnosis.nodes.insert(node.name.clone(), refusal);
                }
                None => {
                    fitting.push(*node);
                    if fitting.len() >= enough {
                        break;
                    }
                }
            }
        }
        (fitting, diagnosis, looked_at)
    }

    /// The weighted sum of all plugins' scores for each of the nodes.
    pub fn scores(&'a self, nodes: &[&'a NodeInfo]) -> Vec<i64> {
        let mut totals = vec![0; nodes.len()];
        for plugin in PLUGINS {
            let Some(score) = plugin.score.and_then(|prepare| prepare(self, nodes)) else { continue };
            let mut scores: Vec<i64> = nodes.iter().map(|node| score.score(node)).collect();
            score.normalize(&mut scores);
            for (total, score) in totals.iter_mut().zip(scores) {
                *total += plugin.weight * score;
            }
        }
        totals
    }
}

/// `0/3 nodes are available: 3 Insufficient cpu.`
pub fn unavailable(total: usize, everywhere: Option<&str>, refusals: &SortedMap<Text, Refusal>) -> String {
    let mut text = format!("0/{total} nodes are available");
    if let Some(reason) = everywhere {
        return format!("{text}: {reason}.");
    }
    let mut counts: SortedMap<&str, usize> = SortedMap::new();
    for reason in refusals.values().flat_map(|refusal| &refusal.reasons) {
        *counts.entry(reason).or_default() += 1;
    }
    let mut reasons: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    reasons.sort();
    if !reasons.is_empty() {
        text.push_str(": ");
        text.push_str(&reasons.join(", "));
        text.push('.');
    }
    text
}

/// Scales scores so that the highest is [`MAX_SCORE`]; `reverse` turns them round.
pub fn normalize(scores: &mut [i64], reverse: bool) {
    let highest = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        let scaled = if highest == 0 { 0 } else { MAX_SCORE * *score / highest };
        *score = if reverse { MAX_SCORE - scaled } else { scaled };
    }
}
