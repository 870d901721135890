//! A substitute at this desk: who it is, with which code, for how long, and what they may do. It is
//! kept in the store, so that a key file put back to what it was makes no new session.
//!
//! They capture: forms and pages are kept as drafts. They file once the centre has heard of them and said
//! that the code was given for them. Hours count as a lease's do ([`crate::lease`]).

use ::audit::Event;
use ::audit::event::LetIn;
use chrono::{DateTime, TimeDelta, Utc};
use domain::substitute::{Heard, Neighbour, NewCode, SpokenCode, Used, Word, tag};
use domain::{Id, Reason, Staff};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::keys::{Secret, Told};
use crate::lease::Elapsed;
use crate::store::{Store, Tx, audit, meta};

/// Codes of this module and of the door.
pub const CODES: &[&str] = &[
    "substitute.capture_only",
    "substitute.group",
    "substitute.length",
    "substitute.no_code",
    "substitute.not_allowed",
    "substitute.over",
    "substitute.used",
    "substitute.works_here",
    "substitute.wrong",
];

const SESSION: &str = "substitute";
/// A code that the centre does not have yet, with its digits.
const CODE: &str = "substitute_code";
/// The code that the centre has.
const DEPOSITED: &str = "substitute_deposited";
const PEOPLE: &str = "substitute_people";
const HOUR_MS: u64 = 3_600_000;
const KEPT_EVERY_MS: u64 = 10 * 60_000;

/// Somebody who was let in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// With which code.
    pub code: Id,
    /// Who, as they act here.
    pub staff: Staff,
    /// Log-in name.
    pub login: String,
    /// By our clock, for people to read.
    pub began_at: DateTime<Utc>,
    hours: u32,
    elapsed: Elapsed,
    over: bool,
    told: bool,
    confirmed: bool,
}

/// What is shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SubstituteStatus {
    /// Minutes that are left.
    #[ts(type = "number")]
    pub minutes_left: u64,
    /// The centre has heard of it: what was captured may be filed.
    pub confirmed: bool,
}

/// Who may be let in, and when that was asked.
#[derive(Serialize, Deserialize)]
struct People {
    asked_at: DateTime<Utc>,
    people: Vec<Neighbour>,
}

impl Session {
    fn left_ms(&self, now: &Moment) -> u64 {
        match self.over {
            true => 0,
            false => (u64::from(self.hours) * HOUR_MS).saturating_sub(self.elapsed.age_ms(now)),
        }
    }
}

fn find<T: serde::de::DeserializeOwned>(c: &Connection, name: &str) -> Result<Option<T>> {
    let text = meta::find(c, name)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn keep<T: Serialize>(tx: &Tx, name: &str, value: &T) -> Result<()> {
    meta::set(tx, name, &serde_json::to_string(value)?)
}

/// Refuses what a substitute may not: anything once their hours are over (`substitute.over`), and
/// filing before the centre has heard of them (`substitute.capture_only`).
pub(crate) fn admit(tx: &Tx, files: bool) -> Result<()> {
    if !tx.stamp().is_substitute() {
        return Ok(());
    }
    let session: Option<Session> = find(tx, SESSION)?;
    match session {
        Some(session) if session.left_ms(&tx.stamp().moment()) == 0 => {
            Err(Error::coded("substitute.over"))
        }
        Some(session) if !files || session.confirmed => Ok(()),
        _ => Err(Error::coded("substitute.capture_only")),
    }
}

/// Whom a name and a code's tag mean among those who may be let in.
pub fn find_person(
    people: &[Neighbour],
    name: &str,
    tagged: &str,
    bind: &Secret,
) -> Option<Neighbour> {
    let name = name.trim();
    let means = |one: &&Neighbour| one.staff.name == name || one.login == name;
    let mut found = people.iter().filter(means);
    found.find(|one| tag(bind, one.staff.id) == tagged).cloned()
}

/// A code as somebody typed it: `substitute.length`, `substitute.group`.
pub fn read_code(typed: &str) -> Result<SpokenCode> {
    use domain::substitute::{CODE_DIGITS, Misheard};
    SpokenCode::read(typed).map_err(|why| {
        Error::reason(match why {
            Misheard::Length { found } => Reason::new("substitute.length")
                .with("found", found)
                .with("digits", CODE_DIGITS),
            Misheard::Group(group) => Reason::new("substitute.group").with("group", group),
        })
    })
}

/// Forgets what belongs to one installation alone.
pub(crate) fn forget(tx: &Tx) -> Result<()> {
    let names = [SESSION, CODE, DEPOSITED, PEOPLE];
    names.iter().try_for_each(|name| meta::forget(tx, name))
}

impl Store {
    /// Who may be let in here, as the centre said last.
    pub fn substitute_people(&self) -> Result<Vec<Neighbour>> {
        let people: Option<People> = self.read(|c| find(c, PEOPLE))?;
        Ok(people.map_or_else(Vec::new, |people| people.people))
    }

    /// Somebody was let in by a code, with its record in the audit: once for each code. Who comes back
    /// with the same code, cut off before the key file was written, goes on in the same hours.
    ///
    /// `substitute.used` for anybody else, `substitute.over` when the hours are over.
    pub fn begin_substitute(
        &self,
        code: Id,
        who: &Neighbour,
        hours: u32,
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.write(|tx| {
            let moment = tx.stamp().moment();
            let before: Option<Session> = find(tx, SESSION)?;
            if let Some(before) = before.filter(|before| before.code == code) {
                return match before.left_ms(&moment) {
                    _ if before.staff.id != who.staff.id => Err(Error::coded("substitute.used")),
                    0 => Err(Error::coded("substitute.over")),
                    _ => Ok(()),
                };
            }
            let session = Session {
                code,
                staff: who.staff.clone(),
                login: who.login.clone(),
                began_at: now,
                hours,
                elapsed: Elapsed::contact(&moment, now),
                over: false,
                told: false,
                confirmed: false,
            };
            keep(tx, SESSION, &session)?;
            let (code, staff) = (code.0, who.staff.id.0);
            audit::append(tx, &Event::SubstituteLetIn(LetIn { code, staff }))
        })
    }

    /// Who was let in last.
    pub fn substitute(&self) -> Result<Option<Session>> {
        self.read(|c| find(c, SESSION))
    }

    /// Whether whoever was let in by this code may work now: `substitute.over`.
    pub fn admit_substitute(&self, code: Id) -> Result<()> {
        let session = self.substitute()?.filter(|session| session.code == code);
        match session {
            Some(session) if session.left_ms(&self.stamp().moment()) > 0 => Ok(()),
            _ => Err(Error::coded("substitute.over")),
        }
    }

    /// What is shown of the substitute who is at the desk.
    pub fn substitute_status(&self) -> Result<Option<SubstituteStatus>> {
        let now = self.stamp().moment();
        let session = self.substitute()?;
        Ok(session.map(|session| SubstituteStatus {
            minutes_left: session.left_ms(&now) / 60_000,
            confirmed: session.confirmed,
        }))
    }

    /// Counts a substitute's hours, written down once in a while; true once they are over.
    pub fn tick_substitute(&self) -> Result<bool> {
        let now = self.stamp().moment();
        let Some(session) = self.substitute()?.filter(|session| !session.over) else {
            return Ok(true);
        };
        let over = session.left_ms(&now) == 0;
        if !over && session.elapsed.is_kept(&now, KEPT_EVERY_MS) {
            return Ok(false);
        }
        self.write(|tx| {
            let elapsed = session.elapsed.advanced(&now);
            let staff = session.staff.id.0;
            keep(
                tx,
                SESSION,
                &Session {
                    over,
                    elapsed,
                    ..session.clone()
                },
            )?;
            match over {
                true => audit::append(tx, &Event::SubstituteOver { staff }),
                false => Ok(()),
            }
        })?;
        Ok(over)
    }

    /// What the centre has to be told, and whether it is time to ask who may be let in.
    pub fn substitute_word(&self, people_hours: u32, now: DateTime<Utc>) -> Result<(Word, bool)> {
        self.read(|c| {
            let session: Option<Session> = find(c, SESSION)?;
            let used = session.filter(|session| !session.told).map(|session| Used {
                code: session.code,
                staff: session.staff.id,
                at: session.began_at,
            });
            let people: Option<People> = find(c, PEOPLE)?;
            let span = TimeDelta::hours(people_hours.into());
            let asks = people.is_none_or(|people| (now - people.asked_at).abs() >= span);
            let code: Option<NewCode> = find(c, CODE)?;
            let is_due = asks || used.is_some() || code.is_some();
            let holds = find(c, DEPOSITED)?;
            Ok((Word { code, holds, used }, is_due))
        })
    }

    /// The code that the centre has, and the one that it is to get.
    pub fn substitute_codes(&self) -> Result<(Option<Id>, Option<Id>)> {
        self.read(|c| {
            let code: Option<NewCode> = find(c, CODE)?;
            Ok((find(c, DEPOSITED)?, code.map(|code| code.id)))
        })
    }

    /// A code that was made waits for the centre.
    pub fn keep_substitute_code(&self, id: Id, told: &Told) -> Result<()> {
        let code = NewCode {
            id,
            secret: told.secret.to_string(),
            bind: hex::encode(told.bind.as_slice()),
        };
        self.write(|tx| keep(tx, CODE, &code))
    }

    /// Takes the centre's answer in. Whether what a substitute may do has changed by it.
    pub fn heard_substitute(&self, word: &Word, heard: &Heard, now: DateTime<Utc>) -> Result<bool> {
        self.write(|tx| {
            let people = heard.people.clone();
            keep(
                tx,
                PEOPLE,
                &People {
                    asked_at: now,
                    people,
                },
            )?;
            match heard.code {
                Some(code) => keep(tx, DEPOSITED, &code)?,
                None => meta::forget(tx, DEPOSITED)?,
            }
            let waiting: Option<NewCode> = find(tx, CODE)?;
            if waiting.is_some_and(|code| word.code.as_ref().is_some_and(|told| told.id == code.id))
            {
                meta::forget(tx, CODE)?;
            }
            let (Some(used), Some(confirmed)) = (&word.used, heard.confirmed) else {
                return Ok(false);
            };
            let Some(session) = find::<Session>(tx, SESSION)?.filter(|s| s.code == used.code)
            else {
                return Ok(false);
            };
            let (staff, over) = (session.staff.id.0, session.over || !confirmed);
            if over && !session.over {
                audit::append(tx, &Event::SubstituteOver { staff })?;
            }
            keep(
                tx,
                SESSION,
                &Session {
                    told: true,
                    confirmed,
                    over,
                    ..session
                },
            )?;
            Ok(true)
        })
    }
}

#[cfg(test)]
#[path = "substitute_tests.rs"]
mod tests;
