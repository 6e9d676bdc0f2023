//! `apt-get`, `apt`, `apk`: package managers, which have no internet here and say so in their own words.

use super::{Call, Help, Program};

pub const PROGRAM: Program = Program {
    name: "packages",
    help: || Help {
        summary: "Package managers without a network: apt-get, apt, apk.",
        usage: "apt-get update|install PACKAGE... | apk add PACKAGE...",
        examples: &[],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

fn run(call: &Call) -> i32 {
    let words: Vec<&str> = call.args().iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    match (call.name(), words.as_slice()) {
        (_, []) => {
            call.process.err(format!("Usage: {} COMMAND [PACKAGE]...\n", call.name()));
            1
        }
        ("apk", ["add" | "update" | "upgrade", packages @ ..]) => {
            let repository = "https://dl-cdn.alpinelinux.org/alpine/v3.22/main";
            call.out(format!("fetch {repository}/x86_64/APKINDEX.tar.gz\n"));
            call.process.err(format!("WARNING: updating {repository}: temporary error (try again later)\n"));
            if !packages.is_empty() {
                call.process.err("ERROR: unable to select packages:\n");
            }
            for package in packages {
                call.process.err(format!("  {package} (no such package):\n    required by: world[{package}]\n"));
            }
            i32::try_from(packages.len()).unwrap_or(1)
        }
        ("apk", _) => 0,
        (_, ["update", ..]) => {
            call.out("Ign:1 http://deb.debian.org/debian bookworm InRelease\nErr:1 http://deb.debian.org/debian bookworm InRelease\n  Temporary failure resolving 'deb.debian.org'\nReading package lists... Done\n");
            call.process.err("W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'\nW: Some index files failed to download. They have been ignored, or old ones used instead.\n");
            0
        }
        (_, ["install", packages @ ..]) => {
            call.out("Reading package lists... Done\nBuilding dependency tree... Done\nReading state information... Done\n");
            for package in packages {
                call.process.err(format!("E: Unable to locate package {package}\n"));
            }
            if packages.is_empty() { 0 } else { 100 }
        }
        (_, [other, ..]) => {
            call.process.err(format!("E: Invalid operation {other}\n"));
            100
        }
    }
}
