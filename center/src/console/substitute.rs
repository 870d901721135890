//! `/api/stations/{installation}/substitute`: who can be let in at a station whose line is down, giving
//! the code out for one of them, and what came of it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use domain::Id;
use domain::substitute::REASON_LIMIT;

use super::case::read_id;
use super::guard::Signed;
use super::stations;
use super::view::substitute::{
    GivenLine, PersonLine, SubstituteCode, SubstitutePage, SubstituteWord,
};
use crate::error::{Error, Result};
use crate::{Center, database, refusal, store, substitute, trail, wire};

/// Times that a station's page shows.
const LIMIT: i64 = 10;

/// The routes.
pub fn routes() -> Router<Arc<Center>> {
    Router::new().route("/stations/{installation}/substitute", get(page).post(give))
}

async fn page(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
) -> Result<Response> {
    let installation = read_id(&installation)?;
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let found = stations::find(&center, &tx, staff, installation).await?;
    let since = store::substitute::waits_since(&tx, installation).await?;
    let given = store::substitute::list(&tx, installation, LIMIT).await?;
    let strangers = store::substitute::strangers(&tx, installation, LIMIT).await?;
    drop(tx);
    drop(client);
    // Colleagues of other areas are known with the city's eyes only.
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let community = &found.community;
    let people = store::substitute::people(&tx, installation, community).await?;
    let mut named: Vec<Id> = given.iter().flat_map(|g| [g.staff, g.given_by]).collect();
    named.extend(strangers.iter().map(|stranger| stranger.staff));
    let names = store::staff::names(&tx, &named).await?;
    let name = |id: Id| names.get(&id).cloned().unwrap_or_default();
    let lines = given.into_iter().map(|given| GivenLine {
        name: name(given.staff),
        reason: given.reason,
        by: name(given.given_by),
        at: given.given_at,
        used_at: given.used_at,
        told_at: given.told_at,
    });
    let page = SubstitutePage {
        code_since: since,
        hours: center.substitutes.hours,
        may_give: signed.must_review().is_ok() && found.revoked_at.is_none(),
        people: people
            .into_iter()
            .map(|one| PersonLine {
                staff: one.staff.id,
                area_name: center.divisions.name(&one.staff.area),
                name: one.staff.name,
                login: one.login,
            })
            .collect(),
        given: lines.collect(),
        strangers: strangers
            .iter()
            .map(|stranger| name(stranger.staff))
            .collect(),
    };
    Ok(wire::answer(false, &page))
}

async fn give(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(installation): Path<String>,
    request: Request,
) -> Result<Response> {
    let word: SubstituteWord = wire::read(request, wire::SMALL).await?;
    let (installation, community) = super::orders::whose(&center, &signed, &installation).await?;
    let reason = trail::plain(&word.reason)?;
    if reason.is_empty() || reason.chars().count() > REASON_LIMIT || reason.contains('\0') {
        return Err(Error::Refused(&refusal::SUBSTITUTE_NO_REASON));
    }
    let by = &signed.member.staff;
    let whose = (installation, &community);
    let (code, who) = substitute::give(&center, by, whose, word.staff, reason).await?;
    let given = SubstituteCode {
        code,
        name: who.name,
        hours: center.substitutes.hours,
    };
    Ok(wire::answer(false, &given))
}
