//! `jq`: `parse` reads a filter, `run` applies it. A useful part of the language.

mod parse;
mod run;

use super::{Call, Options, Program, open};
use serde_json::Value;

pub const PROGRAM: Program = Program {
    name: "jq",
    summary: "Filter JSON.",
    usage: "jq [-r] [-c] [-n] [-s] [-e] [-j] [--arg NAME VALUE] FILTER [FILE]...",
    examples: &[
        ("echo '{\"a\":[{\"n\":1},{\"n\":2}]}' | jq -c '.a[].n, (.a|length)'", "1\n2\n2"),
        ("echo '[{\"k\":\"x\",\"v\":1},{\"k\":\"y\",\"v\":2}]' | jq -r '.[] | select(.v > 1) | \"\\(.k)=\\(.v)\"'", "y=2"),
        ("echo '{\"b\":1,\"a\":null}' | jq -c 'keys, .a // \"none\", has(\"b\")'", "[\"a\",\"b\"]\n\"none\"\ntrue"),
        ("echo '[3,1,2]' | jq -c 'sort, map(.+1), add, .[1:], (.[0] as $x | $x*2)'", "[1,2,3]\n[4,2,3]\n6\n[1,2]\n6"),
        ("echo '{\"a\":1}' | jq '{x: .a, y: [.a]}'", "{\n  \"x\": 1,\n  \"y\": [\n    1\n  ]\n}"),
        ("echo '{}' | jq '.a.b[0]?'", "null"),
        ("echo 1 | jq .a", "jq: error (at <stdin>:1): Cannot index number with \"a\""),
        ("echo '{' | jq .", "jq: parse error: Unfinished JSON term at EOF at line 2, column 0"),
    ],
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
    ];
    let options = match Options::parse_args(&call, &args, "rcnsejRSMCta", &long, false) {
        Ok(options) => options,
        Err(_) => return 2,
    };
    let Some((filter, files)) = options.operands.split_first() else {
        call.process.err("Usage:\tjq [OPTIONS] FILTER [FILES...]\n");
        return 2;
    };
    let filter = match parse::parse(filter) {
        Ok(filter) => filter,
        Err(message) => {
            call.process.err(format!("jq: error: {message}\njq: 1 compile error\n"));
            return 3;
        }
    };
    let mut inputs = Vec::new();
    if options.has('n') {
        inputs.push(Ok(Value::Null));
    } else {
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
            inputs.extend(text.lines().map(|line| Ok(Value::from(line))));
        } else {
            inputs.extend(serde_json::Deserializer::from_str(&text).into_iter::<Value>());
        }
        if options.has('s') {
            let whole: Result<Vec<Value>, _> = inputs.into_iter().collect();
            inputs = vec![whole.map(Value::Array)];
        }
    }
    let mut status = if options.has('e') { 4 } else { 0 };
    for input in inputs {
        let input = match input {
            Ok(input) => input,
            Err(error) => {
                let what = if error.is_eof() { "Unfinished JSON term at EOF at line 2, column 0".into() } else { format!("Invalid literal at line {}, column {}", error.line(), error.column()) };
                call.complain(format!("parse error: {what}"));
                return 2;
            }
        };
        let mut machine = run::Machine { variables: variables.clone(), steps: 0 };
        let mut outputs = Vec::new();
        let ended = machine.apply(&filter, &input, &mut outputs);
        let mut text = String::new();
        for value in &outputs {
            if options.has('e') {
                status = i32::from(matches!(value, Value::Null | Value::Bool(false)));
            }
            match value {
                Value::String(raw) if options.has('r') || options.has('j') => text.push_str(raw),
                value if options.has('c') || options.has('j') => text.push_str(&value.to_string()),
                value => text.push_str(&serde_json::to_string_pretty(value).unwrap_or_default()),
            }
            if !options.has('j') {
                text.push('\n');
            }
        }
        call.out(text);
        if let Err(message) = ended {
            call.complain(format!("error (at <stdin>:1): {message}"));
            status = 5;
        }
    }
    status
}
