//! Who asks, and from which page.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::{Error, Result};
use crate::store::staff::{Member, Role};
use crate::{Center, database, refusal, store};

/// The session's cookie.
pub const COOKIE_NAME: &str = "yizhan_session";
/// Our pages send it; a form or a picture of a foreign page cannot.
const HEADER: &str = "x-yizhan";

/// Somebody with a session.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Who.
    pub member: Member,
    /// Their session.
    pub token_hash: Vec<u8>,
}

impl Signed {
    /// Refuses all who only look.
    pub fn must_review(&self) -> Result<()> {
        match self.member.role {
            Role::Reviewer => Ok(()),
            _ => Err(Error::Refused(&refusal::AUTH_NOT_ALLOWED)),
        }
    }
}

/// Lets all pass but key officers: they see no resident and no case.
pub async fn not_officers(
    Extension(signed): Extension<Signed>,
    request: Request,
    next: Next,
) -> Result<Response> {
    match signed.member.role {
        Role::Escrow => Err(Error::Refused(&refusal::AUTH_NOT_ALLOWED)),
        _ => Ok(next.run(request).await),
    }
}

/// Lets only key officers pass.
pub async fn officers(
    Extension(signed): Extension<Signed>,
    request: Request,
    next: Next,
) -> Result<Response> {
    match signed.member.role {
        Role::Escrow => Ok(next.run(request).await),
        _ => Err(Error::Refused(&refusal::AUTH_NOT_ALLOWED)),
    }
}

/// Lets requests that change something pass only with the header that our own pages send.
pub async fn own_pages_only(request: Request, next: Next) -> Result<Response> {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let ours = request
        .headers()
        .get(HEADER)
        .is_some_and(|value| value == "1");
    if !looks && !ours {
        return Err(Error::Refused(&refusal::AUTH_FOREIGN_PAGE));
    }
    Ok(next.run(request).await)
}

/// Lets only requests with a session pass. Sessions are looked up with the whole city's eyes: which
/// area to see is known only after this.
pub async fn signed_in(
    State(center): State<Arc<Center>>,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let expired = || Error::Refused(&refusal::AUTH_EXPIRED);
    let token = token(request.headers()).ok_or_else(expired)?;
    let token_hash = hash(&center, token);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let staff = store::session::touch(&tx, &token_hash)
        .await?
        .ok_or_else(expired)?;
    let member = store::staff::active(&tx, &[staff])
        .await?
        .pop()
        .ok_or_else(expired)?;
    tx.commit().await?;
    drop(client);
    request
        .extensions_mut()
        .insert(Signed { member, token_hash });
    Ok(next.run(request).await)
}

/// The keyed hash that a token is kept by.
pub fn hash(center: &Center, token: &str) -> Vec<u8> {
    center.seals.hash("session", token.as_bytes())
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, token)| token)
}
