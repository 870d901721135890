//! Administrative divisions: codes of 4 (city), 6 (county), 9 (street) or 12 digits (community),
//! where a prefix contains what it begins. The names stand in `catalog/divisions`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A division's code without trailing zeros: `3203`, `320302`, `320302001`, `320302001005`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export, type = "string")]
pub struct Division(pub String);

/// The four levels of review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Level {
    /// 社区
    Community,
    /// 街道（镇）
    Street,
    /// 区县
    County,
    /// 市
    City,
}

impl Division {
    /// Checks length and digits.
    pub fn parse(code: &str) -> Option<Division> {
        let fits = matches!(code.len(), 4 | 6 | 9 | 12) && code.bytes().all(|b| b.is_ascii_digit());
        fits.then(|| Division(code.to_owned()))
    }

    /// The level its length says.
    pub fn level(&self) -> Level {
        match self.0.len() {
            12 => Level::Community,
            9 => Level::Street,
            6 => Level::County,
            _ => Level::City,
        }
    }

    /// Whether `other` is this division or lies in it.
    pub fn contains(&self, other: &Division) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl std::fmt::Display for Division {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_contains_its_communities_and_no_other() {
        let street = Division::parse("320302001").unwrap();
        assert!(street.contains(&Division("320302001005".into())));
        assert!(!street.contains(&Division("320302002001".into())));
        assert_eq!(street.level(), Level::Street);
        assert_eq!(Division::parse("32030200"), None);
    }
}
