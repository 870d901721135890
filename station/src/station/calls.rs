//! The window's calls to the desk: each takes the open desk and the time, and passes on.

use std::sync::Arc;

use chrono::Utc;
use domain::Id;
use domain::case::Answers;
use drivers::id_card::pcsc;

use super::{Event, Station};
use crate::desk::{Desk, new_id};
use crate::drafts::Whose;
use crate::error::{Error, Result};
use crate::people::by_hand;
use crate::reading::Reading;
use crate::view::{
    CaseView, CatalogView, Draft, Failure, PagesChanged, PeopleFound, PersonPage, Saved, Submitted,
    SyncView, Tap, TypedCheck, TypedIdentity, Worklist,
};

impl Station {
    pub(super) fn desk(&self) -> Result<Arc<Desk>> {
        Ok(self.0.open()?.desk.clone())
    }

    /// Businesses, code tables, divisions.
    pub fn get_catalog(&self) -> Result<CatalogView, Failure> {
        // Of the desk that is open: what lies ready counts from the next one on.
        Ok(match self.0.open() {
            Ok(open) => open.desk.shelf.view(),
            Err(_) => self.0.shelf().view(),
        })
    }

    /// Everything under way.
    pub fn get_worklist(&self) -> Result<Worklist, Failure> {
        Ok(self.desk()?.get_worklist()?)
    }

    /// By name, pinyin, first letters, whole number, last four or phone.
    pub fn search_people(&self, text: &str) -> Result<PeopleFound, Failure> {
        Ok(self.desk()?.search_people(text)?)
    }

    /// A known person.
    pub fn get_person(&self, person: Id) -> Result<PersonPage, Failure> {
        Ok(self.desk()?.open_person(person, Utc::now())?)
    }

    /// The person of a card that was read, as long as the reading is kept.
    pub fn get_reading(&self, reading: Id) -> Result<PersonPage, Failure> {
        let desk = self.desk()?;
        let read = self.0.devices()?.readers.get_reading(reading)?;
        Ok(desk.reading_page(&read, Utc::now())?)
    }

    /// One of two values of an answer is right; the page as it is then.
    pub fn settle_answer(
        &self,
        person: Id,
        field: &str,
        value: &str,
        seen: &[String],
    ) -> Result<PersonPage, Failure> {
        let open = self.0.open()?;
        open.desk
            .settle_answer(person, field, value, seen, Utc::now())?;
        open.worker.wake();
        self.moved();
        Ok(open.desk.get_person(person, Utc::now())?)
    }

    /// What can be said of a document that is being typed by hand.
    pub fn check_identity(&self, entry: &TypedIdentity) -> Result<TypedCheck, Failure> {
        self.desk()?;
        Ok(by_hand::check(entry, Utc::now()))
    }

    /// Takes in a document typed by hand; kept as a reading that says it was typed.
    pub fn enter_identity(&self, entry: &TypedIdentity) -> Result<PersonPage, Failure> {
        let desk = self.desk()?;
        let (identity, evidence) = by_hand::take(entry, Utc::now())?;
        let reading = Reading::typed(new_id(), identity, evidence);
        let page = desk.take_typed(&reading, Utc::now())?;
        self.0.devices()?.readers.keep(reading);
        Ok(page)
    }

    /// Takes a card in as its reader's thread does.
    pub fn take_reading(&self, reading: pcsc::Reading) -> Tap {
        let locked = || Tap::Failed {
            reason: domain::Reason::new("station.locked"),
        };
        let devices = self.0.devices.get();
        devices
            .and_then(|d| d.readers.inject(reading))
            .unwrap_or_else(locked)
    }

    /// Begins a form for a reading or a known person, or opens the one there is.
    pub fn open_draft(
        &self,
        business: &str,
        reading: Option<Id>,
        person: Option<Id>,
    ) -> Result<Draft, Failure> {
        let desk = self.desk()?;
        let whose = match (reading, person) {
            (Some(reading), _) => Whose::read(self.0.devices()?.readers.get_reading(reading)?),
            (None, Some(person)) => {
                let identity = desk.get_identity(person)?;
                // Who comes back to the page by its record still laid the card down here.
                let read = self.0.devices()?.readers.find_reading_of(&identity);
                read.map_or(Whose::Known(person), Whose::read)
            }
            (None, None) => return Err(Error::coded("reading.gone").into()),
        };
        Ok(desk.open_draft(business, whose, Utc::now())?)
    }

    /// A form as saved.
    pub fn get_draft(&self, draft: Id) -> Result<Draft, Failure> {
        Ok(self.desk()?.get_draft(draft, Utc::now())?)
    }

    /// Keeps the answers; durable when this returns.
    pub fn save_answers(&self, draft: Id, answers: Answers) -> Result<Saved, Failure> {
        Ok(self.desk()?.save_answers(draft, answers, Utc::now())?)
    }

    /// Takes a form away; the answer brings it back.
    pub fn discard_draft(&self, draft: Id) -> Result<String, Failure> {
        let undo = self.desk()?.discard_draft(draft, Utc::now())?;
        self.moved();
        Ok(undo)
    }

    /// Brings a form back.
    pub fn restore_draft(&self, undo: &str) -> Result<Draft, Failure> {
        let draft = self.desk()?.restore_draft(undo, Utc::now())?;
        self.moved();
        Ok(draft)
    }

    /// Takes a file that was dropped in, as base64. Its name is not kept.
    pub fn add_page(
        &self,
        draft: Id,
        material: &str,
        _name: &str,
        bytes_base64: &str,
    ) -> Result<PagesChanged, Failure> {
        Ok(self
            .desk()?
            .add_page_base64(draft, material, bytes_base64, Utc::now())?)
    }

    /// Turns a page clockwise by quarters.
    pub fn turn_page(&self, draft: Id, page: &str, quarters: u8) -> Result<PagesChanged, Failure> {
        Ok(self.desk()?.turn_page(draft, page, quarters, Utc::now())?)
    }

    /// Moves a page to another place.
    pub fn move_page(&self, draft: Id, page: &str, to: usize) -> Result<PagesChanged, Failure> {
        Ok(self.desk()?.move_page(draft, page, to, Utc::now())?)
    }

    /// Takes a page away; `undo` brings it back.
    pub fn remove_page(&self, draft: Id, page: &str) -> Result<PagesChanged, Failure> {
        Ok(self.desk()?.remove_page(draft, page, Utc::now())?)
    }

    /// Brings it back.
    pub fn restore_page(&self, draft: Id, undo: &str) -> Result<PagesChanged, Failure> {
        Ok(self.desk()?.restore_page(draft, undo, Utc::now())?)
    }

    /// A page's picture, or a small one: its media type and bytes.
    pub fn picture(&self, page: &str, thumbnail: bool) -> Result<(String, Vec<u8>), Failure> {
        Ok(self.desk()?.picture(page, thumbnail)?)
    }

    /// Files a draft: durable when this returns, sent at the line's own pace.
    pub fn submit(&self, draft: Id) -> Result<Submitted, Failure> {
        let open = self.0.open()?;
        let submitted = open.desk.submit(draft, Utc::now())?;
        open.worker.wake();
        self.moved();
        Ok(submitted)
    }

    /// A case, whole.
    pub fn get_case(&self, case: Id) -> Result<CaseView, Failure> {
        Ok(self.desk()?.get_case(case, Utc::now())?)
    }

    /// How the exchange with the centre is, and what waits in it.
    pub fn get_sync(&self) -> Result<SyncView, Failure> {
        let open = self.0.open()?;
        let (seen, line) = (open.worker.seen(), open.worker.line());
        let view = open.desk.get_sync(&seen, line, Utc::now())?;
        Ok(SyncView {
            new_catalogue: open.catalogues.shelf().address != open.desk.shelf.address,
            ..view
        })
    }

    /// Sends and fetches now, instead of at the next try; the answer is [`Station::get_sync`]'s.
    pub fn send_now(&self) -> Result<SyncView, Failure> {
        self.0.open()?.worker.hurry();
        self.get_sync()
    }

    /// Opens a returned, rejected or held case again.
    pub fn amend_case(&self, case: Id) -> Result<Draft, Failure> {
        let draft = self.desk()?.amend_case(case, Utc::now())?;
        self.moved();
        Ok(draft)
    }

    /// What is shown may be old, and the corner too.
    fn moved(&self) {
        self.0.tell(Event::Changed);
        self.0.tell_status();
    }
}
