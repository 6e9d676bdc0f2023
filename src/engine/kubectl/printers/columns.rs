//! `-o custom-columns`: a table of paths.

use super::tabwriter::TabWriter;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::jsonpath::{self, Template};
use crate::meta::{Value, go_print};
use std::cell::Cell;

/// The columns and how to print them.
#[derive(Clone, Debug)]
pub struct Columns {
    columns: Vec<(String, Template)>,
    no_headers: bool,
    /// Whether the headings were printed: a watch prints many objects under one heading.
    headed: Cell<bool>,
}

impl Columns {
    /// Reads `NAME:.metadata.name,IMAGE:.spec.containers[*].image`, or a file of two lines.
    ///
    /// # Errors
    /// If the text is none of these.
    pub fn of(inv: &Invocation, word: &str, text: &str) -> Outcome<Columns> {
        if text.is_empty() {
            return Err("custom-columns format specified but no custom columns given".into());
        }
        let specs = if word == "custom-columns-file" { from_file(inv, text)? } else { from_text(text)? };
        let mut columns = Vec::new();
        for (name, path) in specs {
            let template = jsonpath::relaxed(&path).and_then(|path| Template::parse(&path)).map_err(Failure::new)?;
            columns.push((name, template.allow_missing_keys(true)));
        }
        Ok(Columns { columns, no_headers: inv.flags.bool("no-headers"), headed: Cell::new(false) })
    }

    /// The rows of an object or of a list's items.
    ///
    /// # Errors
    /// If a path cannot be followed.
    pub fn print(&self, object: &Value) -> Outcome<String> {
        let mut writer = TabWriter::default();
        if !self.no_headers && !self.headed.replace(true) {
            writer.line(self.columns.iter().map(|(name, _)| name.clone()).collect());
        }
        match object["items"].as_array() {
            Some(items) => {
                for item in items {
                    writer.line(self.row(item)?);
                }
            }
            None => writer.line(self.row(object)?),
        }
        Ok(writer.flush())
    }

    fn row(&self, object: &Value) -> Outcome<Vec<String>> {
        let mut cells = Vec::new();
        for (_, template) in &self.columns {
            let found = template.find(object).map_err(Failure::new)?;
            let texts: Vec<String> = found.iter().flatten().map(go_print).collect();
            cells.push(if texts.is_empty() { "<none>".into() } else { texts.join(",") });
        }
        Ok(cells)
    }
}

fn from_text(text: &str) -> Outcome<Vec<(String, String)>> {
    let mut specs = Vec::new();
    for part in text.split(',') {
        let Some((name, path)) = part.split_once(':') else {
            let text2 = "expected <header>:<json-path-expr>";
            return Err(format!("unexpected custom-columns spec: {part}, {text2}").into());
        };
        specs.push((name.to_string(), path.to_string()));
    }
    Ok(specs)
}

fn from_file(inv: &Invocation, path: &str) -> Outcome<Vec<(String, String)>> {
    let bytes = inv.process.files.read(&inv.process.path(path)).map_err(|why| {
        Failure::new(format!("error reading template {path}, open {path}: {}", why.to_string().to_ascii_lowercase()))
    })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = text.lines();
    if text.lines().nth(1).is_none() {
        let text = "Expected format is one line of space separated headers, one line of space separated column specs.";
        return Err(format!("invalid template, missing spec line. {text}").into());
    }
    let mut words = || lines.next().unwrap_or_default().split_whitespace().map(String::from).collect::<Vec<_>>();
    let (names, paths) = (words(), words());
    if names.len() != paths.len() {
        return Err(format!(
            "number of headers ({}) and field specifications ({}) don't match",
            names.len(),
            paths.len()
        )
        .into());
    }
    Ok(names.into_iter().zip(paths).collect())
}
