//! `GET /api/cases/{id}/pages/{ordinal}`: the picture of a page, and `…/preview`: a small one of a page that
//! is still on its way.

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
use crate::store::page::Shown;
use crate::{Center, database, refusal, store};

pub async fn page(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path((id, ordinal)): Path<(String, String)>,
) -> Result<Response> {
    let shown = find(&center, &signed, &id, &ordinal).await?;
    if !shown.stored {
        return Err(Error::Refused(&refusal::PAGE_ON_ITS_WAY));
    }
    let name = Name::new(&shown.feed, &shown.sha256);
    let bytes = center.blobs.read(&center.seals, &name).await?;
    // What it is called was said by a station: a browser gets a picture, or bytes to keep.
    let known = MEDIA_TYPES
        .into_iter()
        .find(|name| *name == shown.media_type);
    picture(known.unwrap_or("application/octet-stream"), bytes)
}

/// Not of a page that is here: that is what counts, and what is looked at.
pub async fn preview(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path((id, ordinal)): Path<(String, String)>,
) -> Result<Response> {
    let shown = find(&center, &signed, &id, &ordinal).await?;
    let name = Name::new(&shown.feed, &shown.sha256);
    let small = match shown.stored {
        true => None,
        false => center.blobs.preview(&center.seals, &name).await?,
    };
    picture("image/jpeg", small.ok_or_else(not_found)?)
}

async fn find(center: &Center, signed: &Signed, id: &str, ordinal: &str) -> Result<Shown> {
    let staff = &signed.member.staff;
    let ordinal = ordinal.parse().map_err(|_| not_found())?;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let shown = store::page::find(&tx, read_id(id)?, ordinal, &staff.area).await?;
    shown.ok_or_else(not_found)
}

fn not_found() -> Error {
    Error::Refused(&refusal::REQUEST_NOT_FOUND)
}

fn picture(media_type: &'static str, bytes: Vec<u8>) -> Result<Response> {
    Response::builder()
        .header(CONTENT_TYPE, media_type)
        .body(Body::from(bytes))
        .map_err(|error| Error::Fault(error.to_string()))
}
