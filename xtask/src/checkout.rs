//! Where things are in this checkout, and how its two build tools are called.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;
use xtask::{Error, Result, process};

/// The desktop binary serves its own pages only with this feature. One set of features for every
/// build here: another set would compile half the tree again.
pub const FEATURES: [&str; 2] = ["--features", "desktop/custom-protocol"];

/// The checkout's folder.
pub fn root() -> PathBuf {
    let xtask = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    xtask
        .and_then(|folder| folder.parent().map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from("."))
}

/// `cargo` in the checkout's folder, as if called from a terminal. What the outer cargo told us
/// about our own package is taken away: build scripts that look at it (ring's) would run again,
/// and with them everything that hangs on them.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    for (name, _) in env::vars_os() {
        let ours = |start| name.to_string_lossy().starts_with(start);
        if ours("CARGO_PKG_") || ours("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// `npm` in the folder of the pages.
pub fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(root().join("ui"));
    npm
}

/// One script of `ui/package.json`, with arguments for it.
pub fn npm_script(script: &str, options: &[&str]) -> Result<()> {
    let mut npm = npm();
    npm.args(["run", "--silent", script, "--"]).args(options);
    process::run(&format!("npm run {script}"), &mut npm)
}

/// What cargo knows of the workspace; `options` as for `cargo metadata`.
pub fn metadata(options: &[&str]) -> Result<Value> {
    let mut cargo = cargo();
    cargo
        .args(["metadata", "--format-version", "1", "--quiet"])
        .args(options);
    let text = process::output("cargo metadata", &mut cargo)?;
    serde_json::from_str(&text).map_err(|e| Error::Failed(format!("cargo metadata: {e}")))
}

/// Where cargo puts what it builds.
pub fn target() -> Result<PathBuf> {
    let found = metadata(&["--no-deps"])?;
    let folder = found["target_directory"].as_str().map(PathBuf::from);
    folder.ok_or_else(|| Error::Failed("cargo metadata names no target directory".to_owned()))
}

/// Builds the pages into `ui/dist`. The desktop crate embeds them, so they come first.
pub fn build_pages() -> Result<()> {
    npm_script("build", &[])
}

/// The same, only when something in `ui/` is newer than what was built.
pub fn build_pages_if_stale() -> Result<()> {
    let ui = root().join("ui");
    let built = fs::metadata(ui.join("dist"))
        .and_then(|m| m.modified())
        .ok();
    match built.is_some_and(|built| newest(&ui).is_some_and(|newest| newest < built)) {
        true => Ok(()),
        false => build_pages(),
    }
}

/// The time of the last change below a folder, what is installed or built left out.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let sources = entries.filter(|e| e.file_name() != "node_modules" && e.file_name() != "dist");
    let times = sources.filter_map(|entry| match entry.file_type().ok()?.is_dir() {
        true => newest(&entry.path()),
        false => entry.metadata().ok()?.modified().ok(),
    });
    times.max()
}

/// Builds every crate of the workspace.
pub fn build_crates(release: bool) -> Result<()> {
    let mut cargo = cargo();
    cargo.args(["build", "--workspace"]).args(FEATURES);
    if release {
        cargo.arg("--release");
    }
    process::run("cargo build", &mut cargo)
}
