//! The printed code's way in: a key pair whose private half is sealed under the code. It needs no
//! machine secret, so it opens a station's data on any machine.

use chrono::{DateTime, Utc};
use crypto::code::PrintedCode;
use crypto::{BoxKey, Key, Suite};
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::wrap::{bytes, damaged};
use crate::error::Result;

const PURPOSE: &str = "yizhan printed key 2";

/// The code that was printed last, in `keys.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// When.
    pub made: DateTime<Utc>,
    /// Salt, hex.
    pub salt: String,
    /// The public key, hex.
    pub public: String,
    /// The private key, sealed under the code, hex.
    pub private: String,
}

impl Printed {
    /// A key pair for a code.
    pub fn new(code: &PrintedCode, suite: Suite, now: DateTime<Utc>) -> Printed {
        let key = BoxKey::random(suite);
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        let sealer = Key::new(&code.key(Suite::One, &salt, PURPOSE), suite);
        Printed {
            made: now,
            salt: hex::encode(salt),
            public: hex::encode(key.public().to_bytes()),
            private: hex::encode(sealer.seal(PURPOSE, &key.to_bytes())),
        }
    }

    /// The private key; None for another code.
    pub fn open(&self, code: &PrintedCode) -> Result<Option<BoxKey>> {
        let secret = code.key(Suite::One, &bytes(&self.salt)?, PURPOSE);
        let opened = Key::new(&secret, Suite::One).open(PURPOSE, &bytes(&self.private)?);
        let Some(plain) = opened.map(Zeroizing::new) else {
            return Ok(None);
        };
        Ok(Some(BoxKey::read(&plain).ok_or_else(damaged)?))
    }
}
