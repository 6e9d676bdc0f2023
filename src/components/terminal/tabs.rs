//! The tabs over the terminal, and beside them the buttons of the panels below it.

use crate::app::event::{Event, Pane};
use crate::components::icon::icon;
use crate::words::t;
use tabernetes_engine::scenario::TerminalId;
use yew::prelude::*;

/// One terminal.
#[derive(Clone, PartialEq)]
pub struct Tab {
    /// Which.
    pub id: TerminalId,
    /// What it is called: what runs in it, or its number.
    pub title: AttrValue,
    /// Whether something runs in it.
    pub busy: bool,
}

/// See [`Tabs`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// All terminals.
    pub tabs: Vec<Tab>,
    /// The one in front.
    pub active: TerminalId,
    /// The pane in front.
    pub pane: Pane,
    /// Whether to leave out everything but terminals.
    pub embedded: bool,
    /// Takes events.
    pub on: Callback<Event>,
}

/// The row of tabs.
#[component]
pub fn Tabs(props: &Props) -> Html {
    let Props { tabs, active, pane, embedded, on } = props;
    let click = |event: Event| on.reform(move |_: MouseEvent| event.clone());
    let tab = |tab: &Tab| {
        let selected = (tab.id == *active).to_string();
        html! {
            <button class="tab" key={tab.id} role="tab" aria-selected={selected} onclick={click(Event::ShowTerminal(tab.id))}>
                { &tab.title }
                if tab.busy { <span class="dot" role="img" aria-label={t("busy")} /> }
            </button>
        }
    };
    let close = tabs.iter().find(|tab| tab.id == *active && tabs.len() > 1).map(|tab| {
        let label = format!("{}: {}", t("close-terminal"), tab.title);
        html! {
            <button class="quiet square" aria-label={label.clone()} title={label} onclick={click(Event::CloseTerminal(tab.id))}>
                { icon("close") }
            </button>
        }
    });
    let panel = |of: Pane, name: &str, word: &'static str| {
        let open = *pane == of;
        let event = Event::Show(if open { Pane::Terminal } else { of });
        html! { <button class="quiet panel" aria-pressed={open.to_string()} onclick={click(event)}>{ icon(name) }{ t(word) }</button> }
    };
    html! {
        <div class="tab-bar">
            <div role="tablist" aria-label={t("terminals")} class="tabs">{ for tabs.iter().map(tab) }</div>
            { close }
            <button class="quiet square" aria-label={t("new-terminal")} title={t("new-terminal")}
                onclick={click(Event::NewTerminal)}>{ icon("plus") }</button>
            if !embedded {
                <span class="grow" />
                { panel(Pane::Files, "file", "files") }
                { panel(Pane::Request, "request", "request") }
            }
        </div>
    }
}
