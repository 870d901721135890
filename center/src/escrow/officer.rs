//! An officer's own key, whose private half lies sealed under their passphrase, and the share that
//! is sealed to it. Passphrases are kept nowhere, not even as a hash: that one is right shows when
//! the key opens.

use crypto::shamir::Share;
use crypto::{BoxKey, BoxPublicKey, Key, Secret, Suite};
use domain::Id;
use rand::RngCore;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::password::on_a_slot;
use crate::store::escrow_share::{self, Lock};
use crate::store::recovery_event::{self, What};
use crate::store::staff::Member;
use crate::{Center, attempts, database, refusal, store};

/// Shortest passphrase, in characters.
pub const PASSPHRASE_CHARS: usize = 10;
/// argon2id over a passphrase: memory in KiB, passes. Dearer than a log-in: it is typed a few
/// times a year, and guards more.
const COST: (u32, u32) = (64 * 1024, 3);

/// Makes an officer's key and seals a share to it.
pub(super) async fn equip(
    staff: Id,
    passphrase: Zeroizing<String>,
    suite: Suite,
    share: &Share,
) -> Result<escrow_share::Share> {
    let own = BoxKey::random(suite);
    let sealed_share = own.public().seal(SHARE_PURPOSE, &share.to_bytes());
    let public_key = own.public().to_bytes();
    let lock = lock(own, passphrase).await?;
    Ok(escrow_share::Share {
        staff,
        public_key,
        lock,
        sealed_share,
    })
}

/// Opens an officer's key; None for a wrong passphrase.
pub(super) async fn unlock(
    share: &escrow_share::Share,
    passphrase: Zeroizing<String>,
) -> Result<Option<BoxKey>> {
    let (lock, public) = (share.lock.clone(), public_key(share)?);
    let own = on_a_slot(move || {
        let key = stretched(&passphrase, &lock)?;
        let Some(private) = Key::new(&key, public.suite()).open(KEY_PURPOSE, &lock.sealed_private)
        else {
            return Ok(None);
        };
        let private = Zeroizing::new(private);
        let bytes = <[u8; 32]>::try_from(private.as_slice());
        let bytes = bytes.map_err(|_| Error::Sealed("an officer's key of another size"))?;
        Ok(BoxKey::new(public.suite(), Zeroizing::new(bytes)))
    });
    own.await
}

/// The share that an officer's key opens.
pub(super) fn share_of(own: &BoxKey, share: &escrow_share::Share) -> Result<Share> {
    let plain = own.open(SHARE_PURPOSE, &share.sealed_share);
    let read = plain.and_then(|plain| Share::read(&plain));
    read.ok_or(Error::Sealed("an officer's share"))
}

/// The officer's public key.
pub(super) fn public_key(share: &escrow_share::Share) -> Result<BoxPublicKey> {
    BoxPublicKey::read(&share.public_key).ok_or(Error::Fault("an officer's public key".to_owned()))
}

/// Opens the key of an officer who has just typed their passphrase; wrong ones are counted and
/// recorded. `escrow.wrong_passphrase`, `auth.wait`.
pub(super) async fn at_hand(
    center: &Center,
    officer: Id,
    share: &escrow_share::Share,
    passphrase: Zeroizing<String>,
) -> Result<BoxKey> {
    // Longer than any log-in name, so that nobody at the log-in page can use the tries up.
    let name = format!("the passphrase of the key officer with the id {officer}");
    let wait = attempts::begin(center, &name).await?;
    if let Some(own) = unlock(share, passphrase).await? {
        attempts::forget(center, &name).await?;
        return Ok(own);
    }
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    recovery_event::record(&tx, What::WrongPassphrase, Some(officer), None).await?;
    tx.commit().await?;
    Err(match wait {
        Some(seconds) => Error::wait(&refusal::AUTH_WAIT, seconds),
        None => Error::Refused(&refusal::ESCROW_WRONG_PASSPHRASE),
    })
}

/// Puts an officer's keys under another passphrase; the shares stay as they are.
pub async fn change_passphrase(
    center: &Center,
    officer: &Member,
    old: Zeroizing<String>,
    new: Zeroizing<String>,
) -> Result<()> {
    let id = officer.staff.id;
    must_be_strong(&new)?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let shares = store::escrow_share::of_officer(&tx, id).await?;
    let first = shares
        .first()
        .ok_or(Error::Refused(&refusal::ESCROW_NO_SHARE))?;
    at_hand(center, id, &first.1, old.clone()).await?;
    for (key, share) in &shares {
        // A share that was made under an earlier passphrase keeps it.
        if let Some(own) = unlock(share, old.clone()).await? {
            let lock = lock(own, new.clone()).await?;
            store::escrow_share::relock(&tx, key, id, &lock).await?;
        }
    }
    recovery_event::record(&tx, What::PassphraseChanged, Some(id), None).await?;
    tx.commit().await?;
    Ok(())
}

/// `escrow.weak_passphrase`.
pub(super) fn must_be_strong(passphrase: &str) -> Result<()> {
    match passphrase.chars().count() >= PASSPHRASE_CHARS {
        true => Ok(()),
        false => Err(Error::Refused(&refusal::ESCROW_WEAK_PASSPHRASE)),
    }
}

const KEY_PURPOSE: &str = "yizhan officer key 1";
const SHARE_PURPOSE: &str = "yizhan escrow share 1";

async fn lock(own: BoxKey, passphrase: Zeroizing<String>) -> Result<Lock> {
    let sealing = move || {
        let mut lock = Lock {
            salt: vec![0; 16],
            memory_kib: COST.0,
            passes: COST.1,
            sealed_private: Vec::new(),
        };
        rand::rngs::OsRng.fill_bytes(&mut lock.salt);
        let key = stretched(&passphrase, &lock)?;
        let private = own.private().as_slice();
        lock.sealed_private = Key::new(&key, own.suite()).seal(KEY_PURPOSE, private);
        Ok(lock)
    };
    on_a_slot(sealing).await
}

fn stretched(passphrase: &str, lock: &Lock) -> Result<Secret> {
    super::stretch(passphrase, &lock.salt, lock.memory_kib, lock.passes)
}
