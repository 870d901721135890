//! What leaves of the ledger as a file. It takes the right, a purpose, and where the policy says so
//! a second person; it is recorded before it is written, numbered, and marked on every page.
//! Numbers of documents are masked unless the right to full ones and a reason are there.

use std::path::Path;

use ::audit::Event;
use chrono::{DateTime, FixedOffset, Utc};
use domain::Staff;

use super::sheet::{self, Sheet};
use super::{Line, days, place, words};
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::policy::{Purpose, SecondPerson};
use crate::store::{audit as records, meta};
use crate::trail;
use crate::view::{ExportFormat, ExportTerms, ExportWish, Exported, WhatFor};

/// Exports made on this machine.
const COUNTED: &str = "exports";

impl Desk {
    /// What an export needs here and now; `others` are the log-in names that may agree.
    pub fn get_export_terms(&self, others: Vec<String>) -> Result<ExportTerms> {
        let rights = self.rights()?;
        let policy = &self.shelf.policy.exports;
        Ok(ExportTerms {
            allowed: rights.export,
            numbers_allowed: rights.export_numbers,
            purposes: policy.purposes.clone(),
            places: place::list(),
            second_always: policy.second_person == SecondPerson::Always,
            second_for_numbers: policy.second_person != SecondPerson::Never,
            others,
        })
    }

    /// Writes the file. `second` is who agreed, their password checked already.
    pub fn export_ledger(
        &self,
        wish: &ExportWish,
        second: Option<&Staff>,
        now: DateTime<Utc>,
    ) -> Result<Exported> {
        let purpose = self.admit(&wish.what_for, wish.numbers.as_deref(), second)?;
        let folder = Path::new(wish.folder.trim());
        if wish.folder.trim().is_empty() || !folder.is_dir() {
            return Err(Error::coded("export.no_place"));
        }
        let mut lines = self.ledger_lines(&wish.wish)?;
        let wished = |line: &Line| {
            let business = wish.wish.business.as_ref();
            business.is_none_or(|business| line.row.business == *business)
                && wish.wish.state.is_none_or(|state| line.row.state == state)
        };
        lines.retain(wished);
        if lines.is_empty() {
            return Err(Error::coded("export.empty"));
        }
        let number = self.record(wish, &purpose, second, lines.len())?;
        let sheet = Sheet {
            title: words::TITLE.to_owned(),
            mark: self.mark(wish, &purpose, second, &number, now),
            columns: words::COLUMNS
                .map(|(title, width)| (title.to_owned(), width))
                .into(),
            rows: self.rows(&lines, wish.numbers.is_some()),
        };
        let (bytes, ending) = match wish.format {
            ExportFormat::Xlsx => (sheet::xlsx(&sheet)?, "xlsx"),
            ExportFormat::Csv => (sheet::csv(&sheet), "csv"),
        };
        let name = format!(
            "{}_{}_{number}.{ending}",
            words::TITLE,
            days(wish.wish.from, wish.wish.to)
        );
        let path = folder.join(name);
        disk::write_whole(&path, &bytes)?;
        Ok(Exported {
            path: path.display().to_string(),
            number,
            rows: lines.len(),
        })
    }

    /// The purpose in words, when something may leave for it; `numbers` is why with full ones.
    pub(crate) fn admit(
        &self,
        what_for: &WhatFor,
        numbers: Option<&str>,
        second: Option<&Staff>,
    ) -> Result<String> {
        let rights = self.rights()?;
        if !rights.export {
            return Err(Error::coded("export.not_allowed"));
        }
        let policy = &self.shelf.policy.exports;
        let found = policy
            .purposes
            .iter()
            .find(|purpose| purpose.code == what_for.purpose);
        let purpose = said(found, &what_for.words)?;
        if let Some(reason) = numbers {
            if !rights.export_numbers {
                return Err(Error::coded("export.numbers_not_allowed"));
            }
            if trail::plain(reason)?.is_empty() {
                return Err(Error::coded("export.reason_missing"));
            }
        }
        let needs_second = match policy.second_person {
            SecondPerson::Never => false,
            SecondPerson::Numbers => numbers.is_some(),
            SecondPerson::Always => true,
        };
        match second {
            None if needs_second => Err(Error::coded("export.second_missing")),
            Some(staff) if staff.id == self.staff.id => Err(Error::coded("export.second_is_same")),
            _ => Ok(purpose),
        }
    }

    /// In the audit before anything is written: nothing leaves unrecorded. Its number.
    fn record(
        &self,
        wish: &ExportWish,
        purpose: &str,
        second: Option<&Staff>,
        rows: usize,
    ) -> Result<String> {
        let mut reason = purpose.to_owned();
        if let Some(numbers) = &wish.numbers {
            reason += &format!("；完整号码：{}", trail::plain(numbers)?);
        }
        let reason = agreed(reason, second);
        self.store.write(|tx| {
            let count = meta::number(tx, COUNTED)? + 1;
            meta::set_number(tx, COUNTED, count)?;
            let number = format!("{}-E{count:05}", self.installation.community);
            let event = Event::ExportMade {
                what: format!("ledger {number}"),
                rows: rows as u64,
                reason,
            };
            records::append(tx, &event)?;
            Ok(number)
        })
    }

    /// Who, when, where, what for, and the number: what a copy that turns up elsewhere tells.
    fn mark(
        &self,
        wish: &ExportWish,
        purpose: &str,
        second: Option<&Staff>,
        number: &str,
        now: DateTime<Utc>,
    ) -> String {
        let china = FixedOffset::east_opt(8 * 3600);
        let at = match china {
            Some(china) => now
                .with_timezone(&china)
                .format("%Y-%m-%d %H:%M")
                .to_string(),
            None => now.to_rfc3339(),
        };
        let mut mark = format!(
            "内部资料 {} {} 导出人 {} {at} 用途 {purpose} 编号 {number}",
            self.installation.community_name, self.installation.community, self.staff.name,
        );
        if let Some(second) = second {
            mark += &format!(" 同意人 {}", second.name);
        }
        if wish.numbers.is_some() {
            mark += " 含完整证件号码";
        }
        mark
    }

    fn rows(&self, lines: &[Line], numbers: bool) -> Vec<Vec<String>> {
        let row = |(at, line): (usize, &Line)| {
            let row = &line.row;
            let business = self.catalog.newest(&row.business);
            vec![
                (at + 1).to_string(),
                row.acted_on.to_string(),
                clock(row.made_at),
                business.map_or(row.business.clone(), |b| b.title.zh.clone()),
                business.map_or(String::new(), |b| b.code.clone()),
                words::kind(row.correction).to_owned(),
                row.name.clone(),
                match numbers {
                    true => line.number.clone(),
                    false => row.masked_number.clone(),
                },
                row.serial.clone(),
                words::state(row.state).to_owned(),
                row.by.clone(),
                row.pages.to_string(),
            ]
        };
        lines.iter().rev().enumerate().map(row).collect()
    }
}

/// A purpose as it is recorded: its title, and the words where there are any.
fn said(purpose: Option<&Purpose>, in_words: &str) -> Result<String> {
    let missing = || Error::coded("export.purpose_missing");
    let purpose = purpose.ok_or_else(missing)?;
    let in_words = trail::plain(in_words)?;
    match in_words.is_empty() {
        true if purpose.words => Err(missing()),
        true => Ok(purpose.title.zh.clone()),
        false => Ok(format!("{}：{in_words}", purpose.title.zh)),
    }
}

/// A reason with who agreed to it.
pub(crate) fn agreed(reason: String, second: Option<&Staff>) -> String {
    match second {
        Some(second) => format!("{reason}；同意人：{}", second.id),
        None => reason,
    }
}

/// The hour and minute in China.
fn clock(at: DateTime<Utc>) -> String {
    match FixedOffset::east_opt(8 * 3600) {
        Some(china) => at.with_timezone(&china).format("%H:%M").to_string(),
        None => at.format("%H:%M").to_string(),
    }
}
