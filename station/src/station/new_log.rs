//! The machine's log contradicts the centre's (a restored backup, a copied disk): with a one-time code
//! from the centre it goes on in a new one.

use std::sync::Arc;

use chrono::Utc;
use domain::sync::LogAt;
use rand::rngs::OsRng;

use super::{Inner, Open, Station, held};
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
        let open = inner.open_to_staff()?;
        if !open.worker.wants_new_log() {
            return Err(Error::coded("log.not_needed").into());
        }
        let (new, from) = ask(
            &open.desk.installation,
            &open.desk.store.common_entries()?,
            code,
        )?;
        inner.go_on_as(open, &new, &from)?;
        Ok(inner.status())
    }
}

impl Inner {
    /// Goes on at another community, where the centre ordered that and nothing is left to send: on a
    /// thread of its own, since the worker that brought the word ends with the session.
    pub(super) fn move_on(self: &Arc<Inner>) {
        let inner = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name("move".to_owned())
            .spawn(move || {
                let _one = held(&inner.moving);
                if let Err(error) = inner.move_once() {
                    tracing::error!(code = error.code(), "the station stays for now");
                }
                inner.tell_status();
            });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to move on");
        }
    }

    fn move_once(self: &Arc<Inner>) -> Result<()> {
        let Some(open) = held(&self.open).clone() else {
            return Ok(());
        };
        // Another word of the worker may have done it meanwhile.
        let Some(moving) = open.desk.store.may_move()? else {
            return Ok(());
        };
        let here = open.desk.store.log_at()?;
        let (new, from) = ask(&open.desk.installation, &[here], &moving.code)?;
        self.go_on_as(open, &new, &from)
    }

    /// Ends the session, writes down who this machine is now, and opens it again for the same person.
    fn go_on_as(
        self: &Arc<Inner>,
        open: Arc<Open>,
        new: &Installation,
        from: &LogAt,
    ) -> Result<()> {
        let (login, key) = (open.login.clone(), open.held.key.clone());
        let card = open.card.clone();
        // The exchange ends first: it speaks for the log that is left.
        drop(open);
        self.close();
        let again = || {
            let (card, key) = (card.clone(), key.clone());
            door::enter_again(&self.folder, &login, card, key, &self.shelf(), Utc::now())
        };
        let entered = again()?;
        self.adopt(&entered, new, from)?;
        drop(entered);
        self.begin(again()?)?;
        self.tell_status();
        Ok(())
    }

    /// Writes the new installation down, and what follows of the log under it.
    fn adopt(&self, entered: &Entered, new: &Installation, from: &LogAt) -> Result<()> {
        let keys = entered.held.keys();
        let sealed = storage::seal_installation(new, &keys)?;
        entered.desk.store.begin_new_log(new, &sealed, from)?;
        new.public().save(&self.folder)?;
        // The data key is sealed for one installation: the next word with the centre seals it anew.
        let _one = self.change_of_keys();
        let mut file = door::keys_of(&self.folder)?;
        file.forget_recovery();
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
