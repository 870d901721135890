//! `POST /api/cases/{id}/review`: a reviewer's word, decided like every other command.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::command::Review;
use domain::{Act, Outcome};

use super::case::{read_id, view};
use super::guard::Signed;
use super::view::ReviewWord;
use crate::error::{Error, Result};
use crate::{Center, refusal, wire};

pub async fn review(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let case = read_id(&id)?;
    let staff = &signed.member.staff;
    // Not of this area: not found, whatever the role and whatever the word.
    view(&center, staff, case).await?;
    signed.must_review()?;
    let word: ReviewWord = wire::read(request, wire::SMALL).await?;
    let act = Act::Review(Review {
        case,
        version: word.version,
        decision: word.decision,
    });
    answered(center.act(staff.clone(), act).await?)?;
    Ok(wire::answer(false, &view(&center, staff, case).await?))
}

/// A refused word is a refused request: the page stays where it is and shows why.
pub fn answered(outcome: Outcome) -> Result<()> {
    let reasons = match outcome {
        Outcome::Accepted | Outcome::Awaiting { .. } => return Ok(()),
        Outcome::Rejected { reasons } => reasons,
        Outcome::Held { reason } => vec![reason],
    };
    Err(Error::because(&refusal::REVIEW_REJECTED, reasons))
}
