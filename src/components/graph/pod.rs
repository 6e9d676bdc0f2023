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
            <span class="pod-name">{ status(object.health) }<b title={object.name.clone()}>{ &object.name }</b></span>
            <span class="pod-status dim"><span>{ &object.status }</span><span>{ ready }</span></span>
            { chips(&object.labels) }
        </div>
    }
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
