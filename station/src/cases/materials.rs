//! The papers of a case as one file for the archive.

use std::path::Path;

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::Id;
use drivers::document::file;
use drivers::document::page::pdf::{PdfPage, noted_dpi, pdf};

use super::find;
use crate::desk::{Desk, new_id};
use crate::disk;
use crate::error::{Error, Result};
use crate::store::audit;
use crate::view::Printed;

impl Desk {
    /// Writes the papers of a case into `folder` as one PDF/A-2b, in their order; recorded before there
    /// is a file. Fails with `case.unknown`, `case.no_papers`, and `page.…` where one is not here.
    pub fn print_materials(&self, case: Id, folder: &Path, now: DateTime<Utc>) -> Result<Printed> {
        let shown = self.store.read(|c| find(c, case))?;
        let shown = shown.ok_or_else(|| Error::coded("case.unknown"))?;
        if shown.case.pages.is_empty() {
            return Err(Error::coded("case.no_papers"));
        }
        let coded = |error: drivers::PageError| Error::coded(error.code());
        let mut pages = Vec::new();
        for place in 0..shown.case.pages.len() {
            let (_, bytes) = self.picture(&format!("{case}.{place}"), false)?;
            let jpeg = file::to_upright_jpeg(bytes).map_err(coded)?;
            pages.push(PdfPage {
                dpi: noted_dpi(&jpeg),
                jpeg,
            });
        }
        let whole = pdf(pages, &shown.case.serial, now).map_err(coded)?;
        let what = "materials".to_owned();
        let about = audit::About::Case(case);
        self.store.note_about(&Event::PrintMade { what }, about)?;
        let path = folder.join(format!("{}-{}.pdf", shown.case.serial, new_id()));
        disk::write_whole(&path, &whole)?;
        Ok(Printed {
            path: path.display().to_string(),
        })
    }
}
