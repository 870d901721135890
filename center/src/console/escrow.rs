//! `/api/escrow`: the key officers' page. Keys, requests of locked stations, what was done.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router, middleware};
use crypto::{BoxPublicKey, Suite};
use domain::recovery::{Ask, spoken_code};
use domain::{Id, Staff};
use zeroize::Zeroizing;

use super::case::read_id;
use super::guard::{self, Signed};
use super::view::escrow::{
    AnswerText, ApproveWord, ApprovedView, BringWord, Brought, CeremonyWord, EscrowKeyLine,
    EscrowView, PassphraseWord, RecoveryLine, RecoveryState, RecoveryStep, RefuseWord,
};
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::escrow::{self, Hand};
use crate::store::recovery_event::{self, What};
use crate::store::recovery_request::{self, State as Became};
use crate::store::staff::{Member, Role};
use crate::store::{self, recovery_approval};
use crate::{Center, database, recovery, refusal, wire};

/// Requests and steps that are listed.
const LIMIT: i64 = 100;
/// Characters of the reason for a refusal.
const REASON: std::ops::RangeInclusive<usize> = 2..=200;

/// The page's routes; only key officers pass.
pub fn routes() -> Router<Arc<Center>> {
    Router::new()
        .route("/escrow", get(view))
        .route("/escrow/keys", post(make))
        .route("/escrow/passphrase", post(passphrase))
        .route("/escrow/requests", post(bring_in))
        .route("/escrow/requests/{id}/approve", post(approve))
        .route("/escrow/requests/{id}/refuse", post(refuse))
        .route("/escrow/requests/{id}/answer", get(answer))
        .layer(middleware::from_fn(guard::officers))
}

/// Requests and steps are read through the officer's own area; keys, shares and names with the whole
/// city's eyes: they belong to no area.
async fn view(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    let me = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, me).await?;
    let requests = recovery_request::list(&tx, &me.area, LIMIT).await?;
    let steps = recovery_event::list(&tx, &me.area, LIMIT).await?;
    drop(tx);
    drop(client);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let keys = store::escrow_key::all(&tx).await?;
    let (sealed, stations) = match keys.first() {
        Some(made) => store::deposit::counts(&tx, &made.key.id).await?,
        None => (0, 0),
    };
    let mut lines = Vec::new();
    let mut holders = BTreeMap::new();
    for made in keys {
        let shares = store::escrow_share::of_key(&tx, &made.key.id).await?;
        let officers: Vec<Id> = shares.iter().map(|share| share.staff).collect();
        let names = store::staff::names(&tx, &officers).await?;
        lines.push(EscrowKeyLine {
            suite: suite_of(&made.key.public),
            fingerprint: made.key.fingerprint(),
            made_at: made.at,
            officers: officers.iter().map(|id| name_of(&names, *id)).collect(),
            mine: officers.contains(&me.id),
            id: made.key.id.clone(),
        });
        holders.insert(made.key.id, officers);
    }
    let view = EscrowView {
        keys: lines,
        sealed,
        stations,
        requests: request_lines(&center, &tx, me, requests, &holders).await?,
        history: step_lines(&center, &tx, steps).await?,
    };
    Ok(wire::answer(false, &view))
}

async fn request_lines(
    center: &Center,
    tx: &Tx<'_>,
    me: &Staff,
    requests: Vec<recovery_request::Request>,
    holders: &BTreeMap<String, Vec<Id>>,
) -> Result<Vec<RecoveryLine>> {
    let ids: Vec<Id> = requests.iter().map(|request| request.id).collect();
    let approvals = recovery_approval::of(tx, &ids).await?;
    let officers: Vec<Id> = approvals.iter().map(|approval| approval.staff).collect();
    let names = store::staff::names(tx, &officers).await?;
    let mut lines = Vec::new();
    for request in requests {
        let Ok(ask) = serde_json::from_str::<Ask>(&request.ask) else {
            continue;
        };
        let by: Vec<Id> = approvals
            .iter()
            .filter(|approval| approval.request == request.id)
            .map(|approval| approval.staff)
            .collect();
        let installation = store::installation::find(tx, request.installation).await?;
        let member = store::staff::find_by_login(tx, &ask.login).await?;
        let works_there = |member: &Member| {
            member.role == Role::Station && member.staff.area.contains(&request.community)
        };
        lines.push(RecoveryLine {
            request: request.id,
            code: spoken_code(&request.hash),
            community_name: center.divisions.name(&request.community),
            number: installation.and_then(|installation| installation.number),
            cause: ask.cause,
            by: ask.by,
            staff_name: member.filter(works_there).map(|member| member.staff.name),
            login: ask.login,
            note: ask.note,
            received_at: request.received_at,
            expires_at: request.expires_at,
            state: match (&request.state, request.expired) {
                (Became::Refused(_), _) => RecoveryState::Refused,
                (_, true) | (Became::Answered(None), _) => RecoveryState::Expired,
                (Became::Answered(Some(_)), false) => RecoveryState::Answered,
                (Became::Waiting, false) => RecoveryState::Waiting,
            },
            approved_by: by.iter().map(|id| name_of(&names, *id)).collect(),
            approved_by_me: by.contains(&me.id),
            mine: holders
                .get(&request.escrow_key)
                .is_some_and(|officers| officers.contains(&me.id)),
            refusal: match request.state {
                Became::Refused(reason) => Some(reason),
                _ => None,
            },
            hash: request.hash,
            community: request.community,
        });
    }
    Ok(lines)
}

async fn step_lines(
    center: &Center,
    tx: &Tx<'_>,
    steps: Vec<recovery_event::Event>,
) -> Result<Vec<RecoveryStep>> {
    let officers: Vec<Id> = steps.iter().filter_map(|step| step.staff).collect();
    let names = store::staff::names(tx, &officers).await?;
    let line = |step: recovery_event::Event| RecoveryStep {
        at: step.at,
        what: step.what,
        officer: step.staff.map(|id| name_of(&names, id)),
        community_name: step.community.map(|place| center.divisions.name(&place)),
        code: step.hash.map(|hash| spoken_code(&hash)),
    };
    Ok(steps.into_iter().map(line).collect())
}

async fn make(State(center): State<Arc<Center>>, request: Request<Body>) -> Result<Response> {
    let word: CeremonyWord = wire::read(request, wire::SMALL).await?;
    let suite = Suite::of(word.suite).ok_or(Error::Refused(&refusal::REQUEST_MALFORMED))?;
    let hands = word.officers.into_iter().map(|hand| Hand {
        login: hand.login,
        password: Zeroizing::new(hand.password),
        passphrase: Zeroizing::new(hand.passphrase),
    });
    escrow::make(&center, hands.collect(), suite).await?;
    Ok(wire::answer(false, &()))
}

async fn passphrase(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    request: Request<Body>,
) -> Result<Response> {
    let word: PassphraseWord = wire::read(request, wire::SMALL).await?;
    let (old, new) = (Zeroizing::new(word.old), Zeroizing::new(word.new));
    escrow::change_passphrase(&center, &signed.member, old, new).await?;
    Ok(wire::answer(false, &()))
}

async fn bring_in(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    request: Request<Body>,
) -> Result<Response> {
    let word: BringWord = wire::read(request, wire::SMALL).await?;
    let me = &signed.member.staff;
    let text = word.ask.trim().to_owned();
    let taken = recovery::take(&center, text, Some(me.id)).await?;
    if !me.area.contains(&taken.community) {
        return Err(Error::Refused(&refusal::REQUEST_NOT_FOUND));
    }
    let brought = Brought { request: taken.id };
    Ok(wire::answer(false, &brought))
}

async fn approve(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let id = found(&center, &signed, &id).await?.id;
    let word: ApproveWord = wire::read(request, wire::SMALL).await?;
    let passphrase = Zeroizing::new(word.passphrase);
    let approved = escrow::approve(&center, &signed.member, id, &word.hash, passphrase).await?;
    let view = ApprovedView {
        approvals: approved.approvals,
        release_code: approved.release_code.map(|code| code.to_string()),
    };
    Ok(wire::answer(false, &view))
}

async fn refuse(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Result<Response> {
    let id = found(&center, &signed, &id).await?.id;
    let word: RefuseWord = wire::read(request, wire::SMALL).await?;
    let reason = word.reason.trim();
    if !REASON.contains(&reason.chars().count()) || reason.contains('\0') {
        return Err(Error::Refused(&refusal::RECOVERY_NO_REASON));
    }
    escrow::refuse(&center, &signed.member, id, reason).await?;
    Ok(wire::answer(false, &()))
}

async fn answer(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
) -> Result<Response> {
    let found = found(&center, &signed, &id).await?;
    let expired = || Error::Refused(&refusal::RECOVERY_EXPIRED);
    let Became::Answered(text) = &found.state else {
        return Err(Error::Refused(&refusal::REQUEST_NOT_FOUND));
    };
    let text = text
        .clone()
        .filter(|_| !found.expired)
        .ok_or_else(expired)?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let who = Some(signed.member.staff.id);
    recovery_event::record(&tx, What::TakenOut, who, Some(&found)).await?;
    tx.commit().await?;
    Ok(wire::answer(false, &AnswerText { answer: text }))
}

/// The request, if it lies in the officer's area.
async fn found(center: &Center, signed: &Signed, id: &str) -> Result<recovery_request::Request> {
    let me = &signed.member.staff;
    let mut client = center.database.console().await?;
    let tx = database::actor(&mut client, me).await?;
    let found = recovery_request::find_in(&tx, read_id(id)?, &me.area).await?;
    found.ok_or(Error::Refused(&refusal::REQUEST_NOT_FOUND))
}

fn suite_of(public: &str) -> u8 {
    let key = hex::decode(public)
        .ok()
        .and_then(|bytes| BoxPublicKey::read(&bytes));
    key.map_or(0, |key| key.suite().id())
}

fn name_of(names: &BTreeMap<Id, String>, id: Id) -> String {
    names.get(&id).cloned().unwrap_or_default()
}
