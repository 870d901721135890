//! What of the key file leaves the machine: a copy for the centre, in which nobody of the staff has a
//! way in. It opens with the officers' answer or the printed code.

use domain::recovery::Deposit;

use super::machine::Kept;
use super::{Held, KeyFile};
use crate::error::{Error, Result};

impl KeyFile {
    /// The copy, and the sealed data keys in it. `recovery.not_sealed` before the officers' key is
    /// known.
    pub fn deposit(&self) -> Result<Deposit> {
        let mut bare = self.clone();
        bare.wraps.clear();
        bare.let_in.clear();
        bare.machine = Kept::default();
        let mut sealed = Vec::new();
        let mut escrow_key = None;
        for generation in std::iter::once(&mut bare.current).chain(&mut bare.next) {
            generation.staff.clear();
            generation.let_in.clear();
            if let Some(recovery) = &generation.recovery {
                escrow_key = Some(recovery.escrow_key_id.clone());
                sealed.push(recovery.sealed.clone());
            }
        }
        Ok(Deposit {
            escrow_key: escrow_key.ok_or_else(|| Error::coded("recovery.not_sealed"))?,
            sealed,
            file: serde_json::to_string(&bare)?,
        })
    }

    /// The printed code opens nothing any more.
    pub fn revoke_printed(&mut self, held: &Held) -> Result<()> {
        self.printed = None;
        self.put_in_force(&held.key);
        self.current.set_printed(None, &held.key)?;
        self.renew_next(held)
    }
}
