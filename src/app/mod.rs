//! The app: it owns the [`state::State`], turns what happens into [`Event`]s, performs the effects
//! that come back, and lets the cluster's time follow the wall clock.

pub mod browser;
pub mod event;
pub mod screen;
pub mod settings;
pub mod state;

mod look;
pub mod open;
mod script;
mod view;

use event::{Event, Pane};
use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use settings::Settings;
use state::{Effect, Opening, State};
use std::cell::RefCell;
use std::rc::Rc;
use tabernetes_engine::playground::Playground;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

/// Where the settings are kept.
const SETTINGS: &str = "tabernetes.settings";
/// How long after the last change the session is kept, in milliseconds.
const KEEP_AFTER: u32 = 400;

/// See [`App`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the page opens with.
    pub opening: Rc<Opening>,
}

/// The whole page.
pub struct App {
    state: Rc<RefCell<State>>,
    on: Callback<Event>,
    promises: Rc<script::Promises>,
    embedded: bool,
    tick: Option<Timeout>,
    keep: Option<Timeout>,
    kept_inputs: usize,
    explaining: Explaining,
    /// Lines that wait for the descriptions.
    held: Vec<Event>,
    _keys: EventListener,
}

/// Whether the API's descriptions were asked for.
#[derive(Clone, Copy, PartialEq)]
enum Explaining {
    Never,
    Fetching,
    Done,
}

impl Component for App {
    type Message = Event;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let settings = browser::kept().and_then(|kept| kept.get_item(SETTINGS).ok().flatten()).unwrap_or_default();
        let settings = Settings::from_text(&settings);
        apply_look(&settings);
        let opening = &ctx.props().opening;
        let state = State::new(opening, settings, browser::wall());
        let state = Rc::new(RefCell::new(state));
        let on = ctx.link().callback(|event| event);
        let promises = script::expose(state.clone(), on.clone());
        App {
            _keys: keys(on.clone()),
            kept_inputs: opening.scenario.log.len(),
            explaining: Explaining::Never,
            held: Vec::new(),
            embedded: browser::asked_for("embed"),
            tick: None,
            keep: None,
            state,
            on,
            promises,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, event: Event) -> bool {
        if self.holds(ctx, &event) {
            self.held.push(event);
            return false;
        }
        if let Event::Described(_) = event {
            self.explaining = Explaining::Done;
            ctx.link().send_message_batch(std::mem::take(&mut self.held));
        }
        // Where only one pane is seen at a time, what an event leads to has to come to the front.
        let front = match &event {
            Event::Try(_) => Some(Pane::Terminal),
            Event::InspectName(..) => Some(Pane::Cluster),
            _ => None,
        };
        let mut effects = self.state.borrow_mut().apply(event, browser::wall());
        if let Some(pane) = front.filter(|_| browser::is_narrow()) {
            effects.extend(self.state.borrow_mut().apply(Event::Show(pane), browser::wall()));
        }
        for effect in effects {
            self.perform(ctx, effect);
        }
        self.sleep(ctx);
        self.keep_session();
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        view::page(&self.state, &self.on, ctx.link(), self.embedded)
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            // A phone would put its keyboard over half of what there is to see.
            if !self.embedded && !browser::is_narrow() {
                browser::focus(".entry textarea");
            }
            self.sleep(ctx);
        }
    }
}

impl App {
    /// Whether a line has to wait: fetching the texts precedes the first that may print them.
    fn holds(&mut self, ctx: &Context<Self>, event: &Event) -> bool {
        let Some(line) = event.line() else { return false };
        if self.explaining == Explaining::Never && Playground::needs_texts(line) {
            self.explaining = Explaining::Fetching;
            let link = ctx.link().clone();
            yew::platform::spawn_local(async move {
                link.send_message(Event::Described(browser::descriptions().await));
            });
        }
        self.explaining == Explaining::Fetching
    }

    fn perform(&mut self, ctx: &Context<Self>, effect: Effect) {
        match effect {
            // The pane may only be shown by the render that follows.
            Effect::FocusTerminal => {
                Timeout::new(0, || browser::focus(".entry textarea")).forget();
            }
            Effect::Copy(fragment) => {
                let link = ctx.link().clone();
                let address = browser::address() + &fragment;
                yew::platform::spawn_local(async move {
                    let done = browser::copy(&address).await.as_bool().unwrap_or(false);
                    link.send_message(Event::Copied(done));
                });
            }
            Effect::KeepSettings => {
                let settings = &self.state.borrow().settings;
                apply_look(settings);
                if let Some(kept) = browser::kept() {
                    let _ = kept.set_item(SETTINGS, &settings.to_text());
                }
            }
            Effect::Answer(promise, finished) => self.promises.answer(promise, &finished),
            Effect::Restart => open::restart(),
        }
    }

    /// Sleeps until something is due.
    fn sleep(&mut self, ctx: &Context<Self>) {
        let link = ctx.link().clone();
        let pause = self.state.borrow().may_sleep();
        self.tick = Some(Timeout::new(pause, move || link.send_message(Event::Tick)));
    }

    /// Keeps the input log, so that a reload or a crash loses nothing.
    fn keep_session(&mut self) {
        let inputs = self.state.borrow().playground.inputs();
        if inputs != self.kept_inputs {
            self.kept_inputs = inputs;
            let state = self.state.clone();
            self.keep = Some(Timeout::new(KEEP_AFTER, move || open::keep(&state.borrow().playground.link())));
        }
    }
}

/// Puts theme and language on the document.
fn apply_look(settings: &Settings) {
    let preferred = match settings.language.as_str() {
        "" => browser::window().navigator().language().unwrap_or_default(),
        chosen => chosen.into(),
    };
    let language = crate::words::choose(&preferred);
    if let Some(root) = browser::document().document_element() {
        let _ = root.set_attribute("lang", language);
        let _ = root.set_attribute("data-theme", &settings.theme);
    }
}

/// Typing outside of fields goes to the terminal, and Escape leads back to it.
fn keys(on: Callback<Event>) -> EventListener {
    let options = EventListenerOptions::enable_prevent_default();
    EventListener::new_with_options(&browser::document(), "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let key = event.key();
        let types = key.chars().count() == 1 && !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        // Space presses buttons and opens menus.
        if key == "Escape" {
            on.emit(Event::Show(Pane::Terminal));
        } else if types && key != " " && !browser::in_field() {
            browser::focus(".entry textarea");
        }
    })
}
