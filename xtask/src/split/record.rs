//! What runs until the first prompt has answered: the page, opened in Chromium with every function reporting itself.

use super::Site;
use super::module::Module;
use crate::step::{Outcome, root};
use crate::tools;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{CodeSection, EntityType, ImportSection, Instruction, TypeSection, ValType};

/// The functions that ran, in the numbers of `module`.
pub fn what_runs(site: &Site, module: &Module) -> Outcome<BTreeSet<u32>> {
    let folder = root().join("target/recording");
    copy(&site.folder, &folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let copied = Site::find(&folder)?;
    copied.write(&copied.program, &instrumented(module)?)?;
    copied.extend_bindings("recorder", "{ ran: (id) => (globalThis.ran ??= new Set()).add(id) }", "")?;

    let mut node = Command::new("node");
    node.arg(root().join("xtask/record.mjs")).env("DIST", &folder).stderr(Stdio::inherit());
    if let Some(browser) = tools::chromium_path() {
        node.env("CHROMIUM", browser);
    }
    let output = node.output().map_err(|error| format!("node: {error}"))?;
    if !output.status.success() {
        return Err("what runs first could not be recorded".into());
    }
    let ran = String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::parse).collect::<Result<_, _>>();
    ran.map_err(|error| format!("xtask/record.mjs: {error}"))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The program with a call of `recorder.ran` at the start of each function.
fn instrumented(module: &Module) -> Outcome<Vec<u8>> {
    let mut output = wasm_encoder::Module::new();
    let mut recorder = Recorder { imported: module.imported, signature: module.types.len() as u32, next: 0 };
    recorder
        .parse_core_module(&mut output, wasmparser::Parser::new(0), module.bytes)
        .map_err(|error| format!("the program cannot be instrumented: {error}"))?;
    Ok(output.finish())
}

struct Recorder {
    imported: u32,
    /// The type of `recorder.ran`, which comes after all others.
    signature: u32,
    /// The function whose body comes next, counted from the first that is not imported.
    next: u32,
}

type Written = Result<(), reencode::Error<Infallible>>;

impl Reencode for Recorder {
    type Error = Infallible;

    /// `recorder.ran` is the last import.
    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Infallible>> {
        Ok(if function < self.imported { function } else { function + 1 })
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, read: wasmparser::TypeSectionReader<'_>) -> Written {
        utils::parse_type_section(self, types, read)?;
        types.ty().function([ValType::I32], []);
        Ok(())
    }

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        read: wasmparser::ImportSectionReader<'_>,
    ) -> Written {
        for import in read.into_imports() {
            let import = import?;
            imports.import(import.module, import.name, self.entity_type(import.ty)?);
        }
        imports.import("recorder", "ran", EntityType::Function(self.signature));
        Ok(())
    }

    fn parse_function_body(&mut self, code: &mut CodeSection, body: wasmparser::FunctionBody<'_>) -> Written {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        function.instruction(&Instruction::I32Const((self.imported + self.next) as i32));
        function.instruction(&Instruction::Call(self.imported));
        self.next += 1;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            function.instruction(&self.parse_instruction(&mut operators)?);
        }
        code.function(&function);
        Ok(())
    }

    /// Names and the linker's notes would only cost time.
    fn parse_custom_section(
        &mut self,
        _: &mut wasm_encoder::Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Written {
        Ok(())
    }
}
