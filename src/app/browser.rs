//! The browser, as far as the page needs it: storage, the clock, focus, and browser.js.

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, HtmlElement, Storage, Window};

#[wasm_bindgen(module = "/src/app/browser.js")]
extern "C" {
    /// Slides what moved since the last call to its new place.
    pub fn flip(root: &Element);
    #[wasm_bindgen(js_name = mount_editor)]
    fn mount_editor_in(
        parent: &Element,
        text: &str,
        label: &str,
        changed: &Closure<dyn Fn(String)>,
        save: &Closure<dyn Fn()>,
    ) -> js_sys::Promise;
    /// Calls a method of an editor's handle.
    pub fn editor_call(handle: &JsValue, name: &str, text: &str, label: &str);
    /// Makes `window.tabernetes` of a function of a name, an argument and a promise's resolver.
    pub fn expose(call: &Closure<dyn Fn(String, String, JsValue) -> JsValue>);
    async fn fetch_text(name: &str) -> JsValue;
    /// Copies a text; whether the browser let us.
    pub async fn copy(text: &str) -> JsValue;
    fn panicked(message: &str);
}

/// Mounts the editor into an element; gives a handle, or null where it cannot be fetched.
pub fn mount_editor(
    parent: &Element,
    text: &str,
    label: &str,
    changed: &Closure<dyn Fn(String)>,
    save: &Closure<dyn Fn()>,
) -> impl Future<Output = JsValue> + use<> {
    let mounting = JsFuture::from(mount_editor_in(parent, text, label, changed, save));
    async move { mounting.await.unwrap_or(JsValue::NULL) }
}

/// Fetches the API's descriptions, which are too large for the first load.
pub async fn descriptions() -> Option<String> {
    fetch_text("descriptions.txt").await.as_string()
}

/// Tells the guard in index.html why the page is about to stop.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| panicked(&info.to_string())));
}

/// The window.
pub fn window() -> Window {
    gloo::utils::window()
}

/// The document.
pub fn document() -> Document {
    gloo::utils::document()
}

/// Milliseconds since the page was opened.
pub fn wall() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// What the browser keeps between visits.
pub fn kept() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// What the browser keeps for this tab.
pub fn session() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Whether the address has `?name=1`.
pub fn asked_for(name: &str) -> bool {
    let search = window().location().search().unwrap_or_default();
    search.trim_start_matches('?').split('&').any(|part| part.strip_prefix(name) == Some("=1"))
}

/// The part of the address after and with its `#`.
pub fn fragment() -> String {
    window().location().hash().unwrap_or_default()
}

/// The address without its query and fragment.
pub fn address() -> String {
    let href = window().location().href().unwrap_or_default();
    href.split(['?', '#']).next().unwrap_or_default().into()
}

/// Whether the style sheet shows one pane at a time.
pub fn is_narrow() -> bool {
    window().inner_width().ok().and_then(|width| width.as_f64()).is_some_and(|width| width < 720.0)
}

/// Puts the cursor into the first element a selector finds.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Whether the reader is in a field (of any kind) that takes keys itself.
pub fn in_field() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.closest("[contenteditable=true]").ok().flatten().is_some()
    })
}
