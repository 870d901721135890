//! A lease that came by ferry. The centre's answer proves that there was contact when the question was
//! written, not when the answer is read: a file that is read late, or twice, extends nothing.

use domain::sync::SignedLease;

use super::{ELAPSED, Elapsed, LEASE, find, find_elapsed, verify};
use crate::error::Result;
use crate::keys::Installation;
use crate::store::{Store, audit, meta};

impl Store {
    /// Takes in a lease whose question was written at `asked`. An older one than is kept, and a contact
    /// longer ago than the last, change nothing.
    pub fn take_lease_by_ferry(
        &self,
        signed: &SignedLease,
        installation: &Installation,
        asked: &Elapsed,
    ) -> Result<()> {
        let lease = verify(signed, &installation.centre_key, installation.id)?;
        let now = self.stamp().moment();
        let (kept, elapsed) = self.read(|c| Ok((find(c)?, find_elapsed(c)?)))?;
        let asked = asked.advanced(&now);
        let newer = kept.as_ref().is_none_or(|kept| kept.serial < lease.serial);
        let later = elapsed.is_none_or(|elapsed| asked.age_ms(&now) < elapsed.age_ms(&now));
        self.write(|tx| {
            if newer {
                meta::set(tx, LEASE, &serde_json::to_string(signed)?)?;
                let (serial, staff) = (lease.serial, lease.staff.len() as u64);
                audit::append(tx, &::audit::Event::LeaseTaken { serial, staff })?;
            }
            if later {
                meta::set(tx, ELAPSED, &serde_json::to_string(&asked)?)?;
            }
            Ok(())
        })
    }
}
