//! From expanded parts to fields: word splitting, then the paths that patterns match.

use super::{Options, pattern};
use crate::process::FileSystem;

/// Collects the parts of a word into fields.
pub struct Fields {
    done: Vec<Field>,
    current: Option<Field>,
    /// The characters that split; none where words are not split.
    separators: String,
}

/// A field in the making: its text, and the same as a pattern in which quoted characters are escaped.
#[derive(Default)]
struct Field {
    text: String,
    pattern: String,
    has_pattern: bool,
}

impl Fields {
    /// Fields split at those characters.
    pub fn split_at(separators: &str) -> Fields {
        Fields { done: Vec::new(), current: None, separators: separators.into() }
    }

    /// One field, never split.
    pub fn whole() -> Fields {
        Fields::split_at("")
    }

    /// Adds text that stands for itself. Even an empty one makes a field.
    pub fn quoted(&mut self, text: &str) {
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        pattern::escape(text, &mut field.pattern);
    }

    /// Adds text of the command line itself: a pattern, but not split.
    pub fn text(&mut self, text: &str) {
        let field = self.current.get_or_insert_default();
        field.text.push_str(text);
        field.pattern.push_str(text);
        field.has_pattern |= text.contains(['*', '?', '[', '(']);
    }

    /// Adds the result of an unquoted expansion: it is split, and may be a pattern.
    pub fn expanded(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| self.separators.contains(c)) {
            let (piece, tail) = rest.split_at(at);
            if !piece.is_empty() {
                self.text(piece);
            }
            let separator = tail.chars().next().unwrap_or(' ');
            if !separator.is_whitespace() && self.current.is_none() {
                self.current = Some(Field::default());
            }
            self.next();
            rest = &tail[separator.len_utf8()..];
        }
        if !rest.is_empty() {
            self.text(rest);
        }
    }

    /// Ends the field that is being made, if one is.
    pub fn next(&mut self) {
        self.done.extend(self.current.take());
    }

    /// The fields' texts, patterns replaced by the paths they match.
    pub fn paths(mut self, files: &FileSystem, cwd: &str, options: &Options) -> Vec<String> {
        self.next();
        let mut texts = Vec::new();
        for field in self.done {
            let hidden = options.shopt.contains(&"dotglob");
            let found = if field.has_pattern { pattern::paths(files, cwd, &field.pattern, hidden) } else { Vec::new() };
            if found.is_empty() && field.has_pattern && options.shopt.contains(&"nullglob") {
                continue;
            }
            if found.is_empty() { texts.push(field.text) } else { texts.extend(found) }
        }
        texts
    }

    /// The fields' texts as they are.
    pub fn texts(mut self) -> Vec<String> {
        self.next();
        self.done.into_iter().map(|field| field.text).collect()
    }

    /// Everything as one pattern.
    pub fn pattern(mut self) -> String {
        self.next();
        let patterns: Vec<String> = self.done.into_iter().map(|field| field.pattern).collect();
        patterns.join(" ")
    }
}
