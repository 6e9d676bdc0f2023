//! `cd`, `pwd`, `pushd`, `popd`, `dirs`

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
    let moved = go(shell, "cd", &target);
    if moved && back {
        shell.streams.print(&format!("{}\n", shell.cwd));
    }
    Ok(i32::from(!moved))
}

/// Makes a directory the working one; complains and gives false if that cannot be.
fn go(shell: &mut Shell, builtin: &str, target: &str) -> bool {
    let path = FileSystem::resolve(&shell.cwd, target);
    if !shell.host.files.is_directory(&path) {
        let what = if shell.host.files.node(&path).is_some() { "Not a directory" } else { "No such file or directory" };
        shell.complain(&format!("{builtin}: {target}: {what}"));
        return false;
    }
    let old = std::mem::replace(&mut shell.cwd, path);
    shell.set("OLDPWD", old);
    true
}

/// `dirs`
pub fn dirs(shell: &mut Shell, _: &[String]) -> Outcome {
    let home = shell.get("HOME").unwrap_or_default();
    let short = |path: &String| match path.strip_prefix(&home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => path.clone(),
    };
    let all: Vec<String> = std::iter::once(&shell.cwd).chain(&shell.directories).map(short).collect();
    shell.streams.print(&format!("{}\n", all.join(" ")));
    Ok(0)
}

/// `pushd`
pub fn pushd(shell: &mut Shell, args: &[String]) -> Outcome {
    let before = shell.cwd.clone();
    let target = match args.first() {
        Some(target) => target.clone(),
        None if shell.directories.is_empty() => {
            shell.complain("pushd: no other directory");
            return Ok(1);
        }
        None => shell.directories.remove(0),
    };
    let moved = go(shell, "pushd", &target);
    if !moved {
        return Ok(1);
    }
    shell.directories.insert(0, before);
    dirs(shell, &[])
}

/// `popd`
pub fn popd(shell: &mut Shell, _: &[String]) -> Outcome {
    if shell.directories.is_empty() {
        shell.complain("popd: directory stack empty");
        return Ok(1);
    }
    let target = shell.directories.remove(0);
    if !go(shell, "popd", &target) {
        return Ok(1);
    }
    dirs(shell, &[])
}
