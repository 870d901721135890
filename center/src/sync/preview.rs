//! `PUT /preview/{sha256}`: a small picture of a page that is still on its way. It counts for nothing: a
//! case waits for its pages whatever previews there are.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::sync::{BlobAt, PREVIEW_LIMIT_BYTES};

use super::blob::read_digest;
use super::{Shared, Station};
use crate::blobs::Name;
use crate::error::{Error, Result};
use crate::{database, picture, refusal, store, wire};

/// As long as a part of a page, though an eighth of its size.
const WITHIN: Duration = Duration::from_secs(60);

/// Answers how much of the page itself is here; a page that is here whole needs no preview.
pub async fn keep(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    Path(sha256): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let sha256 = read_digest(&sha256)?;
    let center = &shared.center;
    let _room = center.parts.take(station.id, PREVIEW_LIMIT_BYTES).await?;
    let bytes = wire::bytes(request, PREVIEW_LIMIT_BYTES, WITHIN).await?;
    let known = {
        let mut client = center.database.pages().await?;
        let tx = database::begin(&mut client).await?;
        store::blob::find(&tx, &station.community, &sha256).await?
    };
    let (have, stored) = known.map_or((0, false), |blob| (blob.have, blob.stored));
    if !stored {
        let small = bytes.clone();
        let looked = tokio::task::spawn_blocking(move || picture::is_preview(&small)).await;
        if !looked.map_err(|error| Error::Fault(error.to_string()))? {
            return Err(Error::Refused(&refusal::BLOB_NO_PREVIEW));
        }
        let name = Name::new(&station.community, &sha256);
        let blobs = &center.blobs;
        blobs.keep_preview(&center.seals, &name, &bytes).await?;
    }
    Ok(wire::answer(false, &BlobAt { have, stored }))
}
