//! Expressions of CEL: whatever the text, it is read or not, and worked out in bounded time.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabernetes_engine::json;
use tabernetes_engine::meta::cel::{Budget, Data, Program, Scope};

fuzz_target!(|text: &str| {
    let Ok(program) = Program::parse(text) else { return };
    let value = Data::from(json!({"name": "web", "replicas": 3, "list": [1, 2], "map": {"a": 1}}));
    let scope = Scope { name: "self", value: &value, outer: None };
    let _ = program.check(&[("self", None)]);
    let _ = program.eval(Some(&scope), &mut Budget::default());
});
