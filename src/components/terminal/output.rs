//! One command line and its output: long output folded, object names that can be opened.

use crate::app::screen::Block;
use crate::words::t;
use std::rc::Rc;
use tabernetes_engine::playground::Stream;
use yew::prelude::*;

/// Output longer than this many lines is folded,
const FOLD_OVER: usize = 400;
/// to this many.
const FOLDED_TO: usize = 100;

/// See [`Output`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What to show.
    pub block: Rc<Block>,
}

/// A block of output.
#[component]
pub fn Output(props: &Props) -> Html {
    let block = &props.block;
    let unfolded = use_state(|| false);
    let lines: usize = block.output.iter().map(|(_, text)| text.matches('\n').count()).sum();
    let folded = lines > FOLD_OVER && !*unfolded;
    let mut left = if folded { FOLDED_TO } else { usize::MAX };
    let mut table = Table::default();
    let mut shown = Vec::new();
    for (stream, text) in &block.output {
        if left == 0 {
            break;
        }
        let text = first_lines(text, &mut left);
        shown.push(piece(*stream, text, &mut table));
    }
    let toggle = {
        let unfolded = unfolded.clone();
        Callback::from(move |_: MouseEvent| unfolded.set(!*unfolded))
    };
    html! {
        <div class={classes!("block", table.was_seen.then_some("tabular"))}>
            if let Some((prompt, line)) = &block.entered {
                <div class="entered"><span class="prompt">{ &**prompt }</span>{ &**line }{ "\n" }</div>
            }
            { for shown }
            if lines > FOLD_OVER {
                <button class="fold" onclick={toggle}>
                    { if folded { format!("+ {} {}", lines - FOLDED_TO, t("more-lines")) } else { t("fewer-lines").to_string() } }
                </button>
            }
        </div>
    }
}

/// The beginning of a text, of at most `left` lines; `left` says afterwards how many there may still be.
fn first_lines<'a>(text: &'a str, left: &mut usize) -> &'a str {
    if *left == usize::MAX {
        return text;
    }
    for (at, _) in text.match_indices('\n') {
        *left -= 1;
        if *left == 0 {
            return &text[..=at];
        }
    }
    text
}

fn piece(stream: Stream, text: &str, table: &mut Table) -> Html {
    match stream {
        Stream::Err => html! { <span class="err">{ text.to_string() }</span> },
        Stream::Hint => html! { <span class="hint" title={t("hint")}>{ text.to_string() }</span> },
        Stream::Prompt | Stream::Echo | Stream::Clear => html! { <span class="entered">{ text.to_string() }</span> },
        Stream::Out => {
            let mut parts: Vec<Html> = Vec::new();
            let mut plain = 0;
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                if let Some((from, to, namespace)) = table.name_in(line) {
                    parts.push(text[plain..start + from].to_string().into());
                    let name = line[from..to].to_string();
                    parts.push(html! { <span class="object" data-namespace={namespace}>{ name }</span> });
                    plain = start + to;
                }
                start += line.len();
            }
            parts.push(text[plain..].to_string().into());
            parts.into_iter().collect()
        }
    }
}

/// Finds objects' names in output: the first column of kubectl's tables, and `pod/kubia`.
#[derive(Default)]
struct Table {
    /// Which column holds names, inside of a table.
    column: Option<usize>,
    /// Whether there was a table at all.
    was_seen: bool,
}

impl Table {
    /// Where in a line a name stands, and its namespace if the line has it.
    fn name_in(&mut self, line: &str) -> Option<(usize, usize, Option<String>)> {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (None, _) => self.column = None,
            (Some("NAME"), _) => {
                (self.column, self.was_seen) = (Some(0), true);
                return None;
            }
            (Some("NAMESPACE"), Some("NAME")) => {
                (self.column, self.was_seen) = (Some(1), true);
                return None;
            }
            _ => {}
        }
        let mut words = line.split_whitespace();
        let namespace = (self.column == Some(1)).then(|| words.next().map(String::from)).flatten();
        let word = words.next()?;
        let from = word.as_ptr() as usize - line.as_ptr() as usize;
        let is_reference = word.split_once('/').is_some_and(|(kind, name)| is_name(kind) && is_name(name));
        let is_in_table = self.column.is_some() && (is_name(word) || is_reference);
        (is_in_table || is_reference).then_some((from, from + word.len(), namespace))
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_tables_and_references() {
        let mut table = Table::default();
        let mut found = |line: &'static str| {
            table.name_in(line).map(|(from, to, namespace)| (&line[from..to], namespace.unwrap_or_default()))
        };
        assert_eq!(found("hello there\n"), None);
        assert_eq!(found("pod/kubia created\n"), Some(("pod/kubia", String::new())));
        assert_eq!(found("NAME   READY\n"), None);
        assert_eq!(found("kubia  1/1\n"), Some(("kubia", String::new())));
        assert_eq!(found("\n"), None);
        assert_eq!(found("kubia\n"), None);
        assert_eq!(found("NAMESPACE  NAME\n"), None);
        assert_eq!(found("default    kubia\n"), Some(("kubia", "default".into())));
    }

    #[test]
    fn folding_cuts_after_a_line() {
        let mut left = 2;
        assert_eq!(first_lines("a\nb\nc\n", &mut left), "a\nb\n");
        assert_eq!(left, 0);
    }
}
