//! The TypeScript types that `ts-rs` makes from the Rust types: written by `cargo xtask types`,
//! compared by the step `types`. The comparison writes nothing into the checkout.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::{Doing, Error, Result, process};

use crate::checkout;

/// Under the checkout.
const FOLDER: &str = "ui/src/api/generated";

pub fn write() -> Result<()> {
    let wanted = generate()?;
    let folder = checkout::root().join(FOLDER);
    let found = read(&folder)?;
    for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
        let path = folder.join(name);
        fs::remove_file(&path).doing(|| format!("delete {}", path.display()))?;
    }
    for (name, text) in &wanted {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).doing(|| format!("make {}", parent.display()))?;
        fs::write(&path, text).doing(|| format!("write {}", path.display()))?;
    }
    println!("types: {} files in {FOLDER}", wanted.len());
    Ok(())
}

pub fn check() -> Result<()> {
    let differ = differences(&generate()?, &read(&checkout::root().join(FOLDER))?);
    if differ.is_empty() {
        return Ok(());
    }
    let list = differ.join("\n  ");
    Err(Error::Failed(format!(
        "{FOLDER} is stale; run `cargo xtask types`:\n  {list}"
    )))
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

fn differences(wanted: &Files, found: &Files) -> Vec<String> {
    let missing = wanted
        .keys()
        .filter(|name| !found.contains_key(*name))
        .map(|n| ("missing", n));
    let changed = wanted
        .iter()
        .filter(|(name, text)| found.get(*name).is_some_and(|other| other != *text))
        .map(|(name, _)| ("changed", name));
    let extra = found
        .keys()
        .filter(|name| !wanted.contains_key(*name))
        .map(|n| ("left over", n));
    let all = missing.chain(changed).chain(extra);
    all.map(|(word, name)| format!("{word}: {}", name.display()))
        .collect()
}

/// Runs the export tests of every crate that uses `ts-rs` into a folder under the target folder; built as
/// all tests are, so that nothing is built twice.
fn generate() -> Result<Files> {
    let folder = checkout::target()?.join("xtask/types");
    if folder.exists() {
        fs::remove_dir_all(&folder).doing(|| format!("delete {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).doing(|| format!("make {}", folder.display()))?;
    let mut cargo = checkout::cargo();
    cargo
        .args(["test", "--quiet", "--workspace", "--lib"])
        .args(checkout::FEATURES)
        .arg("export_bindings")
        .env("TS_RS_EXPORT_DIR", &folder);
    process::run("the export of TypeScript types", &mut cargo)?;
    let files = read(&folder)?;
    match files.is_empty() {
        true => Err(Error::Failed(
            "no crate exported a TypeScript type".to_owned(),
        )),
        false => Ok(files),
    }
}

/// Every file below the folder, by its path in it.
fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop().filter(|dir| dir.exists()) {
        for entry in fs::read_dir(&dir).doing(|| format!("read {}", dir.display()))? {
            let path = entry.doing(|| format!("read {}", dir.display()))?.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = fs::read(&path).doing(|| format!("read {}", path.display()))?;
            files.insert(path.strip_prefix(folder).unwrap_or(&path).to_owned(), text);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_changed_and_left_over_files_are_all_named() {
        let files = |pairs: &[(&str, &str)]| -> Files {
            pairs
                .iter()
                .map(|(n, t)| (PathBuf::from(n), t.as_bytes().to_vec()))
                .collect()
        };
        let wanted = files(&[("Case.ts", "1"), ("Fact.ts", "2"), ("Id.ts", "3")]);
        let found = files(&[("Case.ts", "1"), ("Fact.ts", "0"), ("Old.ts", "4")]);
        let named = differences(&wanted, &found);
        assert_eq!(
            named,
            ["missing: Id.ts", "changed: Fact.ts", "left over: Old.ts"]
        );
        assert!(differences(&wanted, &wanted).is_empty());
    }
}
