//! The keys page: how this machine's keys are kept, and moving the machine secret.

use std::sync::atomic::Ordering;

use audit::Event;
use chrono::Utc;
use crypto::Suite;

use super::Station;
use crate::door;
use crate::error::{Error, Result};
use crate::keys::machine::{self, Keeper};
use crate::view::{Failure, KeysPage};

impl Station {
    /// How this machine's keys are kept.
    pub fn get_keys(&self) -> Result<KeysPage, Failure> {
        let inner = &self.0;
        inner.open()?;
        let file = door::keys_of(&inner.folder)?;
        Ok(KeysPage {
            keeper: file.machine.keeper(),
            keepers: machine::there(&inner.folder),
            suite: file.suite,
            staff: file.wraps.len(),
            printed: file.printed.as_ref().map(|printed| printed.made),
            recovery: file.current.recovery.map(|recovery| recovery.escrow_key_id),
            changing: file.next.is_some(),
        })
    }

    /// Moves the machine secret to another keeper. First it is kept there and read back, then
    /// `keys.json` says so, then the old keeper forgets it: cut off anywhere, one of them has it.
    pub fn move_machine_secret(&self, to: Keeper) -> Result<KeysPage, Failure> {
        let inner = &self.0;
        let open = inner.open_to_staff()?;
        let _one = inner.change_of_keys();
        let mut file = door::keys_of(&inner.folder)?;
        if file.machine.keeper() != to {
            let secret = machine::fetch(&file.machine, &inner.folder)?;
            let keeper = machine::keeper(to, &inner.folder)?;
            let kept = keeper.keep(&secret)?;
            if keeper.fetch(&kept)? != secret {
                return Err(Error::coded("keys.keeper_refused").into());
            }
            let before = std::mem::replace(&mut file.machine, kept);
            file.save(&inner.folder)?;
            machine::keeper(before.keeper(), &inner.folder)?.forget(&before)?;
            let what = "machine_secret".to_owned();
            open.desk.store.note(&Event::KeysChanged { what })?;
        }
        self.get_keys()
    }

    /// Chooses what is sealed anew from now on. What is there stays readable.
    pub fn choose_suite(&self, suite: u8) -> Result<KeysPage, Failure> {
        let inner = &self.0;
        let open = inner.open_to_staff()?;
        let _one = inner.change_of_keys();
        let suite = Suite::of(suite).ok_or_else(|| Error::Bug(format!("no suite {suite}")))?;
        let mut file = door::keys_of(&inner.folder)?;
        if file.suite() != suite {
            file.suite = suite.id();
            file.save(&inner.folder)?;
            let name = "suite".to_owned();
            open.desk.store.note(&Event::SettingsChanged { name })?;
            // What is open seals by the old choice: it is opened again.
            let (key, login) = (open.held.key.clone(), open.login.clone());
            let card = open.card.clone();
            drop(open);
            inner.changing.store(true, Ordering::SeqCst);
            inner.close();
            let again =
                door::enter_again(&inner.folder, &login, card, key, &inner.shelf(), Utc::now())
                    .and_then(|entered| inner.begin(entered));
            inner.changing.store(false, Ordering::SeqCst);
            inner.tell_status();
            again?;
        }
        self.get_keys()
    }
}
