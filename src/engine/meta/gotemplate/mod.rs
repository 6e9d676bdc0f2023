//! Go templates as `kubectl -o go-template` takes them.
//!
//! `lex` and `parse` make nodes of the text, `exec` runs them over a document, `functions` are
//! what they can call, `format` is `printf`. All after Go's `text/template`, messages included.

mod exec;
mod format;
mod functions;
mod lex;
mod parse;

use super::Value;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    parsed: parse::Parsed,
    /// Whether a key that is not there is nothing, rather than an error.
    allow_missing_keys: bool,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The real parser's text, such as `template: output:1: unclosed action`.
    pub fn parse(text: &str) -> Result<Template, String> {
        let parsed = parse::parse(text)?;
        Ok(Template { text: text.into(), parsed, allow_missing_keys: true })
    }
    /// Whether fields that are not there count as nothing.
    #[must_use]
    pub fn allow_missing_keys(self, allow: bool) -> Template {
        Template { allow_missing_keys: allow, ..self }
    }
    /// The text that the template makes of a document.
    ///
    /// # Errors
    /// What was written until then, and the real text of what went wrong.
    pub fn execute(&self, document: &Value) -> Result<String, (String, String)> {
        exec::execute(&self.text, &self.parsed, document, self.allow_missing_keys)
    }
}

#[cfg(test)]
mod tests;
