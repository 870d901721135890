//! The city's policy on personal data, as dated data with sources: what may leave as a file, how
//! long what is kept, what residents are told. `catalog/policy/*.toml`; not part of the catalogue's
//! hash, since no command depends on it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::bundle::Bundle;
use domain::catalog::{Source, Words};
use domain::substitute::Terms;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// All of it.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What may leave.
    pub exports: Exports,
    /// What is kept, and how long.
    pub retention: Retention,
    /// What residents are told.
    pub notice: Notice,
    /// What a substitute may.
    pub substitute: Terms,
}

/// What may leave a station as a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exports {
    /// First day it holds.
    pub valid_from: NaiveDate,
    /// When a second person must agree.
    pub second_person: SecondPerson,
    /// What each role may do: `export`, `export_numbers`.
    pub roles: BTreeMap<String, Vec<String>>,
    /// Where it comes from.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// Purposes to choose from.
    #[serde(rename = "purpose")]
    pub purposes: Vec<Purpose>,
}

/// When a second member of the staff must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SecondPerson {
    /// Not asked for.
    Never,
    /// Where full numbers leave.
    Numbers,
    /// Always.
    Always,
}

/// A purpose of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Purpose {
    /// As the audit names it.
    pub code: String,
    /// As it is shown.
    pub title: Words,
    /// It must be said in words what for.
    #[serde(default)]
    pub words: bool,
}

/// How long what is kept.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// First day it holds.
    pub valid_from: NaiveDate,
    /// Kinds of data.
    #[serde(rename = "kind")]
    pub kinds: Vec<Kind>,
}

/// One kind of data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Kind {
    /// `removed`, `draft`, `page` …
    pub name: String,
    /// What it is.
    pub title: Words,
    /// Kept for so many days; none where the program removes nothing by itself.
    #[serde(default)]
    pub days: Option<u32>,
    /// The same in minutes, for what is only in memory.
    #[serde(default)]
    pub minutes: Option<u32>,
    /// From when they are counted.
    pub from: Words,
    /// Why it is kept so long.
    pub why: Words,
    /// Where the number comes from, and how sure that is.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// What a resident is told before their data are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Notice {
    /// Whoever saw another version is told again.
    pub version: String,
    /// First day it holds.
    pub valid_from: NaiveDate,
    /// Heading.
    pub title: Words,
    /// Where it comes from, and how sure that is.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// What it says, point by point.
    #[serde(rename = "point")]
    pub points: Vec<Point>,
}

/// One point of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Point {
    /// Heading.
    pub title: Words,
    /// Text.
    pub text: Words,
}

impl Policy {
    /// Reads `policy/` of a catalogue; what is wrong, with the file, otherwise.
    pub fn of(files: &Bundle) -> Result<Policy, (String, String)> {
        type Wrong = (String, String);
        fn parsed<T>(
            files: &Bundle,
            name: &str,
            parse: impl FnOnce(&str) -> Result<T, String>,
        ) -> Result<T, Wrong> {
            let path = format!("policy/{name}");
            let text = files.find(&path).ok_or("it is not there".to_owned());
            text.and_then(parse).map_err(|why| (path, why))
        }
        fn read<T: serde::de::DeserializeOwned>(files: &Bundle, name: &str) -> Result<T, Wrong> {
            parsed(files, name, |text| {
                toml::from_str(text).map_err(|e| e.to_string())
            })
        }
        Ok(Policy {
            exports: read(files, "exports.toml")?,
            retention: read(files, "retention.toml")?,
            notice: read(files, "notice.toml")?,
            substitute: parsed(files, "substitute.toml", Terms::read)?,
        })
    }
}

impl Retention {
    /// Days that a kind of data is kept; None where it is not removed.
    pub fn days(&self, name: &str) -> Option<u32> {
        self.kinds.iter().find(|kind| kind.name == name)?.days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        Policy::of(&crate::catalog::files(&folder).unwrap()).unwrap()
    }

    #[test]
    fn every_kind_says_where_its_number_comes_from() {
        let policy = policy();
        for kind in &policy.retention.kinds {
            assert!(!kind.sources.is_empty(), "{}", kind.name);
            assert!(
                kind.days.is_none() || kind.minutes.is_none(),
                "{}",
                kind.name
            );
        }
        for name in ["removed", "draft", "page"] {
            assert!(policy.retention.days(name).is_some(), "{name}");
        }
        assert_eq!(policy.retention.days("audit"), None);
    }

    #[test]
    fn readings_are_kept_as_long_as_the_page_says() {
        let policy = policy();
        let kind = policy
            .retention
            .kinds
            .iter()
            .find(|kind| kind.name == "reading");
        let minutes = kind.and_then(|kind| kind.minutes).unwrap();
        assert_eq!(
            u64::from(minutes) * 60,
            crate::reading::READING_LIFE.as_secs()
        );
    }

    #[test]
    fn the_notice_has_the_points_that_the_law_lists() {
        let notice = policy().notice;
        assert!(notice.points.len() >= 5);
        assert!(!notice.version.is_empty() && !notice.sources.is_empty());
    }
}
