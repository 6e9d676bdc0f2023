//! `jq`: `parse` reads a filter, `run` applies it. A useful part of the language.

mod parse;
mod run;
mod value;

use super::{Call, Options, Help, Program, open};
use std::collections::VecDeque;
use value::Value;

pub const PROGRAM: Program = Program {
    name: "jq",
    help: || Help {
        summary: "Filter JSON.",
        usage: "jq [-r] [-c] [-n] [-s] [-e] [-j] [--arg NAME VALUE] FILTER [FILE]...",
        examples: &[
            ("echo '{\"a\":[{\"n\":1},{\"n\":2}]}' | jq -c '.a[].n, (.a|length)'", "1\n2\n2"),
            ("echo '[{\"k\":\"x\",\"v\":1},{\"k\":\"y\",\"v\":2}]' | jq -r '.[] | select(.v > 1) | \"\\(.k)=\\(.v)\"'", "y=2"),
            ("echo '{\"b\":1,\"a\":null}' | jq -c 'keys, .a // \"none\", has(\"b\")'", "[\"a\",\"b\"]\n\"none\"\ntrue"),
            ("echo '[3,1,2]' | jq -c 'sort, map(.+1), add, .[1:], (.[0] as $x | $x*2)'", "[1,2,3]\n[4,2,3]\n6\n[1,2]\n6"),
            ("echo '{\"a\":1}' | jq '{y: [.a], x: .a}'", "{\n  \"y\": [\n    1\n  ],\n  \"x\": 1\n}"),
            ("echo '{\"a\":[{\"b\":1,\"c\":2}]}' | jq -c 'del(.a[].b), (.a[0].d |= 3), [paths|length], (.a[0]|keys)'", "{\"a\":[{\"c\":2}]}\n{\"a\":[{\"b\":1,\"c\":2,\"d\":3}]}\n[1,2,3,3]\n[\"b\",\"c\"]"),
            ("jq -nc '0|todate, (\"a-1\"|capture(\"(?<n>.)-(?<v>.)\")), ([1,[2]]|flatten), (\"2020-01-01T00:00:00Z\"|fromdate)'", "\"1970-01-01T00:00:00Z\"\n{\"n\":\"a\",\"v\":\"1\"}\n[1,2]\n1577836800"),
            ("echo '{}' | jq '.a.b[0]?'", "null"),
            ("jq -nc 'def f(x): x*2; def fac: if . < 2 then 1 else . * (. - 1 | fac) end; def g($a; b): $a + b; [f(4), (5|fac), g(1; 2)]'", "[8,120,3]"),
            ("jq -n 'def f: f; f'", "jq: error (at <unknown>): functions call each other too deep"),
            ("echo 1 | jq .a", "jq: error (at <stdin>:1): Cannot index number with \"a\""),
            ("echo '{' | jq .", "jq: parse error: Unfinished JSON term at EOF at line 2, column 0"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    // `--arg name value` takes two words.
    let mut variables = vec![("ENV".to_string(), Value::Object(call.process.env.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect()))];
    let mut args = Vec::new();
    let mut given = call.args().iter();
    while let Some(arg) = given.next() {
        if arg == "--arg" || arg == "--argjson" {
            let (Some(name), Some(text)) = (given.next(), given.next()) else {
                call.complain(format!("{arg} takes two parameters (e.g. {arg} varname value)"));
                return 2;
            };
            let value = if arg == "--arg" { Some(Value::from(text.as_str())) } else { serde_json::from_str(text).ok() };
            let Some(value) = value else {
                call.complain("Invalid JSON text passed to --argjson");
                return 2;
            };
            variables.push((name.clone(), value));
        } else {
            args.push(arg.clone());
        }
    }
    let long = [
        ("raw-output", 'r'),
        ("compact-output", 'c'),
        ("null-input", 'n'),
        ("slurp", 's'),
        ("exit-status", 'e'),
        ("join-output", 'j'),
        ("raw-input", 'R'),
        ("sort-keys", 'S'),
        ("monochrome-output", 'M'),
        ("color-output", 'C'),
        ("tab", 't'),
        ("indent", 'i'),
        ("raw-output0", 'z'),
    ];
    let options = match Options::parse_args(&call, &args, "rcnsejRSMCtai:z", &long, false) {
        Ok(options) => options,
        Err(_) => return 2,
    };
    let Some((filter, files)) = options.operands.split_first() else {
        call.process.err("Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
        return 2;
    };
    let text_of_filter = filter;
    let filter = match parse::parse(filter) {
        Ok(filter) => filter,
        Err(message) => {
            call.process.err(format!("jq: error: {message}\njq: 1 compile error\n"));
            return 3;
        }
    };
    // Each input with the line it ends in; and why there are no more, if that is a mistake.
    let mut inputs: VecDeque<(Value, usize)> = VecDeque::new();
    let mut mistake = None;
    if !options.has('n') || text_of_filter.contains("input") {
        let mut text = String::new();
        let files = if files.is_empty() { vec!["-".to_string()] } else { files.to_vec() };
        for file in &files {
            match open(&call, file) {
                Ok(pipe) => text.push_str(&String::from_utf8_lossy(&pipe.read_to_end().await)),
                Err(error) => {
                    call.complain(format!("error: Could not open {file}: {error}"));
                    return 2;
                }
            }
        }
        if options.has('R') {
            let whole = options.has('s').then(|| (Value::from(text.as_str()), 1));
            let lines = text.lines().enumerate().map(|(at, line)| (Value::from(line), at + 1));
            inputs = if options.has('s') { whole.into_iter().collect() } else { lines.collect() };
        } else {
            let mut stream = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
            while let Some(input) = stream.next() {
                match input {
                    Ok(value) => {
                        let read = text.get(..stream.byte_offset()).unwrap_or_default();
                        inputs.push_back((value, read.matches('\n').count() + 1));
                    }
                    Err(error) => {
                        let lines = text.matches('\n').count() + 1;
                        mistake = Some(if error.is_eof() {
                            format!("Unfinished JSON term at EOF at line {lines}, column 0")
                        } else {
                            format!("Invalid literal at line {}, column {}", error.line(), error.column())
                        });
                        break;
                    }
                }
            }
            if options.has('s') && mistake.is_none() {
                inputs = VecDeque::from([(inputs.into_iter().map(|(value, _)| value).collect(), 1)]);
            }
        }
    }
    let mut machine = run::Machine { variables, steps: 0, now: call.process.clock.now(), inputs, scope: None, calls: 0 };
    let mut first = options.has('n').then_some((Value::Null, 0));
    let indent = match options.value('i').and_then(|text| text.parse::<usize>().ok()) {
        Some(0) => None,
        Some(width) => Some(" ".repeat(width.min(7))),
        None if options.has('t') => Some("\t".into()),
        None => Some("  ".to_string()),
    };
    let mut status = if options.has('e') { 4 } else { 0 };
    loop {
        let next = first.take().or_else(|| if options.has('n') { None } else { machine.inputs.pop_front() });
        let Some((input, line)) = next else { break };
        machine.steps = 0;
        let mut outputs = Vec::new();
        let ended = machine.apply(&filter, &input, &mut outputs);
        let mut text = String::new();
        for value in &outputs {
            if options.has('e') {
                status = i32::from(matches!(value, Value::Null | Value::Bool(false)));
            }
            let sorted = options.has('S').then(|| value.clone().sorted());
            match sorted.as_ref().unwrap_or(value) {
                Value::String(raw) if options.has('r') || options.has('j') => text.push_str(raw),
                value => value.write(indent.as_deref().filter(|_| !options.has('c') && !options.has('j')), 0, &mut text),
            }
            if !options.has('j') {
                text.push('\n');
            }
        }
        call.out(text);
        if let Err(message) = ended {
            let place = if options.has('n') { "<unknown>".into() } else { format!("<stdin>:{line}") };
            call.complain(format!("error (at {place}): {message}"));
            status = 5;
        }
    }
    if let Some(mistake) = mistake {
        call.complain(format!("parse error: {mistake}"));
        return 2;
    }
    status
}
