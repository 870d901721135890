//! A substitute from another station: let in by a code while the line is down, out again when their hours
//! are over; and what the exchange tells the centre of it.

use std::sync::{Arc, TryLockError, Weak};

use audit::Event;
use chrono::Utc;

use super::{Inner, Open, Station};
use crate::desk::new_id;
use crate::door::{self, substitute::Wanted};
use crate::error::{Error, Result};
use crate::keys::{Cost, Held, KeyFile, LetInCode, machine, machine_id};
use crate::store::Store;
use crate::substitute::{SubstituteStatus, read_code};
use crate::sync::custody::Substitutes;
use crate::view::{Failure, Status};

impl Station {
    /// Lets somebody of another station in by the code that an officer read to them. They capture only,
    /// and come back with `password` while their hours run; with their own card too where the city asks
    /// for a second factor.
    pub fn let_in_substitute(
        &self,
        name: &str,
        code: &str,
        password: &str,
    ) -> Result<Status, Failure> {
        let (inner, code) = (&self.0, read_code(code)?);
        let card = inner.own_card();
        let entered = {
            inner.close();
            let _one = inner.change_of_keys();
            let (code, now) = (&code, Utc::now());
            let wanted = Wanted {
                name,
                code,
                password,
                card: card.as_ref(),
            };
            door::substitute::let_in(
                &inner.folder,
                &wanted,
                Cost::calibrated(),
                &inner.shelf(),
                now,
            )
        };
        inner.begin(inner.or_wait_for_card(entered.map_err(Failure::from))?)?;
        inner.tell_status();
        Ok(inner.status())
    }
}

impl Open {
    /// Whether whoever is logged in may work here, as far as is known.
    pub(super) fn admit(&self) -> Result<()> {
        let store = &self.desk.store;
        match self.let_in {
            Some(code) => store.admit_substitute(code),
            None => store.admit_staff(self.desk.staff.id),
        }
    }

    /// Counts a substitute's hours; whether they are over.
    pub(super) fn is_over(&self) -> bool {
        self.desk.store.tick_substitute().unwrap_or_else(|error| {
            tracing::warn!(%error, "a substitute's hours are not written down");
            false
        })
    }

    /// What is shown of a substitute.
    pub(super) fn substitute(&self) -> Option<SubstituteStatus> {
        self.let_in?;
        self.desk.store.substitute_status().ok().flatten()
    }
}

impl Inner {
    /// What is open, for those who work here: `substitute.not_allowed` for a substitute.
    pub(super) fn open_to_staff(&self) -> Result<Arc<Open>> {
        let open = self.open()?;
        match open.let_in {
            Some(_) => Err(Error::coded("substitute.not_allowed")),
            None => Ok(open),
        }
    }

    /// A substitute's hours are over: the desk is locked, and their way in goes.
    pub(super) fn end_substitute(&self, held: &Held) {
        self.close();
        if let Err(error) = self.sweep_substitutes(held, |_| false) {
            tracing::warn!(%error, "a substitute's way in goes at the next log-in");
        }
        self.tell_status();
    }

    /// A substitute whose hours are over has no way in any more once somebody of the staff is here.
    pub(super) fn sweep_after(&self, store: &Store, held: &Held) -> Result<()> {
        self.sweep_substitutes(held, |code| store.admit_substitute(code).is_ok())
            .map(drop)
    }

    fn sweep_substitutes(&self, held: &Held, stays: impl Fn(domain::Id) -> bool) -> Result<bool> {
        let _one = self.change_of_keys();
        let mut file = door::keys_of(&self.folder)?;
        door::substitute::sweep(&self.folder, &mut file, held, |wrap| {
            wrap.let_in.is_some_and(&stays)
        })
    }

    /// For the exchange: what is told of substitutes, and what the answer changes.
    pub(super) fn substitutes(self: &Arc<Inner>, store: &Arc<Store>, keys: &Held) -> Substitutes {
        let (inner, kept, held) = (Arc::downgrade(self), store.clone(), keys.clone());
        let (again, told) = (inner.clone(), store.clone());
        Substitutes {
            word: Arc::new(move || {
                let inner = inner
                    .upgrade()
                    .ok_or_else(|| Error::coded("station.locked"))?;
                if !inner.renew_code(&kept, &held)? {
                    return Ok(None);
                }
                let hours = inner.shelf().policy.substitute.people_hours;
                let (word, is_due) = kept.substitute_word(hours, Utc::now())?;
                Ok(is_due.then_some(word))
            }),
            heard: Arc::new(move |word, heard| {
                let changed = told.heard_substitute(word, heard, Utc::now())?;
                forget_codes(&again, &told)?;
                if let (true, Some(inner)) = (changed, again.upgrade()) {
                    inner.mind_lease();
                }
                Ok(())
            }),
        }
    }

    /// Makes a code where there is none that the centre has or is about to get. False while somebody else
    /// changes the key file: they may be about to end the exchange.
    fn renew_code(&self, store: &Store, held: &Held) -> Result<bool> {
        let _one = match self.key_file.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(false),
        };
        let mut file = door::keys_of(&self.folder)?;
        let (deposited, waiting) = store.substitute_codes()?;
        let secret = machine::fetch(&file.machine, &self.folder)?;
        let days = i64::from(self.shelf().policy.substitute.code_days);
        let oldest = Utc::now() - chrono::TimeDelta::days(days);
        let (here, wanted) = (machine_id(&secret), [deposited, waiting]);
        let is_good = |code: &LetInCode| {
            wanted.contains(&Some(code.id)) && code.machine == here && code.made >= oldest
        };
        if file.let_in.iter().any(is_good) {
            return Ok(true);
        }
        // One that neither side knows was cut off before the store had its digits.
        file.drop_codes(|code| !wanted.contains(&Some(code)));
        let (cost, now) = (Cost::calibrated(), Utc::now());
        let (code, told) = LetInCode::random(new_id(), &secret, cost, held.suite, now);
        let id = code.id;
        file.add_code(code, held)?;
        file.save(&self.folder)?;
        store.keep_substitute_code(id, &told)?;
        let what = "substitute_code".to_owned();
        store.note(&Event::KeysChanged { what })?;
        Ok(true)
    }
}

/// Codes that the centre would not read out any more open nothing from now on.
fn forget_codes(inner: &Weak<Inner>, store: &Store) -> Result<()> {
    let Some(inner) = inner.upgrade() else {
        return Ok(());
    };
    let Ok(_one) = inner.key_file.try_lock() else {
        return Ok(());
    };
    let (deposited, waiting) = store.substitute_codes()?;
    let mut file: KeyFile = door::keys_of(&inner.folder)?;
    let known = [deposited, waiting];
    match file.drop_codes(|code| !known.contains(&Some(code))) {
        true => file.save(&inner.folder),
        false => Ok(()),
    }
}
