//! `/api/stations`: the stations of the area, those in trouble first; one station; a code for one whose
//! log has to go on in a new one.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use domain::division::Level;
use domain::{Division, Id, Staff};
use serde::Deserialize;

use super::case::read_id;
use super::guard::Signed;
use super::view::StationCode;
use super::view::fleet::{
    Anchored, AreaName, FleetCounts, FleetPage, KindCount, PartLine, StationLine, StationPage,
    StationSaid,
};
use super::{alarms, orders};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::fleet::Trouble;
use crate::store::fleet::{Counted, Judge, Said, Station, Which};
use crate::{Center, admin, certificate as certificates, database, refusal, store, wire};

/// Rows of one page.
const PAGE: i64 = 50;
/// Characters of a search.
const SEARCH: usize = 40;

/// Which stations.
#[derive(Deserialize)]
pub struct Wish {
    /// The area; the reader's own when it is left out.
    #[serde(default)]
    area: Option<String>,
    /// Only those with this trouble.
    #[serde(default)]
    trouble: Option<Trouble>,
    /// Only those in trouble.
    #[serde(default)]
    troubled: bool,
    /// A part of a community's name, or the beginning of its code.
    #[serde(default)]
    search: String,
    /// Rows before.
    #[serde(default)]
    offset: u32,
}

pub async fn stations(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Query(wish): Query<Wish>,
) -> Result<Response> {
    let staff = &signed.member.staff;
    let area = area_of(staff, wish.area.as_deref())?;
    let communities = communities(&center, &area, &wish.search);
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let judge = judge(&center);
    let parts = store::fleet::count(&tx, &judge, &area, digits_of_parts(&area)).await?;
    let which = Which {
        area: &area,
        trouble: wish.trouble,
        troubled: wish.troubled,
        communities: communities.as_deref(),
        installation: None,
        offset: wish.offset.into(),
        limit: PAGE,
    };
    let (found, of) = store::fleet::list(&tx, &judge, &which).await?;
    let page = FleetPage {
        counts: total(&parts),
        kinds: kinds(&parts),
        path: path(&center, staff, &area),
        parts: parts.iter().map(|part| part_line(&center, part)).collect(),
        rows: found
            .into_iter()
            .map(|station| line(&center, station))
            .collect(),
        of,
        page: PAGE,
        purposes: center.exports.purposes(signed.member.role.name()).to_vec(),
    };
    Ok(wire::answer(false, &page))
}

pub async fn station(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
) -> Result<Response> {
    let installation = read_id(&installation)?;
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let found = find(&center, &tx, staff, installation).await?;
    let alarms = store::witness::alarms(&tx, installation, alarms::LIMIT).await?;
    let anchored = store::witness::last(&tx, installation).await?;
    let given = orders::list(&tx, installation).await?;
    let feed_head = store::feed::head_at(&tx, &found.community).await?.seq;
    drop(tx);
    drop(client);
    let page = StationPage {
        feed_head,
        orders: orders::lines(&center, staff, given).await?,
        anchored: anchored.map(|(n, at)| Anchored { n, at }),
        alarms: alarms::lines(&center, alarms).await?,
        full_hours: center.config.lease.full_hours,
        capture_hours: center.config.lease.capture_hours,
        may_order: signed.must_review().is_ok(),
        line: line(&center, found),
    };
    Ok(wire::answer(false, &page))
}

/// All stations that a wish means, whatever page it asks for, up to a limit.
pub(super) async fn all(
    center: &Center,
    staff: &Staff,
    wish: &Wish,
    limit: i64,
) -> Result<Vec<Station>> {
    let area = area_of(staff, wish.area.as_deref())?;
    let communities = communities(center, &area, &wish.search);
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let which = Which {
        area: &area,
        trouble: wish.trouble,
        troubled: wish.troubled,
        communities: communities.as_deref(),
        installation: None,
        offset: 0,
        limit,
    };
    Ok(store::fleet::list(&tx, &judge(center), &which).await?.0)
}

/// A station of the reader's area; `request.not_found` for every other.
pub(super) async fn find(
    center: &Center,
    tx: &Tx<'_>,
    staff: &Staff,
    installation: Id,
) -> Result<Station> {
    let not_found = || Error::Refused(&refusal::REQUEST_NOT_FOUND);
    // Row-level security answers for other areas; the community's own few are quick to judge.
    let known = store::installation::find(tx, installation).await?;
    let community = known.and_then(|known| known.community);
    let community = community.filter(|community| staff.area.contains(community));
    let community = community.ok_or_else(not_found)?;
    let which = Which {
        area: &community,
        trouble: None,
        troubled: false,
        communities: None,
        installation: Some(installation),
        offset: 0,
        limit: 1,
    };
    let (mut found, _) = store::fleet::list(tx, &judge(center), &which).await?;
    found.pop().ok_or_else(not_found)
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

/// `POST /api/stations/{installation}/certificate`: that it has nothing unsent, as a file.
pub async fn certificate(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
) -> Result<Response> {
    let installation = read_id(&installation)?;
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let found = find(&center, &tx, staff, installation).await?;
    drop(tx);
    drop(client);
    signed.must_review()?;
    let said = found
        .said
        .as_ref()
        .zip(found.seen_at)
        .map(|(said, at)| certificates::Said {
            log_last: said.log_last,
            link: None,
            unsent: said.unsent_commands + said.unsent_pages,
            at,
        });
    let file = certificates::give(&center, Some(staff), installation, said).await?;
    let text = serde_json::to_string_pretty(&file).map_err(|e| Error::Fault(e.to_string()))?;
    let name = format!(
        "attachment; filename=\"nothing-unsent-{}.json\"",
        found.community
    );
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}

fn judge(center: &Center) -> Judge<'_> {
    Judge {
        limits: &center.limits,
        terms: &center.config.lease,
    }
}

/// The area that is looked at: the reader's own, or one within it.
fn area_of(staff: &Staff, wished: Option<&str>) -> Result<Division> {
    let Some(wished) = wished.filter(|wished| !wished.is_empty()) else {
        return Ok(staff.area.clone());
    };
    Division::parse(wished)
        .filter(|area| staff.area.contains(area))
        .ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))
}

/// The communities that a search means; None for all.
fn communities(center: &Center, area: &Division, search: &str) -> Option<Vec<String>> {
    let text: String = search.trim().chars().take(SEARCH).collect();
    if text.is_empty() {
        return None;
    }
    let means =
        |(code, name): &(Division, String)| name.contains(&text) || code.0.starts_with(&text);
    let names = center.divisions.within(area).into_iter();
    Some(names.filter(means).map(|(code, _)| code.0).collect())
}

/// The length of the codes of an area's parts; a community is its own.
fn digits_of_parts(area: &Division) -> i32 {
    match area.level() {
        Level::City => 6,
        Level::County => 9,
        Level::Street | Level::Community => 12,
    }
}

fn total(parts: &[Counted]) -> FleetCounts {
    let of = |kind: Trouble| {
        let place = usize::try_from(kind.place()).unwrap_or(usize::MAX);
        parts.iter().filter_map(|part| part.kinds.get(place)).sum()
    };
    FleetCounts {
        all: parts.iter().map(|part| part.stations).sum(),
        troubled: parts.iter().map(|part| part.troubled).sum(),
        silent: of(Trouble::Silent),
        never: of(Trouble::Never),
        revoked: parts.iter().map(|part| part.revoked).sum(),
    }
}

fn kinds(parts: &[Counted]) -> Vec<KindCount> {
    let count = |(place, kind): (usize, &Trouble)| KindCount {
        kind: *kind,
        stations: parts.iter().filter_map(|part| part.kinds.get(place)).sum(),
    };
    let all = Trouble::ALL.iter().enumerate().map(count);
    all.filter(|count| count.stations > 0).collect()
}

fn path(center: &Center, staff: &Staff, area: &Division) -> Vec<AreaName> {
    let codes = [4, 6, 9, 12]
        .into_iter()
        .filter_map(|digits| area.0.get(..digits));
    let areas = codes.map(|code| Division(code.to_owned()));
    areas
        .filter(|area| staff.area.contains(area))
        .map(|area| AreaName {
            name: center.divisions.name(&area),
            area,
        })
        .collect()
}

fn part_line(center: &Center, part: &Counted) -> PartLine {
    PartLine {
        name: center.divisions.name(&part.part),
        area: part.part.clone(),
        stations: part.stations,
        troubled: part.troubled,
    }
}

pub(super) fn line(center: &Center, station: Station) -> StationLine {
    let above = [6, 9]
        .into_iter()
        .filter_map(|digits| station.community.0.get(..digits));
    StationLine {
        community_name: center.divisions.name(&station.community),
        within: above
            .map(|code| center.divisions.name(&Division(code.to_owned())))
            .collect(),
        installation: station.installation,
        community: station.community,
        number: station.number,
        enrolled_at: station.enrolled_at,
        revoked_at: station.revoked_at,
        certificate_until: station.certificate_until,
        seen_at: station.seen_at,
        ferry_at: station.ferry_at,
        acked: station.acked,
        said: station.said.map(|told| said(center, told)),
        troubles: station.troubles,
    }
}

fn said(center: &Center, said: Said) -> StationSaid {
    let in_force = center.named().sha256;
    StationSaid {
        has_catalogue: said.bundle.as_ref().map(|used| *used == in_force),
        version: said.version,
        protocol: said.protocol,
        boots: said.boots,
        feed_seq: said.feed_seq,
        log_last: said.log_last,
        lease_serial: said.lease_serial,
        audit_n: said.audit_n,
        clock_off_s: said.clock_off_s,
        devices: said.devices,
        notices: said.notices,
        disk_free_bytes: said.disk_free_bytes,
        disk_bytes: said.disk_bytes,
        database_bytes: said.database_bytes,
        backup_at: said.backup_at,
        unsent_commands: said.unsent_commands,
        unsent_pages: said.unsent_pages,
        waits_since: said.waits_since,
        held: said.held,
        refused: said.refused,
    }
}
