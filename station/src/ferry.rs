//! The ferry: while the line is down for days, what is unsent goes to the centre as files on a registered
//! stick, and the centre's answer comes back the same way. Only where the lease says that there is a
//! ferry. What is written is sealed to the centre, what is read was sealed to this machine alone.
//!
//! [`Desk::write_ferry`] is in `write`, [`Desk::read_ferry`] in `read`.

mod read;
mod write;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use crypto::BoxKey;
use domain::Id;
use domain::ferry::{FOLDER, FerryTerms, STICK_FILE, SignedStick, Stick, Way, stick_message};
use domain::sync::FeedAt;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::lease::{Elapsed, is_signed};
use crate::store::{Tx, meta};
use crate::view::{Failure, FerryStick};

/// Codes of this module, beside those of the centre.
pub const CODES: &[&str] = &[
    "ferry.forged_stick",
    "ferry.no_stick",
    "ferry.none",
    "ferry.stale",
    "ferry.stick_ended",
];

/// Meta key: trips whose answer may come.
const TRIPS: &str = "ferry_trips";
/// So many trips are remembered.
const TRIPS_KEPT: usize = 32;

/// What is remembered of files that were written, until their answer has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Trip {
    /// What the answer is sealed to, with its private half; the store seals it.
    key: String,
    /// What was acknowledged.
    acked: u64,
    /// Where the feed was.
    feed: FeedAt,
    /// Since when, as a contact counts that was then.
    asked: Elapsed,
    /// When, for people.
    at: DateTime<Utc>,
    /// The orders on which its files report.
    #[serde(default)]
    reports: Vec<Id>,
    /// All its files lie on the stick.
    #[serde(default)]
    is_written: bool,
}

impl Trip {
    fn key(&self) -> Option<BoxKey> {
        BoxKey::read(&hex::decode(&self.key).ok()?)
    }
}

impl Desk {
    /// The ferry's terms: `ferry.off` where the city has none.
    pub(crate) fn ferry_terms(&self) -> Result<FerryTerms> {
        let lease = self.store.lease()?;
        let terms = lease.and_then(|lease| lease.ferry);
        terms.ok_or_else(|| Error::coded("ferry.off"))
    }

    /// The registered stick in a folder: `ferry.no_stick`, `ferry.forged_stick`, `ferry.stick_ended`.
    pub(crate) fn find_stick(&self, folder: &Path, now: DateTime<Utc>) -> Result<Stick> {
        let terms = self.ferry_terms()?;
        let bytes = disk::read(&folder.join(STICK_FILE));
        let bytes = bytes.map_err(|_| Error::coded("ferry.no_stick"))?;
        let forged = || Error::coded("ferry.forged_stick");
        let signed: SignedStick = serde_json::from_slice(&bytes).map_err(|_| forged())?;
        let message = stick_message(&signed.body);
        if !is_signed(&self.installation.centre_key, &message, &signed.signature) {
            return Err(forged());
        }
        let stick: Stick = serde_json::from_str(&signed.body).map_err(|_| forged())?;
        match stick.until < now || terms.withdrawn.contains(&stick.id) {
            true => Err(Error::coded("ferry.stick_ended")),
            false => Ok(stick),
        }
    }

    /// A stick as it is shown: whether it may be used, and how many answers lie on it.
    pub(crate) fn look_at_stick(&self, folder: &Path, now: DateTime<Utc>) -> FerryStick {
        let found = self.find_stick(folder, now);
        let answers = self
            .files_on(folder, Way::Down)
            .map_or(0, |files| files.len());
        FerryStick {
            folder: folder.display().to_string(),
            name: found.as_ref().ok().map(|stick| stick.name.clone()),
            until: found.as_ref().ok().map(|stick| stick.until),
            reason: found.err().map(|error| Failure::from(error).reason),
            answers: answers as u64,
        }
    }

    /// When files were written last.
    pub(crate) fn ferry_written_at(&self) -> Result<Option<DateTime<Utc>>> {
        let trips = self.store.read(trips)?;
        let written = trips.iter().rfind(|trip| trip.is_written);
        Ok(written.map(|trip| trip.at))
    }

    /// This machine's files of one way on a stick, the oldest first.
    fn files_on(&self, stick: &Path, way: Way) -> Result<Vec<PathBuf>> {
        let folder = stick.join(FOLDER);
        if !disk::exists(&folder) {
            return Ok(Vec::new());
        }
        let listed = disk::of(&folder).list(&folder);
        let listed = listed.map_err(Error::disk(&folder))?;
        let begin = format!("{}-{}-", way.name(), self.installation.id);
        let ours = |path: &PathBuf| {
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            name.is_some_and(|name| name.starts_with(&begin) && name.ends_with(".ferry"))
        };
        let mut files: Vec<_> = listed
            .into_iter()
            .map(|entry| entry.path)
            .filter(ours)
            .collect();
        files.sort();
        Ok(files)
    }
}

fn trips(connection: &Connection) -> Result<Vec<Trip>> {
    let text = meta::find(connection, TRIPS)?;
    let trips = text.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(trips.unwrap_or_default())
}

fn set_trips(tx: &Tx, trips: &[Trip]) -> Result<()> {
    let kept = &trips[trips.len().saturating_sub(TRIPS_KEPT)..];
    meta::set(tx, TRIPS, &serde_json::to_string(kept)?)
}
