//! `POST /api/cases/{id}/number`: a number in full, for a reason that is kept.

use std::sync::Arc;

use audit::Event;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::case::read_id;
use super::guard::Signed;
use super::view::{FullNumber, NumberWish};
use crate::error::{Error, Result};
use crate::{Center, database, refusal, store, trail, wire};

/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 2..=200;

pub async fn number(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let not_found = || Error::Refused(&refusal::REQUEST_NOT_FOUND);
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let found = store::cases::find(&tx, read_id(&id)?, &staff.area).await?;
    let (case, _) = found.ok_or_else(not_found)?;
    signed.must_review()?;
    let wish: NumberWish = wire::read(request, wire::SMALL).await?;
    let reason = trail::plain(&wish.reason)?;
    if !REASON.contains(&reason.chars().count()) || reason.contains('\0') {
        return Err(Error::Refused(&refusal::NUMBER_NO_REASON));
    }
    let number = store::person::find_number(&tx, &center.seals, case.person)
        .await?
        .ok_or_else(not_found)?;
    let event = Event::NumberRead {
        case: case.id.0,
        reason: reason.to_owned(),
    };
    let about = center.seals.pseudonym(&case.person);
    store::audit::append_about(&tx, Some(staff), &event, about).await?;
    tx.commit().await?;
    Ok(wire::answer(false, &FullNumber { number }))
}
