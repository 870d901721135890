//! `POST /pull`: the facts after a position, once both sides agree on what lies before it.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::sync::{PUSH_DECODED_LIMIT_BYTES, Pull, PullReply};

use super::{Shared, Station};
use crate::error::Result;
use crate::{database, store, wire};

pub async fn pull(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let pull: Pull = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    let feed = &station.community;
    // The facts, and the answer that is made of them.
    let most = 2 * PUSH_DECODED_LIMIT_BYTES;
    let room = center.answers.take(station.id, most).await?;
    let mut client = center.database.ask().await?;
    let tx = database::look(&mut client).await?;
    let sum = store::fact::find_sum(&tx, &center.seals, feed, pull.after.seq).await?;
    let limit = crate::feed::continues(&pull, sum.as_ref())?;
    let bytes = PUSH_DECODED_LIMIT_BYTES;
    let facts = store::fact::after(&tx, &center.seals, feed, pull.after.seq, limit, bytes).await?;
    let head = store::feed::head(&tx, feed).await?;
    Ok(wire::answer_within(
        room,
        packed,
        &PullReply { facts, head },
    ))
}
