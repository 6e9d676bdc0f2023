//! JSONPath templates in kubectl's dialect: `{range .items[*]}{.metadata.name}{"\n"}{end}`.
//!
//! `parse` makes nodes of the text, `eval` walks a document with them; both follow client-go's
//! package of that name, in its messages too.

mod eval;
mod parse;

use super::Value;
use parse::Node;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    nodes: Vec<Node>,
    /// Whether a field that is not there is an error; `get` prints nothing for it instead.
    allow_missing_keys: bool,
}

impl Template {
    /// Reads a template; a missing field is an error until told otherwise.
    ///
    /// # Errors
    /// The real parser's text, such as `unclosed action`.
    pub fn parse(text: &str) -> Result<Template, String> {
        Ok(Template { nodes: parse::parse(text, 0)?, allow_missing_keys: false })
    }
    /// Whether fields that are not there count as nothing.
    #[must_use]
    pub fn allow_missing_keys(self, allow: bool) -> Template {
        Template { allow_missing_keys: allow, ..self }
    }
    /// What the parts of the template find, one list for each.
    ///
    /// # Errors
    /// The real walker's text, such as `nosuch is not found`.
    pub fn find(&self, document: &Value) -> Result<Vec<Vec<Value>>, String> {
        eval::find(&self.nodes, document, self.allow_missing_keys)
    }
    /// The text that the template makes of a document.
    ///
    /// # Errors
    /// As [`Template::find`].
    pub fn execute(&self, document: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find(document)? {
            for (at, result) in results.iter().enumerate() {
                out += if at > 0 { " " } else { "" };
                out += &text(result);
            }
        }
        Ok(out)
    }
    /// What `-o jsonpath-as-json` prints: each part's results as an indented list.
    ///
    /// # Errors
    /// As [`Template::find`].
    pub fn execute_as_json(&self, document: &Value) -> Result<String, String> {
        Ok(self.find(document)?.into_iter().map(|results| Value::from(results).to_pretty_json() + "\n").collect())
    }
}

/// A result as templates print it: strings bare, lists and maps as JSON.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => other.to_go_json(),
    }
}

/// `.metadata.name` and `metadata.name` as `{.metadata.name}`: what `--sort-by`,
/// `custom-columns` and `wait` take.
///
/// # Errors
/// The real text for what is no path.
pub fn relaxed(path: &str) -> Result<String, String> {
    if path.is_empty() {
        return Ok(String::new());
    }
    let inner = path.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(path);
    let fields = inner.strip_prefix('.').filter(|rest| !rest.is_empty()).unwrap_or(inner);
    if fields.is_empty() || fields.contains(['{', '}']) {
        return Err(
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
                .into(),
        );
    }
    Ok(format!("{{.{fields}}}"))
}

#[cfg(test)]
mod tests;
