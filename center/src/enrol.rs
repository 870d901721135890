//! The port that asks for no certificate: a one-time code becomes an installation. A locked or
//! expired station comes here too, for `recovery` and `renew`.

use std::sync::Arc;
use std::time::Duration;

use audit::Event;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use domain::new_log::NewLog;
use domain::recovery::Introduction;
use domain::sync::{Enrol, Enrolled};
use domain::{Division, Id};
use ed25519_dalek::VerifyingKey;
use uuid::Uuid;

use crate::center::CITY;
use crate::decide::chain;
use crate::error::{Error, Result};
use crate::store::enrolment_code::Code;
use crate::{Center, database, recovery, refusal, renew, store, wire};

/// What a wrong code costs whoever tries. A code has 70 bits; this keeps the log readable.
const WRONG_CODE_COSTS: Duration = Duration::from_millis(500);

#[derive(Clone)]
struct Shared {
    center: Arc<Center>,
    station_url: String,
}

/// The port's routes; `station_url` is where the mutual TLS port is.
pub fn routes(center: Arc<Center>, station_url: String) -> Router {
    let shared = Shared {
        center: center.clone(),
        station_url,
    };
    Router::new()
        .route("/enrol", post(enrol))
        .route("/centre", get(introduce))
        .with_state(shared)
        .merge(recovery::routes(center.clone()))
        .merge(renew::routes(center.clone()))
        .layer(middleware::from_fn_with_state(center, with_room))
}

/// Takes room for a body before it is read: anybody may knock here.
async fn with_room(
    State(center): State<Arc<Center>>,
    request: Request<Body>,
    next: Next,
) -> Result<Response> {
    let to_come = wire::to_come(request.headers(), wire::SMALL.sent_bytes);
    let _room = center.strangers.take_unknown(to_come).await?;
    Ok(next.run(request).await)
}

/// `GET /centre`: who answers here. A station shows the CA's fingerprint to a person before it
/// tells us anything.
async fn introduce(State(shared): State<Shared>, request: Request<Body>) -> Response {
    let city = Division(CITY.to_owned());
    let introduction = Introduction {
        ca_pem: shared.center.ca.pem.clone(),
        city_name: shared.center.divisions.name(&city),
        city,
    };
    wire::answer(wire::wants_zstd(request.headers()), &introduction)
}

/// The keyed hash of a code as somebody typed it: blanks, dashes do not matter.
pub(crate) fn code_hash(center: &Center, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    center.seals.hash("enrolment", plain.as_bytes())
}

async fn enrol(State(shared): State<Shared>, request: Request<Body>) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let enrol: Enrol = wire::read(request, wire::SMALL).await?;
    let refused = Error::Refused(&refusal::ENROL_BAD_REQUEST);
    let mut key = [0; 32];
    let readable = hex::decode_to_slice(&enrol.log_key, &mut key).is_ok()
        && VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak());
    if !readable {
        return Err(refused);
    }
    let center = &shared.center;
    let hash = code_hash(center, &enrol.code);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let leaves = enrol.new_log.as_ref().map(|new| new.parent);
    let good = |code: &Code| code.parent.is_none() || code.parent == leaves;
    let found = store::enrolment_code::find(&tx, &hash).await?;
    let Some(Code { community, parent }) = found.filter(good) else {
        drop(tx);
        drop(client);
        tokio::time::sleep(WRONG_CODE_COSTS).await;
        return Err(Error::Refused(&refusal::ENROL_BAD_CODE));
    };
    let id = Id(Uuid::now_v7());
    let days = center.config.certificate_days;
    let certificate = center.ca.client(&enrol.request_pem, id, days)?;
    store::installation::add(&tx, id, Some(&community), &key).await?;
    let number = store::installation::number(&tx, id, &community).await?;
    store::installation::certified(&tx, id, certificate.until).await?;
    if let Some(new) = &enrol.new_log {
        // Only a code for this machine can take it elsewhere.
        go_on(&tx, id, &community, parent.is_some(), new, &enrol.log_key).await?;
    }
    let escrow = store::escrow_key::in_force(&tx).await?;
    let used = store::enrolment_code::use_up(&tx, &hash, id).await?;
    // Somebody else used it between the two statements.
    used.ok_or(Error::Refused(&refusal::ENROL_BAD_CODE))?;
    let event = Event::InstallationEnrolled {
        installation: id.0,
        community: community.0.clone(),
    };
    store::audit::append(&tx, None, &event).await?;
    tx.commit().await?;
    tracing::info!(installation = %id, %community, "a station was enrolled");
    let enrolled = Enrolled {
        installation: id,
        community_name: center.divisions.name(&community),
        community,
        certificate_pem: certificate.pem,
        ca_pem: center.ca.pem.clone(),
        station_url: shared.station_url,
        until: Some(certificate.until),
        number,
        escrow,
        centre_key: center.public_key(),
    };
    Ok(wire::answer(packed, &enrolled))
}

/// The log of an installation that was just added goes on from another one: of its community, or, where
/// the code was given for that, of the one that the machine leaves with nothing unsent. Who gave the
/// code has let it; a code that is not used for this stays.
async fn go_on(
    tx: &database::Tx<'_>,
    id: Id,
    community: &Division,
    may_move: bool,
    new: &NewLog,
    log_key: &str,
) -> Result<()> {
    let parent = store::installation::lock(tx, new.parent)
        .await?
        .ok_or(Error::Refused(&refusal::STATION_UNKNOWN))?;
    let moves = parent.community.as_ref() != Some(community);
    if moves && (!may_move || new.n != parent.acked) {
        return Err(Error::at(&refusal::LOG_GAP, parent.acked));
    }
    let there = store::log::link(tx, parent.id, new.n).await?;
    chain::descends(&parent, there.as_deref(), new, log_key)?;
    store::installation::go_on(tx, id, new).await?;
    if moves {
        store::installation::comes_from(tx, id, parent.id).await?;
    }
    tracing::info!(installation = %id, parent = %parent.id, n = new.n, "a log goes on in a new one");
    Ok(())
}
