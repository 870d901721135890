//! What another lease means for who is at the desk; and a password that was changed at the centre: known
//! from the lease, told at the door and at the desk.
//! This machine opens with the former one until a new one is set here.

use std::sync::TryLockError;

use super::{Inner, Open, held};
use crate::door;
use crate::error::Result;

impl Inner {
    /// Another lease came: who is not named by it works here no more.
    pub(super) fn mind_lease(&self) {
        let open = held(&self.open).clone();
        if let Some(Err(error)) = open.as_ref().map(|open| self.mind_marks(open)) {
            tracing::warn!(%error, "whether passwords were changed is not noted");
        }
        let left = open.is_some_and(|open| open.admit().is_err());
        if left {
            self.close();
        }
        self.tell_status();
    }

    /// Compares everybody's way in with a lease that has just come. While somebody else changes the key
    /// file, the next lease says it again.
    pub(super) fn mind_marks(&self, open: &Open) -> Result<()> {
        let _one = match self.key_file.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        let Some(lease) = open.desk.store.lease()? else {
            return Ok(());
        };
        let mut file = door::keys_of(&self.folder)?;
        let mut is_other = false;
        for wrap in file.wraps.iter_mut().filter(|wrap| wrap.let_in.is_none()) {
            let member = lease
                .staff
                .iter()
                .find(|member| member.staff.id == wrap.staff.id);
            let Some(mark) = member.and_then(|member| member.mark.as_ref()) else {
                continue;
            };
            // One that was made before marks were known is taken for the centre's as it is now.
            let known = wrap.mark.get_or_insert_with(|| {
                is_other = true;
                mark.clone()
            });
            let changed = *known != *mark;
            is_other |= wrap.changed != changed;
            wrap.changed = changed;
        }
        match is_other {
            true => file.save(&self.folder),
            false => Ok(()),
        }
    }

    /// Whether the centre has another password for whoever is logged in.
    pub(super) fn is_password_changed(&self, open: &Open) -> bool {
        let file = door::keys_of(&self.folder).ok();
        let wrap = file.as_ref().and_then(|file| file.find(&open.login));
        wrap.is_some_and(|wrap| wrap.changed)
    }
}
