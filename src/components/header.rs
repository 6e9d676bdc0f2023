//! The bar at the top: name, the cluster's clock, sharing, and a menu with the rest.

use super::icon::icon;
use crate::app::event::Event;
use crate::words::{languages, t};
use wasm_bindgen::JsCast;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// The speeds on offer; 0 stands still.
const SPEEDS: &[u32] = &[1, 2, 10, 60];
const THEMES: &[(&str, &str)] =
    &[("auto", "theme-auto"), ("light", "theme-light"), ("dark", "theme-dark"), ("contrast", "theme-contrast")];

/// See [`Header`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// How many times faster than the wall clock time passes.
    pub speed: u32,
    /// The time since the start.
    pub clock: AttrValue,
    /// The chosen theme.
    pub theme: String,
    /// The chosen language; empty for the browser's.
    pub language: String,
    /// Takes events.
    pub on: Callback<Event>,
}

fn chosen(event: &yew::Event) -> String {
    let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    select.map(|select| select.value()).unwrap_or_default()
}

/// A menu of values, each with its text.
fn select(
    label: &'static str,
    value: &str,
    options: impl Iterator<Item = (String, String)>,
    onchange: Callback<yew::Event>,
) -> Html {
    let option = |(name, text): (String, String)| {
        let selected = name == value;
        html! { <option {selected} value={name}>{ text }</option> }
    };
    html! { <select aria-label={label} {onchange}>{ for options.map(option) }</select> }
}

/// The bar.
#[component]
pub fn Header(props: &Props) -> Html {
    let Props { speed, clock, theme, language, on } = props;
    let click = |event: Event| on.reform(move |_: MouseEvent| event.clone());
    let (pause_icon, pause_label, pause) = match speed {
        0 => ("play", t("resume"), Event::Speed(1)),
        _ => ("pause", t("pause"), Event::Speed(0)),
    };
    let speeds = SPEEDS.iter().map(|speed| (speed.to_string(), format!("{speed}×")));
    let themes = THEMES.iter().map(|(name, word)| (name.to_string(), t(word).to_string()));
    let all = std::iter::once(("", t("theme-auto"))).chain(languages());
    let all = all.map(|(code, name)| (code.to_string(), name.to_string()));
    html! {
        <header class="header">
            <h1 class="name">{ icon("mark") }{ "Tabernetes" }</h1>
            <span class="scenario">{ "minikube" }</span>
            <div class="time">
                <button class="quiet square" aria-label={pause_label} title={pause_label} onclick={click(pause)}>{ icon(pause_icon) }</button>
                { select(t("speed"), &(*speed).max(1).to_string(), speeds,
                    on.reform(|event: yew::Event| Event::Speed(chosen(&event).parse().unwrap_or(1)))) }
                <span class="clock" role="timer" aria-label={t("clock")} aria-live="off">{ clock }</span>
            </div>
            <button class="primary" aria-label={t("share")} onclick={click(Event::Share)}>{ icon("link") }<span>{ t("share") }</span></button>
            <button class="quiet square" popovertarget="menu" aria-label={t("menu")} title={t("menu")}>{ icon("more") }</button>
            <div id="menu" class="menu" popover="auto">
                <label>{ t("theme") }{ select(t("theme"), theme, themes, on.reform(|event| Event::Theme(chosen(&event)))) }</label>
                <label>{ t("language-menu") }{ select(t("language-menu"), language, all,
                    on.reform(|event| Event::Language(chosen(&event)))) }</label>
                <hr />
                <div class="menu-row">
                    <span>{ t("skip") }</span>
                    <button onclick={click(Event::Skip(60_000))}>{ t("skip-minute") }</button>
                    <button onclick={click(Event::Skip(3_600_000))}>{ t("skip-hour") }</button>
                </div>
                <hr />
                <button class="wide" onclick={click(Event::Restart)}>{ t("new-playground") }</button>
                <p class="dim">{ t("new-playground-sure") }</p>
            </div>
        </header>
    }
}
