//! `POST /hello`: where both sides are; with `wait_ms` it waits until there is news.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::Id;
use domain::order::Report;
use domain::sync::Hello;

use super::greet::{Greeted, Postgres, REPORTS, greet};
use super::{Shared, Station};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::serve::unless_stopped;
use crate::{Center, database, orders, refusal, store, wire};

/// The longest wait: below what proxies and idle timeouts allow.
const WAIT_LIMIT_MS: u64 = 25_000;

pub async fn hello(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let hello: Hello = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let mut news = center.news.subscribe(&station.community);
    let mut greeted = look(center, &station, &hello, true).await?;
    let wait = Duration::from_millis(hello.wait_ms.min(WAIT_LIMIT_MS));
    if !wait.is_zero() && greeted.may_wait(&hello) {
        let waited = tokio::time::timeout(wait, news.heard());
        // Heard, timed out or stopped: in each case the answer says how things are.
        let _ = unless_stopped(shared.stop.clone(), waited).await;
        greeted = look(center, &station, &hello, false).await?;
        tracing::debug!(installation = %station.id, lease = greeted.lease, "a long poll ends");
    }
    Ok(wire::answer(packed, &greeted.reply))
}

/// Takes in what became of orders.
pub(crate) async fn take_reports(tx: &Tx<'_>, station: Id, reports: &[Report]) -> Result<()> {
    if reports.is_empty() {
        return Ok(());
    }
    let unknown = Error::Refused(&refusal::STATION_UNKNOWN);
    let installation = store::installation::lock(tx, station).await?;
    let installation = installation.ok_or(unknown)?;
    for report in reports.iter().take(REPORTS) {
        orders::take_report(tx, &installation, report).await?;
    }
    Ok(())
}

/// How things are for a station, see [`greet`].
pub(crate) async fn look(
    center: &Center,
    station: &Station,
    hello: &Hello,
    is_first: bool,
) -> Result<Greeted> {
    let mut client = center.database.ask().await?;
    let ground = Postgres::new(center, database::begin(&mut client).await?);
    greet(ground, station, hello, is_first).await
}
