//! The reader's files and their editor.

mod editor;

use super::icon::icon;
use crate::app::event::Event;
use crate::app::state::Editing;
use crate::words::t;
use editor::Editor;
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// See [`Files`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// All files: path and text.
    pub files: Rc<Vec<(String, Rc<str>)>>,
    /// The one in the editor.
    pub editing: Option<Rc<Editing>>,
    /// Takes events.
    pub on: Callback<Event>,
}

/// A path as it is shown: what is in the home directory without it.
fn short(path: &str) -> &str {
    path.strip_prefix(tabernetes_engine::playground::HOME).and_then(|path| path.strip_prefix('/')).unwrap_or(path)
}

/// The panel.
#[component]
pub fn Files(props: &Props) -> Html {
    let Props { files, editing, on } = props;
    let name = use_node_ref();
    let file = |(path, _): &(String, Rc<str>)| {
        let open = editing.as_ref().is_some_and(|editing| editing.path == *path);
        let (opened, removed) = (path.clone(), path.clone());
        let remove = format!("{}: {}", t("remove-file"), short(path));
        html! {
            <li key={path.clone()} class={classes!(open.then_some("selected"))}>
                <button class="quiet" aria-current={open.then_some("true")}
                    onclick={on.reform(move |_: MouseEvent| Event::OpenFile(opened.clone()))}>{ short(path) }</button>
                <button class="quiet tiny" aria-label={remove.clone()} title={remove}
                    onclick={on.reform(move |_: MouseEvent| Event::RemoveFile(removed.clone()))}>{ icon("close") }</button>
            </li>
        }
    };
    let new_file = {
        let (name, on) = (name.clone(), on.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(field) = name.cast::<HtmlInputElement>()
                && !field.value().trim().is_empty()
            {
                on.emit(Event::NewFile(field.value().trim().into()));
                field.set_value("");
            }
        })
    };
    html! {
        <div class="panel files">
            <nav class="file-list" aria-label={t("files")}>
                if files.is_empty() { <p class="dim">{ t("no-files") }</p> }
                <ul>{ for files.iter().map(file) }</ul>
                <form class="row" onsubmit={new_file}>
                    <input type="text" ref={name} aria-label={t("file-name")} placeholder="pod.yaml" autocapitalize="off" spellcheck="false" />
                    <button class="quiet square" aria-label={t("new-file")} title={t("new-file")}>{ icon("plus") }</button>
                </form>
            </nav>
            if let Some(editing) = editing { { editor_of(editing, on) } } else {
                <p class="dim empty">{ t("no-file-open") }</p>
            }
        </div>
    }
}

fn editor_of(editing: &Rc<Editing>, on: &Callback<Event>) -> Html {
    let changed = editing.draft != *editing.saved;
    let state = if changed { t("unsaved") } else { t("saved") };
    html! {
        <div class="editing">
            <div class="tab-bar">
                <b>{ short(&editing.path) }</b>
                <span class="dim" role="status">{ if editing.terminal.is_some() { t("editor-waits") } else { state } }</span>
                <span class="grow" />
                <button class="quiet" onclick={on.reform(|_: MouseEvent| Event::CloseFile)}>
                    { if editing.terminal.is_some() { t("cancel") } else { t("close") } }
                </button>
                <button class="primary" onclick={on.reform(|_: MouseEvent| Event::SaveFile)}>{ t("save") }</button>
            </div>
            <Editor key={editing.path.clone()} text={editing.saved.clone()} label={format!("{}: {}", t("editor"), short(&editing.path))} on={on} />
        </div>
    }
}
