//! Inputs: every act of the reader that changes something, as a value.

use crate::json;
use crate::meta::Value;

/// Names a terminal for as long as the playground lives.
pub type TerminalId = u32;

/// Something the reader did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Opened a terminal tab.
    Open(TerminalId),
    /// Closed a terminal tab and what ran in it.
    Close(TerminalId),
    /// Entered a line: a command, or a line for the program that runs.
    Line(TerminalId, String),
    /// Pressed Ctrl-C.
    Interrupt(TerminalId),
    /// Pressed Ctrl-D on an empty line.
    EndOfInput(TerminalId),
    /// Saved the file a terminal's editor was asked for.
    EditorSave(TerminalId, String),
    /// Closed a terminal's editor without saving.
    EditorCancel(TerminalId),
    /// Ran a command line apart from all terminals (`window.tabernetes.exec`, the request panel).
    Exec(u32, String),
    /// Wrote a file in the page's editor: path and text.
    WriteFile(String, String),
    /// Removed a file: path.
    RemoveFile(String),
}

impl Input {
    /// The input as `["line", 1, "kubectl get po"]`.
    pub fn to_value(&self) -> Value {
        match self {
            Input::Open(id) => json!(["open", (*id)]),
            Input::Close(id) => json!(["close", (*id)]),
            Input::Line(id, text) => json!(["line", (*id), text]),
            Input::Interrupt(id) => json!(["interrupt", (*id)]),
            Input::EndOfInput(id) => json!(["eof", (*id)]),
            Input::EditorSave(id, text) => json!(["save", (*id), text]),
            Input::EditorCancel(id) => json!(["cancel", (*id)]),
            Input::Exec(id, line) => json!(["exec", (*id), line]),
            Input::WriteFile(path, text) => json!(["write", path, text]),
            Input::RemoveFile(path) => json!(["remove", path]),
        }
    }

    /// Reads what [`Input::to_value`] wrote.
    pub fn from_value(value: &Value) -> Option<Input> {
        let id = || u32::try_from(value[1].as_i64()?).ok();
        let text = |at: usize| value[at].as_str().map(String::from);
        Some(match value[0].as_str()? {
            "open" => Input::Open(id()?),
            "close" => Input::Close(id()?),
            "line" => Input::Line(id()?, text(2)?),
            "interrupt" => Input::Interrupt(id()?),
            "eof" => Input::EndOfInput(id()?),
            "save" => Input::EditorSave(id()?, text(2)?),
            "cancel" => Input::EditorCancel(id()?),
            "exec" => Input::Exec(id()?, text(2)?),
            "write" => Input::WriteFile(text(1)?, text(2)?),
            "remove" => Input::RemoveFile(text(1)?),
            _ => return None,
        })
    }
}
