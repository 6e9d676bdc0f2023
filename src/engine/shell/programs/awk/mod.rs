//! `awk`: `parse` reads the program, `run` runs it over records.

mod parse;
mod run;

use super::{Call, Lines, Options, Help, Program, open};
use crate::sim::Pipe;
use run::Machine;

pub const PROGRAM: Program = Program {
    name: "awk",
    help: || Help {
        summary: "Run a small program over the fields of lines.",
        usage: "awk [-F SEPARATOR] [-v NAME=VALUE] [-f FILE | PROGRAM] [FILE]...",
        examples: &[
            ("echo 'a b c' | awk '{print $1,$3}'", "a c"),
            ("printf 'x 1\\ny 2\\n' | awk '{s+=$2} END {print s, NR}'", "3 2"),
            ("echo a:b | awk -F: '$2==\"b\" {printf \"%s-%d\\n\", $1, 3.7}'", "a-3"),
            ("printf 'a\\nb\\na\\n' | awk '{c[$1]++} END {for (k in c) print k, c[k]}'", "a 2\nb 1"),
            ("echo 'Hello World' | awk '{gsub(/o/,\"0\"); print toupper($0), length($1), substr($2,2,3)}'", "HELL0 W0RLD 5 0rl"),
            ("seq 5 | awk 'NR>1 && /[24]/ {next} {print} NR==3{exit}'", "1\n3"),
            ("awk 'BEGIN { for (i=1;i<=3;i++) printf \"%s \", i*i; print \"\" }'", "1 4 9"),
            ("printf 'NAME READY\\nweb 1/1\\n' | awk 'NR==2 {split($2,p,\"/\"); print p[1]==p[2] ? \"ok\" : \"no\"}'", "ok"),
            ("printf 'a\\nb\\nc\\nd\\n' | awk '/b/,/c/'", "b\nc"),
            ("awk 'BEGIN { \"echo a b\" | getline x; while ((\"seq 2\" | getline n) > 0) s += n; print x, s }'", "a b 3"),
        ("seq 2 > f; awk 'BEGIN { while ((getline line < \"f\") > 0) print 3 - line | \"sort\" }'", "1\n2"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let mut options = match Options::parse_prefix(&call, "F:v:f:", &[("field-separator", 'F'), ("assign", 'v'), ("file", 'f')]) {
        Ok(options) => options,
        Err(_) => return 2,
    };
    let mut text = String::new();
    for path in options.values('f') {
        match call.process.files.read(&call.path(path)) {
            Ok(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Err(error) => {
                call.complain(format!("can't open file {path}: {error}"));
                return 2;
            }
        }
    }
    if options.value('f').is_none() {
        if options.operands.is_empty() {
            call.process.err("Usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]\n");
            return 2;
        }
        text = options.operands.remove(0);
    }
    let program = match parse::parse(&text) {
        Ok(program) => program,
        Err(message) => {
            call.complain(format!("{message}\n source line number 1"));
            return 2;
        }
    };
    if text.contains("getline") && text.contains('|') {
        return with_commands(&call, &program, &options).await;
    }
    let mut machine = match prepared(&call, &program, &options) {
        Some(machine) => machine,
        None => return 2,
    };
    machine.begin();
    flush(&call, &mut machine);
    let mut status = 0;
    if machine.wants_input() {
        let operands = options.operands.clone();
        let assigns = |operand: &str| operand.split_once('=').is_some_and(|(name, _)| super::super::syntax::is_name(name));
        let needs_stdin = operands.iter().all(|operand| assigns(operand));
        for file in operands.iter().map(String::as_str).chain(needs_stdin.then_some("-")) {
            if assigns(file) {
                if let Some((name, value)) = file.split_once('=') {
                    machine.set(name, run::unescape(value));
                }
                continue;
            }
            let pipe = match open(&call, file) {
                Ok(pipe) => pipe,
                Err(error) => {
                    call.complain(format!("can't open file {file}: {error}"));
                    status = 2;
                    continue;
                }
            };
            machine.next_file(file);
            let mut lines = Lines::of(pipe);
            while let Some(batch) = lines.batch().await {
                for line in batch {
                    machine.record(line);
                    if machine.exit.is_some() {
                        break;
                    }
                }
                if !flush(&call, &mut machine) {
                    return 141;
                }
                if machine.exit.is_some() {
                    break;
                }
            }
            if machine.exit.is_some() {
                break;
            }
        }
    }
    machine.end();
    flush(&call, &mut machine);
    finish(&call, &mut machine, status).await
}

/// A machine with the variables that the options set.
fn prepared<'a>(call: &'a Call, program: &'a parse::Script, options: &Options) -> Option<Machine<'a>> {
    let mut machine = Machine::new(program, call);
    if let Some(separator) = options.value('F') {
        machine.set("FS", if separator == "t" { "\t".into() } else { run::unescape(separator) });
    }
    for pair in options.values('v') {
        let Some((name, value)) = pair.split_once('=') else {
            call.complain(format!("{pair}: not an assignment"));
            return None;
        };
        machine.set(name, run::unescape(value));
    }
    Some(machine)
}

/// Runs the commands that were printed to, and gives the status.
async fn finish(call: &Call, machine: &mut Machine<'_>, status: i32) -> i32 {
    for (command, input) in std::mem::take(&mut machine.commands) {
        let mut process = call.process.clone();
        process.stdin = Pipe::holding(&process.clock, input.as_bytes());
        call.process.system.run(&command, process).await;
    }
    if let Some(message) = machine.error.take() {
        call.complain(message);
        return 2;
    }
    machine.exit.unwrap_or(status)
}

/// Runs a program that reads what commands print. Evaluating waits for nobody, so a program that wants a command
/// begins anew when that has run; what it has printed until then is forgotten.
async fn with_commands(call: &Call, program: &parse::Script, options: &Options) -> i32 {
    let assigns = |operand: &str| operand.split_once('=').is_some_and(|(name, _)| super::super::syntax::is_name(name));
    let mut inputs: Option<Vec<(String, Vec<String>)>> = None;
    let mut captured = crate::meta::SortedMap::new();
    loop {
        let Some(mut machine) = prepared(call, program, options) else { return 2 };
        machine.captured.clone_from(&captured);
        machine.begin();
        if machine.wants_input() && machine.wanted.is_none() {
            if inputs.is_none() {
                let needs_stdin = options.operands.iter().all(|operand| assigns(operand));
                let mut read = Vec::new();
                for file in options.operands.iter().map(String::as_str).chain(needs_stdin.then_some("-")) {
                    let mut all = Vec::new();
                    if !assigns(file) {
                        match open(call, file) {
                            Ok(pipe) => {
                                let mut lines = Lines::of(pipe);
                                while let Some(batch) = lines.batch().await {
                                    all.extend(batch);
                                }
                            }
                            Err(error) => call.complain(format!("can't open file {file}: {error}")),
                        }
                    }
                    read.push((file.to_string(), all));
                }
                inputs = Some(read);
            }
            for (file, lines) in inputs.iter().flatten() {
                match file.split_once('=').filter(|_| assigns(file)) {
                    Some((name, value)) => machine.set(name, run::unescape(value)),
                    None => machine.next_file(file),
                }
                for line in lines {
                    if machine.exit.is_some() {
                        break;
                    }
                    machine.record(line.clone());
                }
            }
        }
        if machine.wanted.is_none() {
            machine.end();
        }
        let Some(command) = machine.wanted.take() else {
            flush(call, &mut machine);
            return finish(call, &mut machine, 0).await;
        };
        let printed = crate::sim::pipe(&call.process.clock);
        let process = crate::process::Process { stdout: printed.clone(), ..call.process.clone() };
        call.process.system.run(&command, process).await;
        captured.insert(command, String::from_utf8_lossy(&printed.take()).into_owned());
    }
}

fn flush(call: &Call, machine: &mut Machine<'_>) -> bool {
    let out = std::mem::take(&mut machine.out);
    out.is_empty() || call.process.stdout.write(out.as_bytes())
}
