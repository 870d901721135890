//! The ferry, seen from the window.

use std::path::Path;
use std::sync::Arc;

use chrono::Utc;

use super::restore::sticks;
use super::{Station, health};
use crate::view::{Failure, FerryRead, FerryView, FerryWritten};

impl Station {
    /// What there is to carry, and the sticks that are plugged in; `folder` was typed and may be empty.
    pub fn get_ferry(&self, folder: &str) -> Result<FerryView, Failure> {
        let open = self.0.open()?;
        let (desk, now) = (&open.desk, Utc::now());
        let unsent = desk.store.unsent()?;
        let allowed = desk.ferry_terms().is_ok();
        let mut folders = if allowed { sticks() } else { Vec::new() };
        let typed = Path::new(folder.trim()).to_owned();
        if allowed && typed.is_absolute() && !folders.contains(&typed) {
            folders.insert(0, typed);
        }
        Ok(FerryView {
            allowed,
            sticks: folders
                .iter()
                .map(|folder| desk.look_at_stick(folder, now))
                .collect(),
            unsent_commands: unsent.commands,
            unsent_pages: unsent.pages,
            written_at: desk.ferry_written_at()?,
        })
    }

    /// Writes what is unsent onto a stick.
    pub fn write_ferry(&self, folder: &str) -> Result<FerryWritten, Failure> {
        let open = self.0.open()?;
        let around = health::looking(Arc::downgrade(&self.0))();
        Ok(open
            .desk
            .write_ferry(Path::new(folder), around, Utc::now())?)
    }

    /// Takes in the centre's answers on a stick.
    pub fn read_ferry(&self, folder: &str) -> Result<FerryRead, Failure> {
        let open = self.0.open()?;
        let (desk, catalogues) = (&open.desk, &open.catalogues);
        let read = desk.read_ferry(Path::new(folder), catalogues, Utc::now());
        // The receipt of a wipe was heard: it is time, as on the line.
        if desk.store.must_wipe()? {
            self.0.wipe();
        }
        open.worker.wake();
        self.0.tell_status();
        Ok(read?)
    }
}
