//! The machine's log contradicts the centre's (a restored backup, a copied disk): with a one-time code
//! from the centre it goes on in a new one.

use std::sync::Arc;

use chrono::Utc;
use domain::sync::LogAt;
use rand::rngs::OsRng;

use super::{Inner, Station, held};
use crate::door::{self, Entered};
use crate::enrol;
use crate::error::{Error, Result};
use crate::keys::Installation;
use crate::line::tls::Clock;
use crate::storage;
use crate::view::{Failure, Status};

impl Station {
    /// Goes on in a new log, with a code that somebody at the centre gave for this community. What
    /// the centre has not accepted follows by itself, under the same ids. Nothing is changed here
    /// before the centre has agreed.
    ///
    /// Fails with `log.not_needed` while the log fits, and as [`enrol::request_new_log`] does.
    pub fn begin_new_log(&self, code: &str) -> Result<Status, Failure> {
        let inner = &self.0;
        let open = held(&inner.open).clone();
        let open = open.ok_or_else(|| Error::coded("station.locked"))?;
        if !open.worker.wants_new_log() {
            return Err(Error::coded("log.not_needed").into());
        }
        let (login, key) = (open.login.clone(), open.held.key.clone());
        let card = open.card.clone();
        let old = open.desk.installation.clone();
        let (new, from) = ask(&old, &open.desk.store.common_entries()?, code)?;
        // The exchange ends first: it speaks for the log that is left.
        drop(open);
        inner.close();
        let again = || {
            let (card, key) = (card.clone(), key.clone());
            door::enter_again(&inner.folder, &login, card, key, &inner.shelf, Utc::now())
        };
        let entered = again()?;
        inner.adopt(&entered, &new, &from)?;
        drop(entered);
        inner.begin(again()?)?;
        inner.tell_status();
        Ok(inner.status())
    }
}

impl Inner {
    /// Writes the new installation down, and what follows of the log under it.
    fn adopt(&self, entered: &Entered, new: &Installation, from: &LogAt) -> Result<()> {
        let keys = entered.held.keys();
        let sealed = storage::seal_installation(new, &keys)?;
        entered.desk.store.begin_new_log(new, &sealed, from)?;
        new.public().save(&self.folder)?;
        // The data key is sealed for one installation: the next word with the centre seals it anew.
        let _one = self.change_of_keys();
        let mut file = door::keys_of(&self.folder)?;
        file.current.recovery = None;
        file.save(&self.folder)
    }
}

/// The installation that the centre gives, with the entry behind which it goes on.
fn ask(old: &Installation, entries: &[LogAt], code: &str) -> Result<(Installation, LogAt)> {
    let clock = Arc::new(Clock::system());
    let mut refused = Error::coded("log.fork");
    for from in entries {
        match enrol::request_new_log(old, from, code, &clock, &mut OsRng) {
            Ok(made) => return Ok((made.into_installation(&old.centre_url), from.clone())),
            Err(error) if matches!(error.reason.code.as_str(), "log.fork" | "log.gap") => {
                refused = error.into();
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(refused)
}
