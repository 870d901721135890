//! What stations ask on their port. Who asks is said by the client certificate alone; whether they
//! may still ask is looked up at every request, since connections outlive a revocation, and before a body is
//! read: but a hello looks for itself.

mod blob;
mod catalogue;
mod certificate;
mod deposit;
pub mod greet;
mod hello;
mod login;
mod password;
mod preview;
mod pull;
mod push;
mod snapshot;
mod substitute;

pub(crate) use blob::take as take_part;
pub(crate) use hello::{look, take_reports};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post, put};
use axum::{Extension, Router};
use domain::{Division, Id};
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::serve::Peer;
use crate::{Center, database, refusal, store, wire};

/// The station that asks.
#[derive(Clone, Debug)]
pub struct Station {
    /// Its installation.
    pub id: Id,
    /// Its community, and feed.
    pub community: Division,
}

#[derive(Clone)]
struct Shared {
    center: Arc<Center>,
    stop: watch::Receiver<bool>,
    known: Arc<Mutex<HashMap<Id, Division>>>,
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, HashMap<Id, Division>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The station port's routes. Long polls end early when `stop` says so.
pub fn routes(center: Arc<Center>, stop: watch::Receiver<bool>) -> Router {
    let shared = Shared {
        center,
        stop,
        known: Arc::default(),
    };
    let with_room = middleware::from_fn_with_state(shared.clone(), with_room);
    let small = Router::new()
        .route("/pull", post(pull::pull))
        .route("/login", post(login::login))
        .route("/certificate", post(certificate::give))
        .route("/deposit", post(deposit::deposit))
        .route("/substitute", post(substitute::hear))
        .route("/password", post(password::change))
        .route_layer(with_room.clone());
    // A station that may not speak any more is still heard on a wipe that it has carried out.
    let hello = Router::new()
        .route("/hello", post(hello::hello))
        .route_layer(with_room);
    small
        .route("/push", post(push::push))
        .route("/blob/{sha256}", get(blob::at).patch(blob::part))
        .route("/preview/{sha256}", put(preview::keep))
        .route("/page/{sha256}/{offset}", get(blob::again))
        .route("/snapshot/{sha256}", get(snapshot::part))
        .route("/catalogue/{sha256}", get(catalogue::file))
        .route_layer(middleware::from_fn_with_state(shared.clone(), admit))
        .merge(hello)
        .layer(middleware::from_fn_with_state(shared.clone(), recognise))
        .with_state(shared)
}

/// Says who asks. A station's community never changes, so it is looked up once.
async fn recognise(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let unknown = || Error::Refused(&refusal::STATION_UNKNOWN);
    let peer = request.extensions().get::<Peer>().and_then(|peer| peer.0);
    let id = peer.ok_or_else(unknown)?;
    let known = shared.known().get(&id).cloned();
    let community = match known {
        Some(community) => community,
        None => {
            let mut client = shared.center.database.ask().await?;
            let tx = database::begin(&mut client).await?;
            let found = store::installation::find(&tx, id).await?;
            let found = found.ok_or_else(unknown)?;
            let community = found.community.ok_or_else(unknown)?;
            shared.known().insert(id, community.clone());
            community
        }
    };
    request.extensions_mut().insert(Station { id, community });
    Ok(next.run(request).await)
}

/// Takes room for a small body before it is read, until the answer is made.
async fn with_room(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let to_come = wire::to_come(request.headers(), wire::SMALL.sent_bytes);
    let _room = shared.center.smalls.take(station.id, to_come).await?;
    Ok(next.run(request).await)
}

/// Lets nobody in whose right to speak was withdrawn.
async fn admit(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request,
    next: Next,
) -> Result<Response> {
    let mut client = shared.center.database.ask().await?;
    let tx = database::begin(&mut client).await?;
    store::installation::may_speak(&tx, station.id).await?;
    drop(tx);
    drop(client);
    Ok(next.run(request).await)
}
