//! Prints the `Table` answers of the API server.

use super::tabwriter::TabWriter;
use crate::kubectl::discovery::Resource;
use crate::meta::Value;

/// How a table is to be printed.
#[derive(Clone, Default)]
pub struct TableOptions {
    /// Without the headings.
    pub no_headers: bool,
    /// With the columns of `-o wide`.
    pub wide: bool,
    /// With a column for the namespace.
    pub with_namespace: bool,
    /// With the type before each name.
    pub with_kind: bool,
    /// With a column of all labels.
    pub show_labels: bool,
    /// With a column for each of these labels.
    pub label_columns: Vec<String>,
}

/// Prints tables, one resource at a time.
#[derive(Default)]
pub struct TablePrinter {
    /// How to print.
    pub options: TableOptions,
    writer: TabWriter,
    /// The columns of the last table that told them: name, priority.
    columns: Vec<(String, i64)>,
    headed: bool,
    event_column: bool,
}

impl TablePrinter {
    /// Starts over for another resource.
    pub fn restart(&mut self) {
        self.columns.clear();
        self.headed = false;
        self.writer.forget();
    }

    /// Adds a table's rows; `event` is the watch event that brought them.
    pub fn add(&mut self, table: &Value, resource: &Resource, event: Option<&str>) {
        let definitions = table["columnDefinitions"].items();
        if !definitions.is_empty() {
            let column = |column: &Value| (column["name"].str().to_string(), column["priority"].int());
            self.columns = definitions.iter().map(column).collect();
        }
        let rows = table["rows"].items();
        if rows.is_empty() {
            return;
        }
        self.event_column = event.is_some();
        if !self.headed && !self.options.no_headers {
            self.head();
        }
        self.headed = true;
        for row in rows {
            self.row(row, resource, event);
        }
    }

    fn shown(&self) -> impl Iterator<Item = (usize, &str)> {
        let wide = self.options.wide;
        let columns = self.columns.iter().enumerate();
        columns.filter(move |(_, (_, priority))| wide || *priority == 0).map(|(at, (name, _))| (at, name.as_str()))
    }

    fn head(&mut self) {
        let mut cells = Vec::new();
        if self.event_column {
            cells.push("EVENT".into());
        }
        if self.options.with_namespace {
            cells.push("NAMESPACE".into());
        }
        cells.extend(self.shown().map(|(_, name)| name.to_uppercase()));
        for label in &self.options.label_columns {
            cells.push(label.rsplit('/').next().unwrap_or_default().to_uppercase());
        }
        if self.options.show_labels {
            cells.push("LABELS".into());
        }
        self.writer.line(cells);
    }

    fn row(&mut self, row: &Value, resource: &Resource, event: Option<&str>) {
        let (options, writer) = (&self.options, &mut self.writer);
        let metadata = &row["object"]["metadata"];
        if let Some(event) = event {
            writer.cell(event);
        }
        if options.with_namespace {
            writer.cell(metadata["namespace"].str());
        }
        let values = row["cells"].items();
        let mut prefix = options.with_kind.then(|| resource.type_name() + "/");
        for (at, (_, priority)) in self.columns.iter().enumerate() {
            if *priority > 0 && !options.wide {
                continue;
            }
            match (prefix.take(), values.get(at)) {
                (None, Some(Value::String(text))) if !text.bytes().any(is_break) => writer.cell(text),
                (prefix, value) => {
                    writer.cell(&(prefix.unwrap_or_default() + &value.map(cell_text).unwrap_or_default()));
                }
            }
        }
        for label in &options.label_columns {
            writer.cell(metadata["labels"][label.as_str()].str());
        }
        if options.show_labels {
            writer.cell(&format_labels(&metadata["labels"]));
        }
        writer.end_line();
    }

    /// The text of the rows added since the last flush.
    pub fn flush(&mut self) -> String {
        self.writer.flush()
    }
}

/// `a=1,b=2`, or `<none>`.
pub fn format_labels(labels: &Value) -> String {
    let pairs: Vec<String> = labels.entries().map(|(key, value)| format!("{key}={}", value.str())).collect();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",") }
}

/// What a cell is cut off at.
fn is_break(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | b'\x0c')
}

/// A cell up to its first line break.
fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => match text.bytes().position(is_break) {
            Some(end) => format!("{}...", &text[..end]),
            None => text.to_string(),
        },
        other => other.to_json(),
    }
}
