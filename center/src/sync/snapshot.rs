//! `GET /snapshot/{sha256}` with `Range`: a stretch of a snapshot of the station's own feed.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::store::blob::digest;
use crate::{database, refusal, room, snapshots, store};

pub async fn part(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    Path(sha256): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let gone = || Error::Refused(&refusal::SNAPSHOT_GONE);
    let center = &shared.center;
    let sha256 = digest(&sha256).ok_or_else(gone)?;
    let mut client = center.database.ask().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::snapshot::find(&tx, &station.community, &sha256).await?;
    drop(tx);
    drop(client);
    let offer = found.ok_or_else(gone)?;
    let asked = headers.get(RANGE).and_then(|asked| asked.to_str().ok());
    let stretch =
        snapshots::stretch(asked.unwrap_or_default(), offer.size_bytes).map_err(Error::Refused)?;
    let bytes = usize::try_from(stretch.end - stretch.start).unwrap_or(usize::MAX);
    let _place = room::place(&center.loads).await?;
    let room_taken = center.files.take(station.id, bytes).await?;
    let told = format!(
        "bytes {}-{}/{}",
        stretch.start,
        stretch.end - 1,
        offer.size_bytes
    );
    let bytes = match center
        .snapshot_bytes(&station.community, &offer, stretch)
        .await
    {
        Ok(bytes) => bytes,
        Err(Error::Sealed(why)) => {
            tracing::error!(why, feed = %station.community, "a snapshot is withdrawn");
            center.withdraw_snapshot(&station.community, &offer).await?;
            return Err(gone());
        }
        Err(error) => return Err(error),
    };
    Response::builder()
        .status(StatusCode::PARTIAL_CONTENT)
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_RANGE, told)
        .body(Body::from(room_taken.hold(bytes)))
        .map_err(|error| Error::Fault(error.to_string()))
}
