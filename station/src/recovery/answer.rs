//! The officers' answer: taken in from the line or a file, and redeemed with the release code.

use std::path::Path;

use chrono::{DateTime, Utc};
use crypto::{Key, Suite};
use domain::Reason;
use domain::recovery::{
    Answer, RELEASE_MEMORY_KIB, RELEASE_PASSES, RELEASE_PURPOSE, Release, Stands, answer_purpose,
    digits,
};
use zeroize::Zeroizing;

use super::{Pending, Regained, admit};
use crate::door;
use crate::error::{Error, Result};
use crate::keys::{Attempts, Cost, DataKey, Found, KeyFile, Opened};

const RELEASE: &str = "the release code";

/// Takes in an answer that came as a file. `recovery.none` when nothing waits for one,
/// `recovery.bad_answer` when it is another request's or does not open.
pub fn accept(folder: &Path, text: &str) -> Result<Pending> {
    let mut pending = Pending::load(folder).ok_or_else(|| Error::coded("recovery.none"))?;
    let text = text.trim().to_owned();
    release(&pending, &text)?;
    pending.stands = Some(Stands::Answered { answer: text });
    pending.save(folder)?;
    Ok(pending)
}

/// Opens the answer with the release code, and gives the staff member it names a new password. The
/// request is gone afterwards: an answer works once. Returns the log-in name.
///
/// `recovery.none`, `recovery.bad_answer`, `recovery.expired`, `recovery.wrong_code`, `auth.wait`,
/// `auth.weak_password`.
pub fn redeem(folder: &Path, code: &str, password: &str, now: DateTime<Utc>) -> Result<String> {
    door::strong(password)?;
    let regained = by_release(folder, code, now)?;
    let login = regained.login.clone();
    admit(folder, regained, password)?;
    Pending::remove(folder)?;
    Ok(login)
}

/// Opens the answer in `folder` with the release code; nothing is changed but the count of wrong ones.
/// Fails as [`redeem`].
pub fn by_release(folder: &Path, code: &str, now: DateTime<Utc>) -> Result<Regained> {
    let none = || Error::coded("recovery.none");
    let pending = Pending::load(folder).ok_or_else(none)?;
    let Some(Stands::Answered { answer }) = &pending.stands else {
        return Err(none());
    };
    let (answer, release) = release(&pending, answer)?;
    if release.until < now {
        return Err(Error::coded("recovery.expired"));
    }
    let mut attempts = Attempts::load(folder);
    attempts.admit(RELEASE)?;
    let Some(opened) = open(&release, &digits(code))? else {
        let told = attempts.wrong(RELEASE);
        attempts.save(folder)?;
        return Err(wrong_code(told));
    };
    attempts.right(RELEASE);
    attempts.save(folder)?;
    Ok(Regained {
        file: key_file(folder, answer.file.as_deref())?,
        opened,
        login: release.login,
        staff: release.staff,
    })
}

fn release(pending: &Pending, text: &str) -> Result<(Answer, Release)> {
    let bad = || Error::coded("recovery.bad_answer");
    let answer: Answer = serde_json::from_str(text).map_err(|_| bad())?;
    let (ask, hash) = (pending.ask()?, pending.hash());
    if answer.request != ask.id || answer.hash != hash {
        return Err(bad());
    }
    let sealed = hex::decode(&answer.sealed).map_err(|_| bad())?;
    let own = pending.own().ok_or_else(bad)?;
    let plain = own.open(&answer_purpose(&hash), &sealed).ok_or_else(bad)?;
    let release = serde_json::from_slice(&plain).map_err(|_| bad())?;
    Ok((answer, release))
}

/// The data keys under the code; None for a wrong one.
fn open(release: &Release, code: &str) -> Result<Option<Opened>> {
    let bad = || Error::coded("recovery.bad_answer");
    let cost = Cost {
        memory_kib: RELEASE_MEMORY_KIB,
        passes: RELEASE_PASSES,
    };
    let salt = hex::decode(&release.salt).map_err(|_| bad())?;
    // A key opens what either suite sealed.
    let under = Key::new(&cost.stretch(code, &salt)?, Suite::default());
    let mut keys = Vec::new();
    for sealed in &release.keys {
        let sealed = hex::decode(sealed).map_err(|_| bad())?;
        let Some(plain) = under.open(RELEASE_PURPOSE, &sealed).map(Zeroizing::new) else {
            return Ok(None);
        };
        keys.push(DataKey::recovered(&plain).ok_or_else(bad)?);
    }
    let mut keys = keys.into_iter();
    let current = keys.next().ok_or_else(bad)?;
    let next = keys.next();
    Ok(Some(Opened { current, next }))
}

/// The station's own key file, or the one that the centre kept for it.
fn key_file(folder: &Path, kept: Option<&str>) -> Result<KeyFile> {
    let found = match kept {
        None => Found::load(folder)?,
        Some(text) => Some(Found::read(text.as_bytes())?),
    };
    match found {
        Some(Found::Now(file)) => Ok(*file),
        _ => Err(Error::coded("keys.missing")),
    }
}

fn wrong_code(told: Error) -> Error {
    match told {
        Error::Coded { reason, field } if reason.code == "auth.wrong_password" => Error::Coded {
            reason: Reason {
                code: "recovery.wrong_code".to_owned(),
                ..reason
            },
            field,
        },
        other => other,
    }
}
