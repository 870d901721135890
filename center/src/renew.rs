//! A new certificate before, or soon after, the old one runs out: on the port that asks for none,
//! by a signed challenge. The log's key proves who asks; a revoked station gets nothing.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use chrono::{DateTime, Duration, Utc};
use domain::Id;
use domain::recovery::{Challenge, Renew, RenewWish, Renewed, renewal};
use ed25519_dalek::{Signature, VerifyingKey};

use crate::error::{Error, Result};
use crate::{Center, database, refusal, store, wire};

/// How long after its end a certificate may still be renewed.
pub const GRACE_DAYS: i64 = 30;
/// How long a challenge may take to come back.
const CHALLENGE_MINUTES: i64 = 5;

/// The routes.
pub(crate) fn routes(center: Arc<Center>) -> Router {
    Router::new()
        .route("/renew/challenge", post(challenge))
        .route("/renew", post(renew))
        .with_state(center)
}

async fn challenge(State(center): State<Arc<Center>>, request: Request<Body>) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let wish: RenewWish = wire::read(request, wire::SMALL).await?;
    let now = Utc::now();
    let challenge = Challenge {
        nonce: nonce(&center, wish.installation, now),
        server_time: now,
    };
    Ok(wire::answer(packed, &challenge))
}

async fn renew(State(center): State<Arc<Center>>, request: Request<Body>) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let renew: Renew = wire::read(request, wire::SMALL).await?;
    let now = Utc::now();
    if !is_ours(&center, renew.installation, &renew.nonce, now) {
        return Err(Error::Refused(&refusal::RENEW_BAD_CHALLENGE));
    }
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let unknown = || Error::Refused(&refusal::STATION_UNKNOWN);
    let found = store::installation::lock(&tx, renew.installation).await?;
    let installation = found
        .filter(|i| i.community.is_some())
        .ok_or_else(unknown)?;
    if !is_signed(&renew, &installation.log_key) {
        return Err(Error::Refused(&refusal::RENEW_BAD_SIGNATURE));
    }
    if installation.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    let last = installation.certificate_until.unwrap_or(now) + Duration::days(GRACE_DAYS);
    if now > last {
        return Err(Error::Refused(&refusal::RENEW_TOO_LATE));
    }
    let days = center.config.certificate_days;
    let certificate = center
        .ca
        .client(&renew.request_pem, installation.id, days)?;
    store::installation::certified(&tx, installation.id, certificate.until).await?;
    tx.commit().await?;
    tracing::info!(installation = %installation.id, "a certificate was renewed");
    let renewed = Renewed {
        certificate_pem: certificate.pem,
        until: certificate.until,
        number: installation.number.unwrap_or_default(),
    };
    Ok(wire::answer(packed, &renewed))
}

fn is_signed(renew: &Renew, log_key: &[u8; 32]) -> bool {
    let mut bytes = [0; 64];
    let read = hex::decode_to_slice(&renew.signature, &mut bytes).is_ok();
    let said = renewal(renew.installation, &renew.nonce, &renew.request_pem);
    let signature = Signature::from_bytes(&bytes);
    read && VerifyingKey::from_bytes(log_key)
        .is_ok_and(|key| key.verify_strict(&said, &signature).is_ok())
}

/// The time and a keyed hash of it: nothing has to be kept, and a replay within the minutes only
/// certifies the same key again.
fn nonce(center: &Center, installation: Id, at: DateTime<Utc>) -> String {
    let seconds = at.timestamp();
    let bytes = [installation.as_bytes().as_slice(), &seconds.to_be_bytes()].concat();
    let tag = center.seals.hash("renewal", &bytes);
    format!("{seconds}.{}", hex::encode(tag))
}

fn is_ours(center: &Center, installation: Id, given: &str, now: DateTime<Utc>) -> bool {
    let seconds = given.split('.').next().and_then(|text| text.parse().ok());
    let Some(at) = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)) else {
        return false;
    };
    // Given by another process of this centre, maybe, whose clock is ahead.
    let recent = (now - at).abs() <= Duration::minutes(CHALLENGE_MINUTES);
    recent && given == nonce(center, installation, at)
}
