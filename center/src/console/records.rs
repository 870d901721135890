//! `/api/records`: residents' records, found by a document or from a case, and what corrects them.

use std::sync::Arc;

use audit::Event;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use domain::decide::find_person;
use domain::division::Level;
use domain::record::{Merge, MoveHome, Renumber, SettleAnswer, Split};
use domain::{
    Act, Division, Document, DocumentKind, Id, Identity, Person, Seen, Sex, Staff, State as Known,
    by_hand, id_number,
};
use serde::Deserialize;

use super::case::read_id;
use super::guard::Signed;
use super::review::answered;
use super::view::masked;
use super::view::records::{Community, CorrectionWish, RecordLine, RecordPage, RecordWish};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::store::staff::Role;
use crate::{Center, database, refusal, store, wire};

/// Characters of a reason.
const REASON: std::ops::RangeInclusive<usize> = 2..=200;
/// Characters of a name.
const NAME: usize = 50;
/// Communities of one search.
const HOMES: usize = 20;
/// Cases that one correction moves.
const CASES: usize = 200;

/// The routes.
pub fn routes() -> Router<Arc<Center>> {
    Router::new()
        .route("/records/find", post(find))
        .route("/records/homes", get(homes))
        .route("/records/{id}", get(record))
        .route("/records/{id}/correct", post(correct))
}

/// Where somebody comes from.
#[derive(Deserialize)]
struct From {
    /// The case that was on screen.
    #[serde(default)]
    case: bool,
}

/// A part of a community's name, or the beginning of its code.
#[derive(Deserialize)]
struct Sought {
    search: String,
}

/// Communities of the city that somebody can move to.
async fn homes(
    State(center): State<Arc<Center>>,
    Extension(_): Extension<Signed>,
    Query(sought): Query<Sought>,
) -> Result<Response> {
    let text: String = sought.search.trim().chars().take(NAME).collect();
    let found = center.divisions.find_communities(&text, HOMES);
    let homes = found.into_iter().map(|(code, name)| {
        let within = [9, 6].map(|digits| Division(code.0[..digits].to_owned()));
        Community {
            within: within
                .iter()
                .map(|area| center.divisions.name(area))
                .collect(),
            code,
            name,
        }
    });
    Ok(wire::answer(false, &homes.collect::<Vec<_>>()))
}

/// Who in the reader's area answers to a document.
async fn find(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    request: Request<Body>,
) -> Result<Response> {
    signed.must_review()?;
    let wish: RecordWish = wire::read(request, wire::SMALL).await?;
    let document = document(wish.kind, &wish.number)?;
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let hash = store::identity::hash(&center.seals, &document);
    let ids = store::identity::people(&tx, &[hash]).await?;
    let mut people = store::person::get(&tx, &center.seals, &ids).await?;
    people.retain(|person| person.merged_into.is_none());
    for person in &people {
        seen(&center, &tx, staff, person.id, "number").await?;
    }
    tx.commit().await?;
    let lines = people.into_iter().map(|person| RecordLine {
        person: person.id,
        formerly: person.identity.document != document,
        number_masked: id_number::mask(&person.identity.document.number),
        name: person.identity.name,
        birth: person.identity.birth,
        address: person.identity.address,
        home_name: center.divisions.name(&person.home),
    });
    Ok(wire::answer(false, &lines.collect::<Vec<_>>()))
}

/// A record of the reader's area. One that was joined to another leads to that one.
async fn record(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Query(from): Query<From>,
) -> Result<Response> {
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let page = page(&center, &tx, &signed, read_id(&id)?).await?;
    let how = if from.case { "case" } else { "number" };
    seen(&center, &tx, staff, page.person.id, how).await?;
    tx.commit().await?;
    Ok(wire::answer(false, &page))
}

async fn correct(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let not_found = || Error::Refused(&refusal::REQUEST_NOT_FOUND);
    let staff = &signed.member.staff;
    let person = {
        let mut client = center.database.console().await?;
        let tx = database::actor(&mut client, staff).await?;
        in_area(&center, &tx, read_id(&id)?).await?
    };
    let person = person.ok_or_else(not_found)?;
    signed.must_review()?;
    let wish: CorrectionWish = wire::read(request, wire::SMALL).await?;
    if let CorrectionWish::Merge { gone, .. } = &wish {
        let mut client = center.database.console().await?;
        let tx = database::actor(&mut client, staff).await?;
        in_area(&center, &tx, *gone).await?.ok_or_else(not_found)?;
    }
    let act = act(&center, &person, wish).await?;
    answered(center.act(staff.clone(), act).await?)?;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let page = page(&center, &tx, &signed, person.id).await?;
    Ok(wire::answer(false, &page))
}

async fn act(center: &Center, person: &Person, wish: CorrectionWish) -> Result<Act> {
    let id = person.id;
    Ok(match wish {
        CorrectionWish::Answer { field, value, seen } => Act::SettleAnswer(SettleAnswer {
            person: id,
            field,
            value,
            seen,
        }),
        CorrectionWish::Renumber {
            kind,
            number,
            birth,
            reason,
        } => {
            let document = document(kind, &number)?;
            let mut identity = Identity {
                document,
                ..person.identity.clone()
            };
            say_what_the_number_says(&mut identity, birth);
            Act::Renumber(Renumber {
                person: id,
                identity,
                reason: reason_of(&reason)?,
            })
        }
        CorrectionWish::Merge { gone, reason } => Act::Merge(Merge {
            keep: id,
            gone,
            reason: reason_of(&reason)?,
        }),
        CorrectionWish::Split {
            cases,
            kind,
            number,
            name,
            birth,
            reason,
        } => {
            let document = document(kind, &number)?;
            if cases.len() > CASES || name.chars().count() > NAME {
                return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
            }
            Act::Split(Split {
                person: id,
                other: other(center, document, name.trim(), birth).await?,
                cases,
                reason: reason_of(&reason)?,
            })
        }
        CorrectionWish::Move { home, reason } => {
            if !center.divisions.knows(&home) {
                return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
            }
            Act::MoveHome(MoveHome {
                person: id,
                home,
                reason: reason_of(&reason)?,
            })
        }
    })
}

/// Who a document names: as the city knows them, or as the document can say.
async fn other(
    center: &Center,
    document: Document,
    name: &str,
    birth: Option<chrono::NaiveDate>,
) -> Result<Identity> {
    let mut identity = Identity {
        document,
        name: name.to_owned(),
        latin_name: None,
        sex: Sex::Unknown,
        ethnic: None,
        birth: birth.unwrap_or_default(),
        address: String::new(),
        issuer: String::new(),
        valid_from: None,
        valid_to: None,
        nationality: None,
    };
    say_what_the_number_says(&mut identity, birth);
    let hash = store::identity::hash(&center.seals, &identity.document);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let ids = store::identity::people(&tx, &[hash]).await?;
    let mut known = Known::empty(true);
    known.people = Seen::all(store::person::get(&tx, &center.seals, &ids).await?);
    Ok(match find_person(&known, &identity) {
        Ok(Some(person)) if person.identity.document == identity.document => {
            person.identity.clone()
        }
        _ => identity,
    })
}

fn say_what_the_number_says(identity: &mut Identity, birth: Option<chrono::NaiveDate>) {
    match id_number::parse(&identity.document.number) {
        Ok(parsed) if identity.document.kind != DocumentKind::Foreigner2017 => {
            (identity.birth, identity.sex) = (parsed.birth, parsed.sex);
        }
        _ => identity.birth = birth.unwrap_or(identity.birth),
    }
}

fn document(kind: DocumentKind, number: &str) -> Result<Document> {
    let number = by_hand::normal_number(number);
    let fits = number.len() <= 20 && number.bytes().all(|b| b.is_ascii_alphanumeric());
    match fits {
        true => Ok(Document { kind, number }),
        false => Err(Error::because(
            &refusal::REVIEW_REJECTED,
            vec![domain::Reason::new("identity.bad_number")],
        )),
    }
}

fn reason_of(reason: &str) -> Result<String> {
    let reason = reason.trim();
    match REASON.contains(&reason.chars().count()) && !reason.contains('\0') {
        true => Ok(reason.to_owned()),
        false => Err(Error::Refused(&refusal::NUMBER_NO_REASON)),
    }
}

async fn in_area(center: &Center, tx: &Tx<'_>, id: Id) -> Result<Option<Person>> {
    let people = store::person::get(tx, &center.seals, &[id]).await?;
    let found = people.into_iter().next();
    let Some(into) = found.as_ref().and_then(|person| person.merged_into) else {
        return Ok(found);
    };
    let people = store::person::get(tx, &center.seals, &[into]).await?;
    Ok(people.into_iter().next())
}

async fn page(center: &Center, tx: &Tx<'_>, signed: &Signed, id: Id) -> Result<RecordPage> {
    let staff = &signed.member.staff;
    let person = in_area(center, tx, id).await?;
    let person = person.ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))?;
    let cases = store::cases::of_people(tx, &[person.id]).await?;
    let (feeds, all) = {
        let mut client = center.database.decide().await?;
        let whole = database::begin(&mut client).await?;
        let feeds = store::person_feed::get(&whole, &[person.id]).await?;
        let all = store::cases::of_people(&whole, &[person.id]).await?;
        (feeds, all.len())
    };
    let mut carried: Vec<Division> = feeds.into_values().flatten().collect();
    carried.sort_by_key(|feed| *feed != person.home);
    let reviews = signed.member.role == Role::Reviewer;
    let level = staff.area.level();
    let may_move = reviews && level != Level::Community;
    Ok(RecordPage {
        elsewhere: all.saturating_sub(cases.len()) as u64,
        home_name: center.divisions.name(&person.home),
        carried: carried
            .iter()
            .map(|feed| center.divisions.name(feed))
            .collect(),
        may_correct: reviews
            && matches!(level, Level::County | Level::City)
            && staff.area.contains(&person.home),
        may_move,
        person: masked(person),
        cases,
    })
}

/// Somebody has looked at a record.
async fn seen(center: &Center, tx: &Tx<'_>, staff: &Staff, person: Id, how: &str) -> Result<()> {
    let event = Event::RecordOpened {
        how: how.to_owned(),
    };
    let about = center.seals.pseudonym(&person);
    store::audit::append_about(tx, Some(staff), &event, about).await
}
