//! `GET /api/cases/{id}/pages/{ordinal}`: the picture of a page.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;

use super::case::read_id;
use super::guard::Signed;
use crate::blobs::Name;
use crate::decide::gate::MEDIA_TYPES;
use crate::error::{Error, Result};
use crate::{Center, database, refusal, store};

pub async fn page(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path((id, ordinal)): Path<(String, String)>,
) -> Result<Response> {
    let not_found = || Error::Refused(&refusal::REQUEST_NOT_FOUND);
    let staff = &signed.member.staff;
    let ordinal = ordinal.parse().map_err(|_| not_found())?;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let shown = store::page::find(&tx, read_id(&id)?, ordinal, &staff.area).await?;
    drop(tx);
    drop(client);
    let shown = shown.filter(|page| page.stored).ok_or_else(not_found)?;
    let name = Name::new(&shown.feed, &shown.sha256);
    let bytes = center.blobs.read(&center.seals, &name).await?;
    // What it is called was said by a station: a browser gets a picture, or bytes to keep.
    let known = MEDIA_TYPES
        .into_iter()
        .find(|name| *name == shown.media_type);
    Response::builder()
        .header(CONTENT_TYPE, known.unwrap_or("application/octet-stream"))
        .body(Body::from(bytes))
        .map_err(|error| Error::Fault(error.to_string()))
}
