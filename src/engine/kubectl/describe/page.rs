//! The sheet a describer writes on: lines of cells, and the blocks that many kinds share.

use super::super::invocation::Invocation;
use super::super::printers::tabwriter::TabWriter;
use super::super::resource::Info;
use crate::meta::{Object, Time, Value, duration};

/// Annotations longer than this are wrapped and shortened.
const MAX_ANNOTATION: usize = 140;
/// What `kubectl apply` remembers is not for people.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// One object's description in the making.
pub struct Page<'a> {
    /// The run of the command.
    pub inv: &'a Invocation,
    /// What is described.
    pub info: &'a Info,
    lines: Vec<String>,
}

impl<'a> Page<'a> {
    /// An empty page about an object.
    pub fn new(inv: &'a Invocation, info: &'a Info) -> Page<'a> {
        Page { inv, info, lines: Vec::new() }
    }

    /// The object.
    pub fn object(&self) -> &'a Object {
        &self.info.object
    }

    /// The finished text, cells aligned.
    pub fn finish(self) -> String {
        let mut out = TabWriter::with(0, 2);
        for line in &self.lines {
            out.tabbed(line);
        }
        out.flush()
    }

    /// The finished text with its tabs as they are: `rollout history` aligns nothing.
    pub fn finish_unaligned(self) -> String {
        self.lines.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Writes a line; cells are separated by tabs, each level indents by two spaces.
    pub fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.lines.push(format!("{:1$}{2}", "", level * 2, text.as_ref()));
    }

    /// Writes `title: value` at the left edge.
    pub fn field(&mut self, title: &str, value: impl AsRef<str>) {
        self.line(0, format!("{title}:\t{}", value.as_ref()));
    }

    /// Writes `title: value`, unless the value is empty.
    pub fn field_if(&mut self, title: &str, value: &str) {
        if !value.is_empty() {
            self.field(title, value);
        }
    }

    /// Name, and namespace as its metadata has it.
    pub fn name_and_namespace(&mut self) {
        let object = self.object();
        self.field("Name", object.name());
        self.field("Namespace", object.namespace());
    }

    /// Labels and annotations.
    pub fn labels_and_annotations(&mut self) {
        let metadata = &self.object()["metadata"];
        self.map("Labels", &metadata["labels"]);
        self.annotations("Annotations", &metadata["annotations"]);
    }

    /// `title: key=value`, one pair a line.
    pub fn map(&mut self, title: &str, map: &Value) {
        let pairs: Vec<String> = map.entries().map(|(key, value)| format!("{key}={}", scalar(value))).collect();
        self.list(title, &pairs);
    }

    /// `title: first`, the others below it; `<none>` if there are none.
    pub fn list(&mut self, title: &str, items: &[String]) {
        match items.split_first() {
            None => self.line(0, format!("{title}:\t<none>")),
            Some((first, rest)) => {
                self.line(0, format!("{title}:\t{first}"));
                for item in rest {
                    self.line(0, format!("\t{item}"));
                }
            }
        }
    }

    /// Annotations, long ones wrapped, without what apply keeps in one.
    pub fn annotations(&mut self, title: &str, annotations: &Value) {
        let mut first = true;
        for (key, value) in annotations.entries().filter(|(key, _)| key.as_str() != LAST_APPLIED) {
            let value = value.str().strip_suffix('\n').unwrap_or(value.str());
            let head = if std::mem::take(&mut first) { format!("{title}:\t") } else { "\t".to_string() };
            if value.len() + key.len() + 2 > MAX_ANNOTATION || value.contains('\n') {
                self.line(0, format!("{head}{key}:"));
                for part in value.split('\n') {
                    self.line(0, format!("\t  {}", shorten(part, MAX_ANNOTATION - 2)));
                }
            } else {
                self.line(0, format!("{head}{key}: {value}"));
            }
        }
        if first {
            self.line(0, format!("{title}:\t<none>"));
        }
    }

    /// The owner that controls the object, if one does.
    pub fn controlled_by(&mut self) {
        if let Some(owner) = self.object().controller() {
            self.field("Controlled By", format!("{}/{}", owner["kind"].str(), owner["name"].str()));
        }
    }

    /// A table of rows below a heading: titles, dashes under them, rows.
    pub fn table(&mut self, level: usize, titles: &[&str], rows: &[Vec<String>]) {
        self.line(level, titles.join("\t"));
        let dashes: Vec<String> = titles.iter().map(|title| "-".repeat(title.len())).collect();
        self.line(level, dashes.join("\t"));
        for row in rows {
            self.line(level, row.join("\t"));
        }
    }

    /// `Conditions:` as workloads show them: type, status, reason.
    pub fn conditions(&mut self) {
        let conditions = self.object().at(&["status", "conditions"]).items();
        if conditions.is_empty() {
            return;
        }
        self.line(0, "Conditions:");
        let rows = conditions.iter().map(|condition| {
            vec![
                format!("{} ", condition["type"].str()),
                condition["status"].str().into(),
                condition["reason"].str().into(),
            ]
        });
        self.table(1, &["Type", "Status", "Reason"], &rows.collect::<Vec<_>>());
    }

    /// How long ago a timestamp was, as events and pods show it.
    pub fn since(&self, timestamp: &Value) -> String {
        match Time::parse(timestamp.str()) {
            Some(then) => duration::age(self.inv.now(), then),
            None => "<unknown>".into(),
        }
    }
}

/// A timestamp as describers print it (RFC 1123 with a numeric zone); `<unset>` if there is none.
pub fn rfc1123(timestamp: &Value) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(time) = Time::parse(timestamp.str()) else { return "<unset>".into() };
    let (year, month, day, hour, minute, second) = time.civil();
    let weekday = DAYS.get(usize::from(time.weekday())).unwrap_or(&"");
    let month = MONTHS.get(usize::from(month.saturating_sub(1))).unwrap_or(&"");
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

/// A timestamp as Go's `Time.String` prints it.
pub fn go_time(timestamp: &Value) -> String {
    let text = Time::parse(timestamp.str()).map(Time::rfc3339).unwrap_or_default();
    format!("{} +0000 UTC", text.replace('T', " ").replace('Z', ""))
}

/// A scalar as `%v` prints it.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_string(),
        other => other.to_json(),
    }
}

/// The number, or `<unset>`.
pub fn or_unset(value: &Value) -> String {
    if value.is_null() { "<unset>".into() } else { scalar(value) }
}

/// `key=value,key=value`, or `<none>`.
pub fn labels_line(map: &Value) -> String {
    let pairs: Vec<String> = map.entries().map(|(key, value)| format!("{key}={}", scalar(value))).collect();
    or_none(&pairs.join(","))
}

/// The text, or `<none>`.
pub fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<String> {
    list.items().iter().map(scalar).collect()
}

fn shorten(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.into();
    }
    let end = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}...", &text[..end])
}
