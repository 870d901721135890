//! The window's calls about what leaves and what is kept: the ledger and its exports, the notice,
//! copies for residents, retention.

use chrono::Utc;
use domain::{Id, Identity, Staff};

use super::Station;
use crate::door;
use crate::error::{Error, Result};
use crate::policy::Notice;
use crate::view::{
    ExportTerms, ExportWish, Exported, Failure, Kept, Ledger, LedgerWish, NoticeState, Printed,
    WhatFor,
};

/// Papers that are printed besides receipts.
pub(super) const FOLDER: &str = "papers";

impl Station {
    /// Every filing of this machine, filtered and counted.
    pub fn get_ledger(&self, wish: &LedgerWish) -> Result<Ledger, Failure> {
        Ok(self.desk()?.get_ledger(wish)?)
    }

    /// What an export needs here and now.
    pub fn get_export_terms(&self) -> Result<ExportTerms, Failure> {
        let desk = self.desk()?;
        let others = door::others(&self.0.folder, desk.staff.id)?;
        Ok(desk.get_export_terms(others)?)
    }

    /// Writes an export.
    pub fn export_ledger(&self, asked: &ExportWish) -> Result<Exported, Failure> {
        self.0.open_to_staff()?;
        let desk = self.desk()?;
        let second = self.second(&asked.what_for)?;
        Ok(desk.export_ledger(asked, second.as_ref(), Utc::now())?)
    }

    /// Who agrees to an export. Their password is checked here and goes no further.
    pub(super) fn second(&self, what_for: &WhatFor) -> Result<Option<Staff>, Failure> {
        let Some(second) = &what_for.second else {
            return Ok(None);
        };
        let (login, password) = (&second.login, &second.password);
        let card = self.0.own_card();
        let folder = &self.0.folder;
        let agreed = door::confirm(folder, login, password, card.as_ref());
        let agreed = self.0.or_wait_for_card(agreed.map_err(Failure::from))?;
        Ok(Some(agreed))
    }

    /// What is kept here, how long, and why.
    pub fn get_kept(&self) -> Result<Kept, Failure> {
        Ok(self.desk()?.get_kept(Utc::now())?)
    }

    /// The notice in force.
    pub fn get_notice(&self) -> Result<Notice, Failure> {
        Ok(self.desk()?.notice().clone())
    }

    /// Notes that a resident was told.
    pub fn tell_notice(
        &self,
        reading: Option<Id>,
        person: Option<Id>,
    ) -> Result<NoticeState, Failure> {
        let who = self.somebody(reading, person)?;
        Ok(self.desk()?.tell_notice(&who, Utc::now())?)
    }

    /// Writes the notice as PDF and opens it.
    pub fn print_notice(&self) -> Result<Printed, Failure> {
        let folder = self.0.private.part(FOLDER)?;
        let printed = self.desk()?.print_notice(&folder, Utc::now())?;
        super::receipts::view(std::path::Path::new(&printed.path))?;
        Ok(printed)
    }

    /// Writes what is kept about a resident as PDF and opens it.
    pub fn print_copy(&self, reading: Option<Id>, person: Option<Id>) -> Result<Printed, Failure> {
        self.0.open_to_staff()?;
        let who = self.somebody(reading, person)?;
        let folder = self.0.private.part(FOLDER)?;
        let printed = self.desk()?.print_copy(&who, &folder, Utc::now())?;
        super::receipts::view(std::path::Path::new(&printed.path))?;
        Ok(printed)
    }

    /// Writes the papers of a case as one PDF and opens it.
    pub fn print_materials(&self, case: Id) -> Result<Printed, Failure> {
        self.0.open_to_staff()?;
        let folder = self.0.private.part(FOLDER)?;
        let printed = self.desk()?.print_materials(case, &folder, Utc::now())?;
        super::receipts::view(std::path::Path::new(&printed.path))?;
        Ok(printed)
    }

    fn somebody(&self, reading: Option<Id>, person: Option<Id>) -> Result<Identity> {
        match (reading, person) {
            (Some(reading), _) => Ok(self.0.devices()?.readers.get_reading(reading)?.identity),
            (None, Some(person)) => self.desk()?.get_identity(person),
            (None, None) => Err(Error::coded("person.unknown")),
        }
    }
}
