//! `set -x`: what runs, before it runs, with a `+` for each level of substitution.

use super::{Array, Content, Shell, quote};

impl Shell {
    /// Shows a command, if it was asked for.
    pub(super) fn trace(&self, command: &dyn Fn() -> String) {
        if self.options.xtrace {
            let sign = self.get("PS4").unwrap_or_else(|| "+ ".into());
            let first: String = sign.chars().take(1).collect();
            self.streams.error(&format!("{}{sign}{}\n", first.repeat(self.nested), command()));
        }
    }

    /// Shows an assignment.
    #[inline(never)]
    pub(super) fn trace_assignment(&self, name: &str, key: Option<&str>, append: bool, content: &Content) {
        self.trace(&|| {
            let key = key.map(|key| format!("[{key}]")).unwrap_or_default();
            let sign = if append { "+=" } else { "=" };
            let value = match content {
                Content::One(text) if text.is_empty() => String::new(),
                Content::One(text) => quote(text),
                Content::Many(array) => listed(array),
            };
            format!("{name}{key}{sign}{value}")
        });
    }
}

fn listed(array: &Array) -> String {
    let texts: Vec<String> = array.texts().iter().map(|text| quote(text)).collect();
    format!("({})", texts.join(" "))
}
