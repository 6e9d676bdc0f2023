//! Splits the page's program in two: what runs until the first prompt has answered, and the rest.
//!
//! Most of kubectl, the shell and the images wait for somebody to type; a page that is only looked
//! at never needs them. So the built page runs once with every function reporting itself
//! ([`record`]); what ran stays in the first part, with the data it reads ([`references`]), and the
//! rest becomes a second module that shares its memory and tables ([`parts`]). A call into a part
//! that is not there yet fetches it (`glue.js`). [`module`] reads modules for all of these.

mod module;
mod parts;
mod record;
mod references;

use crate::step::{Outcome, announce, root, run};
use crate::wasm;
use module::Module;
use std::fs;
use std::path::{Path, PathBuf};

/// What is appended to the bindings.
const GLUE: &str = include_str!("glue.js");
/// Where the bindings put together what the program imports.
const IMPORTS: &str = "function __wbg_get_imports() {";

/// The two files Trunk wrote: the program and its bindings.
struct Site {
    folder: PathBuf,
    program: String,
    bindings: String,
}

impl Site {
    fn find(folder: &Path) -> Outcome<Site> {
        let names = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut names = names.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let program = names.find(|name| name.ends_with("_bg.wasm")).ok_or("dist/ holds no program")?;
        let bindings = program.replace("_bg.wasm", ".js");
        Ok(Site { folder: folder.into(), program, bindings })
    }

    fn read(&self, name: &str) -> Outcome<Vec<u8>> {
        fs::read(self.folder.join(name)).map_err(|error| format!("{name}: {error}"))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Outcome {
        fs::write(self.folder.join(name), bytes).map_err(|error| format!("{name}: {error}"))
    }

    /// Has the bindings import one more module: `name`, an expression of JavaScript.
    fn extend_bindings(&self, name: &str, value: &str, appended: &str) -> Outcome {
        let text = String::from_utf8_lossy(&self.read(&self.bindings)?).into_owned();
        if !text.contains(IMPORTS) {
            return Err(format!("{}: `{IMPORTS}` is not there; wasm-bindgen changed how it imports", self.bindings));
        }
        let extended = format!(
            "function __wbg_get_imports() {{ return {{ ...__wbg_own_imports(), {name}: {value} }}; }}\n\
             function __wbg_own_imports() {{"
        );
        self.write(&self.bindings, format!("{}\n{appended}", text.replacen(IMPORTS, &extended, 1)).as_bytes())
    }
}

/// The program after Binaryen, with the names of its functions and without the linker's notes.
fn optimised(site: &Site) -> Outcome<Vec<u8>> {
    let program = site.folder.join(&site.program);
    let bare = module::without_notes(&site.read(&site.program)?)?;
    site.write(&site.program, &bare)?;
    let mut binaryen = wasm::command("wasm-opt")?;
    binaryen.args(["-Oz", "-g", "--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"]);
    binaryen.args(["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"]);
    binaryen.args(["--traps-never-happen", "--strip-target-features"]);
    // What is called from one place only is often what seldom runs there: on its own it can move to the rest.
    binaryen.arg("--one-caller-inline-max-function-size=30");
    // True of programs that the linker lays out with the stack first and whose memory is their own.
    binaryen.args(["--low-memory-unused", "--zero-filled-memory"]).arg(&program).arg("-o").arg(&program);
    run(&mut binaryen)?;
    site.read(&site.program)
}

/// Splits the program in dist/. Needs Chromium, to see what runs.
pub fn split() -> Outcome {
    let site = Site::find(&root().join("dist"))?;
    announce("split the program by what runs first", "1 min");
    let optimised = optimised(&site)?;
    let whole = Module::read(&optimised)?;
    let ran = record::what_runs(&site, &whole)?;
    let linked = fs::read(wasm::linked_program()).map_err(|error| format!("the linked program: {error}"))?;
    let first = parts::first_functions(&whole, &ran);
    let later = references::only_read_by_the_rest(&Module::read(&linked)?, &whole, &first)?;
    let (primary, secondary) = parts::write(&whole, &first, &later)?;
    let rest = site.program.replace("_bg.wasm", "_rest.wasm");
    site.write(&site.program, &primary)?;
    site.write(&rest, &secondary)?;
    site.extend_bindings("rest", "{ load: loadRest }", &GLUE.replace("REST_OF_THE_PROGRAM", &rest))
}
