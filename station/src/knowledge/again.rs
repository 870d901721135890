//! The feed from its beginning: the centre's history is not the one that was folded here. Only what
//! came from the centre is a copy and goes; commands, pages to send and forms are ours and stay, and
//! what is shown meanwhile are the commands alone.

use domain::planted::{self, Planted};
use domain::sync::{FeedAt, first_sum};

use super::group::Group;
use super::replay;
use crate::error::Result;
use crate::store::{Store, Tx, entity, meta, outbox, person_key, snapshot_part, unread_fact};

/// Meta key: the catalogue by which commands without an answer are shown.
const SHOWN_BY: &str = "shown_by";

impl Store {
    /// Forgets every fact, and shows what our own commands say. One durable transaction.
    pub fn begin_feed_again(&self) -> Result<()> {
        self.write(|tx| self.forget_feed(tx))
    }

    /// Whether facts are kept unread that this program can read: an older one kept them. What has come
    /// since was folded without them, so the feed has to begin again.
    pub fn reads_more(&self) -> Result<bool> {
        self.read(unread_fact::is_one_readable)
    }

    /// Keeps by which catalogue things are shown, with the first start that is counted: opening a database
    /// writes nothing to it.
    pub(crate) fn keep_shown_by(&self) -> Result<()> {
        match self.meta(SHOWN_BY)? {
            Some(_) => Ok(()),
            None => self.set_meta(SHOWN_BY, &self.catalog().hash),
        }
    }

    /// What is shown of commands without an answer is made by the catalogue in use: where another one is
    /// in use now, it is made anew.
    pub fn show_by_catalogue(&self) -> Result<()> {
        let hash = &self.catalog().hash;
        let before = self.meta(SHOWN_BY)?;
        if before.is_none_or(|before| before == *hash) {
            return Ok(());
        }
        self.write(|tx| {
            self.show_pending(tx)?;
            meta::set(tx, SHOWN_BY, hash)
        })
    }

    /// This machine serves another community from now on: what it knew of this one's residents goes, and
    /// what was filed here, all of it sent and answered, is settled.
    pub(crate) fn leave_community(&self, tx: &Tx) -> Result<()> {
        entity::forget_all(tx)?;
        person_key::forget_all(tx)?;
        unread_fact::forget_all(tx)?;
        snapshot_part::forget(tx)?;
        outbox::settle_all(tx)?;
        begin(tx)
    }

    /// The same as a part of a transaction.
    pub(crate) fn forget_feed(&self, tx: &Tx) -> Result<()> {
        self.forget_facts(tx)?;
        snapshot_part::forget(tx)?;
        self.show_pending(tx)?;
        begin(tx)
    }

    /// Takes away what facts have written; something else has to be shown and written then.
    pub(super) fn forget_facts(&self, tx: &Tx) -> Result<()> {
        entity::forget_all(tx)?;
        person_key::forget_all(tx)?;
        unread_fact::forget_all(tx)?;
        outbox::untell_all(tx)?;
        if planted::is(Planted::ResetClearsOutbox) {
            outbox::clear(tx)?;
        }
        Ok(())
    }

    /// Shows what our unanswered commands say over what is written.
    pub(super) fn show_pending(&self, tx: &Tx) -> Result<()> {
        for subject in outbox::pending_subjects(tx)? {
            let group = Group::load(self, tx, &subject)?;
            let mut state = group.base();
            replay(&mut state, &group.pending(tx)?, self.catalog());
            group.show(tx, &state)?;
        }
        Ok(())
    }
}

fn begin(tx: &Tx) -> Result<()> {
    let beginning = FeedAt {
        seq: 0,
        sum: first_sum(),
    };
    meta::set_feed_at(tx, &beginning)
}
