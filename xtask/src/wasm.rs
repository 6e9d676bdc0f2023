//! The compiler for the browser half.
//!
//! Either the ordinary one with rustup's wasm32 target, or, where rustup's servers cannot be
//! reached (or `WASM_TOOLCHAIN=debian` says so), Debian's `rustc-web` with the standard library
//! built from its source on the way. The two never share a target directory, or each would
//! rebuild the other's host crates.

use crate::step::{Outcome, announce, output, root, run};
use crate::tools::{apt, tools_bin};
use std::path::{Path, PathBuf};
use std::process::Command;

const TARGET: &str = "wasm32-unknown-unknown";
/// Flags that only a compiler whose standard library is built on the way can take.
const SMALL: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Clink-arg=--emit-relocs";
const DEBIAN_PACKAGES: &[&str] = &["rustc-web", "cargo-web", "rust-web-src"];

/// Which compiler builds for wasm32.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Toolchain {
    /// The one in `PATH`, with the wasm32 target installed.
    Rustup,
    /// Debian's, in /usr/bin.
    Debian,
}

/// Whether the compiler in `PATH` has a standard library for wasm32.
fn target_is_installed() -> bool {
    output("rustc", &["--print", "target-libdir", "--target", TARGET]).is_some_and(|dir| {
        std::fs::read_dir(dir).is_ok_and(|mut files| {
            files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libcore")))
        })
    })
}

fn debian_is_installed() -> bool {
    Path::new("/usr/bin/rustc").exists()
        && std::fs::read_dir("/usr/src").is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("rustc-web")))
        })
}

fn wants_debian() -> bool {
    std::env::var("WASM_TOOLCHAIN").is_ok_and(|choice| choice == "debian")
}

fn chosen() -> Toolchain {
    if !wants_debian() && target_is_installed() { Toolchain::Rustup } else { Toolchain::Debian }
}

/// Makes sure that one of the two is there.
pub fn ensure() -> Outcome {
    if wants_debian() {
        return debian();
    }
    if target_is_installed() {
        return Ok(());
    }
    announce("add the wasm32 target with rustup", "1 min");
    if run(Command::new("rustup").args(["target", "add", TARGET])).is_ok() && target_is_installed() {
        return Ok(());
    }
    debian()
}

fn debian() -> Outcome {
    if debian_is_installed() {
        return Ok(());
    }
    let elsewhere = format!("Run `rustup target add {TARGET}`, then this again.");
    apt(DEBIAN_PACKAGES, "a Rust compiler for wasm32", "3 min", &elsewhere)
}

/// The linker that came with the host's toolchain; Debian's compiler brings none for wasm.
fn linker() -> Option<PathBuf> {
    let sysroot = PathBuf::from(output("rustc", &["--print", "sysroot"])?);
    let hosts = std::fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|path| path.exists())
}

/// A program with the environment in which it builds for wasm32.
pub fn command(program: &str) -> Outcome<Command> {
    let toolchain = chosen();
    let mut path = vec![tools_bin(), root().join("node_modules/.bin")];
    if toolchain == Toolchain::Debian {
        path.insert(0, PathBuf::from("/usr/bin"));
    }
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(path).map_err(|e| e.to_string())?;

    // `Command` looks its program up in the parent's PATH, so look it up here.
    let found = std::env::split_paths(&path).map(|dir| dir.join(program)).find(|path| path.is_file());
    let mut command = Command::new(found.ok_or_else(|| format!("{program} is not in PATH"))?);
    command.env("PATH", &path).env("CARGO_TARGET_DIR", root().join("target/wasm")).env_remove("NO_COLOR");
    for inherited in ["RUSTUP_TOOLCHAIN", "RUSTC", "CARGO", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_WRAPPER"] {
        command.env_remove(inherited);
    }
    if toolchain == Toolchain::Debian {
        let linker = linker().ok_or("rust-lld is missing: it comes with rustup's toolchain")?;
        command
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        // The page counts bytes: a standard library without its large sorts and panic texts. Tests keep the texts.
        if program == "trunk" {
            command
                .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", SMALL);
        }
    }
    Ok(command)
}

/// Where the linker leaves the page's program.
pub fn linked_program() -> PathBuf {
    root().join("target/wasm").join(TARGET).join("release/tabernetes-web.wasm")
}
