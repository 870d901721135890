//! `POST /certificate`: a station that has nothing unsent gets the centre's word for it.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::Utc;
use domain::certificate::NothingLeft;

use super::{Shared, Station};
use crate::certificate::{self, Said};
use crate::error::Result;
use crate::wire;

pub async fn give(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let left: NothingLeft = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let said = Said {
        log_last: left.log.last,
        link: Some(left.log.link),
        unsent: left.unsent.commands + left.unsent.pages,
        at: Utc::now(),
    };
    let file = certificate::give(center, None, station.id, Some(said)).await?;
    Ok(wire::answer(packed, &file))
}
