//! One data key and everybody it is boxed to, with the ring it opens. There are two of these while the
//! data key is changed, one otherwise.

use std::collections::BTreeMap;

use crypto::{BoxKey, BoxPublicKey};
use domain::Id;
use domain::sync::recovery_purpose;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::let_in::FOR_LET_IN;
use super::wrap::{bytes, damaged};
use super::{DataKey, Escrow, Held, LetInCode, Printed, Ring, Wrap};
use crate::error::Result;

const FOR_STAFF: &str = "yizhan data key 2";
const FOR_PRINTED: &str = "yizhan data key 2 printed";

/// A data key, sealed for everybody who may have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Generation {
    /// By log-in name: the data key in a box for that staff member's public key, hex.
    pub staff: BTreeMap<String, String>,
    /// The ring under the data key, hex.
    pub ring: String,
    /// The data key in a box for the centre's officers.
    pub recovery: Option<Recovery>,
    /// The data key in a box for the printed code's public key, hex.
    pub printed: Option<String>,
    /// By code: the data key in a box for whoever has it, hex.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub let_in: BTreeMap<Id, String>,
}

/// The data key as the centre's officers can open it, two of three.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Which of the centre's keys: [`BoxPublicKey::id`].
    pub escrow_key_id: String,
    /// A box for it, hex; its first byte is the suite. The purpose is
    /// [`recovery_purpose`] of the installation.
    pub sealed: String,
}

impl Generation {
    /// Boxes what is held for all of these.
    pub fn new(
        held: &Held,
        wraps: &[Wrap],
        escrow: Option<&Escrow>,
        printed: Option<&Printed>,
        let_in: &[LetInCode],
    ) -> Result<Generation> {
        let mut made = Generation {
            staff: BTreeMap::new(),
            ring: hex::encode(held.ring.seal(&held.key, held.suite)),
            recovery: None,
            printed: None,
            let_in: BTreeMap::new(),
        };
        for wrap in wraps {
            made.admit(wrap, &held.key)?;
        }
        made.set_escrow(escrow, &held.key)?;
        made.set_printed(printed, &held.key)?;
        for code in let_in {
            made.add_code(code, &held.key)?;
        }
        Ok(made)
    }

    /// Boxes the data key for one more staff member, or for the same with a new key pair.
    pub fn admit(&mut self, wrap: &Wrap, key: &DataKey) -> Result<()> {
        let boxed = wrap.public()?.seal(FOR_STAFF, key.0.as_slice());
        self.staff.insert(wrap.login.clone(), hex::encode(boxed));
        Ok(())
    }

    /// Boxes the data key for the centre's officers.
    pub fn set_escrow(&mut self, escrow: Option<&Escrow>, key: &DataKey) -> Result<()> {
        self.recovery = match escrow {
            None => None,
            Some(escrow) => {
                let public = escrow.public()?;
                let purpose = recovery_purpose(escrow.installation);
                Some(Recovery {
                    escrow_key_id: public.id(),
                    sealed: hex::encode(public.seal(&purpose, key.0.as_slice())),
                })
            }
        };
        Ok(())
    }

    /// Boxes the data key for a printed code.
    pub fn set_printed(&mut self, printed: Option<&Printed>, key: &DataKey) -> Result<()> {
        self.printed = match printed {
            None => None,
            Some(printed) => {
                let public = BoxPublicKey::read(&bytes(&printed.public)?).ok_or_else(damaged)?;
                Some(hex::encode(public.seal(FOR_PRINTED, key.0.as_slice())))
            }
        };
        Ok(())
    }

    /// The data key with a staff member's private key; None when it is not boxed for them.
    pub fn open_for(&self, login: &str, key: &BoxKey) -> Result<Option<DataKey>> {
        self.staff
            .get(login)
            .map(|boxed| open(key, FOR_STAFF, boxed))
            .transpose()
    }

    /// The data key with the printed code's private key.
    pub fn open_printed(&self, key: &BoxKey) -> Result<Option<DataKey>> {
        self.printed
            .as_ref()
            .map(|boxed| open(key, FOR_PRINTED, boxed))
            .transpose()
    }

    /// The data key with a code's private key; None when it is not boxed for that.
    pub fn open_code(&self, code: Id, key: &BoxKey) -> Result<Option<DataKey>> {
        self.let_in
            .get(&code)
            .map(|boxed| open(key, FOR_LET_IN, boxed))
            .transpose()
    }

    /// The ring. `keys.unreadable` when this is not its data key.
    pub fn ring(&self, key: &DataKey) -> Result<Ring> {
        Ring::open(key, &bytes(&self.ring)?).ok_or_else(damaged)
    }
}

fn open(key: &BoxKey, purpose: &str, boxed: &str) -> Result<DataKey> {
    let plain = key.open(purpose, &bytes(boxed)?).ok_or_else(damaged)?;
    let plain = <[u8; 32]>::try_from(plain.as_slice()).map_err(|_| damaged())?;
    Ok(DataKey(Zeroizing::new(plain)))
}
