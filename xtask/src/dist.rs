//! The static site: built by Trunk into dist/, then weighed.

use crate::step::{Outcome, announce, output, root, run};
use crate::{split, tools, wasm};
use std::io::Write;
use std::path::Path;

/// What the first load may weigh, in bytes, compressed.
const FIRST_LOAD_LIMIT: usize = 450_000;
/// Files that index.html asks for at once, by their endings; the rest is fetched when wanted.
const FIRST_LOAD: &[&str] = &["index.html", ".css", ".wasm", ".js"];

/// Builds dist/ and reports the sizes.
pub fn dist(_: &[String]) -> Outcome {
    tools::ensure(tools::FOR_BROWSER)?;
    build()?;
    report()
}

/// Builds dist/. URLs are relative, so that it works under any path of any host.
pub fn build() -> Outcome {
    announce("build the page with Trunk", "5 min the first time");
    let mut trunk = wasm::command("trunk")?;
    run(trunk.args(["build", "--release", "--public-url", "./"]))?;
    split::split()?;
    minify()?;
    descriptions()
}

/// Takes the comments and long names out of the bindings, which Trunk's own minifier cannot read.
fn minify() -> Outcome {
    let mut files = Vec::new();
    collect(&root().join("dist"), "", &mut files).map_err(|error| format!("dist: {error}"))?;
    let scripts = files.iter().map(|(name, _)| name).filter(|name| name.ends_with(".js") && *name != "editor.js");
    let mut esbuild = wasm::command("esbuild")?;
    esbuild.args(scripts.map(|name| format!("dist/{name}")));
    run(esbuild.args([
        "--minify",
        "--format=esm",
        "--outdir=dist",
        "--outbase=dist",
        "--allow-overwrite",
        "--log-level=warning",
    ]))
}

/// Puts the API's descriptions and kubectl's help beside the page, which fetches them when a line may print them.
fn descriptions() -> Outcome {
    announce("write the API's descriptions", "1 min the first time");
    let example = ["run", "-q", "-p", "tabernetes-engine", "--features", "descriptions", "--example", "descriptions"];
    let text = output("cargo", &example).ok_or("the descriptions cannot be printed")?;
    std::fs::write(root().join("dist/descriptions.txt"), text + "\n").map_err(|error| format!("dist: {error}"))
}

fn report() -> Outcome {
    let mut files = Vec::new();
    collect(&root().join("dist"), "", &mut files).map_err(|error| format!("dist: {error}"))?;
    files.sort();
    let html = files.iter().find(|(name, _)| name == "index.html").map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    let html = String::from_utf8_lossy(&html);
    let mut first = 0;
    println!("{:>10} {:>10}  file", "bytes", "brotli");
    for (name, bytes) in &files {
        let compressed = brotli(bytes);
        let at_once = FIRST_LOAD.iter().any(|ending| name.ends_with(ending))
            && (name == "index.html" || html.contains(name.as_str()));
        if at_once {
            first += compressed;
        }
        println!("{:>10} {:>10}  {name}{}", bytes.len(), compressed, if at_once { "  (first load)" } else { "" });
    }
    println!("{:>10} {first:>10}  first load, of at most {FIRST_LOAD_LIMIT}", "");
    if first > FIRST_LOAD_LIMIT {
        Err(format!("the first load is {first} bytes, over {FIRST_LOAD_LIMIT}"))
    } else {
        Ok(())
    }
}

/// All files below `folder`, with their paths from dist/.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, std::fs::read(entry.path())?));
        }
    }
    Ok(())
}

/// The size after `brotli -11`, as static hosts send it.
fn brotli(bytes: &[u8]) -> usize {
    let mut out = Vec::new();
    let written = brotli::CompressorWriter::new(&mut out, 4096, 11, 22).write_all(bytes);
    if written.is_ok() { out.len() } else { bytes.len() }
}
