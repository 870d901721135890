//! Which officers approved which request.

use chrono::{DateTime, Utc};
use domain::Id;

use crate::database::Tx;
use crate::error::Result;

/// One officer's approval.
#[derive(Clone, Debug)]
pub struct Approval {
    /// The request.
    pub request: Id,
    /// Who.
    pub staff: Id,
    /// When.
    pub at: DateTime<Utc>,
}

/// Adds one; false when this officer has approved before.
pub async fn add(tx: &Tx<'_>, request: Id, staff: Id) -> Result<bool> {
    let added = super::run(
        tx,
        "INSERT INTO recovery_approval (request, staff) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        &[&request.0, &staff.0],
    )
    .await?;
    Ok(added == 1)
}

/// Those of these requests, in order of time.
pub async fn of(tx: &Tx<'_>, requests: &[Id]) -> Result<Vec<Approval>> {
    let requests: Vec<_> = requests.iter().map(|id| id.0).collect();
    let rows = super::rows(
        tx,
        "SELECT request, staff, at FROM recovery_approval WHERE request = ANY($1) ORDER BY at",
        &[&requests],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Approval {
                request: Id(row.try_get("request")?),
                staff: Id(row.try_get("staff")?),
                at: row.try_get("at")?,
            })
        })
        .collect()
}
