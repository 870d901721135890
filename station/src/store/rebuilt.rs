//! That this database was made anew, and behind which record its audit goes on: told to the centre, so
//! that records which went with the old one are not taken for records that somebody cut off.

use chrono::{DateTime, SubsecRound, Utc};
use domain::heartbeat::Rebuilt;

use super::{Store, meta};
use crate::error::Result;

const REBUILT: &str = "audit_rebuilt";

impl Store {
    /// Notes where the audit stands, before anything is added to it.
    pub fn note_audit_rebuilt(&self, now: DateTime<Utc>) -> Result<()> {
        let head = self.audit_head()?;
        let rebuilt = Rebuilt {
            n: head.n,
            hash: hex::encode(head.hash),
            at: now.trunc_subsecs(0),
        };
        self.set_meta(REBUILT, &serde_json::to_string(&rebuilt)?)
    }

    /// What the centre has not heard yet.
    pub fn audit_rebuilt(&self) -> Result<Option<Rebuilt>> {
        let text = self.meta(REBUILT)?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    /// The centre has heard it.
    pub fn forget_audit_rebuilt(&self) -> Result<()> {
        self.write(|tx| meta::forget(tx, REBUILT))
    }
}
