//! The page around the engine: [`app`] is its state and what changes it, [`components`] draw it,
//! [`words`] are its texts.

pub mod app;
pub mod components;
pub mod words;

/// Puts the app into the document.
pub fn mount() {
    app::browser::report_panics();
    yew::platform::spawn_local(async {
        let opening = std::rc::Rc::new(app::open::opening().await);
        if let Some(root) = app::browser::document().get_element_by_id("app") {
            yew::Renderer::<app::App>::with_root_and_props(root, app::Props { opening }).render();
        }
    });
}
