//! The terminal: an output log and a real input, so that input methods, phones and screen readers work.
//!
//! Lines are edited here as a shell's line editor does; what they do is the engine's business.

mod choice;
mod history;
mod output;
pub mod tabs;

use crate::app::event::Event;
use crate::app::screen::Block;
use crate::words::t;
use choice::Choice;
use history::History;
use output::Output;
use std::rc::Rc;
use tabernetes_engine::playground::Completion;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement};
use yew::prelude::*;

/// Keys that phones lack, as they are shown and named.
const KEYS: &[&str] = &["Tab", "↑", "Ctrl", "|", "-", "/"];

/// See [`Terminal`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The output.
    pub blocks: Vec<Rc<Block>>,
    /// What stands before the line.
    pub prompt: AttrValue,
    /// Whether a program runs in it.
    pub busy: bool,
    /// The line as it was left when this terminal was last in front.
    pub draft: String,
    /// Lines entered before.
    pub history: Rc<Vec<String>>,
    /// Completes a line at a cursor.
    pub complete: Callback<(String, usize), Completion>,
    /// Takes events.
    pub on: Callback<Event>,
}

/// What can happen to it.
pub enum Msg {
    /// A key of the keyboard.
    Key(KeyboardEvent),
    /// Text arrived.
    Input(InputEvent),
    /// Text was pasted.
    Paste(web_sys::Event),
    /// A key of the row for phones.
    Press(&'static str),
    /// A completion was picked from the list.
    Pick(usize),
    /// A click into the output.
    Click(MouseEvent),
}

/// A terminal.
pub struct Terminal {
    scroller: NodeRef,
    input: NodeRef,
    history: History,
    choice: Option<Choice>,
    /// The phone's Ctrl was pressed and waits for its letter.
    control: bool,
    /// The line before the last change, to take back the letter that Ctrl waited for.
    before: String,
    /// Whether to scroll to the end, which is at 0.
    follow: bool,
}

impl Component for Terminal {
    type Message = Msg;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Self {
        Terminal {
            scroller: NodeRef::default(),
            input: NodeRef::default(),
            history: History::default(),
            choice: None,
            control: false,
            before: String::new(),
            follow: false,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Key(event) => {
                // Input methods use these keys themselves while a syllable is being composed.
                if event.is_composing() || event.key_code() == 229 {
                    return false;
                }
                let control = event.ctrl_key() && !event.alt_key() && !event.meta_key();
                // With something selected, Ctrl-C copies.
                if control && event.key() == "c" && has_selection() {
                    return false;
                }
                let handled = self.press(ctx, &event.key(), control, event.shift_key());
                if handled {
                    event.prevent_default();
                }
                handled
            }
            Msg::Input(event) => {
                if self.control
                    && let Some(letter) = event.data().filter(|data| data.chars().count() == 1)
                {
                    self.control = false;
                    let before = self.before.clone();
                    self.set_line(ctx, &before, None);
                    self.press(ctx, &letter.to_lowercase(), true, false);
                    return true;
                }
                self.choice = None;
                self.history.typed(&self.line(), &ctx.props().history);
                self.keep(ctx);
                true
            }
            Msg::Paste(event) => self.paste(ctx, &event),
            Msg::Press("Ctrl") => {
                self.control = !self.control;
                self.focus();
                true
            }
            Msg::Press("↑") => self.press(ctx, "ArrowUp", false, false),
            Msg::Press("Tab") => self.press(ctx, "Tab", false, false),
            Msg::Press(text) => {
                self.insert(ctx, text);
                true
            }
            Msg::Pick(at) => {
                self.choose(ctx, at);
                self.choice = None;
                self.focus();
                true
            }
            Msg::Click(event) => {
                self.click(ctx, &event);
                false
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Props { blocks, prompt, busy, .. } = ctx.props();
        let link = ctx.link();
        let searching = self.history.searching();
        let prompt = match &searching {
            Some(found) => format!("({}) {found}: ", t("search-history")).into(),
            None => prompt.clone(),
        };
        let key = |key: &'static str| {
            let pressed = (key == "Ctrl").then(|| self.control.to_string());
            // Keeps the focus, and with it the phone's keyboard, where it is.
            let keep = Callback::from(|event: PointerEvent| event.prevent_default());
            html! { <button aria-pressed={pressed} onpointerdown={keep} onclick={link.callback(move |_| Msg::Press(key))}>{ key }</button> }
        };
        html! {
            <>
                <div class="terminal" ref={&self.scroller} onclick={link.callback(Msg::Click)}><div>
                    <div class="output" role="log" aria-label={t("terminal-output")} tabindex="0">
                        { for blocks.iter().map(|block| html! { <Output key={block.key} block={block.clone()} /> }) }
                    </div>
                    <div class={classes!("entry", busy.then_some("busy"))}>
                        <span class="prompt" aria-hidden="true">{ prompt }</span>
                        <textarea ref={&self.input} rows="1" aria-label={t("terminal")} autocomplete="off" autocapitalize="off"
                            autocorrect="off" spellcheck="false" enterkeyhint="send"
                            onkeydown={link.callback(Msg::Key)}
                            oninput={link.callback(Msg::Input)}
                            onpaste={link.callback(Msg::Paste)} />
                    </div>
                    { self.list(ctx) }
                </div></div>
                <div class="keys" role="toolbar" aria-label={t("keys")}>{ for KEYS.iter().map(|name| key(name)) }</div>
            </>
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            self.set_line(ctx, &ctx.props().draft.clone(), None);
        }
        if std::mem::take(&mut self.follow)
            && let Some(scroller) = self.scroller.cast::<Element>()
        {
            scroller.set_scroll_top(0);
        }
    }
}

fn has_selection() -> bool {
    let selection = gloo::utils::window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}

/// The byte at which a browser's UTF-16 position falls.
fn byte_at(text: &str, position: usize) -> usize {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units >= position {
            return at;
        }
        units += c.len_utf16();
    }
    text.len()
}

fn units(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

impl Terminal {
    fn element(&self) -> Option<HtmlTextAreaElement> {
        self.input.cast()
    }

    fn line(&self) -> String {
        self.element().map(|element| element.value()).unwrap_or_default()
    }

    /// The cursor, in bytes.
    fn cursor(&self) -> usize {
        let position = self.element().and_then(|element| element.selection_start().ok().flatten()).unwrap_or(0);
        byte_at(&self.line(), position as usize)
    }

    fn set_line(&mut self, ctx: &Context<Self>, line: &str, cursor: Option<usize>) {
        if let Some(element) = self.element() {
            element.set_value(line);
            let at = units(line.get(..cursor.unwrap_or(line.len())).unwrap_or(line));
            let _ = element.set_selection_range(at, at);
        }
        self.keep(ctx);
    }

    fn insert(&mut self, ctx: &Context<Self>, text: &str) {
        let (line, cursor) = (self.line(), self.cursor());
        let (before, after) = line.split_at(cursor);
        self.set_line(ctx, &format!("{before}{text}{after}"), Some(cursor + text.len()));
    }

    /// Remembers the line, for when this tab comes back to the front.
    fn keep(&mut self, ctx: &Context<Self>) {
        let line = self.line();
        if line != self.before {
            self.before = line.clone();
            ctx.props().on.emit(Event::Draft(line));
        }
    }

    fn focus(&self) {
        let _ = self.element().map(|element| element.focus());
    }

    fn enter(&mut self, ctx: &Context<Self>, line: String) {
        self.history = History::default();
        self.choice = None;
        self.follow = true;
        self.before.clear();
        if let Some(element) = self.element() {
            element.set_value("");
        }
        ctx.props().on.emit(Event::Enter(line));
    }

    /// A key; whether it was one that means something here.
    fn press(&mut self, ctx: &Context<Self>, key: &str, control: bool, shift: bool) -> bool {
        let entered = &ctx.props().history;
        if key == "Tab" && !control {
            return self.tab(ctx, shift);
        }
        let chosen = self.choice.take();
        match (key, control) {
            ("Enter", false) if !shift => {
                let line = self.history.found().unwrap_or_else(|| self.line());
                self.enter(ctx, line);
            }
            ("ArrowUp", false) | ("p", true) => {
                if let Some(line) = self.history.older(entered, &self.line()) {
                    self.set_line(ctx, &line, None);
                }
            }
            ("ArrowDown", false) | ("n", true) => {
                if let Some(line) = self.history.newer(entered) {
                    self.set_line(ctx, &line, None);
                }
            }
            ("Escape", false) if chosen.is_some() => {}
            ("Escape", false) | ("g", true) if self.history.searching().is_some() => self.history = History::default(),
            ("ArrowRight" | "End", false) | ("e", true) if self.history.searching().is_some() => {
                let line = self.history.found().unwrap_or_default();
                self.history = History::default();
                self.set_line(ctx, &line, None);
            }
            ("r", true) => {
                self.history.search(entered, &self.line());
            }
            ("c", true) => {
                self.history = History::default();
                self.set_line(ctx, "", None);
                self.follow = true;
                ctx.props().on.emit(Event::Interrupt);
            }
            ("d", true) if self.line().is_empty() => ctx.props().on.emit(Event::EndOfInput),
            ("l", true) => ctx.props().on.emit(Event::ClearScreen),
            ("a", true) => self.set_line(ctx, &self.line(), Some(0)),
            ("e", true) => self.set_line(ctx, &self.line(), None),
            ("u", true) => {
                let rest = self.line().split_off(self.cursor());
                self.set_line(ctx, &rest, Some(0));
            }
            ("k", true) => {
                let kept = self.line()[..self.cursor()].to_string();
                self.set_line(ctx, &kept, None);
            }
            ("w", true) => {
                let (line, cursor) = (self.line(), self.cursor());
                let (before, after) = line.split_at(cursor);
                let kept = before.trim_end();
                let kept = kept.rfind(char::is_whitespace).map_or("", |at| &kept[..=at]);
                self.set_line(ctx, &format!("{kept}{after}"), Some(kept.len()));
            }
            _ => {
                // The choice was closed by an ordinary key, which still does its work.
                return false;
            }
        }
        true
    }

    /// Several pasted lines run one after the other; the last, if it does not end, stays to be edited.
    fn paste(&mut self, ctx: &Context<Self>, event: &web_sys::Event) -> bool {
        let data = event.dyn_ref::<web_sys::ClipboardEvent>().and_then(|event| event.clipboard_data());
        let text = data.and_then(|data| data.get_data("text").ok()).unwrap_or_default().replace("\r\n", "\n");
        let Some((lines, rest)) = text.rsplit_once('\n') else { return false };
        event.prevent_default();
        let (line, cursor) = (self.line(), self.cursor());
        let (before, after) = line.split_at(cursor);
        let rest = format!("{rest}{after}");
        self.enter(ctx, format!("{before}{lines}"));
        self.set_line(ctx, &rest, None);
        true
    }

    /// A click on an object's name opens it; any other puts the cursor into the line.
    fn click(&self, ctx: &Context<Self>, event: &MouseEvent) {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
        if target.closest(".object").ok().flatten().is_some() && !has_selection() {
            let name = target.text_content().unwrap_or_default();
            ctx.props().on.emit(Event::InspectName(name, target.get_attribute("data-namespace")));
        } else if target.closest("button").ok().flatten().is_none() && !has_selection() {
            self.focus();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_as_browsers_do() {
        assert_eq!(byte_at("a한b", 2), 4);
        assert_eq!(byte_at("a😀b", 3), 5);
        assert_eq!(byte_at("ab", 9), 2);
    }
}
