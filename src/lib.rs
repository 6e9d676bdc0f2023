//! The page around the engine: [`app`] is its state and what changes it, [`components`] draw it,
//! [`words`] are its texts.

pub mod app;
pub mod components;
pub mod words;

/// Puts the app into the document.
pub fn mount() {
    app::browser::report_panics();
    if let Some(root) = app::browser::document().get_element_by_id("app") {
        yew::Renderer::<app::App>::with_root(root).render();
    }
}
