//! Staff passwords: argon2id, and the wait after wrong ones.

use std::sync::LazyLock;

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::Rng;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Wrong passwords before the first wait.
pub const FREE_TRIES: i32 = 5;
/// The first wait; it doubles with each further wrong password.
pub const FIRST_WAIT_S: u64 = 30;
const LONGEST_WAIT_S: u64 = 3600;
/// Memory in KiB, passes, lanes: the smaller recommendation of OWASP's password storage sheet, for
/// a server that may have to check many at once.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Passwords checked at once.
static SLOTS: Semaphore = Semaphore::const_new(2);
/// Checked in the place of a hash that is not there, so that both answers take as long.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

/// Hashes a password.
pub async fn hash(password: &str) -> Result<String> {
    let password = password.to_owned();
    on_a_slot(move || hash_now(&password)).await
}

/// Whether the password is the one hashed. Takes as long for a name that does not exist.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    let password = password.to_owned();
    on_a_slot(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed =
            PasswordHash::new(&hash).map_err(|_| Error::Fault("a password hash".to_owned()))?;
        let fits = Argon2::default().verify_password(password.as_bytes(), &parsed);
        Ok(known && fits.is_ok())
    })
    .await
}

/// Seconds to wait after so many wrong passwords in a row.
pub fn wait_s(wrong: i32) -> Option<u64> {
    let over = u32::try_from(wrong - FREE_TRIES).ok()?;
    Some(
        FIRST_WAIT_S
            .saturating_mul(2u64.saturating_pow(over))
            .min(LONGEST_WAIT_S),
    )
}

/// A password to be told once: 14 characters without look-alikes, 80 bits.
pub fn random() -> String {
    random_text(14)
}

/// Random characters without look-alikes.
pub fn random_text(length: usize) -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut rng = rand::rngs::OsRng;
    (0..length)
        .map(|_| char::from(ALPHABET[rng.gen_range(0..ALPHABET.len())]))
        .collect()
}

/// Random digits.
pub fn random_digits(length: usize) -> String {
    let mut rng = rand::rngs::OsRng;
    (0..length)
        .map(|_| char::from(b'0' + rng.gen_range(0..10)))
        .collect()
}

fn hash_now(password: &str) -> Result<String> {
    let (memory, passes, lanes) = COST;
    let fault = |error: argon2::Error| Error::Fault(error.to_string());
    let params = Params::new(memory, passes, lanes, None).map_err(fault)?;
    let salt = SaltString::generate(&mut OsRng);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Fault(error.to_string()))
}

/// Does slow work when there is room for it.
pub(crate) async fn on_a_slot<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let closed = |_| Error::Fault("password slots are closed".to_owned());
    let slot = SLOTS.acquire().await.map_err(closed)?;
    let done = tokio::task::spawn_blocking(work).await;
    drop(slot);
    done.map_err(|error| Error::Fault(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_wrong_password_costs_half_a_minute_and_each_further_one_twice_that() {
        let waits: Vec<_> = [4, 5, 6, 7, 40].map(wait_s).into();
        assert_eq!(waits, [None, Some(30), Some(60), Some(120), Some(3600)]);
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_nobody_has_none() {
        let hash = hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!verify("wrong horse", Some(hash)).await.unwrap());
        assert!(!verify("nobody's password", None).await.unwrap());
    }
}
