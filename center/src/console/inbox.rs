//! `GET /api/inbox`: what lies at the reader's own level in their own area, due first.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use chrono::{NaiveDate, Utc};
use domain::{Case, Id, Person, Stage, id_number};

use super::LIST_LIMIT;
use super::guard::Signed;
use super::view::InboxLine;
use crate::error::Result;
use crate::{Center, database, due, store, wire};

pub async fn inbox(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let cases = store::cases::inbox(&tx, &staff.area, staff.area.level(), LIST_LIMIT).await?;
    let mut people: Vec<_> = cases.iter().map(|(case, _)| case.person).collect();
    people.sort();
    people.dedup();
    let people = store::person::get(&tx, &center.seals, &people).await?;
    let people: BTreeMap<Id, Person> = people.into_iter().map(|p| (p.id, p)).collect();
    let today = due::day_of(Utc::now());
    let lines: Vec<_> = cases
        .into_iter()
        .filter_map(|(case, due)| line(&center, &people, case, due, today))
        .collect();
    Ok(wire::answer(false, &lines))
}

fn line(
    center: &Center,
    people: &BTreeMap<Id, Person>,
    case: Case,
    due: NaiveDate,
    today: NaiveDate,
) -> Option<InboxLine> {
    let identity = &people.get(&case.person)?.identity;
    let Stage::InReview { step } = case.stage else {
        return None;
    };
    Some(InboxLine {
        case: case.id,
        step,
        person_name: identity.name.clone(),
        number_masked: id_number::mask(&identity.document.number),
        community_name: center.divisions.name(&case.filed_at),
        community: case.filed_at,
        business: case.business,
        serial: case.serial,
        acted_on: case.acted_on,
        due,
        overdue: due < today,
        pending: case.pending,
    })
}
