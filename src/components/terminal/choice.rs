//! Completion: what Tab does, and the list to choose from.

use super::{Msg, Terminal};
use crate::words::t;
use yew::prelude::*;

/// The most completions that are listed.
const MAX_LISTED: usize = 80;

/// Completions that are being chosen from.
pub(super) struct Choice {
    /// The line up to what is completed,
    before: String,
    /// and after it.
    after: String,
    candidates: Vec<String>,
    chosen: Option<usize>,
}

impl Terminal {
    /// Tab: completes what is certain, lists what could be, then goes through the list.
    pub(super) fn tab(&mut self, ctx: &Context<Self>, back: bool) -> bool {
        if let Some(choice) = &self.choice {
            let count = choice.candidates.len();
            let next = match (choice.chosen, back) {
                (None, false) => 0,
                (None, true) => count - 1,
                (Some(at), false) => (at + 1) % count,
                (Some(at), true) => (at + count - 1) % count,
            };
            self.choose(ctx, next);
            return true;
        }
        let (line, cursor) = (self.line(), self.cursor());
        // With nothing to complete, Tab and Shift-Tab move on: nobody gets stuck here.
        if back || line.trim().is_empty() {
            return false;
        }
        let completion = ctx.props().complete.emit((line.clone(), cursor));
        let start = completion.start.min(cursor);
        let (before, after) = (line[..start].to_string(), line[cursor..].to_string());
        let common = common_prefix(&completion.candidates);
        let alone = completion.candidates.len() == 1;
        if common.len() > cursor - start || alone {
            let more = if alone && !common.ends_with(['/', '=', ' ']) { " " } else { "" };
            let inserted = format!("{before}{common}{more}");
            self.set_line(ctx, &format!("{inserted}{after}"), Some(inserted.len()));
        }
        if completion.candidates.len() > 1 {
            self.follow = true;
            self.choice = Some(Choice { before, after, candidates: completion.candidates, chosen: None });
        }
        true
    }

    /// Puts a completion from the list into the line.
    pub(super) fn choose(&mut self, ctx: &Context<Self>, at: usize) {
        let Some(choice) = &mut self.choice else { return };
        let Some(candidate) = choice.candidates.get(at) else { return };
        choice.chosen = Some(at);
        let line = format!("{}{candidate}{}", choice.before, choice.after);
        let cursor = choice.before.len() + candidate.len();
        self.set_line(ctx, &line, Some(cursor));
    }

    /// The list of completions.
    pub(super) fn list(&self, ctx: &Context<Self>) -> Html {
        let Some(choice) = &self.choice else { return Html::default() };
        let more = choice.candidates.len().saturating_sub(MAX_LISTED);
        let option = |(at, text): (usize, &String)| {
            let onclick = ctx.link().callback(move |_| Msg::Pick(at));
            html! { <li role="option" aria-selected={(choice.chosen == Some(at)).to_string()} {onclick}>{ text }</li> }
        };
        html! {
            <>
                <ul class="choices" role="listbox" aria-label={t("completions")}>
                    { for choice.candidates.iter().enumerate().take(MAX_LISTED).map(option) }
                </ul>
                if more > 0 { <p class="dim">{ format!("+ {more}") }</p> }
                <p class="unseen" role="status">{ format!("{}: {}", t("completions"), choice.candidates.len()) }</p>
            </>
        }
    }
}

fn common_prefix(candidates: &[String]) -> String {
    let Some(first) = candidates.first() else { return String::new() };
    let mut common = first.as_str();
    for candidate in candidates {
        while !candidate.starts_with(common) {
            let shorter = common.char_indices().next_back().map_or(0, |(at, _)| at);
            common = &common[..shorter];
        }
    }
    common.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_prefixes() {
        assert_eq!(common_prefix(&["pods".into(), "podtemplates".into()]), "pod");
        assert_eq!(common_prefix(&["한국".into(), "한글".into()]), "한");
        assert_eq!(common_prefix(&[]), "");
    }
}
