//! What the page opens with: the link in its address, this tab's session, or a fresh cluster.

use super::browser;
use super::state::{Notice, Opening};
use tabernetes_engine::playground::Playground;
use tabernetes_engine::scenario::{Input, Scenario, link};

/// Where the session is kept: the fragment it began from, a space, and its own link.
const SESSION: &str = "tabernetes.session";

/// What to open. Descriptions are fetched if anything in the scenario's log may print them.
pub async fn opening() -> Opening {
    let (scenario, notice) = scenario();
    let explains = scenario.log.iter().any(|(_, input)| match input {
        Input::Line(_, line) | Input::Exec(_, line) => Playground::needs_texts(line),
        _ => false,
    });
    let descriptions = if explains { browser::descriptions().await } else { None };
    Opening { scenario, notice, descriptions }
}

/// The scenario to open, and what to tell the reader about it.
fn scenario() -> (Scenario, Option<Notice>) {
    let fragment = browser::fragment();
    let kept = session().and_then(|session| session.get_item(SESSION).ok().flatten());
    // A reload goes on where the reader was; another link in the address starts from that.
    let kept = kept.as_deref().and_then(|kept| kept.strip_prefix(&fragment)?.strip_prefix(' '));
    if let Some(scenario) = kept.and_then(|own| link::decode(own).ok()) {
        return (scenario, None);
    }
    if matches!(fragment.as_str(), "" | "#") {
        return (Scenario::default(), None);
    }
    match link::decode(&fragment) {
        Ok(scenario) => (scenario, None),
        Err(problem) => (Scenario::default(), Some(Notice::BadLink(problem.to_string()))),
    }
}

/// This tab's storage. Frames have none of their own: they would all share one.
fn session() -> Option<web_sys::Storage> {
    browser::session().filter(|_| !browser::asked_for("embed"))
}

/// Keeps the session for a reload or a crash.
pub fn keep(own: &str) {
    if let Some(session) = session() {
        let _ = session.set_item(SESSION, &format!("{} {own}", browser::fragment()));
    }
}

/// Forgets the session and opens a fresh cluster.
pub fn restart() {
    if let Some(session) = session() {
        let _ = session.remove_item(SESSION);
    }
    let location = browser::window().location();
    let _ = location.set_hash("");
    let _ = location.reload();
}
