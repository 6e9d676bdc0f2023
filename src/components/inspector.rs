//! The inspector: one object, over part of the graph. Every facet names the command that says the same.

use super::graph::chips;
use super::icon::{icon, status};
use crate::app::event::{Event, Facet};
use crate::app::state::{Inspected, State};
use crate::words::t;
use std::rc::Rc;
use tabernetes_engine::meta::{Time, duration};
use yew::prelude::*;

const FACETS: &[(Facet, &str)] =
    &[(Facet::Summary, "summary"), (Facet::Yaml, "yaml"), (Facet::Events, "events"), (Facet::Logs, "logs")];

/// See [`Inspector`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The object.
    pub inspected: Rc<Inspected>,
    /// The chosen tab.
    pub facet: Facet,
    /// The cluster's time.
    pub now: Time,
    /// Takes events.
    pub on: Callback<Event>,
}

/// The panel.
#[component]
pub fn Inspector(props: &Props) -> Html {
    let Props { inspected, facet, now, on } = props;
    let object = &inspected.object;
    let tab = |(of, word): &(Facet, &'static str)| {
        let of = *of;
        let onclick = on.reform(move |_: MouseEvent| Event::Facet(of));
        html! { <button role="tab" aria-selected={(of == *facet).to_string()} {onclick}>{ t(word) }</button> }
    };
    let is_pod = object.singular == "pod";
    let tabs = FACETS.iter().filter(|(facet, _)| is_pod || *facet != Facet::Logs);
    let command = State::command_for(object, *facet);
    let run = {
        let command = command.clone();
        on.reform(move |_: MouseEvent| Event::Try(command.clone()))
    };
    let close = on.reform(|_: MouseEvent| Event::Inspect(None));
    let label = format!("{} {}", object.kind, object.name);
    html! {
        <section class={classes!("inspector", inspected.gone.then_some("gone"))} aria-label={label.clone()}>
            <header>
                { status(object.health) }
                <h2><span class="dim">{ object.kind }</span>{ " " }{ &object.name }</h2>
                <div role="tablist" class="tabs">{ for tabs.map(tab) }</div>
                <button class="quiet square" aria-label={t("close")} title={t("close")} onclick={close}>{ icon("close") }</button>
            </header>
            <div class="facet" role="tabpanel" tabindex="0" aria-label={label}>
                if inspected.gone { <p class="dim">{ t("gone") }</p> }
                if *facet == Facet::Summary { { summary(inspected, *now, on) } } else { { text(inspected, *facet) } }
            </div>
            <footer>
                <code>{ command }</code>
                <button class="quiet" onclick={run}>{ t("run-in-terminal") }</button>
            </footer>
        </section>
    }
}

fn text(inspected: &Inspected, facet: Facet) -> Html {
    match (facet, inspected.text.trim().is_empty()) {
        (Facet::Events, true) => html! { <p class="dim">{ t("no-events") }</p> },
        (Facet::Logs, true) => html! { <p class="dim">{ t("no-logs") }</p> },
        _ => html! { <pre>{ &*inspected.text }</pre> },
    }
}

fn summary(inspected: &Inspected, now: Time, on: &Callback<Event>) -> Html {
    let object = &inspected.object;
    let age = object.created.map(|created| duration::age(now, created)).unwrap_or_default();
    let ready = object.ready.map(|(ready, wanted)| format!("{ready}/{wanted}")).unwrap_or_default();
    let rows = [
        ("status", object.status.clone()),
        ("ready", if ready == object.status { String::new() } else { ready }),
        ("namespace", object.namespace.clone()),
        ("node", object.node.clone()),
        ("address", object.address.clone()),
        ("age", age),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    html! {
        <dl>
            { for rows.map(|(word, value)| html! { <><dt>{ t(word) }</dt><dd>{ value }</dd></> }) }
            if let Some((kind, name, uid)) = &object.owner {
                <dt>{ t("owner") }</dt>
                <dd><button class="link" onclick={let uid = uid.clone(); on.reform(move |_: MouseEvent| Event::Inspect(Some(uid.clone())))}>
                    { format!("{kind} {name}") }
                </button></dd>
            }
            if !object.labels.is_empty() { <dt>{ t("labels") }</dt><dd>{ chips(&object.labels, usize::MAX) }</dd> }
        </dl>
    }
}
