//! `POST /login`: the first log-in of a staff member on an installation.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use chrono::Utc;
use domain::Staff;
use domain::sync::{LoggedIn, Login};

use super::{Shared, Station};
use crate::error::{Error, Result};
use crate::store::staff::{Member, Role};
use crate::{admin, due, lease, refusal, wire};

pub async fn login(
    State(shared): State<Shared>,
    Extension(station): Extension<Station>,
    request: Request<Body>,
) -> Result<Response> {
    let packed = wire::wants_zstd(request.headers());
    let login: Login = wire::read(request, wire::SMALL).await?;
    let member = admin::check_password(&shared.center, &login.login, &login.password).await?;
    let mark = lease::mark(&shared.center, member.password_hash.as_deref());
    Ok(wire::answer(packed, &works_here(&station, member, mark)?))
}

/// What a counter is told of a staff member whose password was right.
pub(super) fn works_here(
    station: &Station,
    member: Member,
    mark: Option<String>,
) -> Result<LoggedIn> {
    let works_here = member.role == Role::Station && member.staff.area.contains(&station.community);
    if !works_here {
        // A right password of somebody who works elsewhere is told from a wrong one by nobody.
        return Err(Error::Refused(&refusal::AUTH_WRONG));
    }
    let staff = Staff {
        area: station.community.clone(),
        ..member.staff
    };
    let today = due::day_of(Utc::now());
    Ok(LoggedIn { staff, today, mark })
}
