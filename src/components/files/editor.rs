//! The editor: CodeMirror once it is there, a plain field until then.

use crate::app::browser;
use crate::app::event::Event;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlTextAreaElement};
use yew::prelude::*;

/// See [`Editor`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The text as it was opened or saved.
    pub text: Rc<str>,
    /// What screen readers call it.
    pub label: String,
    /// Takes events.
    pub on: Callback<Event>,
}

/// What can happen to it.
pub enum Msg {
    /// CodeMirror is mounted, or could not be fetched (null).
    Mounted(JsValue),
    /// The plain field was typed into.
    Typed(InputEvent),
    /// A key in the plain field.
    Key(KeyboardEvent),
}

/// An editor.
pub struct Editor {
    place: NodeRef,
    plain: NodeRef,
    handle: Option<JsValue>,
    /// What CodeMirror calls; they live as long as it does.
    changed: Closure<dyn Fn(String)>,
    save: Closure<dyn Fn()>,
}

impl Component for Editor {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let on = ctx.props().on.clone();
        let changed = Closure::new(move |text| on.emit(Event::Edit(text)));
        let on = ctx.props().on.clone();
        let save = Closure::new(move || on.emit(Event::SaveFile));
        Editor { place: NodeRef::default(), plain: NodeRef::default(), handle: None, changed, save }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Mounted(handle) if handle.is_null() => false,
            Msg::Mounted(handle) => {
                // What was typed into the plain field meanwhile goes along.
                let typed = self.plain.cast::<HtmlTextAreaElement>().map(|plain| plain.value()).unwrap_or_default();
                browser::editor_call(&handle, "replace", &typed, &ctx.props().label);
                browser::editor_call(&handle, "focus", "", "");
                self.handle = Some(handle);
                true
            }
            Msg::Typed(event) => {
                let plain = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
                ctx.props().on.emit(Event::Edit(plain.map(|plain| plain.value()).unwrap_or_default()));
                false
            }
            Msg::Key(event) => {
                if event.key() == "s" && (event.ctrl_key() || event.meta_key()) {
                    event.prevent_default();
                    ctx.props().on.emit(Event::SaveFile);
                }
                false
            }
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let props = ctx.props();
        if old.text != props.text
            && let Some(handle) = &self.handle
        {
            browser::editor_call(handle, "replace", &props.text, &props.label);
        }
        false
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        html! {
            <div class="editor">
                if self.handle.is_none() {
                    <textarea ref={&self.plain} aria-label={ctx.props().label.clone()} spellcheck="false" autocapitalize="off"
                        oninput={ctx.link().callback(Msg::Typed)} onkeydown={ctx.link().callback(Msg::Key)} />
                }
                <div class="code" ref={&self.place} />
            </div>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if !first {
            return;
        }
        if let Some(plain) = self.plain.cast::<HtmlTextAreaElement>() {
            plain.set_value(&ctx.props().text);
            let _ = plain.focus();
        }
        let Some(place) = self.place.cast::<Element>() else { return };
        let props = ctx.props();
        let mounting = browser::mount_editor(&place, &props.text, &props.label, &self.changed, &self.save);
        let link = ctx.link().clone();
        yew::platform::spawn_local(async move { link.send_message(Msg::Mounted(mounting.await)) });
    }

    fn destroy(&mut self, _: &Context<Self>) {
        if let Some(handle) = &self.handle {
            browser::editor_call(handle, "destroy", "", "");
        }
    }
}
