//! Icons: references to the symbols that index.html defines once.

use tabernetes_engine::playground::Health;
use yew::prelude::*;

/// The symbol of that name.
pub fn icon(name: &str) -> Html {
    html! { <svg class="icon" aria-hidden="true"><use href={format!("#i-{name}")} /></svg> }
}

/// The style sheet's name of a status, and its symbol's.
pub fn status_name(health: Health) -> &'static str {
    match health {
        Health::Running => "running",
        Health::Pending => "pending",
        Health::Starting => "starting",
        Health::Failing => "failing",
        Health::Completed => "completed",
        Health::Terminating => "terminating",
        Health::Unknown => "unknown",
    }
}

/// The shape and colour of a status.
pub fn status(health: Health) -> Html {
    let name = status_name(health);
    html! { <svg class={classes!("status", name)} aria-hidden="true"><use href={format!("#s-{name}")} /></svg> }
}
