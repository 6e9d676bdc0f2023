//! A wasm module, read as far as splitting it needs.

use crate::step::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use wasmparser::{
    Data, DataKind, Element, ElementItems, Export, FunctionBody, GlobalType, KnownCustom, Name, Operator, Parser,
    Payload, RelocationEntry, SymbolInfo, TableType, TypeRef,
};

/// What is known of a module. Functions are numbered as in it: the imported ones first.
#[derive(Default)]
pub struct Module<'a> {
    pub bytes: &'a [u8],
    /// How many functions are imported.
    pub imported: u32,
    /// The type of each function.
    pub signatures: Vec<u32>,
    pub types: Vec<wasmparser::FuncType>,
    pub bodies: Vec<FunctionBody<'a>>,
    pub names: BTreeMap<u32, &'a str>,
    pub tables: Vec<TableType>,
    pub globals: Vec<GlobalType>,
    pub exports: Vec<Export<'a>>,
    /// Functions that can be called through a table or at the start.
    pub taken: BTreeSet<u32>,
    /// Data: the address of each segment and its bytes.
    pub data: Vec<(u32, &'a [u8])>,
    /// Where the contents of the code and data sections begin.
    pub code_start: usize,
    pub data_start: usize,
    /// What the linker leaves with `--emit-relocs`.
    pub symbols: Vec<SymbolInfo<'a>>,
    pub code_relocations: Vec<RelocationEntry>,
    pub data_relocations: Vec<RelocationEntry>,
}

impl<'a> Module<'a> {
    pub fn read(bytes: &'a [u8]) -> Outcome<Module<'a>> {
        Module::parse(bytes).map_err(|error| format!("the program cannot be read: {error}"))
    }

    fn parse(bytes: &'a [u8]) -> wasmparser::Result<Module<'a>> {
        let mut module = Module { bytes, ..Module::default() };
        let mut sections = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if payload.as_section().is_some() {
                sections.push(matches!(payload, Payload::CodeSectionStart { .. }));
            }
            match payload {
                Payload::TypeSection(types) => {
                    module.types = types.into_iter_err_on_gc_types().collect::<Result<_, _>>()?;
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Func(signature) => module.signatures.push(signature),
                            TypeRef::Table(table) => module.tables.push(table),
                            TypeRef::Global(global) => module.globals.push(global),
                            _ => {}
                        }
                    }
                    module.imported = module.signatures.len() as u32;
                }
                Payload::FunctionSection(functions) => {
                    for signature in functions {
                        module.signatures.push(signature?);
                    }
                }
                Payload::TableSection(tables) => {
                    for table in tables {
                        module.tables.push(table?.ty);
                    }
                }
                Payload::GlobalSection(globals) => {
                    for global in globals {
                        module.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(exports) => module.exports = exports.into_iter().collect::<Result<_, _>>()?,
                Payload::StartSection { func, .. } => {
                    module.taken.insert(func);
                }
                Payload::ElementSection(elements) => {
                    for element in elements {
                        module.take(&element?)?;
                    }
                }
                Payload::CodeSectionStart { range, .. } => module.code_start = range.start,
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::DataSection(data) => {
                    module.data_start = data.range().start;
                    for segment in data {
                        module.data.push(placed(&segment?)?);
                    }
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => {
                        for part in names {
                            if let Name::Function(functions) = part? {
                                for name in functions {
                                    let name = name?;
                                    module.names.insert(name.index, name.name);
                                }
                            }
                        }
                    }
                    KnownCustom::Linking(linking) => {
                        for part in linking.subsections() {
                            if let wasmparser::Linking::SymbolTable(symbols) = part? {
                                module.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                            }
                        }
                    }
                    KnownCustom::Reloc(relocations) => {
                        let of_code = sections.get(relocations.section_index() as usize).copied().unwrap_or_default();
                        let entries = relocations.entries().into_iter().collect::<Result<_, _>>()?;
                        if of_code {
                            module.code_relocations = entries;
                        } else {
                            module.data_relocations = entries;
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(module)
    }

    fn take(&mut self, element: &Element<'a>) -> wasmparser::Result<()> {
        match &element.items {
            ElementItems::Functions(functions) => {
                for function in functions.clone() {
                    self.taken.insert(function?);
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions.clone() {
                    for operator in expression?.get_operators_reader() {
                        if let Operator::RefFunc { function_index } = operator? {
                            self.taken.insert(function_index);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The body of a function, unless it is imported.
    pub fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get(function.checked_sub(self.imported)? as usize)
    }

    /// All functions, imported or not.
    pub fn functions(&self) -> std::ops::Range<u32> {
        0..self.signatures.len() as u32
    }

    /// The functions that one calls, or takes a reference to, by number.
    pub fn calls(&self, function: u32) -> Outcome<BTreeSet<u32>> {
        let mut called = BTreeSet::new();
        let Some(body) = self.body(function) else { return Ok(called) };
        let operators = body.get_operators_reader().map_err(|error| error.to_string())?;
        for operator in operators {
            match operator.map_err(|error| error.to_string())? {
                Operator::Call { function_index } | Operator::RefFunc { function_index } => {
                    called.insert(function_index);
                }
                _ => {}
            }
        }
        Ok(called)
    }
}

/// Where an active segment lies.
fn placed<'a>(data: &Data<'a>) -> wasmparser::Result<(u32, &'a [u8])> {
    let mut address = 0;
    if let DataKind::Active { offset_expr, .. } = &data.kind {
        for operator in offset_expr.get_operators_reader() {
            if let Operator::I32Const { value } = operator? {
                address = value as u32;
            }
        }
    }
    Ok((address, data.data))
}

/// A module without the linker's notes, which Binaryen does not understand.
pub fn without_notes(bytes: &[u8]) -> Outcome<Vec<u8>> {
    let mut bare = bytes.get(..8).ok_or("the program is no module")?.to_vec();
    let mut end = bare.len();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| format!("the program cannot be read: {error}"))?;
        let Some((_, range)) = payload.as_section() else { continue };
        let notes = match &payload {
            Payload::CustomSection(section) => section.name() == "linking" || section.name().starts_with("reloc."),
            _ => false,
        };
        if !notes {
            bare.extend_from_slice(&bytes[end..range.end]);
        }
        end = range.end;
    }
    Ok(bare)
}
