//! `GET /api/cases/{id}`: a case of the reader's area, beside its person.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use chrono::Utc;
use domain::command::{Decision, Review};
use domain::identity::Evidence;
use domain::{
    Act, Case, Command, Id, Outcome, Person, Reason, Seen, Staff, State as Known, decide,
};
use uuid::Uuid;

use super::guard::Signed;
use super::view::{CaseView, masked};
use crate::error::{Error, Result};
use crate::{Center, database, due, refusal, store, wire};

pub async fn case(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
) -> Result<Response> {
    let view = view(&center, &signed.member.staff, read_id(&id)?).await?;
    Ok(wire::answer(false, &view))
}

/// An id of a path; one that is none is simply not found.
pub fn read_id(text: &str) -> Result<Id> {
    text.parse()
        .map_err(|_| Error::Refused(&refusal::REQUEST_NOT_FOUND))
}

/// Fails with `request.not_found` for every case outside the reader's area.
pub async fn view(center: &Center, staff: &Staff, id: Id) -> Result<CaseView> {
    let not_found = || Error::Refused(&refusal::REQUEST_NOT_FOUND);
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let (case, due) = store::cases::find(&tx, id, &staff.area)
        .await?
        .ok_or_else(not_found)?;
    let people = store::person::get(&tx, &center.seals, &[case.person]).await?;
    let person = people.into_iter().next().ok_or_else(not_found)?;
    let cases = store::cases::of_people(&tx, &[case.person]).await?;
    let bars = bars(center, staff, &case, &person, &cases);
    let words = store::command::find(&tx, &center.seals, case.command).await?;
    Ok(CaseView {
        typed: words.and_then(|(_, body)| typed(&body)),
        community_name: center.divisions.name(&case.filed_at),
        others: cases
            .into_iter()
            .filter(|other| other.id != case.id)
            .collect(),
        person: masked(person),
        case,
        due,
        bars,
    })
}

/// Why no card was read for the filing; None when one was.
fn typed(body: &str) -> Option<String> {
    match serde_json::from_str::<Command>(body).ok()?.act {
        Act::Submit(submit) => match submit.evidence {
            Evidence::Typed { reason } => Some(reason),
            _ => None,
        },
        _ => None,
    }
}

/// Asks the decider what it would say to an approval, on what the reader may know.
fn bars(
    center: &Center,
    staff: &Staff,
    case: &Case,
    person: &Person,
    cases: &[Case],
) -> Vec<Reason> {
    let now = Utc::now();
    let decision = Decision::Approve {
        opinion: String::new(),
    };
    let command = Command {
        id: Id(Uuid::now_v7()),
        after: None,
        replaces: None,
        by: staff.clone(),
        acted_on: due::day_of(now),
        made_at: now,
        catalogue: center.catalog.hash.clone(),
        act: Act::Review(Review {
            case: case.id,
            version: case.version,
            decision,
        }),
    };
    let known = Known {
        people: Seen::some(vec![person.clone()]),
        cases: Seen::some(cases.to_vec()),
        stored: Seen::some(Vec::new()),
        held: Seen::some(Vec::new()),
    };
    match decide(&known, &command, &center.catalog)
        .into_facts(command.id)
        .0
    {
        Outcome::Rejected { reasons } => reasons,
        Outcome::Held { reason } => vec![reason],
        Outcome::Accepted | Outcome::Awaiting { .. } => Vec::new(),
    }
}
