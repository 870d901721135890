//! `GET /catalogue/{sha256}`: the catalogue as one file, see [`domain::bundle`].

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use domain::bundle::LIMIT_BYTES;

use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::store::blob::digest;
use crate::{database, refusal, store};

pub async fn file(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    Path(sha256): Path<String>,
) -> Result<Response> {
    let gone = || Error::Refused(&refusal::CATALOG_GONE);
    let center = &shared.center;
    let room = center.files.take(station.id, LIMIT_BYTES).await?;
    let body = if sha256 == center.bundle.offer.sha256 {
        center.bundle.body.clone()
    } else {
        // Named by another process of this centre, or until a moment ago.
        let sha256 = digest(&sha256).ok_or_else(gone)?;
        let mut client = center.database.ask().await?;
        let tx = database::begin(&mut client).await?;
        let found = store::bundle::find(&tx, &sha256).await?;
        found.ok_or_else(gone)?
    };
    Response::builder()
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(Body::from(room.hold(body)))
        .map_err(|error| Error::Fault(error.to_string()))
}
