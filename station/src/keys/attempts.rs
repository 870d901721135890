//! Wrong passwords, counted across restarts: five, then a wait of 30 s that doubles. They are kept here
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

use chrono::{DateTime, Duration, Utc};
use domain::Reason;
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{Error, Result};

/// Wrong passwords before the first wait.
pub const FREE: u32 = 5;
const FIRST_WAIT_S: i64 = 30;
const LONGEST_WAIT_S: i64 = 3600;
const FILE: &str = "attempts.json";

/// Wrong passwords by log-in name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Attempts(BTreeMap<String, Attempt>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Attempt {
    wrong: u32,
    last: DateTime<Utc>,
    /// Of them, those that the audit does not tell of yet.
    #[serde(default)]
    untold: u32,
}

impl Attempts {
    /// As last written; a file that cannot be read counts as none, since it guards only against
    /// guessing at this very keyboard.
    pub fn load(folder: &Path) -> Attempts {
        disk::read(&folder.join(FILE))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes them down.
    pub fn save(&self, folder: &Path) -> Result<()> {
        disk::write_whole(&folder.join(FILE), &serde_json::to_vec(self)?)
    }

    /// `auth.wait` while this name has to wait.
    pub fn admit(&self, login: &str, now: DateTime<Utc>) -> Result<()> {
        let wait_s = self.wait_s(login, now);
        if wait_s == 0 {
            return Ok(());
        }
        Err(Error::reason(
            Reason::new("auth.wait").with("seconds", wait_s),
        ))
    }

    /// Counts a wrong password, and says what to tell.
    pub fn wrong(&mut self, login: &str, now: DateTime<Utc>) -> Error {
        let attempt = self.0.entry(login.to_owned()).or_default();
        attempt.wrong = attempt.wrong.saturating_add(1);
        attempt.untold = attempt.untold.saturating_add(1);
        attempt.last = now;
        match self.admit(login, now) {
            Err(wait) => wait,
            Ok(()) => {
                Error::reason(Reason::new("auth.wrong_password").with("left", self.left(login)))
            }
        }
    }

    /// Wrong ones that are left before the first wait.
    pub fn left(&self, login: &str) -> u32 {
        FREE.saturating_sub(self.0.get(login).map_or(0, |attempt| attempt.wrong))
    }

    /// The next wrong one is the first again, after the right password. True when there were any.
    pub fn right(&mut self, login: &str) -> bool {
        let attempt = self.0.get_mut(login);
        attempt.is_some_and(|attempt| std::mem::take(&mut attempt.wrong) > 0)
    }

    /// What the audit does not tell of yet: names, and how often.
    pub fn untold(&self) -> Vec<(String, u32)> {
        let untold = self.0.iter().filter(|(_, attempt)| attempt.untold > 0);
        untold
            .map(|(login, attempt)| (login.clone(), attempt.untold))
            .collect()
    }

    /// The audit tells of all of them now.
    pub fn told(&mut self) {
        self.0.retain(|_, attempt| attempt.wrong > 0);
        self.0.values_mut().for_each(|attempt| attempt.untold = 0);
    }

    fn wait_s(&self, login: &str, now: DateTime<Utc>) -> i64 {
        let Some(attempt) = self.0.get(login).filter(|a| a.wrong >= FREE) else {
            return 0;
        };
        let doublings = (attempt.wrong - FREE).min(16);
        let whole = (FIRST_WAIT_S << doublings).min(LONGEST_WAIT_S);
        // A clock set back must not make the wait longer than it is.
        let passed = (now - attempt.last).max(Duration::zero()).num_seconds();
        (whole - passed).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_wrong_password_waits_thirty_seconds_and_the_next_sixty() {
        let now: DateTime<Utc> = "2026-11-23T01:00:00Z".parse().unwrap();
        let mut attempts = Attempts::default();
        for left in [4, 3, 2, 1] {
            let told = attempts.wrong("zhang", now);
            let expected = Reason::new("auth.wrong_password").with("left", left);
            assert!(matches!(told, Error::Coded { reason, .. } if reason == expected));
        }
        assert_eq!(attempts.wrong("zhang", now).code(), "auth.wait");
        assert_eq!(attempts.wait_s("zhang", now), 30);
        assert_eq!(attempts.wait_s("li", now), 0);
        let later = now + Duration::seconds(30);
        assert!(attempts.admit("zhang", later).is_ok());
        attempts.wrong("zhang", later);
        assert_eq!(attempts.wait_s("zhang", later), 60);
        assert_eq!(attempts.wait_s("zhang", now), 60, "a clock set back");
        assert!(attempts.right("zhang"));
        assert!(!attempts.right("zhang"));
        assert!(attempts.admit("zhang", later).is_ok());
        assert_eq!(attempts.untold(), [("zhang".to_owned(), 6)]);
        attempts.wrong("li", later);
        attempts.told();
        assert!(attempts.untold().is_empty());
        assert_eq!(attempts.wrong("li", later).code(), "auth.wrong_password");
        assert_eq!(attempts.untold(), [("li".to_owned(), 1)]);
    }
}
