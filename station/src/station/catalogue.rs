//! By which catalogue the desk is opened: the one that lies ready, where it is the centre's word.

use chrono::Utc;

use super::Inner;
use crate::catalog::Shelf;
use crate::door::{self, Entered};
use crate::error::Result;

impl Inner {
    /// What the desk is next opened with.
    pub(super) fn shelf(&self) -> Shelf {
        self.catalogues.shelf()
    }

    /// A desk that was opened with a catalogue of the centre's. Whose signature counts is known only once
    /// the store is open: one that somebody else laid down is set aside then, and the door opened again.
    pub(super) fn with_trusted_catalogue(&self, entered: Entered) -> Result<Entered> {
        let centre_key = &entered.desk.installation.centre_key;
        if entered.desk.shelf.is_trusted(centre_key) {
            return Ok(entered);
        }
        tracing::error!("a catalogue lies here that is not the centre's: it is set aside");
        self.catalogues.distrust()?;
        let Entered {
            desk,
            held,
            login,
            card,
            ..
        } = entered;
        drop(desk);
        let (key, shelf) = (held.key.clone(), self.shelf());
        door::enter_again(&self.folder, &login, card, key, &shelf, Utc::now())
    }
}
