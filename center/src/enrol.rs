//! The port that asks for no certificate: a one-time code becomes an installation.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use domain::Id;
use domain::sync::{Enrol, Enrolled};
use ed25519_dalek::VerifyingKey;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::{Center, database, refusal, store, wire};

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
        center,
        station_url,
    };
    Router::new()
        .route("/enrol", post(enrol))
        .with_state(shared)
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
    let Some(community) = store::enrolment_code::find(&tx, &hash).await? else {
        drop(tx);
        drop(client);
        tokio::time::sleep(WRONG_CODE_COSTS).await;
        return Err(Error::Refused(&refusal::ENROL_BAD_CODE));
    };
    let id = Id(Uuid::now_v7());
    let certificate_pem = center.ca.client(&enrol.request_pem, id)?;
    store::installation::add(&tx, id, Some(&community), &key).await?;
    let used = store::enrolment_code::use_up(&tx, &hash, id).await?;
    // Somebody else used it between the two statements.
    used.ok_or(Error::Refused(&refusal::ENROL_BAD_CODE))?;
    tx.commit().await?;
    tracing::info!(installation = %id, %community, "a station was enrolled");
    let enrolled = Enrolled {
        installation: id,
        community_name: center.divisions.name(&community),
        community,
        certificate_pem,
        ca_pem: center.ca.pem.clone(),
        station_url: shared.station_url,
    };
    Ok(wire::answer(packed, &enrolled))
}
