//! What may be done at this desk without the centre: who may work, said by the lease that the centre
//! signed, and how much, said by how long there was no contact.
//!
//! Full work first; then forms and pages are captured and kept but not filed; then only what is
//! here is read and sent. How long is `elapsed`'s to say: not the clock's alone.

mod elapsed;
mod ferried;

use domain::sync::{Lease, LeaseTerms, PROTOCOL, SignedLease, lease_message};
use domain::{Id, Reason};
use ed25519_dalek::{Signature, VerifyingKey};
use rusqlite::Connection;
use serde::Serialize;
use ts_rs::TS;

use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::keys::Installation;
use crate::orders;
use crate::store::{Store, Tx, audit, meta};
use crate::substitute;

pub use elapsed::Elapsed;

/// Codes of this module.
pub const CODES: &[&str] = &[
    "auth.left",
    "lease.capture_only",
    "lease.forged",
    "lease.read_only",
    "station.too_old",
];

/// Meta key: the lowest protocol that may do new work.
pub const MINIMUM_PROTOCOL: &str = "minimum_protocol";

const LEASE: &str = "lease";
const ELAPSED: &str = "elapsed";
const HOUR_MS: u64 = 3_600_000;
/// How long the desk has run without contact is written down after this.
const KEPT_EVERY_MS: u64 = 10 * 60_000;
/// Warned once so many hours of full work are left, or of capturing.
const WARNED_FULL_HOURS: u64 = 48;
const WARNED_CAPTURE_HOURS: u64 = 7 * 24;

/// How much may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Allowed {
    /// Everything.
    Full,
    /// Forms and pages are kept, and filed once there was contact.
    Capture,
    /// What is here is read, and sent.
    Reading,
}

impl Allowed {
    /// As the audit says it.
    pub fn name(self) -> &'static str {
        match self {
            Allowed::Full => "full",
            Allowed::Capture => "capture",
            Allowed::Reading => "reading",
        }
    }
}

/// The lease in words, for the banner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LeaseStatus {
    /// How much may be done.
    pub allowed: Allowed,
    /// Hours without contact.
    #[ts(type = "number")]
    pub offline_hours: u64,
    /// Hours until less may be done; None when nothing is left to lose.
    #[ts(type = "number | null")]
    pub hours_left: Option<u64>,
    /// It is time to say so.
    pub warn: bool,
    /// Minutes after which an idle desk locks.
    pub idle_lock_minutes: u32,
    /// Whether log-in asks for a second factor.
    pub second_factor: bool,
}

/// What may be done at a moment.
pub fn status(connection: &Connection, now: &Moment) -> Result<LeaseStatus> {
    let terms = terms(connection)?;
    let elapsed = find_elapsed(connection)?;
    let offline_ms = elapsed.map_or(0, |elapsed| elapsed.age_ms(now));
    Ok(weigh(&terms, offline_ms / HOUR_MS))
}

fn weigh(terms: &LeaseTerms, offline_hours: u64) -> LeaseStatus {
    let (full, capture) = (terms.full_hours.into(), terms.capture_hours.into());
    let (allowed, until, warned) = match offline_hours {
        hours if hours < full => (Allowed::Full, Some(full), WARNED_FULL_HOURS),
        hours if hours < capture => (Allowed::Capture, Some(capture), WARNED_CAPTURE_HOURS),
        _ => (Allowed::Reading, None, 0),
    };
    let hours_left = until.map(|until| until - offline_hours);
    LeaseStatus {
        allowed,
        offline_hours,
        hours_left,
        warn: hours_left.is_none_or(|left| left <= warned),
        idle_lock_minutes: terms.idle_lock_minutes,
        second_factor: terms.second_factor,
    }
}

/// Refuses what is filed when only capturing is allowed: `lease.capture_only`, `lease.read_only`, and
/// what [`substitute`] refuses.
pub fn admit_filing(tx: &Tx) -> Result<()> {
    orders::admit_filing(tx)?;
    if is_too_old(tx)? {
        return Err(Error::coded("station.too_old"));
    }
    substitute::admit(tx, true)?;
    refuse(&status(tx, &tx.stamp().moment())?, Allowed::Full)
}

/// Refuses what is captured when only reading is allowed: `lease.read_only`.
pub fn admit_capture(tx: &Tx) -> Result<()> {
    orders::admit(tx)?;
    substitute::admit(tx, false)?;
    refuse(&status(tx, &tx.stamp().moment())?, Allowed::Capture)
}

/// Whether the centre wants a newer program for new work; what is here is sent all the same.
fn is_too_old(connection: &Connection) -> Result<bool> {
    Ok(meta::number(connection, MINIMUM_PROTOCOL)? > u64::from(PROTOCOL))
}

fn refuse(status: &LeaseStatus, needed: Allowed) -> Result<()> {
    let code = match status.allowed {
        allowed if allowed <= needed => return Ok(()),
        Allowed::Full | Allowed::Capture => "lease.capture_only",
        Allowed::Reading => "lease.read_only",
    };
    let days = status.offline_hours / 24;
    Err(Error::reason(Reason::new(code).with("days", days)))
}

fn terms(connection: &Connection) -> Result<LeaseTerms> {
    Ok(find(connection)?.map_or_else(LeaseTerms::default, |lease| lease.terms))
}

/// The lease that is kept. Its signature was checked when it came.
pub fn find(connection: &Connection) -> Result<Option<Lease>> {
    let Some(text) = meta::find(connection, LEASE)? else {
        return Ok(None);
    };
    let signed: SignedLease = serde_json::from_str(&text)?;
    Ok(Some(serde_json::from_str(&signed.body)?))
}

/// Forgets the lease: it names an installation that this is no more.
pub(crate) fn forget(tx: &rusqlite::Transaction) -> Result<()> {
    meta::forget(tx, LEASE)
}

fn find_elapsed(connection: &Connection) -> Result<Option<Elapsed>> {
    let text = meta::find(connection, ELAPSED)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Reads a lease that came, if it is the centre's and for this installation: `lease.forged`.
pub fn verify(signed: &SignedLease, centre_key: &str, installation: Id) -> Result<Lease> {
    let forged = || Error::coded("lease.forged");
    if !is_signed(centre_key, &lease_message(&signed.body), &signed.signature) {
        return Err(forged());
    }
    let lease: Lease = serde_json::from_str(&signed.body).map_err(|_| forged())?;
    match lease.installation == installation {
        true => Ok(lease),
        false => Err(forged()),
    }
}

/// Whether a signature (hex) over a message is the centre's (Ed25519 key, hex).
pub(crate) fn is_signed(centre_key: &str, message: &[u8], signature: &str) -> bool {
    let mut key = [0; 32];
    let Ok(()) = hex::decode_to_slice(centre_key, &mut key) else {
        return false;
    };
    let signature = hex::decode(signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let key = VerifyingKey::from_bytes(&key).ok();
    key.zip(signature)
        .is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
}

impl Store {
    /// Takes in the lease and the time of a hello: contact counts from now. An older lease than the
    /// one that is kept changes nothing. Whether staff or terms are other ones than before.
    pub fn take_lease(
        &self,
        signed: &SignedLease,
        installation: &Installation,
        server_time: chrono::DateTime<chrono::Utc>,
    ) -> Result<bool> {
        let lease = verify(signed, &installation.centre_key, installation.id)?;
        let now = self.stamp().moment();
        let (kept, elapsed) = self.read(|c| Ok((find(c)?, find_elapsed(c)?)))?;
        let before = elapsed.as_ref().map_or(0, |elapsed| elapsed.age_ms(&now));
        let fresh = elapsed.is_some_and(|elapsed| elapsed.is_fresh(&now, KEPT_EVERY_MS));
        let newer = kept.as_ref().is_none_or(|kept| kept.serial < lease.serial);
        let same = |kept: &Lease| kept.staff == lease.staff && kept.terms == lease.terms;
        let changed = newer && !kept.as_ref().is_some_and(same);
        if fresh && !newer {
            return Ok(false);
        }
        let was = weigh(
            &kept.map_or_else(LeaseTerms::default, |kept| kept.terms),
            before / HOUR_MS,
        );
        self.write(|tx| {
            if newer {
                meta::set(tx, LEASE, &serde_json::to_string(signed)?)?;
            }
            let contact = Elapsed::contact(&now, server_time);
            meta::set(tx, ELAPSED, &serde_json::to_string(&contact)?)?;
            if changed {
                let staff = lease.staff.len() as u64;
                let serial = lease.serial;
                audit::append(tx, &::audit::Event::LeaseTaken { serial, staff })?;
            }
            if was.allowed != Allowed::Full {
                audit::append(tx, &stage_event(Allowed::Full, 0))?;
            }
            Ok(())
        })?;
        Ok(changed)
    }

    /// Writes down how long there was no contact, once in a while, and records when less may be
    /// done than before.
    pub fn tick_lease(&self) -> Result<()> {
        let now = self.stamp().moment();
        let (terms, elapsed) = self.read(|c| Ok((terms(c)?, find_elapsed(c)?)))?;
        let (before, moved) = match &elapsed {
            Some(elapsed) if !elapsed.is_kept(&now, KEPT_EVERY_MS) => {
                (elapsed.last_ms(), elapsed.advanced(&now))
            }
            Some(_) => return Ok(()),
            // Enrolling was the first contact.
            None => (0, Elapsed::contact(&now, now.wall)),
        };
        let was = weigh(&terms, before / HOUR_MS).allowed;
        let offline_hours = moved.age_ms(&now) / HOUR_MS;
        let is = weigh(&terms, offline_hours).allowed;
        self.write(|tx| {
            meta::set(tx, ELAPSED, &serde_json::to_string(&moved)?)?;
            if was != is {
                audit::append(tx, &stage_event(is, offline_hours))?;
            }
            Ok(())
        })
    }

    /// What may be done now.
    pub fn lease_status(&self) -> Result<LeaseStatus> {
        let now = self.stamp().moment();
        self.read(|c| status(c, &now))
    }

    /// Refuses to open residents' records when only reading what was begun is allowed.
    pub fn admit_looking(&self) -> Result<()> {
        let status = self.lease_status()?;
        refuse(&status, Allowed::Capture)
    }

    /// Whether the centre wants a newer program than this one for new work.
    pub fn is_program_too_old(&self) -> Result<bool> {
        self.read(is_too_old)
    }

    /// The lease that is kept.
    pub fn lease(&self) -> Result<Option<Lease>> {
        self.read(find)
    }

    /// Whether a staff member may work here, as far as is known: `auth.left` when not.
    pub fn admit_staff(&self, staff: Id) -> Result<()> {
        let lease = self.lease()?;
        let named = |lease: Lease| lease.staff.iter().any(|member| member.staff.id == staff);
        match lease.is_none_or(named) {
            true => Ok(()),
            false => Err(Error::coded("auth.left")),
        }
    }
}

fn stage_event(allowed: Allowed, hours: u64) -> ::audit::Event {
    ::audit::Event::LeaseStage {
        stage: allowed.name().to_owned(),
        hours,
    }
}

#[cfg(test)]
#[path = "lease_tests.rs"]
mod tests;
