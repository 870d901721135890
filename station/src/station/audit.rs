//! The window's calls to the audit, and to a number in full.

use chrono::{NaiveDate, Utc};
use domain::Id;

use super::Station;
use crate::error::Error;
use crate::view::{AuditDay, AuditFile, AuditVerdict, Failure, WhatFor};

pub(super) const FOLDER: &str = "exports";

impl Station {
    /// One's own acts of a day.
    pub fn get_audit(&self, day: NaiveDate) -> Result<AuditDay, Failure> {
        Ok(self.desk()?.get_audit(day)?)
    }

    /// Verifies the whole chain.
    pub fn verify_audit(&self) -> Result<AuditVerdict, Failure> {
        Ok(self.desk()?.verify_audit()?)
    }

    /// Writes it down for an auditor.
    pub fn export_audit(&self, what_for: &WhatFor) -> Result<AuditFile, Failure> {
        self.0.open_to_staff()?;
        let second = self.second(what_for)?;
        let folder = self.0.folder.join(FOLDER);
        let folder = std::path::absolute(&folder).map_err(Error::disk(&folder))?;
        let desk = self.desk()?;
        Ok(desk.export_audit(&folder, what_for, second.as_ref(), Utc::now())?)
    }

    /// A number in full, of a reading or of a known person; why is recorded.
    pub fn show_number(
        &self,
        reading: Option<Id>,
        person: Option<Id>,
        reason: &str,
        words: &str,
    ) -> Result<String, Failure> {
        self.0.open_to_staff()?;
        let desk = self.desk()?;
        match (reading, person) {
            (Some(reading), _) => {
                let read = self.0.devices()?.readers.get_reading(reading)?;
                Ok(desk.show_number(&read.identity, reason, words)?)
            }
            (None, Some(person)) => Ok(desk.show_number_of(person, reason, words)?),
            (None, None) => Err(Error::coded("reading.gone").into()),
        }
    }
}
