//! What a hello says of how the station is. The store knows its own part; the rest is told by whom the
//! worker is given to ask.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, Utc};
use domain::heartbeat::{DEVICES, DeviceTrouble, Disk, Heartbeat};

use crate::error::Result;
use crate::storage::Kept;
use crate::store::{Store, standing};

/// Notices told in one heartbeat: there are fewer kinds.
const NOTICES: usize = 10;

/// What lies outside the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// Devices that are missed.
    pub devices: Vec<DeviceTrouble>,
    /// The disk of the station's folder.
    pub disk: Disk,
    /// What the operator is shown above everything.
    pub notices: Vec<String>,
}

/// Looks around.
pub type LookAround = Arc<dyn Fn() -> Surroundings + Send + Sync>;

impl Store {
    /// How the station is now, by its own clock.
    pub(super) fn heartbeat(
        &self,
        mut around: Surroundings,
        now: DateTime<Utc>,
    ) -> Result<Heartbeat> {
        around.devices.truncate(DEVICES);
        around.notices.truncate(NOTICES);
        let filed = self.read(standing::look)?;
        let good = Kept::load(self)?.backup.and_then(|backup| backup.good);
        Ok(Heartbeat {
            clock: Some(seconds(now)),
            oldest_unsent: filed.oldest_unsent.map(seconds),
            held: filed.held,
            refused: filed.refused,
            devices: around.devices,
            disk: around.disk,
            database_bytes: self.size_bytes(),
            backup_at: good.map(|good| seconds(good.made_at)),
            notices: around.notices,
            rebuilt: self.audit_rebuilt()?,
        })
    }
}

/// Nobody at the centre needs more.
fn seconds(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(0)
}
