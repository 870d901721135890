//! Wrong passwords, counted across restarts: five, then a wait of 30 s that doubles. It is measured by the
//! computer's running time, as a lease's hours are: whoever sets the clock ahead waits all the same, and after
//! a start of the computer the time since then counts. They are kept here
//! until somebody is logged in and the audit can be written. The file lies open beside `keys.json`, which
//! names the same people; what was typed is not in it.
//!
//! It is neither sealed nor authenticated, because that would gain nothing. It slows a hand at this keyboard,
//! which reaches no file. Whoever can delete or rewrite it reads `keys.json` beside it, and asks the machine for its
//! secret as this program does: they guess outside of it, where nothing counts, at argon2id's price for each
//! guess. That price, and the password's strength, is what stands between them and the data. What deleting it
//! does take away is the record of refused tries in the audit until the next log-in; a head that was told to the
//! centre before is not touched by that. A file that cannot be read counts as none: a rotten sector must not
//! lock a station.

use std::collections::BTreeMap;
use std::path::Path;

use domain::Reason;
use serde::{Deserialize, Serialize};

use crate::clock::{Moment, Watch};
use crate::disk;
use crate::error::{Error, Result};

/// Wrong passwords before the first wait.
pub const FREE: u32 = 5;
const FIRST_WAIT_S: u64 = 30;
const LONGEST_WAIT_S: u64 = 3600;
const FILE: &str = "attempts.json";

/// Wrong passwords by log-in name, as they stand at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempts {
    names: BTreeMap<String, Attempt>,
    now: Moment,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Attempt {
    wrong: u32,
    /// In which run of the computer the last one was, and how far into it.
    #[serde(default)]
    boot: String,
    #[serde(default)]
    running_ms: u64,
    /// Of them, those that the audit does not tell of yet.
    #[serde(default)]
    untold: u32,
}

impl Attempts {
    /// As last written; a file that cannot be read counts as none, since it guards only against
    /// guessing at this very keyboard.
    pub fn load(folder: &Path) -> Attempts {
        Attempts::at(folder, Watch::system().moment())
    }

    fn at(folder: &Path, now: Moment) -> Attempts {
        let read = disk::read(&folder.join(FILE)).ok();
        let names = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Attempts {
            names: names.unwrap_or_default(),
            now,
        }
    }

    /// Writes them down.
    pub fn save(&self, folder: &Path) -> Result<()> {
        disk::write_whole(&folder.join(FILE), &serde_json::to_vec(&self.names)?)
    }

    /// `auth.wait` while this name has to wait.
    pub fn admit(&self, login: &str) -> Result<()> {
        let wait_s = self.wait_s(login);
        if wait_s == 0 {
            return Ok(());
        }
        Err(Error::reason(
            Reason::new("auth.wait").with("seconds", wait_s),
        ))
    }

    /// Counts a wrong password, and says what to tell.
    pub fn wrong(&mut self, login: &str) -> Error {
        let attempt = self.names.entry(login.to_owned()).or_default();
        attempt.wrong = attempt.wrong.saturating_add(1);
        attempt.untold = attempt.untold.saturating_add(1);
        attempt.boot.clone_from(&self.now.boot);
        attempt.running_ms = self.now.running_ms;
        match self.admit(login) {
            Err(wait) => wait,
            Ok(()) => {
                Error::reason(Reason::new("auth.wrong_password").with("left", self.left(login)))
            }
        }
    }

    /// Wrong ones that are left before the first wait.
    pub fn left(&self, login: &str) -> u32 {
        FREE.saturating_sub(self.names.get(login).map_or(0, |attempt| attempt.wrong))
    }

    /// The next wrong one is the first again, after the right password. True when there were any.
    pub fn right(&mut self, login: &str) -> bool {
        let attempt = self.names.get_mut(login);
        attempt.is_some_and(|attempt| std::mem::take(&mut attempt.wrong) > 0)
    }

    /// What the audit does not tell of yet: names, and how often.
    pub fn untold(&self) -> Vec<(String, u32)> {
        let untold = self.names.iter().filter(|(_, attempt)| attempt.untold > 0);
        untold
            .map(|(login, attempt)| (login.clone(), attempt.untold))
            .collect()
    }

    /// The audit tells of all of them now.
    pub fn told(&mut self) {
        self.names.retain(|_, attempt| attempt.wrong > 0);
        self.names
            .values_mut()
            .for_each(|attempt| attempt.untold = 0);
    }

    fn wait_s(&self, login: &str) -> u64 {
        let Some(attempt) = self.names.get(login).filter(|a| a.wrong >= FREE) else {
            return 0;
        };
        let doublings = (attempt.wrong - FREE).min(16);
        let whole = (FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S);
        // How long the computer was off only its clock would say.
        let before_ms = match attempt.boot == self.now.boot {
            true => attempt.running_ms,
            false => 0,
        };
        let passed_ms = self.now.running_ms.saturating_sub(before_ms);
        whole.saturating_sub(passed_ms / 1000)
    }
}

#[cfg(test)]
impl Attempts {
    /// As if the computer had run on for so long since the last of them.
    pub(crate) fn let_run(folder: &Path, seconds: u64) {
        let mut attempts = Attempts::load(folder);
        for attempt in attempts.names.values_mut() {
            attempt.running_ms = attempt.running_ms.saturating_sub(seconds * 1000);
        }
        attempts.save(folder).unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot: &str, running_s: u64) -> Moment {
        Moment {
            wall: "2026-11-23T01:00:00Z".parse().unwrap(),
            running_ms: running_s * 1000,
            boot: boot.to_owned(),
        }
    }

    fn five_wrong() -> (tempfile::TempDir, Attempts) {
        let folder = tempfile::tempdir().unwrap();
        let mut attempts = Attempts::at(folder.path(), at("first", 100));
        for left in [4, 3, 2, 1] {
            let told = attempts.wrong("zhang");
            let expected = Reason::new("auth.wrong_password").with("left", left);
            assert!(matches!(told, Error::Coded { reason, .. } if reason == expected));
        }
        assert_eq!(attempts.wrong("zhang").code(), "auth.wait");
        attempts.save(folder.path()).unwrap();
        (folder, attempts)
    }

    #[test]
    fn the_fifth_wrong_password_waits_thirty_seconds_and_the_next_sixty() {
        let (folder, attempts) = five_wrong();
        assert_eq!(attempts.wait_s("zhang"), 30);
        assert_eq!(attempts.wait_s("li"), 0);
        let mut attempts = Attempts::at(folder.path(), at("first", 130));
        assert!(attempts.admit("zhang").is_ok());
        attempts.wrong("zhang");
        assert_eq!(attempts.wait_s("zhang"), 60);
        assert!(attempts.right("zhang"));
        assert!(!attempts.right("zhang"));
        assert!(attempts.admit("zhang").is_ok());
        assert_eq!(attempts.untold(), [("zhang".to_owned(), 6)]);
        attempts.wrong("li");
        attempts.told();
        assert!(attempts.untold().is_empty());
        assert_eq!(attempts.wrong("li").code(), "auth.wrong_password");
        assert_eq!(attempts.untold(), [("li".to_owned(), 1)]);
    }

    #[test]
    fn a_clock_that_is_set_ends_no_wait_and_makes_none_longer() {
        let (folder, _) = five_wrong();
        for hours in [-400_000, -1, 0, 1, 400_000] {
            let mut now = at("first", 110);
            now.wall += chrono::Duration::hours(hours);
            assert_eq!(Attempts::at(folder.path(), now).wait_s("zhang"), 20);
        }
    }

    #[test]
    fn after_a_start_of_the_computer_what_ran_since_then_counts() {
        let (folder, _) = five_wrong();
        let waits = |running_s| Attempts::at(folder.path(), at("second", running_s));
        assert_eq!(waits(10).wait_s("zhang"), 20);
        assert_eq!(waits(31).wait_s("zhang"), 0);
        // As a program before this one wrote it: no run of the computer is named.
        let before = br#"{"zhang":{"wrong":5,"last":"2026-11-23T01:00:00Z"}}"#;
        std::fs::write(folder.path().join(FILE), before).unwrap();
        assert_eq!(waits(10).wait_s("zhang"), 20);
    }
}
