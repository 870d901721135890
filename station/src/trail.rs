//! The audit at the counter: one's own acts by day, whether the chain is whole, and the file for an
//! auditor; and a number in full, for a reason that is recorded.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use ::audit::file::{self, Writer};
use ::audit::{Event, Head, verify};
use chrono::{DateTime, Days, FixedOffset, NaiveDate, Utc};
use domain::{Id, Identity, Reason, Staff, id_number};

use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::ledger::export::agreed;
use crate::store::audit::{self, About, Kept};
use crate::view::{AuditDay, AuditFile, AuditLine, AuditVerdict, WhatFor};

/// Codes of this module.
pub const CODES: &[&str] = &[
    "audit.number_in_words",
    "audit.tampered",
    "number.no_reason",
];

/// Why a number is shown in full; `other` asks for words.
pub const REASONS: &[&str] = &["compare", "form", "resident", "other"];
const WORDS: usize = 100;
const LINES: usize = 500;
const CHINA_S: i32 = 8 * 3600;

impl Desk {
    /// What the one who is logged in did on a day, and what the program did by itself, newest first.
    pub fn get_audit(&self, day: NaiveDate) -> Result<AuditDay> {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let who = self.staff.id.0;
        self.store.read(|c| {
            let records = audit::between(c, start_of(day), start_of(next), LINES)?;
            let own = |kept: &Kept| kept.who.is_none_or(|by| by == who);
            let lines = records.into_iter().filter(own).map(line);
            let witness = audit::witnesses(c)?.pop();
            let last = audit::last(c)?;
            Ok(AuditDay {
                lines: lines.collect(),
                records: last.map_or(0, |last| last.n),
                witnessed: witness.and_then(|w| DateTime::from_timestamp_millis(w.at_ms)),
            })
        })
    }

    /// Verifies the whole chain of this station. The file that would be exported is what is read.
    pub fn verify_audit(&self) -> Result<AuditVerdict> {
        let mut bytes = Vec::new();
        self.write_audit(&mut bytes)?;
        let text =
            String::from_utf8(bytes).map_err(|_| Error::Bug("an audit file is text".into()))?;
        let chain = file::read(&text).map_err(|error| Error::Bug(error.to_string()))?;
        Ok(match verify::chain(&chain, &[]) {
            Ok(head) => AuditVerdict {
                records: head.n,
                head: short(&head),
                fault: None,
            },
            Err(fault) => AuditVerdict {
                records: chain.records.len() as u64,
                head: short(&chain.end),
                fault: Some(
                    Reason::new("audit.tampered")
                        .with("n", fault.n)
                        .with("what", fault.wrong.name()),
                ),
            },
        })
    }

    /// Writes the chain with the centre's heads into `folder`, for `yizhan-audit verify`. It takes the right
    /// and a purpose as every export does ([`crate::ledger::export`]), and is recorded first, so that it is the last
    /// record in the file.
    pub fn export_audit(
        &self,
        folder: &Path,
        what_for: &WhatFor,
        second: Option<&Staff>,
        now: DateTime<Utc>,
    ) -> Result<AuditFile> {
        let reason = agreed(self.admit(what_for, None, second)?, second);
        let records = self.store.audit_head()?.n + 1;
        self.store.note(&Event::ExportMade {
            what: "audit".into(),
            rows: records,
            reason,
        })?;
        std::fs::create_dir_all(folder).map_err(Error::disk(folder))?;
        let path = free_path(folder, now);
        let half = path.with_extension("writing");
        let out = File::create(&half).map_err(Error::disk(&half))?;
        let out = self.write_audit(BufWriter::new(out))?;
        let out = out
            .into_inner()
            .map_err(|error| Error::disk(&half)(error.into_error()))?;
        out.sync_all().map_err(Error::disk(&half))?;
        std::fs::rename(&half, &path).map_err(Error::disk(&path))?;
        disk::sync_folder(folder).map_err(Error::disk(folder))?;
        Ok(AuditFile {
            path: path.display().to_string(),
            records,
        })
    }

    fn write_audit<W: std::io::Write>(&self, out: W) -> Result<W> {
        let written = |error: std::io::Error| Error::disk("audit")(error);
        let origin = format!("station:{}", self.installation.id);
        let mut writer = Writer::begin(out, &origin).map_err(written)?;
        self.store.read(|c| {
            audit::each(c, |kept| writer.record(&kept.record()).map_err(written))?;
            for witness in audit::witnesses(c)? {
                writer.witness(&witness).map_err(written)?;
            }
            Ok(())
        })?;
        writer.end().map_err(written)
    }

    /// A number in full, for a reason of the list: `number.no_reason`. Recorded before it is shown.
    pub fn show_number(&self, identity: &Identity, reason: &str, words: &str) -> Result<String> {
        let words = plain(words)?;
        let given = REASONS.contains(&reason) && (reason != "other" || words.chars().count() > 1);
        if !given {
            return Err(Error::coded("number.no_reason"));
        }
        let reason = reason.to_owned();
        let number = &identity.document.number;
        self.store
            .note_about(&Event::NumberShown { reason, words }, About::Person(number))?;
        Ok(number.clone())
    }

    /// The same of a known person.
    pub fn show_number_of(&self, person: Id, reason: &str, words: &str) -> Result<String> {
        self.show_number(&self.get_identity(person)?, reason, words)
    }
}

/// Words that somebody wrote and the audit keeps for ever, in clear in every file of it; cut where they
/// are long. `audit.number_in_words` where a document's number stands in them.
pub(crate) fn plain(words: &str) -> Result<String> {
    match id_number::stands_in(words) {
        true => Err(Error::coded("audit.number_in_words")),
        false => Ok(words.trim().chars().take(WORDS).collect()),
    }
}

fn line(kept: Kept) -> AuditLine {
    let particulars = serde_json::from_str(&kept.details).unwrap_or_default();
    AuditLine {
        n: kept.n,
        at: DateTime::from_timestamp_millis(kept.at_ms).unwrap_or_default(),
        by_program: kept.who.is_none(),
        kind: kept.kind,
        with: particulars,
    }
}

/// The first bytes of a head: enough to compare over the phone.
fn short(head: &Head) -> String {
    hex::encode(&head.hash[..4])
}

/// Midnight in China.
fn start_of(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let china = FixedOffset::east_opt(CHINA_S);
    let local = china.and_then(|china| midnight.and_local_timezone(china).single());
    local.map_or_else(|| midnight.and_utc(), |local| local.to_utc())
}

/// A name that is not taken: a second export of one second is another file.
fn free_path(folder: &Path, now: DateTime<Utc>) -> PathBuf {
    let stamp = now.format("%Y%m%d-%H%M%S");
    let named = |k: u32| match k {
        0 => folder.join(format!("audit-{stamp}.{}", file::ENDING)),
        k => folder.join(format!("audit-{stamp}-{k}.{}", file::ENDING)),
    };
    (0..)
        .map(named)
        .find(|path| !path.exists())
        .unwrap_or_else(|| named(0))
}

#[cfg(test)]
#[path = "store/trail_tests.rs"]
mod tests;
