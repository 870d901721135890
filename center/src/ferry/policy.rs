//! Whether there is a ferry: `catalog/policy/ferry.toml`, or what the centre's own settings say.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::config::Config;
use crate::error::{Doing, Error, Result};

/// What the city allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Policy {
    /// Whether files on sticks are written and taken at all.
    pub allowed: bool,
    /// Days that a stick is registered for.
    pub stick_days: i64,
}

impl Policy {
    /// Reads the policy's file.
    pub fn load(config: &Config) -> Result<Policy> {
        let mut policy = Policy::of_catalog(&config.catalog)?;
        policy.allowed = config.ferry.unwrap_or(policy.allowed);
        Ok(policy)
    }

    fn of_catalog(catalog: &Path) -> Result<Policy> {
        let path = catalog.join("policy/ferry.toml");
        let text = fs::read_to_string(&path).doing("read", &path)?;
        Policy::read(&text).map_err(|why| Error::Catalog(format!("{}: {why}", path.display())))
    }

    fn read(text: &str) -> std::result::Result<Policy, String> {
        let policy: Policy = toml::from_str(text).map_err(|error| error.to_string())?;
        match (1..=3_650).contains(&policy.stick_days) {
            true => Ok(policy),
            false => Err("stick_days is out of range".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../catalog/policy/ferry.toml");

    #[test]
    fn as_shipped_there_is_no_ferry() {
        assert!(!Policy::read(SHIPPED).unwrap().allowed);
        let endless = SHIPPED.replace("365", "36500");
        assert!(Policy::read(&endless).is_err());
        assert!(Policy::read(&SHIPPED.replace("allowed", "allows")).is_err());
    }
}
