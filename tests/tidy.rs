//! Holds the tree to its rules: where SQL, Tauri and `invoke(` may stand, which crate may see
//! which, that every module says what it holds, that every failure code has words and a cure, and
//! that no citizen number could belong to anyone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CODE: &[&str] = &["rs", "ts", "vue"];
const TEXT: &[&str] = &[
    "rs", "ts", "vue", "sql", "toml", "md", "json", "csv", "html", "css",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every file git knows or would take, with one of these endings.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the tree");
    assert!(listed.status.success(), "git ls-files failed");
    String::from_utf8_lossy(&listed.stdout)
        .lines()
        .filter(|path| {
            endings
                .iter()
                .any(|ending| path.ends_with(&format!(".{ending}")))
        })
        .filter_map(|path| {
            Some((
                path.to_owned(),
                std::fs::read_to_string(root().join(path)).ok()?,
            ))
        })
        .collect()
}

fn hold(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.contains(".test.")
}

#[test]
fn every_module_opens_by_saying_what_it_holds() {
    let broken = files(&["rs"])
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    hold("`//!` comes first", broken);
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    let generated = |path: &str| path.contains("/generated/");
    let broken = files(CODE)
        .into_iter()
        .filter(|(path, text)| !generated(path) && text.lines().count() > 400)
        .map(|(path, text)| format!("{path}: {}", text.lines().count()))
        .collect();
    hold("past 400 lines, ask which two things it is", broken);
}

#[test]
fn sql_stands_only_in_stores_and_migrations() {
    let verbs = [
        "SELECT ",
        "INSERT INTO",
        "DELETE FROM",
        "UPDATE ",
        "CREATE TABLE",
    ];
    let broken = files(&["rs"])
        .into_iter()
        .filter(|(path, _)| {
            !path.contains("/store/")
                && !path.ends_with("/store.rs")
                && !is_test(path)
                && !path.starts_with("bench/")
                && !path.starts_with("xtask/")
        })
        .flat_map(|(path, text)| {
            let hits = text.lines().enumerate().filter(|(_, line)| {
                let code = line.split("//").next().unwrap_or("");
                code.contains('"') && verbs.iter().any(|verb| code.contains(verb))
            });
            hits.map(|(at, line)| format!("{path}:{}: {}", at + 1, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    hold("queries only under store/", broken);
}

#[test]
fn only_the_window_sees_tauri() {
    let broken = files(&["rs", "toml"])
        .into_iter()
        .filter(|(path, _)| !path.starts_with("src-tauri/") && path != "tests/tidy.rs")
        .filter(|(path, text)| {
            let uses = text.lines().any(|line| {
                line.starts_with("tauri") || line.contains("use tauri") || line.contains("tauri::")
            });
            uses && path != "deny.toml"
        })
        .map(|(path, _)| path)
        .collect();
    hold("Tauri only in src-tauri", broken);
}

#[test]
fn the_page_reaches_the_host_only_through_its_api_folder() {
    let broken = files(&["ts", "vue"])
        .into_iter()
        .filter(|(path, text)| {
            let calls = text.contains("invoke(") || text.contains("fetch(");
            calls && !path.starts_with("ui/src/api/") && !is_test(path)
        })
        .map(|(path, _)| path)
        .collect();
    hold("`invoke(` and `fetch(` only in ui/src/api", broken);
}

/// The arrows of ARCHITECTURE.md, complete.
#[test]
fn crates_see_only_what_the_map_allows() {
    let allowed: &[(&str, &[&str])] = &[
        ("audit", &[]),
        ("crypto", &[]),
        ("domain", &[]),
        ("drivers", &[]),
        ("drivers/ifd", &[]),
        ("drivers/sdtapi", &[]),
        ("station", &["audit", "crypto", "domain", "drivers"]),
        ("center", &["audit", "crypto", "domain", "traces"]),
        ("src-tauri", &["domain", "drivers", "station", "traces"]),
        ("traces", &[]),
        ("xtask", &[]),
    ];
    let house = [
        "audit", "crypto", "domain", "drivers", "station", "center", "traces", "desktop", "tests",
        "bench",
    ];
    let mut broken = Vec::new();
    for (folder, may) in allowed {
        let text = std::fs::read_to_string(root().join(folder).join("Cargo.toml"))
            .unwrap_or_else(|error| panic!("{folder}: {error}"));
        let normal = text.split("[dev-dependencies]").next().unwrap_or("");
        for name in house {
            let named = normal.lines().any(|line| {
                line.starts_with(&format!("{name}.")) || line.starts_with(&format!("{name} ="))
            });
            if named && !may.contains(&name) {
                broken.push(format!("{folder} -> {name}"));
            }
        }
    }
    hold("arrows between crates", broken);
}

fn every_code() -> BTreeSet<&'static str> {
    let lists = [domain::reason::CODES, drivers::CODES, center::CODES];
    lists
        .iter()
        .chain(station::CODE_LISTS)
        .flat_map(|list| list.iter().copied())
        .collect()
}

#[test]
fn every_failure_code_has_words_in_both_languages() {
    let mut broken = Vec::new();
    for language in ["zh-CN", "en"] {
        let folder = root().join("ui/src/locales").join(language);
        let words: String = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok())
            .collect();
        for code in every_code() {
            let (area, what) = code.split_once('.').unwrap_or((code, code));
            let known = words.contains(&format!("\"{code}\""))
                || (words.contains(&format!("\"{area}\""))
                    && words.contains(&format!("\"{what}\"")));
            if !known {
                broken.push(format!("{language}: {code}"));
            }
        }
    }
    hold("words for every code", broken);
}

#[test]
fn every_failure_code_has_a_cause_and_a_cure() {
    let text = std::fs::read_to_string(root().join("docs/failure-codes.md")).expect("the document");
    let broken = every_code()
        .into_iter()
        .filter(|code| !text.contains(&format!("`{code}`")))
        .map(str::to_owned)
        .collect();
    hold("docs/failure-codes.md", broken);
}

/// 18-character numbers with a valid shape, whose area code was assigned at some time.
#[test]
fn no_citizen_number_could_be_anyones() {
    let own_example = "11010519491231002X";
    let mut broken = Vec::new();
    for (path, text) in files(TEXT) {
        let bytes = text.as_bytes();
        for at in 0..bytes.len().saturating_sub(17) {
            let window = &bytes[at..at + 18];
            let shaped = window[..17].iter().all(u8::is_ascii_digit)
                && (window[17].is_ascii_digit() || window[17] == b'X');
            let alone = (at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
                && bytes
                    .get(at + 18)
                    .is_none_or(|next| !next.is_ascii_alphanumeric());
            let Some(number) = (shaped && alone).then(|| String::from_utf8_lossy(window)) else {
                continue;
            };
            let synthetic = number.starts_with("32039") || number == own_example;
            if !synthetic && domain::id_number::parse(&number).is_ok() {
                broken.push(format!("{path}: {number}"));
            }
        }
    }
    hold("citizen numbers outside 320390–320399", broken);
}

#[test]
fn nothing_is_left_undone_or_switched_off() {
    let marks = [
        "todo!",
        "unimplemented!",
        "#[ignore",
        "FIXME",
        "it.skip",
        "test.skip",
        "describe.skip",
        "it.only",
        "describe.only",
    ];
    let broken = files(CODE)
        .into_iter()
        .filter(|(path, _)| path != "tests/tidy.rs")
        .flat_map(|(path, text)| {
            let found = marks.iter().filter(|mark| text.contains(**mark));
            found
                .map(|mark| format!("{path}: {mark}"))
                .collect::<Vec<_>>()
        })
        .collect();
    hold("nothing unfinished", broken);
}
