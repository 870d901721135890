//! `POST /hello`: where both sides are; with `wait_ms` it waits until there is news.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::Utc;
use domain::Staff;
use domain::sync::{Hello, HelloReply, Lease, PROTOCOL, PUSH_LIMIT, Pace};

use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::news::heard_of;
use crate::serve::unless_stopped;
use crate::{Center, database, refusal, store, wire};

/// The longest wait: below what proxies and idle timeouts allow.
const WAIT_LIMIT_MS: u64 = 25_000;
/// Hours of full work without contact.
const LEASE_HOURS: u32 = 72;
/// Between requests of one station when there is nothing to wait for.
const AFTER_MS: u64 = 200;

pub async fn hello(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let hello: Hello = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let mut news = center.news.subscribe();
    keep(center, &station, &hello).await?;
    let mut reply = look(center, &station).await?;
    let wait = Duration::from_millis(hello.wait_ms.min(WAIT_LIMIT_MS));
    if !wait.is_zero() && !is_news(&hello, &reply) {
        let heard = heard_of(&station.community, &mut news);
        let waited = tokio::time::timeout(wait, heard);
        // Heard, timed out or stopped: in each case the answer says how things are.
        let _ = unless_stopped(shared.stop.clone(), waited).await;
        reply = look(center, &station).await?;
    }
    Ok(wire::answer(packed, &reply))
}

/// Whether the answer differs from what the station's own words imply.
fn is_news(hello: &Hello, reply: &HelloReply) -> bool {
    let acked = hello.log.last.saturating_sub(hello.unsent.commands);
    reply.head != hello.feed.seq || reply.acked != acked
}

async fn keep(center: &Center, station: &Station, hello: &Hello) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::contact::keep(&tx, station.id, hello).await?;
    tx.commit().await?;
    Ok(())
}

async fn look(center: &Center, station: &Station) -> Result<HelloReply> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let installation = store::installation::find(&tx, station.id)
        .await?
        .ok_or(Error::Refused(&refusal::STATION_UNKNOWN))?;
    if installation.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    let head = store::feed::head(&tx, &station.community).await?;
    let staff = store::staff::at_station(&tx, &station.community).await?;
    // They act for this community here, wherever else they may work.
    let staff = staff.into_iter().map(|member| Staff {
        area: station.community.clone(),
        ..member.staff
    });
    Ok(HelloReply {
        server_time: Utc::now(),
        acked: installation.acked,
        // Backups that are verified by a restore do not exist yet: nothing may be forgotten.
        durable: 0,
        head,
        pace: Pace {
            after_ms: AFTER_MS,
            batch: PUSH_LIMIT,
        },
        lease: Lease {
            staff: staff.collect(),
            hours: LEASE_HOURS,
        },
        minimum_protocol: PROTOCOL,
        catalogue: center.catalog.hash.clone(),
        orders: Vec::new(),
    })
}
