//! `POST /certificate`: a station that has nothing unsent gets the centre's word for it.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::Utc;
use domain::certificate::NothingLeft;

use super::{Shared, Station};
use crate::certificate::{self, Said};
use crate::error::{Error, Result};
use crate::{database, refusal, store, wire};

pub async fn give(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let left: NothingLeft = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let fork = {
        let mut client = center.database.ask().await?;
        let tx = database::begin(&mut client).await?;
        let log = store::installation::may_speak(&tx, station.id).await?;
        log.acked == left.log.last && log.link != left.log.link
    };
    if fork {
        return Err(Error::Refused(&refusal::LOG_FORK));
    }
    let said = Said {
        log_last: left.log.last,
        unsent: left.unsent.commands + left.unsent.pages,
        at: Utc::now(),
    };
    let file = certificate::give(center, None, station.id, Some(said)).await?;
    Ok(wire::answer(packed, &file))
}
