//! `GET /api/stations`: which stations of the area were heard of, and what they had not sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::Id;

use super::guard::Signed;
use super::view::{AuditAlarm, StationLine};
use crate::error::Result;
use crate::{Center, database, store, wire};

/// The whole city has fewer.
const LIMIT: i64 = 5_000;

pub async fn stations(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let stations = store::contact::stations(&tx, &staff.area, LIMIT).await?;
    let mut alarms: BTreeMap<Id, AuditAlarm> = store::witness::alarms(&tx, &staff.area)
        .await?
        .into_iter()
        .map(|raised| {
            let alarm = AuditAlarm {
                what: raised.what,
                n: raised.n,
                seen: raised.seen,
                at: raised.at,
            };
            (raised.installation, alarm)
        })
        .collect();
    let lines: Vec<_> = stations
        .into_iter()
        .map(|station| StationLine {
            alarm: alarms.remove(&station.installation),
            installation: station.installation,
            community_name: center.divisions.name(&station.community),
            community: station.community,
            seen_at: station.seen_at,
            version: station.version,
            acked: station.acked,
            unsent_commands: station.unsent_commands,
            unsent_pages: station.unsent_pages,
            revoked: station.revoked,
        })
        .collect();
    Ok(wire::answer(false, &lines))
}
