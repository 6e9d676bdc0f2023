//! Which data only the rest of the program reads.
//!
//! The linker notes where code and data mention an address (`--emit-relocs`). What no function of
//! the first part reaches, through its own code, through what was inlined into it, or through
//! other data, can come with the rest. Only constants are moved: they never change, so it does not
//! matter when they arrive.

use super::module::Module;
use crate::step::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use wasmparser::{RelocationEntry, RelocationType, SymbolInfo};

/// Functions up to this many bytes may have been inlined into more than one caller.
const MAYBE_INLINED: usize = 64;
/// Shorter pieces are not worth a segment of their own.
const WORTH_MOVING: u32 = 16;

/// A symbol in the data: its segment and its place in it.
struct Datum {
    segment: u32,
    range: Range<u32>,
}

/// What mentions what in the linked program: functions by their numbers there, data by their symbols.
struct References<'m, 'a> {
    linked: &'m Module<'a>,
    data: BTreeMap<u32, Datum>,
    /// The data each function mentions.
    by_function: BTreeMap<u32, Vec<u32>>,
    /// The data each datum mentions.
    by_datum: BTreeMap<u32, Vec<u32>>,
}

/// The addresses that can come with the rest: constants that no function in `first` reaches.
///
/// `linked` is the program as the linker left it, `whole` as it is after optimisation, `first` the
/// functions of `whole` that stay in the first part. The two are matched by the functions' names.
pub fn only_read_by_the_rest(linked: &Module, whole: &Module, first: &BTreeSet<u32>) -> Outcome<Vec<Range<u32>>> {
    if linked.symbols.is_empty() || linked.code_relocations.is_empty() {
        return Err("the linked program lacks the linker's notes: it must be linked with --emit-relocs".into());
    }
    let references = References::read(linked);
    let reached = references.reached_from(&references.roots(whole, first)?)?;
    Ok(references.unreached_constants(&reached))
}

impl<'m, 'a> References<'m, 'a> {
    fn read(linked: &'m Module<'a>) -> Self {
        let mut data = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (number, symbol) in linked.symbols.iter().enumerate() {
            let SymbolInfo::Data { symbol: Some(defined), .. } = symbol else { continue };
            let range = defined.offset..defined.offset + defined.size;
            places.entry((defined.index, range.start)).or_insert_with(Vec::new).push((range.end, number as u32));
            data.insert(number as u32, Datum { segment: defined.index, range });
        }

        let starts: Vec<usize> = linked.bodies.iter().map(|body| body.range().start).collect();
        let mut by_function: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for entry in linked.code_relocations.iter().filter(|entry| mentions_data(entry)) {
            let at = linked.code_start + entry.offset as usize;
            let body = starts.partition_point(|start| *start <= at);
            by_function.entry(linked.imported + body as u32 - 1).or_default().push(entry.index);
        }

        let segments: Vec<usize> =
            linked.data.iter().map(|(_, bytes)| bytes.as_ptr() as usize - linked.bytes.as_ptr() as usize).collect();
        let mut by_datum: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for entry in linked.data_relocations.iter().filter(|entry| mentions_data(entry)) {
            let at = linked.data_start + entry.offset as usize;
            let segment = segments.partition_point(|start| *start <= at) - 1;
            let offset = (at - segments[segment]) as u32;
            // Symbols may lie at the same place; whichever holds the mention mentions.
            for (_, held) in places.range((segment as u32, 0)..=(segment as u32, offset)).rev().take(8) {
                for (end, number) in held {
                    if offset < *end {
                        by_datum.entry(*number).or_default().push(entry.index);
                    }
                }
            }
        }
        References { linked, data, by_function, by_datum }
    }

    /// The functions of the linked program whose code may be in the first part.
    fn roots(&self, whole: &Module, first: &BTreeSet<u32>) -> Outcome<BTreeSet<u32>> {
        let left: BTreeSet<&str> = whole.names.values().copied().collect();
        let kept: BTreeSet<&str> = first.iter().filter_map(|function| whole.names.get(function)).copied().collect();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.linked.names.values() {
            *times.entry(name).or_default() += 1;
        }
        let name = |function: u32| self.linked.names.get(&function).copied().unwrap_or_default();
        let mut roots = BTreeSet::new();
        let mut queue: Vec<u32> = self
            .linked
            .functions()
            .filter(|function| kept.contains(name(*function)) || times.get(name(*function)) != Some(&1))
            .collect();
        while let Some(function) = queue.pop() {
            if !roots.insert(function) {
                continue;
            }
            for called in self.linked.calls(function)? {
                let small = self.linked.body(called).is_some_and(|body| body.range().len() <= MAYBE_INLINED);
                if small || !left.contains(name(called)) {
                    queue.push(called);
                }
            }
        }
        Ok(roots)
    }

    fn reached_from(&self, functions: &BTreeSet<u32>) -> Outcome<BTreeSet<u32>> {
        let mut reached = BTreeSet::new();
        let mut queue: Vec<u32> =
            functions.iter().filter_map(|function| self.by_function.get(function)).flatten().copied().collect();
        while let Some(datum) = queue.pop() {
            if reached.insert(datum) {
                queue.extend(self.by_datum.get(&datum).into_iter().flatten());
            }
        }
        Ok(reached)
    }

    /// The addresses of constants (the first segment) that belong to symbols none of which is reached.
    fn unreached_constants(&self, reached: &BTreeSet<u32>) -> Vec<Range<u32>> {
        let Some((address, bytes)) = self.linked.data.first() else { return Vec::new() };
        let mut moves = vec![false; bytes.len()];
        for wanted in [false, true] {
            for (number, datum) in &self.data {
                if datum.segment == 0 && reached.contains(number) == wanted {
                    moves[datum.range.start as usize..datum.range.end as usize].fill(!wanted);
                }
            }
        }
        let mut ranges: Vec<Range<u32>> = Vec::new();
        for (offset, _) in moves.iter().enumerate().filter(|(_, moves)| **moves) {
            let at = address + offset as u32;
            match ranges.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => ranges.push(at..at + 1),
            }
        }
        ranges.retain(|range| range.end - range.start >= WORTH_MOVING);
        ranges
    }
}

fn mentions_data(entry: &RelocationEntry) -> bool {
    matches!(entry.ty, RelocationType::MemoryAddrLeb | RelocationType::MemoryAddrSleb | RelocationType::MemoryAddrI32)
}
