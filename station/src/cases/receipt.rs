//! What the receipt of a case says, and writing it.

use std::path::Path;

use ::audit::Event;
use domain::Id;
use domain::id_number::mask;

use super::{Shown, find};
use crate::desk::Desk;
use crate::drafts;
use crate::error::{Error, Result};
use crate::receipt::{self, Content, qr};
use crate::store::{audit, outbox};
use crate::view::Receipt;

impl Desk {
    /// Writes the receipt of a case that this installation filed into `folder`, as PDF under its
    /// serial.
    pub fn make_receipt(&self, case: Id, folder: &Path) -> Result<Receipt> {
        let content = self.store.read(|c| {
            let shown = find(c, case)?.ok_or_else(|| Error::coded("case.unknown"))?;
            let first = shown
                .filed
                .first()
                .ok_or_else(|| Error::coded("case.filed_elsewhere"))?;
            let link = outbox::link_of(c, first.n)?.unwrap_or_default();
            self.content(&shown, link)
        })?;
        std::fs::create_dir_all(folder).map_err(Error::disk(folder))?;
        let path = folder.join(format!("{}.pdf", content.serial));
        let made = receipt::make(&path, &content, &self.installation.log_key)?;
        let about = audit::About::Case(case);
        self.store.note_about(&Event::ReceiptMade {}, about)?;
        Ok(made)
    }

    /// The case of a receipt, by what the code on it says: `receipt.not_issued_here` for anything that
    /// this machine did not sign, another station's receipt too; `case.unknown` when the case is no
    /// longer kept here.
    pub fn find_by_receipt(&self, text: &str) -> Result<Id> {
        self.store.admit_looking()?;
        // Some scanners that type what they read send small letters.
        let text = text.to_uppercase();
        let claim = qr::verify(&text, &self.log_key.verifying_key());
        let claim = claim.ok_or_else(|| Error::coded("receipt.not_issued_here"))?;
        self.store.read(|c| {
            for case in outbox::cases_linked(c, &claim.link)? {
                let shown = find(c, case)?;
                if shown.is_some_and(|s| s.case.serial.eq_ignore_ascii_case(&claim.serial)) {
                    return Ok(case);
                }
            }
            Err(Error::coded("case.unknown"))
        })
    }

    fn content(&self, shown: &Shown, link: String) -> Result<Content> {
        let case = &shown.case;
        let business = self.catalog.find_business(&case.business, case.acted_on);
        let business = business.ok_or_else(|| drafts::unknown(&case.business))?;
        let materials = business.materials.iter().filter_map(|material| {
            let pages = case
                .pages
                .iter()
                .filter(|page| page.material == material.id)
                .count();
            (pages > 0).then(|| (material.title.clone(), pages))
        });
        Ok(Content {
            station: self.installation.community.clone(),
            station_name: self.installation.community_name.clone(),
            serial: case.serial.clone(),
            link,
            name: shown.identity.name.clone(),
            masked_number: mask(&shown.identity.document.number),
            business: business.title.clone(),
            acted_on: case.acted_on,
            staff: case.entered_by.name.clone(),
            materials: materials.collect(),
            pending: case.pending.clone(),
        })
    }
}
