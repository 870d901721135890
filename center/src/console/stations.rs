//! `/api/stations`: which stations of the area were heard of, and what they had not sent; a code for
//! one whose log has to go on in a new one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::Id;

use super::case::read_id;
use super::guard::Signed;
use super::view::{AuditAlarm, StationCode, StationLine};
use crate::error::{Error, Result};
use crate::{Center, admin, database, refusal, store, wire};

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

/// `POST /api/stations/{installation}/code`: the machine was restored or copied, somebody has
/// spoken with those who work there, and it may go on in a new log.
pub async fn code(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
) -> Result<Response> {
    let installation = read_id(&installation)?;
    let staff = &signed.member.staff;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::installation::find(&tx, installation).await?;
    drop(tx);
    drop(client);
    let community = found
        .filter(|found| found.revoked_at.is_none())
        .and_then(|found| found.community)
        .filter(|community| staff.area.contains(community))
        .ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))?;
    signed.must_review()?;
    let (code, until) = admin::code_for_new_log(&center, staff, &community, installation).await?;
    Ok(wire::answer(false, &StationCode { code, until }))
}
