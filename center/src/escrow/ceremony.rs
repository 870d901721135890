//! Making an escrow key: three officers at one desk, each with their log-in and a passphrase that
//! nobody else sees.

use crypto::{BoxKey, Suite, shamir};
use domain::recovery::EscrowKey;
use zeroize::Zeroizing;

use super::officer;
use crate::error::{Error, Result};
use crate::store::recovery_event::{self, What};
use crate::store::staff::{Member, Role};
use crate::{Center, admin, database, refusal, store};

/// What one officer types.
pub struct Hand {
    /// Log-in name.
    pub login: String,
    /// Log-in password: who they are.
    pub password: Zeroizing<String>,
    /// Passphrase for their share, their own choice, typed twice at the page.
    pub passphrase: Zeroizing<String>,
}

/// Makes a new key and puts it in force; older ones still open what was sealed to them.
/// `escrow.not_three` unless they are three different key officers with three passphrases;
/// `auth.wrong`, `auth.wait`, `escrow.weak_passphrase`.
pub async fn make(center: &Center, hands: Vec<Hand>, suite: Suite) -> Result<EscrowKey> {
    let not_three = || Error::Refused(&refusal::ESCROW_NOT_THREE);
    let hands: [Hand; 3] = hands.try_into().map_err(|_| not_three())?;
    let mut officers: Vec<Member> = Vec::new();
    for (at, hand) in hands.iter().enumerate() {
        officer::must_be_strong(&hand.passphrase)?;
        if *hand.passphrase == *hand.password {
            return Err(Error::Refused(&refusal::ESCROW_WEAK_PASSPHRASE));
        }
        if hands[..at]
            .iter()
            .any(|other| *other.passphrase == *hand.passphrase)
        {
            return Err(not_three());
        }
        let member = admin::check_password(center, &hand.login, &hand.password).await?;
        let again = officers
            .iter()
            .any(|other| other.staff.id == member.staff.id);
        if member.role != Role::Escrow || again {
            return Err(not_three());
        }
        officers.push(member);
    }
    let whole = BoxKey::random(suite);
    let key = EscrowKey {
        id: whole.public().id(),
        public: hex::encode(whole.public().to_bytes()),
    };
    let mut shares = Vec::new();
    for ((officer, hand), share) in officers
        .iter()
        .zip(hands)
        .zip(shamir::split(whole.private()))
    {
        shares.push(officer::equip(officer.staff.id, hand.passphrase, suite, &share).await?);
    }
    drop(whole);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::escrow_key::add(&tx, &key).await?;
    for share in &shares {
        store::escrow_share::add(&tx, &key.id, share).await?;
        recovery_event::record(&tx, What::KeyMade, Some(share.staff), None).await?;
    }
    tx.commit().await?;
    tracing::info!(key = key.id, "an escrow key was made by three officers");
    Ok(key)
}
