//! Writes the two parts of the program.
//!
//! The first part keeps its functions and, for each function of the rest that it may call, a stub:
//! the stub makes sure that the rest is here and calls it through a table of its own. The rest
//! imports the memory, the tables, the globals and the functions of the first part, and fills that
//! table when it is instantiated.

use super::module::Module;
use crate::step::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::ops::Range;
use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder, utils};
use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemoryType, RefType,
    TableSection, TableType, TypeSection, ValType,
};

/// A function that is no longer than this stays where it is called from. A stub is longer, but many alike stand side by
/// side and compress to a few bytes each.
const AS_SHORT_AS_A_STUB: usize = 6;
/// Where the rest imports from.
const FIRST: &str = "first";
/// The global that says whether the rest is here, and the table through which its functions are called.
const REST_IS_HERE: &str = "rest_is_here";
const REST: &str = "rest";

/// The functions of the first part: what ran, and what is too short to move.
pub fn first_functions(module: &Module, ran: &BTreeSet<u32>) -> BTreeSet<u32> {
    let short = |function: &u32| module.body(*function).is_none_or(|body| body.range().len() <= AS_SHORT_AS_A_STUB);
    module.functions().filter(|function| ran.contains(function) || short(function)).collect()
}

/// The first part and the rest. Data in `later` comes with the rest.
pub fn write(module: &Module, first: &BTreeSet<u32>, later: &[Range<u32>]) -> Outcome<(Vec<u8>, Vec<u8>)> {
    let plan = Plan::new(module, first, later)?;
    let first = plan.first_part().map_err(|error| format!("the first part cannot be written: {error}"))?;
    let rest = plan.rest().map_err(|error| format!("the rest cannot be written: {error}"))?;
    for (name, bytes) in [("the first part", &first), ("the rest", &rest)] {
        let mut validator = wasmparser::Validator::new();
        validator.validate_all(bytes).map_err(|error| format!("{name} is not valid: {error}"))?;
    }
    Ok((first, rest))
}

type Written<T = ()> = Result<T, reencode::Error<Infallible>>;

/// Which function goes where. Numbers are those of the whole module unless said otherwise.
struct Plan<'m, 'a> {
    module: &'m Module<'a>,
    first: &'m BTreeSet<u32>,
    later: &'m [Range<u32>],
    /// Functions of the rest that the first part may call, with their places in the table.
    stubs: BTreeMap<u32, u32>,
    /// The functions of the first part that it does not import, stubs last: in this order they are written.
    order: Vec<u32>,
    /// Functions of the first part that the rest calls, with the names they are exported by.
    shared: BTreeMap<u32, String>,
    /// Their numbers in the first part and in the rest.
    in_first: BTreeMap<u32, u32>,
    in_rest: BTreeMap<u32, u32>,
}

impl<'m, 'a> Plan<'m, 'a> {
    fn new(module: &'m Module<'a>, first: &'m BTreeSet<u32>, later: &'m [Range<u32>]) -> Outcome<Self> {
        let mut called_from_first = module.taken.clone();
        called_from_first.extend(
            module.exports.iter().filter(|e| e.kind == wasmparser::ExternalKind::Func).map(|export| export.index),
        );
        let mut called_from_rest = BTreeSet::new();
        for function in module.functions() {
            let calls = module.calls(function)?;
            if first.contains(&function) { called_from_first.extend(calls) } else { called_from_rest.extend(calls) }
        }
        // Stubs of one signature differ in a number only; one after the other they compress to little more.
        let mut stubbed: Vec<u32> =
            called_from_first.into_iter().filter(|function| !first.contains(function)).collect();
        stubbed.sort_by_key(|function| (module.signatures[*function as usize], *function));
        let stubs: BTreeMap<u32, u32> = stubbed.iter().copied().zip(0..).collect();
        let shared: BTreeMap<u32, String> = called_from_rest
            .iter()
            .filter(|function| first.contains(function))
            .enumerate()
            .map(|(number, function)| (*function, number.to_string()))
            .collect();

        // In the first part, the call that fetches the rest is one more import, after the others.
        let imported = module.imported;
        let own = module.functions().skip(imported as usize);
        let order: Vec<u32> = own.clone().filter(|function| first.contains(function)).chain(stubbed).collect();
        let in_first = (0..imported).zip(0..).chain(order.iter().copied().zip(imported + 1..)).collect();
        let moved = own.filter(|function| !first.contains(function));
        let in_rest = shared.keys().copied().chain(moved).zip(0..).collect();
        Ok(Plan { module, first, later, stubs, order, shared, in_first, in_rest })
    }

    /// The number of the table through which the rest is called, in both parts.
    fn rest_table(&self) -> u32 {
        self.module.tables.len() as u32
    }

    fn rest_table_type(&self) -> TableType {
        let places = self.stubs.len() as u64;
        TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: places,
            maximum: Some(places),
            shared: false,
        }
    }

    /// The names by which the rest finds what it shares with the first part.
    fn table_name(number: usize) -> String {
        format!("t{number}")
    }

    fn global_name(number: usize) -> String {
        format!("g{number}")
    }

    fn first_part(&self) -> Written<Vec<u8>> {
        let mut output = wasm_encoder::Module::new();
        FirstPart { plan: self, segments: self.cut(false) }.parse_core_module(
            &mut output,
            wasmparser::Parser::new(0),
            self.module.bytes,
        )?;
        Ok(output.finish())
    }

    fn stub(&self, function: u32, place: u32) -> Function {
        let signature = self.module.signatures[function as usize];
        let mut body = Function::new([]);
        body.instruction(&Instruction::GlobalGet(self.module.globals.len() as u32));
        body.instruction(&Instruction::I32Eqz);
        body.instruction(&Instruction::If(BlockType::Empty));
        body.instruction(&Instruction::Call(self.module.imported));
        body.instruction(&Instruction::End);
        let parameters = self.module.types.get(signature as usize).map_or(0, |signature| signature.params().len());
        for parameter in 0..parameters {
            body.instruction(&Instruction::LocalGet(parameter as u32));
        }
        body.instruction(&Instruction::I32Const(place as i32));
        body.instruction(&Instruction::CallIndirect { type_index: signature, table_index: self.rest_table() });
        body.instruction(&Instruction::End);
        body
    }

    /// The data of one part: what is in `later`, or what is not.
    fn cut(&self, wants_later: bool) -> Vec<(u32, &'a [u8])> {
        let mut pieces = Vec::new();
        for (address, bytes) in &self.module.data {
            let end = address + bytes.len() as u32;
            let mut at = *address;
            let mut piece = |from: u32, to: u32, is_later: bool| {
                if from < to && is_later == wants_later {
                    pieces.push((from, &bytes[(from - address) as usize..(to - address) as usize]));
                }
            };
            for range in self.later.iter().filter(|range| range.start < end && *address < range.end) {
                let (from, to) = (range.start.max(*address), range.end.min(end));
                piece(at, from, false);
                piece(from, to, true);
                at = to;
            }
            piece(at, end, false);
        }
        pieces
    }

    fn rest(&self) -> Written<Vec<u8>> {
        let module = self.module;
        let mut types = TypeSection::new();
        for signature in &module.types {
            types.ty().func_type(&RoundtripReencoder.func_type(signature.clone())?);
        }

        let mut imports = ImportSection::new();
        for (function, name) in &self.shared {
            imports.import(FIRST, name, EntityType::Function(module.signatures[*function as usize]));
        }
        for (number, table) in module.tables.iter().enumerate() {
            imports.import(FIRST, &Self::table_name(number), RoundtripReencoder.table_type(*table)?);
        }
        imports.import(FIRST, REST, self.rest_table_type());
        let memory = MemoryType { minimum: 0, maximum: None, memory64: false, shared: false, page_size_log2: None };
        imports.import(FIRST, "memory", memory);
        for (number, global) in module.globals.iter().enumerate() {
            imports.import(FIRST, &Self::global_name(number), RoundtripReencoder.global_type(*global)?);
        }

        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        for function in module.functions().filter(|function| !self.first.contains(function)) {
            functions.function(module.signatures[function as usize]);
            if let Some(body) = module.body(function) {
                code.function(&moved(&mut RestPart { plan: self }, body)?);
            }
        }

        let mut elements = ElementSection::new();
        let stubs = &self.order[self.order.len() - self.stubs.len()..];
        let places: Vec<u32> = stubs.iter().map(|function| self.in_rest[function]).collect();
        elements.active(Some(self.rest_table()), &ConstExpr::i32_const(0), Elements::Functions(places.into()));

        let mut data = DataSection::new();
        for (address, bytes) in self.cut(true) {
            data.active(0, &ConstExpr::i32_const(address as i32), bytes.iter().copied());
        }

        let mut output = wasm_encoder::Module::new();
        output.section(&types).section(&imports).section(&functions).section(&elements).section(&code).section(&data);
        Ok(output.finish())
    }
}

/// A body with its functions renumbered.
fn moved(part: &mut impl Reencode<Error = Infallible>, body: &wasmparser::FunctionBody) -> Written<Function> {
    let mut function = part.new_function_with_parsed_locals(body)?;
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        function.instruction(&part.parse_instruction(&mut operators)?);
    }
    Ok(function)
}

struct RestPart<'p, 'm, 'a> {
    plan: &'p Plan<'m, 'a>,
}

impl Reencode for RestPart<'_, '_, '_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Written<u32> {
        Ok(self.plan.in_rest[&function])
    }
}

struct FirstPart<'p, 'm, 'a> {
    plan: &'p Plan<'m, 'a>,
    segments: Vec<(u32, &'a [u8])>,
}

impl Reencode for FirstPart<'_, '_, '_> {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> Written<u32> {
        Ok(self.plan.in_first[&function])
    }

    fn parse_type_section(&mut self, types: &mut TypeSection, read: wasmparser::TypeSectionReader<'_>) -> Written {
        utils::parse_type_section(self, types, read)?;
        types.ty().function([], []);
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
        imports.import(REST, "load", EntityType::Function(self.plan.module.types.len() as u32));
        Ok(())
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        _: wasmparser::FunctionSectionReader<'_>,
    ) -> Written {
        for function in &self.plan.order {
            functions.function(self.plan.module.signatures[*function as usize]);
        }
        Ok(())
    }

    fn parse_table_section(&mut self, tables: &mut TableSection, read: wasmparser::TableSectionReader<'_>) -> Written {
        utils::parse_table_section(self, tables, read)?;
        tables.table(self.plan.rest_table_type());
        Ok(())
    }

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        read: wasmparser::GlobalSectionReader<'_>,
    ) -> Written {
        utils::parse_global_section(self, globals, read)?;
        let flag = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        globals.global(flag, &ConstExpr::i32_const(0));
        Ok(())
    }

    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        read: wasmparser::ExportSectionReader<'_>,
    ) -> Written {
        utils::parse_export_section(self, exports, read)?;
        let plan = self.plan;
        for (function, name) in &plan.shared {
            exports.export(name, ExportKind::Func, plan.in_first[function]);
        }
        for number in 0..plan.module.tables.len() {
            exports.export(&Plan::table_name(number), ExportKind::Table, number as u32);
        }
        exports.export(REST, ExportKind::Table, plan.rest_table());
        for number in 0..plan.module.globals.len() {
            exports.export(&Plan::global_name(number), ExportKind::Global, number as u32);
        }
        exports.export(REST_IS_HERE, ExportKind::Global, plan.module.globals.len() as u32);
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, _: wasmparser::CodeSectionReader<'_>) -> Written {
        let plan = self.plan;
        for function in &plan.order {
            if let Some(place) = plan.stubs.get(function) {
                code.function(&plan.stub(*function, *place));
            } else if let Some(body) = plan.module.body(*function) {
                code.function(&moved(self, body)?);
            }
        }
        Ok(())
    }

    fn data_count(&mut self, _: u32) -> Written<u32> {
        Ok(self.segments.len() as u32)
    }

    fn parse_data_section(&mut self, data: &mut DataSection, _: wasmparser::DataSectionReader<'_>) -> Written {
        for (address, bytes) in &self.segments {
            data.active(0, &ConstExpr::i32_const(*address as i32), bytes.iter().copied());
        }
        Ok(())
    }

    /// Names and the linker's notes have served.
    fn parse_custom_section(
        &mut self,
        _: &mut wasm_encoder::Module,
        _: wasmparser::CustomSectionReader<'_>,
    ) -> Written {
        Ok(())
    }
}
