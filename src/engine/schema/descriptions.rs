//! The API's descriptions: ten times the size of the field table, so they come apart from it.
//!
//! The native binary embeds them (the feature `descriptions`); the page fetches them on the first
//! `kubectl explain` and hands them to [`Descriptions::load`].

use crate::meta::SortedMap;
use std::borrow::Cow;

/// The text that `build.rs` made, for those who embed or publish it.
#[cfg(feature = "descriptions")]
pub static DESCRIPTIONS: &str = include_str!(concat!(env!("OUT_DIR"), "/descriptions.txt"));

/// What every type and field is for.
#[derive(Clone, Debug, Default)]
pub struct Descriptions {
    text: Cow<'static, str>,
    /// Where each type's line begins.
    types: SortedMap<String, usize>,
}

impl Descriptions {
    /// Reads the text: a line `#TYPE<tab>DESCRIPTION` for each type, below it one for each field.
    pub fn load(text: impl Into<Cow<'static, str>>) -> Descriptions {
        let text = text.into();
        let mut types = SortedMap::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some((name, _)) = line.strip_prefix('#').and_then(|rest| rest.split_once('\t')) {
                types.insert(name.to_string(), at);
            }
            at += line.len();
        }
        Descriptions { text, types }
    }
    /// Those that this build embeds: all with the feature `descriptions`, else none.
    pub fn embedded() -> Descriptions {
        #[cfg(feature = "descriptions")]
        return Descriptions::load(DESCRIPTIONS);
        #[cfg(not(feature = "descriptions"))]
        Descriptions::default()
    }
    /// Whether nothing is described.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
    fn lines(&self, ty: &str) -> impl Iterator<Item = (&str, &str)> {
        let ty = ty.strip_prefix("io.k8s.").unwrap_or(ty);
        let from = self.types.get(ty).copied().unwrap_or(self.text.len());
        self.text.get(from..).unwrap_or_default().lines().filter_map(|line| line.split_once('\t'))
    }
    /// What a type is for; empty where nothing is known.
    pub fn of(&self, ty: &str) -> String {
        self.lines(ty).next().map(|(_, text)| unescape(text)).unwrap_or_default()
    }
    /// What each field of a type is for.
    pub fn fields(&self, ty: &str) -> SortedMap<&str, String> {
        self.lines(ty).skip(1).take_while(|(name, _)| !name.starts_with('#')).map(|(n, t)| (n, unescape(t))).collect()
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.push(if chars.next() == Some('n') { '\n' } else { '\\' }),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_found() {
        let all = Descriptions::load("#api.core.v1.A\tone\\nmore\nx\tthe \\\\ x\n#api.core.v1.B\ttwo\n");
        assert_eq!(all.of("io.k8s.api.core.v1.A"), "one\nmore");
        assert_eq!(all.fields("api.core.v1.A"), SortedMap::from([("x", "the \\ x".to_string())]));
        assert_eq!((all.of("api.core.v1.B").as_str(), all.fields("api.core.v1.B").len()), ("two", 0));
        assert_eq!(all.of("nosuch"), "");
    }
}
