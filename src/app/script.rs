//! `window.tabernetes`, for authors of pages that embed a playground.

use super::browser;
use super::event::{Asker, Event};
use super::state::State;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tabernetes_engine::json;
use tabernetes_engine::meta::SortedMap;
use tabernetes_engine::playground::Finished;
use wasm_bindgen::prelude::*;
use yew::Callback;

/// The promises of `exec` that are not answered yet.
#[derive(Default)]
pub struct Promises {
    next: Cell<u32>,
    open: RefCell<SortedMap<u32, js_sys::Function>>,
}

impl Promises {
    fn add(&self, resolve: js_sys::Function) -> u32 {
        let id = self.next.get();
        self.next.set(id + 1);
        self.open.borrow_mut().insert(id, resolve);
        id
    }

    /// Answers one.
    pub fn answer(&self, id: u32, finished: &Finished) {
        let resolve = self.open.borrow_mut().remove(&id);
        let answer = json!({
            "stdout": (finished.stdout.as_str()), "stderr": (finished.stderr.as_str()), "code": (i64::from(finished.code))
        });
        if let Some(resolve) = resolve {
            let _ = resolve.call1(&JsValue::NULL, &answer.to_json().into());
        }
    }
}

/// Makes `window.tabernetes`. It may be called at any time but during an update, which never calls out.
pub fn expose(state: Rc<RefCell<State>>, on: Callback<Event>) -> Rc<Promises> {
    let promises = Rc::new(Promises::default());
    let open = promises.clone();
    let call = move |name: String, argument: String, resolve: JsValue| match name.as_str() {
        "exec" => {
            if let Ok(resolve) = resolve.dyn_into() {
                on.emit(Event::Run(Asker::Script(open.add(resolve)), argument));
            }
            JsValue::UNDEFINED
        }
        "type" => {
            on.emit(Event::Enter(argument));
            JsValue::UNDEFINED
        }
        "advance" => {
            let milliseconds: f64 = argument.parse().unwrap_or(0.0);
            {
                let mut state = state.borrow_mut();
                state.catch_up(browser::wall());
                state.playground.advance(Duration::from_millis(milliseconds.max(0.0) as u64));
            }
            on.emit(Event::Tick);
            JsValue::UNDEFINED
        }
        "state" => state.borrow().playground.state().to_json().into(),
        "link" => {
            let mut state = state.borrow_mut();
            state.catch_up(browser::wall());
            (browser::address() + &state.playground.link()).into()
        }
        _ => JsValue::UNDEFINED,
    };
    let call: Closure<dyn Fn(String, String, JsValue) -> JsValue> = Closure::new(call);
    browser::expose(&call);
    call.forget();
    promises
}
