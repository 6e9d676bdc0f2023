//! `cd`, `pwd`

use super::super::run::Shell;
use super::Outcome;
use crate::process::FileSystem;

/// `pwd`
pub fn pwd(shell: &mut Shell, _: &[String]) -> Outcome {
    shell.streams.print(&format!("{}\n", shell.cwd));
    Ok(0)
}

/// `cd`
pub fn cd(shell: &mut Shell, args: &[String]) -> Outcome {
    let args: Vec<&String> = args.iter().filter(|arg| !matches!(arg.as_str(), "--" | "-L" | "-P")).collect();
    if args.len() > 1 {
        shell.complain("cd: too many arguments");
        return Ok(1);
    }
    let back = args.first().is_some_and(|arg| *arg == "-");
    let target = match args.first() {
        Some(_) if back => shell.get("OLDPWD"),
        Some(arg) => Some(arg.to_string()),
        None => shell.get("HOME"),
    };
    let Some(target) = target else {
        shell.complain(if back { "cd: OLDPWD not set" } else { "cd: HOME not set" });
        return Ok(1);
    };
    let path = FileSystem::resolve(&shell.cwd, &target);
    if !shell.host.files.is_directory(&path) {
        let what = if shell.host.files.node(&path).is_some() { "Not a directory" } else { "No such file or directory" };
        shell.complain(&format!("cd: {target}: {what}"));
        return Ok(1);
    }
    let old = std::mem::replace(&mut shell.cwd, path);
    shell.set("OLDPWD", old);
    if back {
        shell.streams.print(&format!("{}\n", shell.cwd));
    }
    Ok(0)
}
