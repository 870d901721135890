//! When a station is in trouble: the limits of `catalog/policy/fleet.toml`, and the kinds of trouble in
//! the order in which somebody should see to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{Doing, Error, Result};

/// What can be wrong with a station; the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "console/")]
pub enum Trouble {
    /// Its audit is not what had been seen of it.
    Audit,
    /// Its database is damaged, its log contradicts the centre's, or a second machine speaks as it.
    Store,
    /// Full work without contact has ended, or ends soon.
    Lease,
    /// No contact for long.
    Silent,
    /// Something waits to be sent for long.
    Unsent,
    /// The disk is nearly full.
    Disk,
    /// Commands that somebody has to settle.
    Held,
    /// Its clock is off.
    Clock,
    /// Its certificate ended or ends soon, and was not renewed.
    Certificate,
    /// Enrolled and never heard of.
    Never,
    /// No good backup for long.
    Backup,
    /// A device is missed.
    Device,
    /// Its program is older than it should be.
    Version,
    /// It still works by another catalogue than the centre's.
    Catalogue,
}

impl Trouble {
    /// All of them, in order.
    pub const ALL: [Trouble; 14] = [
        Trouble::Audit,
        Trouble::Store,
        Trouble::Lease,
        Trouble::Silent,
        Trouble::Unsent,
        Trouble::Disk,
        Trouble::Held,
        Trouble::Clock,
        Trouble::Certificate,
        Trouble::Never,
        Trouble::Backup,
        Trouble::Device,
        Trouble::Version,
        Trouble::Catalogue,
    ];

    /// As the pages name it.
    pub fn name(self) -> &'static str {
        match self {
            Trouble::Audit => "audit",
            Trouble::Store => "store",
            Trouble::Lease => "lease",
            Trouble::Silent => "silent",
            Trouble::Unsent => "unsent",
            Trouble::Disk => "disk",
            Trouble::Held => "held",
            Trouble::Clock => "clock",
            Trouble::Certificate => "certificate",
            Trouble::Never => "never",
            Trouble::Backup => "backup",
            Trouble::Device => "device",
            Trouble::Version => "version",
            Trouble::Catalogue => "catalogue",
        }
    }

    /// The kind at a place of that order.
    pub fn at(place: i32) -> Option<Trouble> {
        usize::try_from(place)
            .ok()
            .and_then(|at| Self::ALL.get(at).copied())
    }

    /// Its place in that order.
    pub fn place(self) -> i32 {
        self as i32
    }
}

/// The limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Hours without contact.
    pub silent_hours: i64,
    /// Hours of full work that are left without contact.
    pub lease_hours_left: i64,
    /// Hours that something waits to be sent.
    pub unsent_hours: i64,
    /// Free room of the disk: less than this share …
    pub disk_free_percent: i64,
    /// … or less than so many GiB.
    pub disk_free_gib: i64,
    /// Seconds that its clock is off.
    pub clock_off_s: i64,
    /// Days until its certificate ends.
    pub certificate_days: i64,
    /// Hours since it was enrolled, without a word.
    pub never_hours: i64,
    /// Days without a good backup.
    pub backup_days: i64,
    /// Hours since the centre began to name another catalogue.
    pub catalogue_hours: i64,
    /// The oldest program that need not be replaced.
    pub oldest_version: [i32; 3],
}

#[derive(Deserialize)]
struct File {
    limit: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    value: Option<i64>,
    version: Option<String>,
}

impl Limits {
    /// Reads the policy's file.
    pub fn load(catalog: &Path) -> Result<Limits> {
        let path = catalog.join("policy/fleet.toml");
        let text = fs::read_to_string(&path).doing("read", &path)?;
        Limits::read(&text).map_err(|why| Error::Catalog(format!("{}: {why}", path.display())))
    }

    fn read(text: &str) -> std::result::Result<Limits, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let lines: BTreeMap<&str, &Line> = file
            .limit
            .iter()
            .map(|line| (line.name.as_str(), line))
            .collect();
        let number = |name: &str| {
            let value = lines.get(name).and_then(|line| line.value);
            value
                .filter(|value| (0..=100_000).contains(value))
                .ok_or(format!("{name} is missing or out of range"))
        };
        let version = lines
            .get("oldest_version")
            .and_then(|line| line.version.as_deref());
        let version = version
            .and_then(numbers)
            .ok_or("oldest_version is no three numbers")?;
        Ok(Limits {
            silent_hours: number("silent_hours")?,
            lease_hours_left: number("lease_hours_left")?,
            unsent_hours: number("unsent_hours")?,
            disk_free_percent: number("disk_free_percent")?,
            disk_free_gib: number("disk_free_gib")?,
            clock_off_s: number("clock_off_s")?,
            certificate_days: number("certificate_days")?,
            never_hours: number("never_hours")?,
            backup_days: number("backup_days")?,
            catalogue_hours: number("catalogue_hours")?,
            oldest_version: version,
        })
    }
}

fn numbers(version: &str) -> Option<[i32; 3]> {
    let parts: Vec<i32> = version
        .split('.')
        .map_while(|part| part.parse().ok())
        .collect();
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../catalog/policy/fleet.toml");

    #[test]
    fn the_shipped_limits_are_read_and_one_that_lacks_is_said() {
        let limits = Limits::read(SHIPPED).unwrap();
        assert!(limits.silent_hours > 0 && limits.backup_days > 0);
        let lacking = SHIPPED.replace("clock_off_s", "clock");
        let said = Limits::read(&lacking).unwrap_err();
        assert_eq!(said, "clock_off_s is missing or out of range");
        assert!(Limits::read(&SHIPPED.replace("\"0.1.0\"", "\"new\"")).is_err());
    }

    #[test]
    fn the_order_of_the_kinds_is_the_order_they_are_written_in() {
        for (place, kind) in (0..).zip(Trouble::ALL) {
            assert_eq!((kind.place(), Trouble::at(place)), (place, Some(kind)));
        }
        assert_eq!((Trouble::at(-1), Trouble::at(14)), (None, None));
    }
}
