//! The page's words in the reader's language, from the tables in static/locales.
//!
//! A new language is a new file there and a row in [`LANGUAGES`].

use std::cell::Cell;

/// A language: its code and its table.
type Language = (&'static str, &'static str);

/// All languages; the first is what a reader of none of them gets.
const LANGUAGES: &[Language] =
    &[("en", include_str!("../static/locales/en.txt")), ("ko", include_str!("../static/locales/ko.txt"))];

thread_local! {
    static CHOSEN: Cell<usize> = const { Cell::new(0) };
}

/// The codes of all languages, each with its own name for itself.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().map(|(code, table)| (*code, find(table, "language").unwrap_or(code)))
}

/// Takes the first language that `preferred` (such as `ko-KR`) begins with.
pub fn choose(preferred: &str) -> &'static str {
    let at = LANGUAGES.iter().position(|(code, _)| preferred.starts_with(code)).unwrap_or(0);
    CHOSEN.set(at);
    LANGUAGES.get(at).map_or("en", |(code, _)| code)
}

/// The text of a name in the chosen language.
pub fn t(name: &'static str) -> &'static str {
    LANGUAGES.get(CHOSEN.get()).and_then(|(_, table)| find(table, name)).unwrap_or(name)
}

fn find(table: &'static str, name: &str) -> Option<&'static str> {
    table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_name() {
        let names = |table: &'static str| {
            let lines = table.lines().filter(|line| !line.starts_with('#'));
            lines.map(|line| line.split_once(" = ").expect(line).0).collect::<Vec<_>>()
        };
        let first = names(LANGUAGES[0].1);
        for (code, table) in LANGUAGES {
            assert_eq!(names(table), first, "{code}");
        }
    }
}
