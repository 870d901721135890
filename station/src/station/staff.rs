//! Colleagues on one machine: letting one in, taking one out, a new password. Each first log-in and
//! each new password is the centre's to confirm, so these need the line.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use audit::Event;
use chrono::Utc;
use domain::sync::LoggedIn;

use super::{Inner, Open, Station};
use crate::door::{self, change};
use crate::enrol;
use crate::error::{Error, Result};
use crate::keys::{Attempts, Cost, DataKey, KeyFile, OwnCard, Wrap, machine};
use crate::line::Line;
use crate::line::tls::Clock;
use crate::view::{Failure, StaffRow};

impl Station {
    /// Everybody with a key on this machine.
    pub fn list_staff(&self) -> Result<Vec<StaffRow>, Failure> {
        Ok(self.0.staff_rows()?)
    }

    /// Lets a colleague in by their own password, which the centre confirms now.
    pub fn add_colleague(&self, login: &str, password: &str) -> Result<Vec<StaffRow>, Failure> {
        let (inner, login) = (&self.0, login.trim());
        let open = inner.open_to_staff()?;
        door::strong(password)?;
        let line = inner.line(&open)?;
        let known = enrol::login(line, login, password).map_err(Error::from)?;
        let _one = inner.change_of_keys();
        let mut file = door::keys_of(&inner.folder)?;
        let staff = known.staff.id.0;
        inner.admit(&mut file, &open, login, known, password)?;
        open.desk.store.note(&Event::StaffAdded { staff })?;
        Ok(inner.staff_rows()?)
    }

    /// Takes a colleague's key away and changes the data key, so that what they may have kept opens
    /// nothing. The desk is shut for the second that takes, and open again when this returns.
    pub fn dismiss_colleague(&self, login: &str) -> Result<Vec<StaffRow>, Failure> {
        let inner = &self.0;
        let open = inner.open_to_staff()?;
        if open.login == login {
            return Err(Error::coded("staff.yourself").into());
        }
        let _one = inner.change_of_keys();
        let mut file = door::keys_of(&inner.folder)?;
        let left = file.find(login).map(|wrap| wrap.staff.id.0);
        let staff = left.ok_or_else(|| Error::coded("staff.unknown"))?;
        let next = change::dismiss(&inner.folder, &mut file, &open.held, login)?;
        open.desk.store.note(&Event::StaffLeft { staff })?;
        let old = open.held.key.clone();
        let own = (open.login.clone(), open.card.clone());
        drop(open);
        inner.changing.store(true, Ordering::SeqCst);
        let outcome = inner.change_key(&mut file, own, old, next);
        inner.changing.store(false, Ordering::SeqCst);
        inner.tell_status();
        outcome?;
        Ok(inner.staff_rows()?)
    }

    /// A new password, at the centre and here. When the centre has it already (it was changed there),
    /// only the key here is made anew.
    pub fn change_password(&self, old: &str, new: &str) -> Result<(), Failure> {
        let inner = &self.0;
        let open = inner.open_to_staff()?;
        let file = door::keys_of(&inner.folder)?;
        inner.check_own_password(&file, &open, old)?;
        if old == new {
            return Err(Error::coded("auth.same_password").into());
        }
        door::strong(new)?;
        let line = inner.line(&open)?;
        let known = enrol::change_password(line, &open.login, old, new).map_err(Error::from)?;
        let _one = inner.change_of_keys();
        let mut file = door::keys_of(&inner.folder)?;
        inner.admit(&mut file, &open, &open.login, known, new)?;
        open.desk.store.note(&Event::PasswordChanged {})?;
        inner.tell_status();
        Ok(())
    }
}

impl Inner {
    pub(super) fn line(&self, open: &Open) -> Result<Line> {
        let clock = Arc::new(Clock::system());
        Ok(Line::of(
            &open.desk.installation,
            self.switch.clone(),
            clock,
        )?)
    }

    fn admit(
        &self,
        file: &mut KeyFile,
        open: &Open,
        login: &str,
        known: LoggedIn,
        password: &str,
    ) -> Result<()> {
        let machine = machine::fetch(&file.machine, &self.folder)?;
        let (cost, suite) = (Cost::calibrated(), open.held.suite);
        // A colleague's card is bound when they log in; one's own stays with a new password.
        let card = open.card.as_ref().filter(|_| login == open.login);
        let staff = known.staff;
        let mut wrap = Wrap::new(login, staff, password, &machine, card, cost, suite);
        wrap.mark = known.mark;
        file.admit(wrap, &open.held)?;
        file.save(&self.folder)
    }

    /// Wrong ones count as at the door: an unlocked desk is no place to guess either.
    fn check_own_password(&self, file: &KeyFile, open: &Open, password: &str) -> Result<()> {
        let mut attempts = Attempts::load(&self.folder);
        attempts.admit(&open.login)?;
        let machine = machine::fetch(&file.machine, &self.folder)?;
        if file
            .open(&open.login, password, &machine, open.card.as_ref())?
            .is_none()
        {
            let told = attempts.wrong(&open.login);
            attempts.save(&self.folder)?;
            return Err(told);
        }
        match attempts.right(&open.login) {
            true => attempts.save(&self.folder),
            false => Ok(()),
        }
    }

    /// Shuts the desk, changes the database's key, and opens it again: with the new key, or with the old
    /// one when that failed. The next log-in tries again then.
    fn change_key(
        self: &Arc<Inner>,
        file: &mut KeyFile,
        (login, card): (String, Option<OwnCard>),
        old: DataKey,
        new: DataKey,
    ) -> Result<()> {
        self.close();
        let changed = change::finish(&self.folder, file, &old, &new);
        let key = if changed.is_ok() { new } else { old };
        let entered =
            door::enter_again(&self.folder, &login, card, key, &self.shelf(), Utc::now())?;
        if changed.is_ok() {
            let what = "data_key".to_owned();
            entered.desk.store.note(&Event::KeysChanged { what })?;
        }
        self.begin(entered)?;
        changed
    }

    fn staff_rows(&self) -> Result<Vec<StaffRow>> {
        let open = self.open()?;
        let file = door::keys_of(&self.folder)?;
        let machine = machine::fetch(&file.machine, &self.folder).ok();
        let here = machine.map(|machine| crate::keys::machine_id(&machine));
        let rows = file.wraps.into_iter().map(|wrap| StaffRow {
            yourself: wrap.login == open.login,
            usable: Some(&wrap.machine) == here.as_ref(),
            login: wrap.login,
            name: wrap.staff.name,
        });
        Ok(rows.collect())
    }
}
