//! Cases as the counter sees them: what the facts say, what our own pending commands say, and what
//! became of commands that never made a case.

mod amend;
mod answer;
mod log;
mod materials;
mod receipt;
mod row;
mod shown;
mod submit;

use domain::{Id, Page};
use rusqlite::Connection;

use crate::clock::business_day;
use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::people::face;
use crate::store::entity;
use crate::view::{CaseView, DraftPage};

pub(crate) use log::bring_back;
pub(crate) use row::Sending;
pub(crate) use shown::{Shown, find, of_command, of_person};

impl Desk {
    /// A case, whole.
    pub fn get_case(&self, case: Id, now: chrono::DateTime<chrono::Utc>) -> Result<CaseView> {
        self.store.read(|c| {
            let shown = find(c, case)?.ok_or_else(|| Error::coded("case.unknown"))?;
            let person = match shown.person {
                Some(person) => entity::find_person(c, person)?.and_then(entity::Kept::into_shown),
                None => None,
            };
            let life = person.map(|person| person.life).unwrap_or_default();
            let sending = Sending::load(c)?;
            Ok(CaseView {
                row: shown.row(c, &sending)?,
                face: face(&shown.identity, business_day(now)),
                person: shown.person,
                answers: shown.case.answers.clone(),
                pages: pages(&shown),
                history: life
                    .into_iter()
                    .filter(|event| event.case == Some(case))
                    .collect(),
                can_amend: amend::can_amend(self, c, &shown)?,
            })
        })
    }
}

/// A page of a case by the id the window knows it by: `{case}.{place}`.
pub(crate) fn find_page(connection: &Connection, page: &str) -> Result<Option<Page>> {
    let Some((case, place)) = page.split_once('.') else {
        return Ok(None);
    };
    let (Ok(case), Ok(place)) = (case.parse::<Id>(), place.parse::<usize>()) else {
        return Ok(None);
    };
    let shown = find(connection, case)?;
    Ok(shown.and_then(|shown| shown.case.pages.get(place).cloned()))
}

fn pages(shown: &Shown) -> Vec<DraftPage> {
    let page = |(place, manifest): (usize, &Page)| DraftPage {
        page: format!("{}.{place}", shown.case.id),
        material: manifest.material.clone(),
        manifest: manifest.clone(),
        made: None,
    };
    shown.case.pages.iter().enumerate().map(page).collect()
}
