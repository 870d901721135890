//! Requests of locked stations. A locked station has no certificate to show – its key lies sealed in
//! the store – so it comes to the port that asks for none, or an officer brings its request in as
//! a file. Who really asks is settled over the phone: both sides read the same code.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use chrono::{TimeDelta, Utc};
use crypto::BoxPublicKey;
use domain::Id;
use domain::recovery::{
    self, Ask, Asked, HOURS, Look, Stands, TEXT_LIMIT_BYTES, WORDS_LIMIT, are_sealed,
};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::store::recovery_event::{self, What};
use crate::store::recovery_request::{self, State as Became};
use crate::store::{self, recovery_approval, recovery_share};
use crate::{Center, database, refusal, wire};

/// Requests of one machine within an hour.
const HOURLY: u64 = 6;
/// Requests that wait in the whole city.
const WAITING: u64 = 500;
/// What a request that names nothing of ours costs whoever sends it.
const STRANGER_COSTS: Duration = Duration::from_millis(500);
/// Requests worked on at once: strangers may knock here.
static SLOTS: Semaphore = Semaphore::const_new(4);

/// The routes of the port that asks for no certificate.
pub(crate) fn routes(center: Arc<Center>) -> Router {
    Router::new()
        .route("/recovery", post(ask))
        .route("/recovery/look", post(look))
        .with_state(center)
}

async fn ask(State(center): State<Arc<Center>>, request: Request<Body>) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let asked: Asked = wire::read(request, wire::SMALL).await?;
    let _slot = slot().await?;
    match take(&center, asked.ask, None).await {
        Ok(taken) => Ok(wire::answer(packed, &stands(&center, &taken).await?)),
        Err(error) => {
            tokio::time::sleep(STRANGER_COSTS).await;
            Err(error)
        }
    }
}

async fn look(State(center): State<Arc<Center>>, request: Request<Body>) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let look: Look = wire::read(request, wire::SMALL).await?;
    let _slot = slot().await?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = recovery_request::find(&tx, look.request).await?;
    let Some(found) = found.filter(|found| found.hash == look.hash) else {
        drop(tx);
        drop(client);
        tokio::time::sleep(STRANGER_COSTS).await;
        return Err(Error::Refused(&refusal::RECOVERY_UNKNOWN));
    };
    if matches!(found.state, Became::Answered(Some(_))) && !found.expired {
        recovery_event::record(&tx, What::Fetched, None, Some(&found)).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    drop(client);
    Ok(wire::answer(packed, &stands(&center, &found).await?))
}

/// Takes a request in; the same one again is the same. `by` is the officer who brought it as a
/// file, who is not counted against the machine's limit.
pub(crate) async fn take(
    center: &Center,
    text: String,
    by: Option<Id>,
) -> Result<recovery_request::Request> {
    let ask = read(&text)?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let unknown = || Error::Refused(&refusal::STATION_UNKNOWN);
    let installation = store::installation::find(&tx, ask.installation).await?;
    let installation = installation.ok_or_else(unknown)?;
    let community = installation.community.ok_or_else(unknown)?;
    if installation.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    let escrow_key = match ask.escrow_key {
        Some(key) if !ask.sealed.is_empty() => key,
        _ => {
            let deposit = store::deposit::find(&tx, ask.installation).await?;
            let none = || Error::Refused(&refusal::RECOVERY_NO_DEPOSIT);
            deposit.ok_or_else(none)?.escrow_key
        }
    };
    let known = store::escrow_key::find(&tx, &escrow_key).await?;
    known.ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN_KEY))?;
    let (hourly, waiting) = recovery_request::counts(&tx, ask.installation).await?;
    if by.is_none() && (hourly >= HOURLY || waiting >= WAITING) {
        return Err(Error::wait(&refusal::RECOVERY_TOO_MANY, 3600));
    }
    let now = Utc::now();
    let request = recovery_request::Request {
        id: ask.id,
        installation: ask.installation,
        community,
        escrow_key,
        hash: recovery::hash(&text),
        ask: text,
        received_at: now,
        expires_at: now + TimeDelta::hours(HOURS),
        state: Became::Waiting,
        expired: false,
    };
    if recovery_request::add(&tx, &request).await? {
        let what = if by.is_some() {
            What::BroughtIn
        } else {
            What::Asked
        };
        recovery_event::record(&tx, what, by, Some(&request)).await?;
        tx.commit().await?;
        tracing::info!(installation = %request.installation, "a station asks for its key");
        return Ok(request);
    }
    let same = recovery_request::find(&tx, request.id).await?;
    let same = same.filter(|same| same.hash == request.hash);
    same.ok_or(Error::Refused(&refusal::RECOVERY_UNKNOWN))
}

/// A request as text. Only the form is checked: what is sealed in it nobody can read yet.
fn read(text: &str) -> Result<Ask> {
    let malformed = || Error::Refused(&refusal::REQUEST_MALFORMED);
    if text.len() > TEXT_LIMIT_BYTES || text.contains('\0') {
        return Err(malformed());
    }
    let ask: Ask = serde_json::from_str(text).map_err(|_| malformed())?;
    let short = |words: &str| words.chars().count() <= WORDS_LIMIT && !words.contains('\0');
    let written = [&ask.by, &ask.login, &ask.note]
        .into_iter()
        .all(|words| short(words));
    let to = hex::decode(&ask.to)
        .ok()
        .and_then(|bytes| BoxPublicKey::read(&bytes));
    match written && to.is_some() && are_sealed(&ask.sealed) {
        true => Ok(ask),
        false => Err(malformed()),
    }
}

async fn stands(center: &Center, request: &recovery_request::Request) -> Result<Stands> {
    Ok(match &request.state {
        Became::Refused(reason) => Stands::Refused {
            reason: reason.clone(),
        },
        _ if request.expired => Stands::Expired,
        Became::Answered(None) => Stands::Expired,
        Became::Answered(Some(answer)) => Stands::Answered {
            answer: answer.clone(),
        },
        Became::Waiting => {
            let mut client = center.database.decide().await?;
            let tx = database::begin(&mut client).await?;
            let approvals = recovery_approval::of(&tx, &[request.id]).await?;
            Stands::Waiting {
                approvals: u32::try_from(approvals.len()).unwrap_or(u32::MAX),
            }
        }
    })
}

async fn slot() -> Result<tokio::sync::SemaphorePermit<'static>> {
    SLOTS
        .acquire()
        .await
        .map_err(|_| Error::Fault("recovery slots are closed".to_owned()))
}

impl Center {
    /// Takes away answers and passed-on shares whose time is over.
    pub(crate) async fn forget_recoveries(&self) -> Result<()> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        recovery_share::remove_expired(&tx).await?;
        recovery_request::forget_answers(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
