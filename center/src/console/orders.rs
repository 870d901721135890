//! `/api/stations/{installation}/orders`: giving an order, agreeing to one, taking one back, and what
//! came of it. Only reviewers give orders; what cannot be undone asks for the station's name.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use domain::division::Level;
use domain::order::{Receipt, What};
use domain::{Division, Id, Staff};

use super::case::read_id;
use super::guard::Signed;
use super::stations;
use super::view::fleet::{OrderKind, OrderLine, OrderText, OrderWord, WipeReceipt};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::store::station_order::{self, Kept};
use crate::{Center, admin, database, orders, refusal, store, wire};

/// Orders that a station's page shows.
const LIMIT: i64 = 20;

/// The routes.
pub fn routes() -> Router<Arc<Center>> {
    Router::new()
        .route("/stations/{installation}/orders", post(give))
        .route("/stations/{installation}/orders/{order}", get(text))
        .route("/stations/{installation}/orders/{order}/agree", post(agree))
        .route(
            "/stations/{installation}/orders/{order}/withdraw",
            post(withdraw),
        )
}

async fn give(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
    request: Request,
) -> Result<Response> {
    let word: OrderWord = wire::read(request, wire::SMALL).await?;
    let (installation, community) = whose(&center, &signed, &installation).await?;
    let by = &signed.member.staff;
    let kind = word.kind.name();
    let final_word = !matches!(word.kind, OrderKind::LogExtract | OrderKind::Resync);
    if final_word && word.name.trim() != center.divisions.name(&community) {
        return Err(Error::Refused(&refusal::ORDER_WRONG_NAME));
    }
    refuse_second(&center, installation, kind).await?;
    let what = match word.kind {
        OrderKind::LogExtract => What::LogExtract {},
        OrderKind::Resync => What::Resync {},
        OrderKind::Wipe => What::Wipe {
            even_if_unsent: word.even_if_unsent,
        },
        OrderKind::Remap => remap(&center, by, installation, &community, &word).await?,
        OrderKind::Revoke => {
            orders::revoke(&center, by, installation, &community).await?;
            return Ok(wire::answer(false, &()));
        }
    };
    orders::give(&center, by, installation, &community, what).await?;
    Ok(wire::answer(false, &()))
}

/// Before anything is made for it, as a code.
async fn refuse_second(center: &Center, installation: Id, kind: &str) -> Result<()> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    orders::refuse_second(&tx, installation, kind).await
}

/// An order to serve another community of the officer's area, with the code that it takes.
async fn remap(
    center: &Center,
    by: &Staff,
    installation: Id,
    from: &Division,
    word: &OrderWord,
) -> Result<What> {
    let fits = |to: &&Division| {
        let known = center.divisions.knows(to) && to.level() == Level::Community;
        known && *to != from && by.area.contains(to)
    };
    let to = word.to.as_ref().filter(fits);
    let to = to.ok_or(Error::Refused(&refusal::ORDER_NO_COMMUNITY))?;
    Ok(What::Remap {
        code: admin::code_for_remap(center, by, to, installation).await?,
        community_name: center.divisions.name(to),
        community: to.clone(),
        with_staff: word.with_staff,
    })
}

async fn agree(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path((installation, order)): Path<(String, String)>,
) -> Result<Response> {
    let order = read_id(&order)?;
    let (installation, community) = whose(&center, &signed, &installation).await?;
    let by = &signed.member.staff;
    orders::agree(&center, by, installation, &community, order).await?;
    Ok(wire::answer(false, &()))
}

async fn withdraw(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path((installation, order)): Path<(String, String)>,
) -> Result<Response> {
    let order = read_id(&order)?;
    let (installation, community) = whose(&center, &signed, &installation).await?;
    let by = &signed.member.staff;
    orders::withdraw(&center, by, installation, &community, order).await?;
    Ok(wire::answer(false, &()))
}

/// The log's extract that came of an order.
async fn text(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path((installation, order)): Path<(String, String)>,
) -> Result<Response> {
    let (installation, order) = (read_id(&installation)?, read_id(&order)?);
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, &signed.member.staff).await?;
    let text = station_order::extract(&tx, installation, order).await?;
    let text = text.ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))?;
    Ok(wire::answer(false, &OrderText { text }))
}

/// The station that an order is for: one of the reader's area that may speak, and a reader who may
/// give orders.
pub(super) async fn whose(
    center: &Center,
    signed: &Signed,
    installation: &str,
) -> Result<(Id, Division)> {
    let installation = read_id(installation)?;
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let found = stations::find(center, &tx, staff, installation).await?;
    signed.must_review()?;
    if found.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    Ok((installation, found.community))
}

/// The orders of a station, the newest first.
pub(super) async fn list(tx: &Tx<'_>, installation: Id) -> Result<Vec<Kept>> {
    station_order::list(tx, installation, LIMIT).await
}

/// As they are shown. Colleagues' names are read with the city's eyes.
pub(super) async fn lines(center: &Center, me: &Staff, kept: Vec<Kept>) -> Result<Vec<OrderLine>> {
    let mut people: Vec<Id> = kept.iter().map(|order| order.given_by).collect();
    people.extend(kept.iter().filter_map(|order| order.agreed_by));
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let names = store::staff::names(&tx, &people).await?;
    let name = |id: Id| names.get(&id).cloned().unwrap_or_default();
    let line = |order: Kept| OrderLine {
        order: order.id,
        by: name(order.given_by),
        mine: order.given_by == me.id,
        at: order.given_at,
        agreed_by: order.agreed_by.map(name),
        fetched_at: order.fetched_at,
        ended_at: order.ended_at,
        code: order.code,
        has_text: order.has_extract,
        receipt: order
            .receipt
            .and_then(|(body, signature)| receipt(&body, signature)),
        kind: order.kind,
        state: order.state,
    };
    Ok(kept.into_iter().map(line).collect())
}

fn receipt(body: &str, signature: String) -> Option<WipeReceipt> {
    let read: Receipt = serde_json::from_str(body).ok()?;
    Some(WipeReceipt {
        at: read.at,
        log_last: read.log.last,
        unsent_commands: read.unsent.commands,
        unsent_pages: read.unsent.pages,
        drafts: read.drafts,
        signature,
    })
}
