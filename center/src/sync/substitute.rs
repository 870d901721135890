//! `POST /substitute`: a station hands a code in, tells who was let in, and asks who may be.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::substitute::Word;

use super::{Shared, Station};
use crate::error::Result;
use crate::{substitute, wire};

pub async fn hear(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let word: Word = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let heard = substitute::hear(center, station.id, &station.community, &word).await?;
    Ok(wire::answer(packed, &heard))
}
