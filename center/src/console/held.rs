//! `/api/held`: commands that wait for somebody, and that somebody's word.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use domain::command::{Settle, Submit};
use domain::{Act, Command, id_number};

use super::LIST_LIMIT;
use super::case::read_id;
use super::guard::Signed;
use super::review::answered;
use super::view::{HeldFiling, HeldLine, KnownPerson, SettleWord};
use crate::error::{Error, Result};
use crate::{Center, database, refusal, store, wire};

pub async fn list(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let mut lines = Vec::new();
    for held in store::held::list(&tx, &staff.area, LIST_LIMIT).await? {
        let words = store::command::find(&tx, &center.seals, held.command).await?;
        let command = words.and_then(|(_, body)| serde_json::from_str::<Command>(&body).ok());
        let filing = command.as_ref().and_then(|command| match &command.act {
            Act::Submit(submit) => Some((command, submit)),
            _ => None,
        });
        let known = match filing {
            Some((_, submit)) => known_under(&center, submit).await?,
            None => Vec::new(),
        };
        lines.push(HeldLine {
            command: held.command,
            since: held.since,
            reason: held.reason,
            waits_for: held.waits_for,
            community_name: held.feed.as_ref().map(|feed| center.divisions.name(feed)),
            community: held.feed,
            filing: filing.map(|(command, submit)| describe(command, submit)),
            known,
        });
    }
    Ok(wire::answer(false, &lines))
}

pub async fn settle(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(command): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let command = read_id(&command)?;
    let staff = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, staff).await?;
    let here = store::held::is_in_area(&tx, command, &staff.area).await?;
    drop(tx);
    drop(client);
    if !here {
        return Err(Error::Refused(&refusal::REQUEST_NOT_FOUND));
    }
    signed.must_review()?;
    let word: SettleWord = wire::read(request, wire::SMALL).await?;
    let how = word.settlement;
    let act = Act::Settle(Settle { command, how });
    answered(center.act(staff.clone(), act).await?)?;
    Ok(wire::answer(false, &()))
}

fn describe(command: &Command, submit: &Submit) -> HeldFiling {
    let identity = &submit.identity;
    HeldFiling {
        business: submit.business.clone(),
        serial: submit.serial.clone(),
        by: command.by.name.clone(),
        acted_on: command.acted_on,
        name: identity.name.clone(),
        number_masked: id_number::mask(&identity.document.number),
        birth: identity.birth,
        address: identity.address.clone(),
    }
}

/// With the whole city's eyes: the other person may live anywhere, and whether two people are one
/// is exactly what has to be settled.
async fn known_under(center: &Center, submit: &Submit) -> Result<Vec<KnownPerson>> {
    let hash = store::identity::hash(&center.seals, &submit.identity.document);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let ids = store::identity::people(&tx, &[hash]).await?;
    let people = store::person::get(&tx, &center.seals, &ids).await?;
    let known = people.into_iter().map(|person| KnownPerson {
        person: person.id,
        name: person.identity.name,
        birth: person.identity.birth,
        address: person.identity.address,
        home_name: center.divisions.name(&person.home),
    });
    Ok(known.collect())
}
