//! How a station is, in a few bytes with every hello: what an engineer at the centre needs to know of
//! a machine nobody there can see. No name, no number, no serial of a device.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Devices told in one heartbeat: a desk has fewer.
pub const DEVICES: usize = 6;

/// What a station says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heartbeat {
    /// Its own clock as it spoke; how far that is off is for the centre to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<DateTime<Utc>>,
    /// When the oldest command was made that the centre does not have; by the station's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_unsent: Option<DateTime<Utc>>,
    /// Commands that somebody has to settle first.
    #[serde(skip_serializing_if = "is_zero")]
    pub held: u64,
    /// Commands of the last hundreds that were rejected and not repaired.
    #[serde(skip_serializing_if = "is_zero")]
    pub refused: u64,
    /// Devices that cannot be used; at most [`DEVICES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<DeviceTrouble>,
    /// The disk of the station's folder.
    pub disk: Disk,
    /// Its database with the log beside it.
    pub database_bytes: u64,
    /// When the last backup was made that was looked at afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_at: Option<DateTime<Utc>>,
    /// What its own notices say: `storage.damaged`, `log.conflict` …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Its database was made anew; told until a hello with it was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<Rebuilt>,
}

/// Where the audit of a database that was made anew goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuilt {
    /// Behind this record; 0 where nothing was left.
    pub n: u64,
    /// Its SM3 hash, hex.
    pub hash: String,
    /// By the station's clock.
    pub at: DateTime<Utc>,
}

/// Room on a disk; nothing is known of one of 0 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disk {
    /// What may still be written.
    pub free_bytes: u64,
    /// What it holds in all.
    pub total_bytes: u64,
}

/// A device that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeviceTrouble {
    /// `card_reader`, `scanner` …
    pub kind: String,
    /// `reader.…`, `scanner.…`: see `docs/failure-codes.md`.
    pub code: String,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_in_order_says_little() {
        let well = Heartbeat {
            clock: DateTime::from_timestamp(1_764_000_000, 0),
            disk: Disk {
                free_bytes: 400 << 30,
                total_bytes: 512 << 30,
            },
            database_bytes: 900 << 20,
            backup_at: DateTime::from_timestamp(1_763_990_000, 0),
            ..Heartbeat::default()
        };
        let said = serde_json::to_string(&well).unwrap();
        assert!(said.len() < 200, "{} bytes: {said}", said.len());
        assert_eq!(serde_json::from_str::<Heartbeat>(&said).unwrap(), well);
    }

    #[test]
    fn a_word_of_a_newer_program_is_not_minded() {
        let newer = r#"{"held":2,"mood":"good"}"#;
        assert_eq!(serde_json::from_str::<Heartbeat>(newer).unwrap().held, 2);
    }
}
