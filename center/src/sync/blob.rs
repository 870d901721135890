//! `/blob/{sha256}`: how much of a page is here, and the next part of it. What other communities
//! have sent is not told.
//!
//! `PATCH` carries `Upload-Offset` and, before the manifest has come with its command,
//! `Upload-Length`. Parts are at most 256 KiB; a part that is here already is answered as done.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Division;
use domain::sync::{BLOB_LIMIT_BYTES, BLOB_PART_BYTES, BlobAt, PAGE_PART_BYTES};

use super::{Shared, Station};
use crate::blobs::Name;
use crate::error::{Error, Result};
use crate::store::blob::{Blob, digest};
use crate::{Center, database, refusal, store, wire};

/// Beyond the time that its bytes earn.
const PART_WITHIN: Duration = Duration::from_secs(20);

pub async fn at(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    Path(sha256): Path<String>,
) -> Result<Response> {
    let sha256 = read_digest(&sha256)?;
    let mut client = shared.center.database.pages().await?;
    let tx = database::begin(&mut client).await?;
    let blob = store::blob::find(&tx, &station.community, &sha256).await?;
    let (have, stored) = blob.map_or((0, false), |blob| (blob.have, blob.stored));
    let mut response = wire::answer(false, &BlobAt { have, stored });
    response.headers_mut().insert("upload-offset", have.into());
    Ok(response)
}

pub async fn part(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    Path(sha256): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let malformed = || Error::Refused(&refusal::REQUEST_MALFORMED);
    let sha256 = read_digest(&sha256)?;
    let offset = number(request.headers(), "upload-offset").ok_or_else(malformed)?;
    let length = number(request.headers(), "upload-length");
    if length.is_some_and(|length| length == 0 || length > BLOB_LIMIT_BYTES) {
        return Err(Error::Refused(&refusal::BLOB_TOO_LONG));
    }
    let parts = &shared.center.parts;
    let _room = parts.take(station.id, BLOB_PART_BYTES).await?;
    let bytes = wire::bytes(request, BLOB_PART_BYTES, PART_WITHIN).await?;
    if bytes.is_empty() {
        return Err(malformed());
    }
    let center = &shared.center;
    let blob = take(center, &station, &sha256, offset, length, bytes).await?;
    if blob.stored
        && let Err(error) = center.complete_pages(&station.community, &sha256).await
    {
        // The page is safe; the sweep moves its case.
        tracing::warn!(%error, "a case with all its pages stays for now");
    }
    let (have, stored) = (blob.have, blob.stored);
    Ok(wire::answer(false, &BlobAt { have, stored }))
}

/// `GET /page/{sha256}/{offset}`: the next bytes of a page that is stored here, for a station whose
/// own copy has rotted. Its community's pages alone.
pub async fn again(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    Path((sha256, offset)): Path<(String, usize)>,
) -> Result<Response> {
    let unknown = || Error::Refused(&refusal::BLOB_UNKNOWN);
    let sha256 = read_digest(&sha256)?;
    let center = &shared.center;
    let mut client = center.database.pages().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::blob::find(&tx, &station.community, &sha256).await?;
    drop(tx);
    drop(client);
    let found = found.filter(|blob| blob.stored).ok_or_else(unknown)?;
    let size_bytes = usize::try_from(found.size_bytes).unwrap_or(usize::MAX);
    let room = center.files.take(station.id, size_bytes).await?;
    let name = Name::new(&station.community, &sha256);
    let plain = center.blobs.read(&center.seals, &name).await?;
    let rest = plain
        .get(offset..)
        .ok_or(Error::Refused(&refusal::BLOB_OFFSET))?;
    let part = rest[..rest.len().min(PAGE_PART_BYTES)].to_vec();
    Response::builder()
        .header("content-type", "application/octet-stream")
        .body(Body::from(room.hold(part)))
        .map_err(|error| Error::Fault(error.to_string()))
}

/// Takes a part in, from wherever it came; a part that is here already is done. No transaction is open
/// while the store works: one that hangs keeps no connection and no row from anybody.
pub(crate) async fn take(
    center: &Center,
    station: &Station,
    sha256: &[u8; 32],
    offset: u64,
    length: Option<u64>,
    bytes: bytes::Bytes,
) -> Result<Blob> {
    let (blobs, seals) = (&center.blobs, &center.seals);
    let (feed, name) = (&station.community, Name::new(&station.community, sha256));
    let seen = look(center, feed, sha256, length).await?;
    let mut blob = seen.clone();
    if !blob.place(offset, bytes.len() as u64, length)? {
        return Ok(blob);
    }
    blobs.keep_part(seals, &name, blob.have, &bytes).await?;
    let finished = match blob.grow(bytes.len() as u64) {
        true => Some(blobs.finish(seals, &name, blob.size_bytes).await?),
        false => None,
    };
    let mut client = center.database.pages().await?;
    let tx = database::begin(&mut client).await?;
    let now = store::blob::lock(&tx, feed, sha256, Some(seen.size_bytes)).await?;
    let now = now.ok_or(Error::Refused(&refusal::BLOB_UNKNOWN))?;
    if now.stored {
        drop(tx);
        drop(client);
        if let Some(finished) = finished {
            blobs.clear(finished).await;
        }
        return Ok(now);
    }
    // Another machine of the community went on with it meanwhile.
    if now != seen {
        return Err(Error::Refused(&refusal::BLOB_OFFSET));
    }
    // A page whose bytes were wrong starts over, and its sender is told so.
    let ended = match &finished {
        Some(finished) => blob.end(finished.is_right),
        None => Ok(()),
    };
    store::blob::update(&tx, feed, sha256, &blob).await?;
    tx.commit().await?;
    drop(client);
    if let Some(finished) = finished {
        blobs.clear(finished).await;
    }
    ended.map(|()| blob)
}

/// A page as it stands; new where its size is known.
async fn look(
    center: &Center,
    feed: &Division,
    sha256: &[u8; 32],
    length: Option<u64>,
) -> Result<Blob> {
    let mut client = center.database.pages().await?;
    let tx = database::begin(&mut client).await?;
    let unknown = Error::Refused(&refusal::BLOB_UNKNOWN);
    match (store::blob::find(&tx, feed, sha256).await?, length) {
        (Some(blob), _) => Ok(blob),
        (None, Some(size_bytes)) => Ok(Blob {
            size_bytes,
            have: 0,
            stored: false,
        }),
        (None, None) => Err(unknown),
    }
}

pub(super) fn read_digest(sha256: &str) -> Result<[u8; 32]> {
    digest(sha256).ok_or(Error::Refused(&refusal::REQUEST_MALFORMED))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}
