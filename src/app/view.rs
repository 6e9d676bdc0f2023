//! The page as a whole: which component stands where. look.md draws it.

use super::App;
use super::browser;
use super::event::{Divider, Event, Pane};
use super::state::{Notice, State};
use crate::components::divider::DividerBar;
use crate::components::files::Files;
use crate::components::graph::Graph;
use crate::components::header::Header;
use crate::components::inspector::Inspector;
use crate::components::request::Request;
use crate::components::terminal::Terminal;
use crate::components::terminal::tabs::{Tab, Tabs};
use crate::words::t;
use std::cell::RefCell;
use std::rc::Rc;
use yew::html::Scope;
use yew::prelude::*;

/// The panes, their word and the name that the style sheet knows them by.
const PANES: &[(Pane, &str, &str)] = &[
    (Pane::Terminal, "terminal", "terminal"),
    (Pane::Cluster, "cluster", "cluster"),
    (Pane::Files, "files", "files"),
    (Pane::Request, "request", "request"),
];

/// The page.
pub fn page(shared: &Rc<RefCell<State>>, on: &Callback<Event>, _scope: &Scope<App>, embedded: bool) -> Html {
    let state = &*shared.borrow();
    let style = format!("--columns:{}%;--rows:{}%", state.settings.columns, state.settings.rows);
    let pane = PANES.iter().find(|(pane, ..)| *pane == state.pane).map_or("", |(.., name)| name);
    let class = classes!("page", embedded.then_some("embedded"));
    // All words change with the language, so everything below is another element then.
    html! {
        <div {class} data-pane={pane} {style} key={state.settings.language.clone()}>
            if !embedded {
                <Header
                    speed={state.speed}
                    clock={clock(state)}
                    theme={state.settings.theme.clone()}
                    language={state.settings.language.clone()}
                    on={on} />
            }
            { notice(state, on) }
            <main class="bench">
                <section class="left">
                    { terminal(state, shared, on, embedded) }
                    if matches!(state.pane, Pane::Files | Pane::Request) {
                        <DividerBar divider={Divider::Rows} percent={state.share(Divider::Rows)} {on} />
                        { lower(state, on) }
                    }
                </section>
                <DividerBar divider={Divider::Columns} percent={state.share(Divider::Columns)} {on} />
                <section class="right" aria-label={t("cluster")}>
                    <Graph
                        view={state.view.clone()}
                        grouping={state.grouping}
                        selector={state.selector.clone()}
                        lit={state.lit.clone()}
                        toggled={state.toggled.clone()}
                        selected={state.inspected.as_ref().map(|inspected| inspected.object.uid.clone())}
                        on={on} />
                    if let Some(inspected) = &state.inspected {
                        <Inspector inspected={inspected.clone()} facet={state.facet} now={state.playground.now()} on={on} />
                    }
                </section>
            </main>
            if !embedded {
                <nav class="panes" aria-label={t("panes")}>{ for PANES.iter().map(|pane| pane_tab(*pane, state.pane, on)) }</nav>
            }
        </div>
    }
}

fn terminal(state: &State, shared: &Rc<RefCell<State>>, on: &Callback<Event>, embedded: bool) -> Html {
    let tabs: Vec<Tab> = state
        .screens
        .keys()
        .map(|id| Tab {
            id: *id,
            title: state.title(*id).into(),
            busy: state.playground.terminal(*id).is_some_and(|terminal| terminal.is_busy()),
        })
        .collect();
    let active = state.active;
    let shown = state.playground.terminal(active);
    let completing = shared.clone();
    // A terminal of its own for each tab: what is half typed or searched for stays with it.
    html! {
        <div class="terminal-pane">
            <Tabs {tabs} {active} pane={state.pane} {embedded} on={on} />
            <Terminal
                key={active}
                blocks={state.screens.get(&active).map(|screen| screen.blocks.clone()).unwrap_or_default()}
                prompt={shown.map(|terminal| AttrValue::from(terminal.prompt().to_string())).unwrap_or_default()}
                busy={shown.is_some_and(|terminal| terminal.is_busy())}
                draft={state.drafts.get(&active).cloned().unwrap_or_default()}
                history={state.history.clone()}
                complete={Callback::from(move |(line, cursor): (String, usize)| {
                    completing.borrow().playground.complete(active, &line, cursor)
                })}
                on={on} />
        </div>
    }
}

fn lower(state: &State, on: &Callback<Event>) -> Html {
    match state.pane {
        Pane::Files => html! { <Files files={state.files.clone()} editing={state.editing.clone()} on={on} /> },
        _ => html! { <Request response={state.response.clone()} view={state.view.clone()} on={on} /> },
    }
}

fn pane_tab((pane, word, _): (Pane, &'static str, &'static str), current: Pane, on: &Callback<Event>) -> Html {
    let onclick = on.reform(move |_: MouseEvent| Event::Show(pane));
    let current = (pane == current).then_some("page");
    html! { <button {onclick} aria-current={current}>{ t(word) }</button> }
}

fn notice(state: &State, on: &Callback<Event>) -> Html {
    let Some(notice) = &state.notice else { return Html::default() };
    let text = match notice {
        Notice::BadLink(why) => html! { <><b>{ t("link-problem") }</b>{ " " }{ why }</> },
        Notice::Copied => t("copied").into(),
        Notice::CopyByHand(fragment) => html! {
            <label>{ t("copy-by-hand") }{ " " }<input readonly={true} value={browser::address() + fragment} /></label>
        },
    };
    let onclick = on.reform(|_: MouseEvent| Event::Dismiss);
    let role = if matches!(notice, Notice::BadLink(_)) { "alert" } else { "status" };
    html! { <div class="notice" {role}><span>{ text }</span><button class="quiet" {onclick}>{ t("dismiss") }</button></div> }
}

/// The time since the start, as `00:42` or `3:00:42`.
fn clock(state: &State) -> AttrValue {
    let seconds = state.playground.elapsed().as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}").into(),
        _ => format!("{hours}:{minutes:02}:{seconds:02}").into(),
    }
}
