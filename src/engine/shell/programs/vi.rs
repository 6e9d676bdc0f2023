//! `vi`, `vim`, `nano`, `code`: open the page's editor.

use super::{Call, Help, Program};
use crate::process::Node;
use crate::shell::EditorRequest;

pub const PROGRAM: Program = Program {
    name: "vi",
    help: || Help {
        summary: "Edit a file.",
        usage: "vi FILE",
        examples: &[("mkdir d; vi d", "vi: d: Is a directory")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let Some(file) = call.args().iter().find(|arg| !arg.starts_with(['-', '+'])) else {
        return call.fail("name a file to edit");
    };
    let path = call.path(file);
    let text = match call.process.files.node(&path) {
        Some(Node::Directory) => return call.fail(format!("{file}: Is a directory")),
        Some(Node::File(bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => String::new(),
    };
    let Some(desk) = &call.desk else {
        return call.fail("there is no terminal to edit in");
    };
    if let Some(text) = desk.edit(EditorRequest { path: path.clone(), text }).await
        && let Err(error) = call.process.files.write(&path, text.as_bytes())
    {
        return call.fail(format!("{file}: {error}"));
    }
    0
}
