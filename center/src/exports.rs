//! What may leave the console as a file: `catalog/policy/exports.toml`, which the stations go by too. Who
//! may is data by role; every list has a purpose, a number and a mark, and is in the audit before a byte
//! leaves.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{DateTime, FixedOffset, Utc};
use domain::catalog::Words;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{Doing, Error, Result};
use crate::{refusal, trail};

const CHINA_S: i32 = 8 * 3600;
/// Characters of what for, in words.
const WORDS: usize = 100;
/// Excel takes a file for UTF-8 by this.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The part of the policy that the centre goes by.
#[derive(Clone, Debug, Deserialize)]
pub struct Exports {
    /// What each role may do: `export` …
    roles: BTreeMap<String, Vec<String>>,
    /// Purposes to choose from.
    #[serde(rename = "purpose")]
    purposes: Vec<ExportPurpose>,
}

/// A purpose of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct ExportPurpose {
    /// As the audit names it.
    pub code: String,
    /// As it is shown.
    pub title: Words,
    /// It must be said in words what for.
    #[serde(default)]
    pub words: bool,
}

/// What an export is for, as somebody said it.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct ExportWord {
    /// A code of the list.
    pub purpose: String,
    /// What for, in words, where the purpose asks for them.
    pub words: String,
}

/// A purpose of the list, with words where it asks for them.
#[derive(Clone, Debug)]
pub struct WhatFor {
    purpose: ExportPurpose,
    words: String,
}

impl WhatFor {
    /// What is said, among the purposes that somebody has: `export.not_allowed` where there are none,
    /// `export.purpose_missing`, `export.reason_missing`.
    pub fn of(purposes: &[ExportPurpose], word: &ExportWord) -> Result<WhatFor> {
        if purposes.is_empty() {
            return Err(Error::Refused(&refusal::EXPORT_NOT_ALLOWED));
        }
        let purpose = purposes.iter().find(|one| one.code == word.purpose);
        let purpose = purpose.ok_or(Error::Refused(&refusal::EXPORT_PURPOSE_MISSING))?;
        let words: String = trail::plain(&word.words)?.chars().take(WORDS).collect();
        if purpose.words && words.is_empty() {
            return Err(Error::Refused(&refusal::EXPORT_REASON_MISSING));
        }
        let purpose = purpose.clone();
        Ok(WhatFor { purpose, words })
    }

    /// As the audit keeps it.
    pub fn recorded(&self) -> String {
        format!("{} {}", self.purpose.code, self.words)
            .trim()
            .to_owned()
    }

    /// As a mark shows it.
    pub fn shown(&self) -> String {
        format!("{} {}", self.purpose.title.zh, self.words)
            .trim()
            .to_owned()
    }
}

impl Exports {
    /// Reads the policy's file.
    pub fn load(catalog: &Path) -> Result<Exports> {
        let path = catalog.join("policy/exports.toml");
        let text = std::fs::read_to_string(&path).doing("read", &path)?;
        toml::from_str(&text).map_err(|why| Error::Catalog(format!("{}: {why}", path.display())))
    }

    /// All purposes: who runs the centre's machine has no role.
    pub fn all(&self) -> &[ExportPurpose] {
        &self.purposes
    }

    /// The purposes that a role may export for; none where it may not.
    pub fn purposes(&self, role: &str) -> &[ExportPurpose] {
        let may = self.roles.get(role);
        match may.is_some_and(|rights| rights.iter().any(|right| right == "export")) {
            true => &self.purposes,
            false => &[],
        }
    }
}

/// The mark of an export: its number, who, where, when and what for.
pub fn mark(n: u64, who: &str, place: &str, at: DateTime<Utc>, purpose: &str) -> String {
    let china = FixedOffset::east_opt(CHINA_S).map(|china| at.with_timezone(&china));
    let at = china.map(|at| at.format("%Y-%m-%d %H:%M").to_string());
    let at = at.unwrap_or_default();
    format!("第 {n} 号导出 · {who} · {place} · {at} · {purpose}")
}

/// A list as CSV (RFC 4180), the mark in its first and its last row. Cells are text, never formulas.
pub fn csv(mark: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    let mut line = |cells: &[String]| {
        let cells: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    };
    line(&[mark.to_owned()]);
    line(
        &heads
            .iter()
            .map(|head| (*head).to_owned())
            .collect::<Vec<_>>(),
    );
    rows.iter().for_each(|row| line(row));
    line(&[mark.to_owned()]);
    text
}

fn quoted(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policy_lets_reviewers_export_and_readers_not() {
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        let exports = Exports::load(&catalog).unwrap();
        assert!(exports.purposes("reviewer").len() > 2);
        assert!(exports.purposes("query").is_empty());
        assert!(exports.purposes("no such role").is_empty());
    }

    #[test]
    fn a_list_is_marked_at_both_ends_and_holds_no_formula() {
        let at = "2026-11-23T01:00:00Z".parse().unwrap();
        let mark = mark(7, "王初审", "黄楼街道", at, "归档");
        assert_eq!(
            mark,
            "第 7 号导出 · 王初审 · 黄楼街道 · 2026-11-23 09:00 · 归档"
        );
        let rows = [vec!["=1+1".to_owned(), "a \"b\", c".to_owned()]];
        let text = csv(&mark, &["一", "二"], &rows);
        let lines: Vec<_> = text
            .trim_start_matches(BYTE_ORDER_MARK)
            .split("\r\n")
            .collect();
        assert_eq!(lines[0], lines[3]);
        assert_eq!(lines[2], "\"'=1+1\",\"a \"\"b\"\", c\"");
        assert_eq!(lines[4], "");
    }
}
