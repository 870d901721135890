//! The city's escrow: a key that nobody has. Three officers hold a share each; two of them open,
//! for one request of one station, what the station sealed to it.
//!
//! The private half exists in memory only: while it is made, and while a second officer approves.

mod ceremony;
mod officer;
mod open;

use argon2::{Algorithm, Argon2, Params, Version};
use crypto::Secret;
use domain::recovery::EscrowKey;
use zeroize::Zeroizing;

pub use ceremony::{Hand, make};
pub use officer::change_passphrase;
pub use open::{Approved, approve, refuse};

use crate::error::{Error, Result};
use crate::{Center, database, store};

/// The public half of the key in force; None before the first was made.
pub async fn in_force(center: &Center) -> Result<Option<EscrowKey>> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::escrow_key::in_force(&tx).await
}

/// argon2id, one lane, to a key.
fn stretch(text: &str, salt: &[u8], memory_kib: u32, passes: u32) -> Result<Secret> {
    let fault = |error: argon2::Error| Error::Fault(error.to_string());
    let params = Params::new(memory_kib, passes, 1, Some(32)).map_err(fault)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(text.as_bytes(), salt, key.as_mut())
        .map_err(fault)?;
    Ok(key)
}
