//! `POST /password`: a staff member changes their password at their own counter.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::sync::NewPassword;

use super::login::works_here;
use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::{admin, database, lease, password, refusal, wire};

/// Shortest password, in characters: what a counter asks for too.
const PASSWORD_CHARS: usize = 8;
/// Longest, in bytes: argon2id would hash anything.
const PASSWORD_BYTES: usize = 1024;

/// The new password may be in force already, because it was set here, or because the counter was cut off
/// before it knew: then it is only confirmed.
pub async fn change(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let asked: NewPassword = wire::read(request, wire::SMALL).await?;
    let center = &shared.center;
    if asked.new.chars().count() < PASSWORD_CHARS || asked.new.len() > PASSWORD_BYTES {
        return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
    }
    let by_old = admin::check_password(center, &asked.login, &asked.old).await;
    let member = match by_old {
        Err(Error::Refused(refused)) if *refused == refusal::AUTH_WRONG => {
            admin::check_password(center, &asked.login, &asked.new).await?
        }
        Err(error) => return Err(error),
        Ok(mut member) => {
            // Whether they work here is looked at before anything is changed.
            works_here(&station, member.clone(), None)?;
            let hash = password::hash(&asked.new).await?;
            let mut client = center.database.decide().await?;
            let tx = database::begin(&mut client).await?;
            let staff = &member.staff;
            admin::replace_password(&tx, staff.id, &hash, Some(staff)).await?;
            tx.commit().await?;
            // The other machines there say so at once.
            center.news.announce([station.community.clone()]);
            member.password_hash = Some(hash);
            member
        }
    };
    let mark = lease::mark(center, member.password_hash.as_deref());
    Ok(wire::answer(packed, &works_here(&station, member, mark)?))
}
