//! `/api/ferry`: sticks, and the files that stations wrote onto them. Only reviewers do this, each for the
//! stations of their area.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use domain::ferry::LIMIT_BYTES;

use super::LIST_LIMIT;
use super::case::read_id;
use super::guard::Signed;
use super::stations;
use super::view::ferry::{FerryAnswer, FerryView, StickLine, StickWord};
use crate::error::{Error, Result};
use crate::ferry::sticks;
use crate::{Center, database, refusal, store, wire};

/// How long a file may take to come from an officer's browser.
const WITHIN: Duration = Duration::from_secs(300);

/// The routes.
pub fn routes() -> Router<Arc<Center>> {
    Router::new()
        .route("/ferry", get(view).post(take))
        .route("/ferry/sticks", post(register))
        .route("/ferry/sticks/{stick}", get(file))
        .route("/ferry/sticks/{stick}/withdraw", post(withdraw))
}

async fn view(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, &signed.member.staff).await?;
    let kept = store::ferry_stick::list(&tx, LIST_LIMIT).await?;
    let view = FerryView {
        allowed: center.ferry.allowed,
        sticks: kept.into_iter().map(StickLine::from).collect(),
    };
    Ok(wire::answer(false, &view))
}

/// Takes a station's file in; the answer's file is a part of what is answered.
async fn take(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    request: Request,
) -> Result<Response> {
    signed.must_review()?;
    let busy = |_| Error::Refused(&refusal::CENTRE_BUSY);
    let _place = center.ferries.try_acquire().map_err(busy)?;
    let bytes = wire::bytes(request, LIMIT_BYTES, WITHIN).await?;
    let staff = &signed.member.staff;
    let installation = center.ferry_from(&bytes)?;
    let station = {
        let mut client = center.database.console().await?;
        let tx = database::actor(&mut client, staff).await?;
        stations::find(&center, &tx, staff, installation).await?
    };
    let taken = center.take_ferry(staff, &bytes).await?;
    let answer = FerryAnswer {
        community: center.divisions.name(&station.community).to_owned(),
        entries: taken.entries,
        parked: taken.parked,
        pages: taken.pages,
        damaged: taken.damaged,
        acked: taken.acked,
        reports: taken.reports,
        revoked: taken.revoked,
        name: taken.name,
        file: hex::encode(taken.answer),
    };
    Ok(wire::answer(false, &answer))
}

async fn register(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    request: Request,
) -> Result<Response> {
    signed.must_review()?;
    let word: StickWord = wire::read(request, wire::SMALL).await?;
    let stick = sticks::register(&center, &signed.member.staff, &word.name).await?;
    Ok(wire::answer(false, &sticks::file(&center, &stick)?))
}

/// The file of a stick once more, for one that was formatted.
async fn file(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(stick): Path<String>,
) -> Result<Response> {
    signed.must_review()?;
    let stick = read_id(&stick)?;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, &signed.member.staff).await?;
    let kept = store::ferry_stick::find(&tx, stick).await?;
    let good = kept.filter(|kept| kept.withdrawn_at.is_none());
    let kept = good.ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))?;
    Ok(wire::answer(false, &sticks::file(&center, &kept.stick)?))
}

async fn withdraw(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(stick): Path<String>,
) -> Result<Response> {
    signed.must_review()?;
    let stick = read_id(&stick)?;
    {
        let mut client = center.database.console().await?;
        let tx = database::actor(&mut client, &signed.member.staff).await?;
        let kept = store::ferry_stick::find(&tx, stick).await?;
        kept.ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))?;
    }
    sticks::withdraw(&center, &signed.member.staff, stick).await?;
    Ok(wire::answer(false, &()))
}
