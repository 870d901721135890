//! `POST /hello`: where both sides are; with `wait_ms` it waits until there is news.

use std::time::{Duration, Instant};

use audit::{Event, Head};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::Utc;
use domain::sync::{AuditHead, Hello, HelloReply, PUSH_LIMIT, Pace};

use super::{Shared, Station};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::serve::unless_stopped;
use crate::{Center, database, lease, orders, refusal, store, wire};

/// The longest wait: below what proxies and idle timeouts allow.
const WAIT_LIMIT_MS: u64 = 25_000;
/// Between requests of one station when there is nothing to wait for.
const AFTER_MS: u64 = 200;
/// Reports taken from one hello: a station has fewer orders.
const REPORTS: usize = 32;

pub async fn hello(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let hello: Hello = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let mut news = center.news.subscribe(&station.community);
    let (mut reply, mut serial, ordered) = look(center, &station, &hello, true).await?;
    let wait = Duration::from_millis(hello.wait_ms.min(WAIT_LIMIT_MS));
    let has_lease = hello.lease == 0 || hello.lease == serial;
    // Who reports hears at once that it was heard: a wipe goes on by that.
    let may_wait = has_lease && hello.reports.is_empty() && !ordered;
    if !wait.is_zero() && may_wait && !is_news(&hello, &reply) {
        let waited = tokio::time::timeout(wait, news.heard());
        // Heard, timed out or stopped: in each case the answer says how things are.
        let _ = unless_stopped(shared.stop.clone(), waited).await;
        (reply, serial, _) = look(center, &station, &hello, false).await?;
        tracing::debug!(installation = %station.id, lease = serial, "a long poll ends");
    }
    Ok(wire::answer(packed, &reply))
}

/// Whether the answer differs from what the station's own words imply. A copy of a log that ends where
/// ours does, at another entry, must hear of it now.
pub fn is_news(hello: &Hello, reply: &HelloReply) -> bool {
    let acked = hello.log.last.saturating_sub(hello.unsent.commands);
    reply.copied
        || reply.head != hello.feed.seq
        || reply.sum != hello.feed.sum
        || reply.acked != acked
        || (reply.acked == hello.log.last && reply.link != hello.log.link)
}

/// When a station's waiting commands may come; at once, unless many stations have many.
fn place(center: &Center, station: &Station, last: u64, acked: u64) -> u64 {
    let waiting = last.saturating_sub(acked);
    let rest = center.slots.give(station.id, waiting, Instant::now());
    u64::try_from(rest.as_millis()).unwrap_or(u64::MAX)
}

/// Keeps what a hello says; whether there are orders for the station. None of a copy of its disk.
async fn keep(tx: &Tx<'_>, station: &Station, hello: &Hello) -> Result<Option<bool>> {
    let told = head_of(&hello.audit);
    let alarm = match &told {
        Some(told) => {
            let rebuilt = hello
                .heartbeat
                .as_ref()
                .and_then(|said| said.rebuilt.as_ref());
            store::witness::take(tx, station.id, told, rebuilt).await?
        }
        None => None,
    };
    let has_orders = store::contact::keep(tx, station.id, hello, told.as_ref()).await?;
    if has_orders.is_none() {
        tracing::error!(installation = %station.id, boots = hello.boots, "a second machine speaks");
    }
    if let Some(alarm) = alarm {
        tracing::error!(installation = %station.id, ?alarm, "an audit is not what it was");
        let event = Event::WitnessAlarm {
            installation: station.id.0,
            n: hello.audit.n,
            what: match alarm.is_rebuilt {
                true => "rebuilt".to_owned(),
                false => alarm.what.to_owned(),
            },
        };
        store::audit::append(tx, None, &event).await?;
    }
    if has_orders.is_some() {
        take_reports(tx, station, hello).await?;
    }
    Ok(has_orders)
}

/// Takes in what became of orders.
pub(crate) async fn take_reports(tx: &Tx<'_>, station: &Station, hello: &Hello) -> Result<()> {
    if hello.reports.is_empty() {
        return Ok(());
    }
    let unknown = Error::Refused(&refusal::STATION_UNKNOWN);
    let installation = store::installation::lock(tx, station.id)
        .await?
        .ok_or(unknown)?;
    for report in hello.reports.iter().take(REPORTS) {
        orders::take_report(tx, &installation, report).await?;
    }
    Ok(())
}

/// The head that a hello tells; None of a program that keeps no audit.
fn head_of(told: &AuditHead) -> Option<Head> {
    let mut hash = [0; 32];
    hex::decode_to_slice(&told.hash, &mut hash).ok()?;
    Some(Head { n: told.n, hash })
}

/// How things are for a station, with the number of the lease in the answer, and whether it gets an order
/// for the first time. What it says is kept in the same transaction, the first time it is looked at. A
/// program that says nothing of itself knows no orders, and gets none.
pub(crate) async fn look(
    center: &Center,
    station: &Station,
    hello: &Hello,
    is_first: bool,
) -> Result<(HelloReply, u64, bool)> {
    let mut client = center.database.ask().await?;
    let tx = database::begin(&mut client).await?;
    let installation = match store::installation::may_speak(&tx, station.id).await {
        Err(refused) if is_first => {
            // Revoked while the receipt of a wipe was on its way, maybe: that still counts.
            take_reports(&tx, station, hello).await?;
            tx.commit().await?;
            return Err(refused);
        }
        other => other?,
    };
    let kept = match is_first {
        true => keep(&tx, station, hello).await?,
        false => Some(true),
    };
    if let Some(parent) = installation.moving_from {
        orders::has_moved(&tx, &installation, parent).await?;
    }
    let head = store::feed::head_at(&tx, &station.community).await?;
    let escrow = store::escrow_key::in_force(&tx).await?;
    let audit = store::audit::head(&tx).await?;
    let lease = lease::give(center, &tx, station.id, &station.community, hello.lease).await?;
    let (orders, ordered) = match kept == Some(true) && hello.heartbeat.is_some() {
        true => store::station_order::hand_out(&tx, station.id).await?,
        false => (Vec::new(), false),
    };
    let snapshot = center
        .offer(&tx, &station.community, &hello.feed, &head)
        .await?;
    tx.commit().await?;
    let reply = HelloReply {
        server_time: Utc::now(),
        acked: installation.acked,
        link: installation.link,
        // What a verified backup holds; a centre restored from it has no more than that.
        durable: installation.durable.min(installation.acked),
        head: head.seq,
        sum: head.sum,
        pace: Pace {
            after_ms: AFTER_MS,
            batch: PUSH_LIMIT,
            push_after_ms: place(center, station, hello.log.last, installation.acked),
            blob_bytes_per_s: center.config.blob_bytes_per_s,
        },
        lease: lease.signed,
        audit: AuditHead {
            n: audit.n,
            hash: hex::encode(audit.hash),
        },
        minimum_protocol: center.config.minimum_protocol,
        copied: kept.is_none(),
        catalogue: center.catalog.hash.clone(),
        // A program that does not say what it works by could not load another.
        bundle: hello.bundle.as_ref().map(|_| center.named()),
        escrow,
        orders: orders
            .iter()
            .filter_map(|order| serde_json::to_value(order).ok())
            .collect(),
        snapshot,
    };
    Ok((reply, lease.serial, ordered))
}
