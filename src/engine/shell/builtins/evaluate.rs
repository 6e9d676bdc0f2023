//! `eval`, `source`, `exec`, `builtin`, `let`

use super::super::run::{Flow, Shell};
use super::{Run, Waiting, find};
use crate::process::FileSystem;

/// `eval`
pub fn eval<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        shell.status = 0;
        match shell.run_script(&args.join(" ")).await {
            Flow::Next => Ok(shell.status),
            flow => Err(flow),
        }
    })
}

/// `source`
pub fn source<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let Some((file, rest)) = args.split_first() else {
            shell.complain("source: filename argument required");
            return Ok(2);
        };
        let text = match shell.host.files.read(&FileSystem::resolve(&shell.cwd, file)) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                shell.complain(&format!("{file}: {error}"));
                return Ok(1);
            }
        };
        let outer = (!rest.is_empty()).then(|| std::mem::replace(&mut shell.positional, rest.to_vec()));
        shell.status = 0;
        let flow = shell.run_script(&text).await;
        if let Some(outer) = outer {
            shell.positional = outer;
        }
        match flow {
            Flow::Next | Flow::Return => Ok(shell.status),
            flow => Err(flow),
        }
    })
}

/// `exec`
pub fn exec<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        if args.is_empty() {
            return Ok(0);
        }
        match shell.run(args).await {
            Flow::Next => Err(Flow::Exit),
            flow => Err(flow),
        }
    })
}

/// `builtin`
pub fn builtin<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let Some((name, rest)) = args.split_first() else { return Ok(0) };
        match find(name).map(|builtin| builtin.run) {
            Some(Run::Now(run)) => run(shell, rest),
            Some(Run::Waiting(run)) => run(shell, rest).await,
            None => {
                shell.complain(&format!("builtin: {name}: not a shell builtin"));
                Ok(1)
            }
        }
    })
}

/// `let`
pub fn calculate<'a>(shell: &'a mut Shell, args: &'a [String]) -> Waiting<'a> {
    Box::pin(async move {
        let mut value = 0;
        for arg in args {
            match shell.calculate(arg) {
                Ok(result) => value = result,
                Err(message) => {
                    shell.complain(&format!("let: {message}"));
                    return Ok(1);
                }
            }
        }
        Ok(i32::from(value == 0))
    })
}
