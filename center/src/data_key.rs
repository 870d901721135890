//! The data key is the one by which this database is sealed, or the centre takes nothing: with another key
//! no row opens and nobody is found, which is no fault of what stations send. That is said in the log, in
//! `/health` and to whoever asks; each command kept by its station for as long.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::error::{Error, Result};
use crate::{Center, refusal};

/// What a program that watches the machine asks.
const WATCHED: [&str; 2] = ["/health", "/metrics"];

impl Center {
    /// Refuses to work by another key: `centre.wrong_key`.
    pub fn must_have_its_key(&self) -> Result<()> {
        match self.has_its_key {
            true => Ok(()),
            false => Err(Error::Refused(&refusal::CENTRE_WRONG_KEY)),
        }
    }
}

/// Lets requests through to a centre that can read what it keeps.
pub async fn gate(
    State(center): State<Arc<Center>>,
    request: Request,
    next: Next,
) -> Result<Response> {
    if !WATCHED.contains(&request.uri().path()) {
        center.must_have_its_key()?;
    }
    Ok(next.run(request).await)
}
