//! What stations ask on their port. Who asks is said by the client certificate alone; whether they
//! may still ask is looked up at every request, since connections outlive a revocation.

mod blob;
mod deposit;
mod hello;
mod login;
mod password;
mod pull;
mod push;

pub use hello::is_news;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use domain::{Division, Id};
use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::serve::Peer;
use crate::{Center, database, refusal, store};

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
}

/// The station port's routes. Long polls end early when `stop` says so.
pub fn routes(center: Arc<Center>, stop: watch::Receiver<bool>) -> Router {
    let shared = Shared { center, stop };
    Router::new()
        .route("/hello", post(hello::hello))
        .route("/push", post(push::push))
        .route("/pull", post(pull::pull))
        .route("/login", post(login::login))
        .route("/deposit", post(deposit::deposit))
        .route("/password", post(password::change))
        .route("/blob/{sha256}", get(blob::at).patch(blob::part))
        .route("/page/{sha256}/{offset}", get(blob::again))
        .layer(middleware::from_fn_with_state(shared.clone(), admit))
        .with_state(shared)
}

async fn admit(State(shared): State<Shared>, mut request: Request, next: Next) -> Result<Response> {
    let unknown = Error::Refused(&refusal::STATION_UNKNOWN);
    let peer = request.extensions().get::<Peer>().and_then(|peer| peer.0);
    let Some(id) = peer else {
        return Err(unknown);
    };
    let mut client = shared.center.database.ask().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::installation::find(&tx, id).await?;
    drop(tx);
    drop(client);
    let installation = found.ok_or(unknown)?;
    if installation.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    let community = installation
        .community
        .ok_or(Error::Refused(&refusal::STATION_UNKNOWN))?;
    request.extensions_mut().insert(Station { id, community });
    Ok(next.run(request).await)
}
