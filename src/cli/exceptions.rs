//! Commands that may differ, each with its reason: `file<TAB>command<TAB>reason`, `#` for remarks.

use std::path::Path;

/// The table.
#[derive(Clone, Debug, Default)]
pub struct Exceptions(Vec<(String, String)>);

impl Exceptions {
    /// Reads the table; every row needs a reason.
    ///
    /// # Errors
    /// If the file cannot be read or a row lacks a column.
    pub fn read(path: &Path) -> Result<Exceptions, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let rows = text.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let read = rows.map(|(at, line)| match line.splitn(3, '\t').collect::<Vec<_>>()[..] {
            [file, command, reason] if !reason.trim().is_empty() => {
                Ok((file.to_string(), command.replace("\\n", "\n")))
            }
            _ => Err(format!("{}:{}: want file, command and reason, separated by tabs", path.display(), at + 1)),
        });
        read.collect::<Result<_, _>>().map(Exceptions)
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Exceptions) -> Exceptions {
        self.0.extend(others.0);
        self
    }

    /// Whether a command of a file may differ.
    pub fn allows(&self, file: &Path, command: &str) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        self.0.iter().any(|(file, line)| *file == *name && line == command)
    }
}
