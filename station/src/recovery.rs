//! Getting back into a station that cannot be opened: through the city's key officers, or with the
//! printed code. Both give the data key back; with it a staff member gets a new password, and the
//! machine a new secret where its own is gone. Nothing of the data is touched.

mod answer;
mod pending;

use std::path::Path;

use chrono::{DateTime, Utc};
use crypto::code::{Misread, PrintedCode};
use domain::recovery::{Ask, Cause, WORDS_LIMIT};
use domain::{Id, Reason, Staff};
use uuid::Uuid;

pub use answer::{accept, by_release, redeem};
pub(crate) use pending::FILE as PENDING;
pub use pending::Pending;

use crate::door::{self, change};
use crate::error::{Error, Result};
use crate::keys::{Attempts, Cost, Found, Held, KeyFile, Opened, PublicPart, Wrap, machine};

/// Codes of this module, beside those of the centre.
pub const CODES: &[&str] = &[
    "recovery.bad_answer",
    "recovery.expired",
    "recovery.misread_code",
    "recovery.no_address",
    "recovery.none",
    "recovery.not_sealed",
    "recovery.wrong_code",
    "recovery.wrong_printed_code",
];

/// What a person says when they ask.
#[derive(Clone, Debug)]
pub struct Words {
    /// What happened.
    pub cause: Cause,
    /// Who asks.
    pub by: String,
    /// Who is to get a new password.
    pub login: String,
    /// What else there is to say.
    pub note: String,
}

/// What can be said about a locked station without opening it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Situation {
    /// Log-in name and name of everybody with a key here.
    pub people: Vec<(String, String)>,
    /// The key file is there and readable.
    pub key_file: bool,
    /// The machine secret is there.
    pub machine_secret: bool,
    /// The data key is sealed to the city's officers in the key file.
    pub sealed: bool,
    /// When a code was printed that still opens.
    pub printed: Option<DateTime<Utc>>,
}

/// Looks at what lies in a station's folder.
pub fn look(folder: &Path) -> Situation {
    let Ok(Some(found)) = Found::load(folder) else {
        return Situation::default();
    };
    // A substitute gets no password here: their hours pass.
    let staff = found
        .people()
        .into_iter()
        .filter(|(.., substitute)| !substitute);
    let people = staff
        .map(|(login, name, _)| (login.to_owned(), name.to_owned()))
        .collect();
    let kept = match &found {
        Found::Now(file) => file.machine.clone(),
        Found::Old(_) => machine::Kept::File,
    };
    let machine_secret = machine::fetch(&kept, folder).is_ok();
    let now = match found {
        Found::Now(file) => Some(file),
        Found::Old(_) => None,
    };
    Situation {
        people,
        key_file: true,
        machine_secret,
        sealed: now
            .as_ref()
            .is_some_and(|file| file.current.recovery.is_some()),
        printed: now.and_then(|file| file.printed.map(|printed| printed.made)),
    }
}

/// Makes a request and keeps it, with the private key that its answer will be sealed to. One that was
/// there before is given up: its answer opens nothing any more.
pub fn ask(folder: &Path, words: &Words, now: DateTime<Utc>) -> Result<Pending> {
    let public = PublicPart::load(folder).ok_or_else(|| Error::coded("station.not_enrolled"))?;
    let file = match Found::load(folder) {
        Ok(Some(Found::Now(file))) => Some(file),
        _ => None,
    };
    let mut sealed = Vec::new();
    let mut escrow_key = None;
    for generation in file
        .iter()
        .flat_map(|file| [Some(&file.current), file.next.as_ref()])
    {
        if let Some(recovery) = generation.and_then(|generation| generation.recovery.as_ref()) {
            escrow_key = Some(recovery.escrow_key_id.clone());
            sealed.push(recovery.sealed.clone());
        }
    }
    if file.is_some() && sealed.is_empty() {
        return Err(Error::coded("recovery.not_sealed"));
    }
    let suite = file.map(|file| file.suite()).unwrap_or_default();
    let own = crypto::BoxKey::random(suite);
    let ask = Ask {
        id: Id(Uuid::now_v7()),
        installation: public.id,
        escrow_key,
        sealed,
        to: hex::encode(own.public().to_bytes()),
        cause: words.cause,
        by: short(&words.by),
        login: short(&words.login),
        note: short(&words.note),
        made_at: now,
    };
    let pending = Pending::new(&ask, &own)?;
    pending.save(folder)?;
    Ok(pending)
}

/// A key file that was opened without a password, and who is to get a new one.
pub struct Regained {
    /// The file.
    pub file: KeyFile,
    /// What it gave.
    pub opened: Opened,
    /// Log-in name.
    pub login: String,
    /// Who that is.
    pub staff: Staff,
}

/// Opens the key file with the printed code and gives somebody of this station a new password.
/// `recovery.misread_code`, `recovery.wrong_printed_code`, `auth.unknown`, `auth.wait`.
pub fn open_printed(folder: &Path, code: &str, login: &str, password: &str) -> Result<()> {
    door::strong(password)?;
    admit(folder, by_printed(folder, code, login)?, password)
}

/// Opens the key file in `folder` with the printed code; nothing is changed but the count of wrong
/// ones. Fails as [`open_printed`].
pub fn by_printed(folder: &Path, code: &str, login: &str) -> Result<Regained> {
    let code = PrintedCode::read(code).map_err(misread)?;
    let file = door::keys_of(folder)?;
    let wrap = file
        .find(login)
        .filter(|wrap| wrap.let_in.is_none())
        .ok_or_else(|| Error::coded("auth.unknown"))?;
    let (login, staff) = (login.to_owned(), wrap.staff.clone());
    let mut attempts = Attempts::load(folder);
    attempts.admit(PRINTED)?;
    let Some(opened) = file.open_printed(&code)? else {
        let told = attempts.wrong(PRINTED);
        attempts.save(folder)?;
        return Err(match told.code() {
            "auth.wait" => told,
            _ => Error::coded("recovery.wrong_printed_code"),
        });
    };
    attempts.right(PRINTED);
    attempts.save(folder)?;
    Ok(Regained {
        file,
        opened,
        login,
        staff,
    })
}

const PRINTED: &str = "the printed code";

/// With the data key in hand: a new password for somebody, and a new machine secret where the old
/// one is gone. Durable when it returns.
fn admit(folder: &Path, regained: Regained, password: &str) -> Result<()> {
    door::strong(password)?;
    let Regained {
        mut file,
        opened,
        login,
        staff,
    } = regained;
    let held = change::settle(folder, &mut file, opened)?;
    renew(folder, &mut file, &held, &login, staff, password)?;
    file.save(folder)?;
    let mut attempts = Attempts::load(folder);
    if attempts.right(&login) {
        attempts.save(folder)?;
    }
    Ok(())
}

/// Puts a new password for somebody into a key file, without a card (one that was lost is why some
/// ask), under the secret of the machine in `folder`: a
/// new one where its own is gone or fits none of the file's people.
pub(crate) fn renew(
    folder: &Path,
    file: &mut KeyFile,
    held: &Held,
    login: &str,
    staff: Staff,
    password: &str,
) -> Result<()> {
    let secret = match fitting_secret(folder, file) {
        Some(secret) => secret,
        None => {
            let (secret, kept) = machine::establish(folder)?;
            file.machine = kept;
            secret
        }
    };
    let cost = Cost::calibrated();
    let wrap = Wrap::new(login, staff, password, &secret, None, cost, held.suite);
    file.admit(wrap, held)
}

/// The secret of the machine in `folder`, where somebody's password would open `file` with it.
pub(crate) fn fitting_secret(folder: &Path, file: &KeyFile) -> Option<crypto::Secret> {
    let secret = machine::fetch(&file.machine, folder).ok()?;
    let id = crate::keys::machine_id(&secret);
    let fits = file.wraps.is_empty() || file.wraps.iter().any(|wrap| wrap.machine == id);
    fits.then_some(secret)
}

fn misread(why: Misread) -> Error {
    let reason = Reason::new("recovery.misread_code");
    Error::reason(match why {
        Misread::Length { found } => reason.with("found", found),
        Misread::Character(character) => reason.with("character", character),
        Misread::Check => reason,
    })
}

/// As much of it as a request may hold.
fn short(words: &str) -> String {
    words
        .trim()
        .chars()
        .filter(|c| *c != '\0')
        .take(WORDS_LIMIT)
        .collect()
}
