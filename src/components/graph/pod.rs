//! One pod: a card with its status and labels, or a dot where there are very many.

use super::{chips, tree_name};
use crate::app::event::Event;
use crate::components::icon::status;
use tabernetes_engine::playground::ObjectView;
use yew::prelude::*;

/// See [`Pod`] and [`Dot`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The pod.
    pub object: ObjectView,
    /// Whether the selector matches it.
    pub lit: bool,
    /// Whether it is in the inspector.
    pub selected: bool,
    /// Takes events.
    pub on: Callback<Event>,
}

impl Props {
    fn class(&self, name: &'static str) -> Classes {
        classes!(name, self.lit.then_some("match"), self.selected.then_some("selected"))
    }

    fn onclick(&self) -> Callback<MouseEvent> {
        let uid = self.object.uid.clone();
        self.on.reform(move |event: MouseEvent| {
            event.stop_propagation();
            Event::Inspect(Some(uid.clone()))
        })
    }
}

/// A card.
#[component]
pub fn Pod(props: &Props) -> Html {
    let object = &props.object;
    let ready = object.ready.map(|(ready, wanted)| format!("{ready}/{wanted}")).unwrap_or_default();
    html! {
        <div class={props.class("pod")} data-flip="" role="treeitem" tabindex="0" aria-label={tree_name(object)} onclick={props.onclick()}>
            <span class="pod-name">{ status(object.health) }{ name(&object.name) }</span>
            <span class="pod-status dim"><span>{ &object.status }</span><span>{ ready }</span></span>
            { chips(&object.labels, fitting(&object.labels)) }
        </div>
    }
}

/// How many characters a line of chips holds, and what a chip and the number of the others take besides theirs.
const LINE: usize = 31;
const AROUND: usize = 3;

/// How many labels fit into two lines of a card, with the number of those that do not.
fn fitting(labels: &[(String, String)]) -> usize {
    let (mut lines, mut used, mut fitting) = (1, 0, 0);
    for (at, (key, value)) in labels.iter().enumerate() {
        let wide = (key.len() + 1 + value.len() + AROUND).min(LINE);
        if used + wide > LINE {
            (lines, used) = (lines + 1, 0);
        }
        used += wide;
        let is_last = at + 1 == labels.len();
        match lines {
            1 => fitting = at + 1,
            2 if is_last || used + AROUND <= LINE => fitting = at + 1,
            2 => {}
            _ => break,
        }
    }
    fitting
}

/// A name; where it is cut, its end stays: what tells pods of one owner apart.
fn name(name: &str) -> Html {
    let (head, tail) = name.rfind('-').map_or((name, ""), |at| name.split_at(at));
    html! { <b title={name.to_string()}><span>{ head.to_string() }</span><span>{ tail.to_string() }</span></b> }
}

/// A dot.
#[component]
pub fn Dot(props: &Props) -> Html {
    let object = &props.object;
    html! {
        <span class={props.class("pod-dot")} role="treeitem" tabindex="-1" aria-label={tree_name(object)}
            title={format!("{} {}", object.name, object.status)} onclick={props.onclick()}>
            { status(object.health) }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::fitting;

    #[test]
    fn labels_fill_two_lines() {
        for (labels, expect) in [
            (&["app=kubia", "creation_method=manual", "env=prod"][..], 2),
            (&["app=web", "pod-template-hash=7957885594"], 2),
            (&["app=web", "pod-template-hash=7957885594", "tier=front"], 1),
            (&["a=1", "b=2", "c=3", "d=4", "e=5", "f=6"], 6),
            (&[], 0),
        ] {
            let pairs: Vec<_> = labels.iter().filter_map(|label| label.split_once('=')).collect();
            let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            assert_eq!(fitting(&pairs), expect, "{labels:?}");
        }
    }
}
