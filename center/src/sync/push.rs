//! `POST /push`: a page of a station's log.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::sync::{PUSH_DECODED_LIMIT_BYTES, PUSH_LIMIT, PUSH_LIMIT_BYTES, Push};

use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::wire::{self, Limit};
use crate::{refusal, room};

const LIMIT: Limit = Limit {
    sent_bytes: PUSH_LIMIT_BYTES,
    decoded_bytes: PUSH_DECODED_LIMIT_BYTES,
    within: Duration::from_secs(20),
};

pub async fn push(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let center = &shared.center;
    let headers = request.headers();
    let (packed, is_packed) = (wire::wants_zstd(headers), wire::has_zstd(headers));
    let to_come = wire::to_come(headers, LIMIT.sent_bytes);
    let _room = center.bodies.take(station.id, to_come).await?;
    let body = wire::bytes(request, LIMIT.sent_bytes, LIMIT.within).await?;
    // A place is for work alone: who sends slowly keeps none. What a body is decoded to is bounded by
    // the places.
    let _place = room::place(&center.pushes).await?;
    let push: Push = wire::parse(&body, is_packed, LIMIT.decoded_bytes)?;
    if push.commands.len() > PUSH_LIMIT {
        return Err(Error::Refused(&refusal::REQUEST_TOO_LARGE));
    }
    let reply = center.push(station.id, push).await?;
    Ok(wire::answer(packed, &reply))
}
