//! Passwords at the door: how long they must be, and what is said of a wrong one: where the centre has
//! another one since, that this machine still opens with the former.

use std::path::Path;

use super::keys_of;
use crate::error::{Error, Result};

/// Shortest password of a staff member, in characters.
pub const PASSWORD_CHARS: usize = 8;

/// `auth.weak_password` for a password that is too short.
pub fn strong(password: &str) -> Result<()> {
    match password.chars().count() < PASSWORD_CHARS {
        true => Err(Error::coded("auth.weak_password")),
        false => Ok(()),
    }
}

/// `auth.wrong_changed` in the place of `auth.wrong_password`, where it applies.
pub fn told(folder: &Path, login: &str, told: Error) -> Error {
    let file = keys_of(folder).ok();
    let wrap = file.as_ref().and_then(|file| file.find(login));
    match (wrap.is_some_and(|wrap| wrap.changed), told) {
        (true, Error::Coded { mut reason, field }) if reason.code == "auth.wrong_password" => {
            reason.code = "auth.wrong_changed".to_owned();
            Error::Coded { reason, field }
        }
        (_, told) => told,
    }
}
