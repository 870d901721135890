//! What the exchange with the centre may do with the open station's keys: write a new certificate
//! down, and seal the data key to the city's officers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};

use crypto::BoxPublicKey;
use domain::recovery::{Deposit, EscrowKey};

use super::Inner;
use crate::desk::Desk;
use crate::door;
use crate::error::{Error, Result};
use crate::keys::Held;
use crate::sync::custody::Custody;

impl Inner {
    /// For the exchange, while this desk is open.
    pub(super) fn custody(self: &Arc<Inner>, desk: &Desk, held: &Held) -> Custody {
        let (folder, store, keys) = (self.folder.clone(), desk.store.clone(), held.keys());
        let (inner, kept, id) = (Arc::downgrade(self), held.clone(), desk.installation.id);
        Custody {
            installation: Mutex::new(desk.installation.clone()),
            keep: Arc::new(move |installation| {
                door::keep_installation(&folder, &store, installation, &keys)
            }),
            entrust: Arc::new(move |escrow| entrust(&inner, id, &kept, escrow)),
            substitutes: self.substitutes(&desk.store, held),
        }
    }

    /// Held while `keys.json` is read, changed and written.
    pub(super) fn change_of_keys(&self) -> MutexGuard<'_, ()> {
        self.key_file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Seals to the escrow key in force where that is not done yet. While somebody changes the key file
/// this waits for the next word with the centre: they may be about to end the exchange.
fn entrust(
    inner: &Weak<Inner>,
    installation: domain::Id,
    held: &Held,
    escrow: &EscrowKey,
) -> Result<Deposit> {
    let inner = inner
        .upgrade()
        .ok_or_else(|| Error::coded("station.locked"))?;
    let _one = match inner.key_file.try_lock() {
        Ok(one) => one,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Err(Error::coded("recovery.not_sealed")),
    };
    let mut file = door::keys_of(&inner.folder)?;
    let sealed_to = file.current.recovery.as_ref();
    if sealed_to.is_none_or(|sealed| sealed.escrow_key_id != escrow.id) {
        let public = hex::decode(&escrow.public).ok();
        let public = public.and_then(|bytes| BoxPublicKey::read(&bytes));
        let public = public.filter(|public| public.id() == escrow.id);
        let public = public.ok_or_else(|| Error::coded("keys.unreadable"))?;
        file.set_escrow(&public, installation, held)?;
        file.save(&inner.folder)?;
    }
    file.deposit()
}
