//! Signing in and out.

use std::sync::Arc;

use audit::Event;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use rand::RngCore;

use super::guard::{self, COOKIE_NAME, Signed};
use super::view::{SignIn, SignedIn};
use crate::error::{Error, Result};
use crate::store::staff::{Member, Role};
use crate::{Center, admin, database, refusal, store, wire};

/// `POST /api/login`
pub async fn login(State(center): State<Arc<Center>>, request: Request<Body>) -> Result<Response> {
    let to_come = wire::to_come(request.headers(), wire::SMALL.sent_bytes);
    let room = center.callers.take_unknown(to_come).await?;
    let sign_in: SignIn = wire::read(request, wire::SMALL).await?;
    drop(room);
    let member = admin::check_password(&center, &sign_in.login, &sign_in.password).await?;
    if member.role == Role::Station {
        return Err(Error::Refused(&refusal::AUTH_NOT_ALLOWED));
    }
    let mut token = [0; 32];
    rand::rngs::OsRng.fill_bytes(&mut token);
    let token = hex::encode(token);
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let hash = guard::hash(&center, &token);
    store::session::open(&tx, &hash, member.staff.id).await?;
    store::audit::append(&tx, Some(&member.staff), &Event::ConsoleOpened {}).await?;
    tx.commit().await?;
    let response = wire::answer(false, &who(&center, &member));
    with_cookie(&center, response, &token, "")
}

/// `POST /api/logout`
pub async fn logout(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    store::session::close(&tx, &signed.token_hash).await?;
    tx.commit().await?;
    with_cookie(&center, wire::answer(false, &()), "", "; Max-Age=0")
}

/// `GET /api/me`
pub async fn me(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    wire::answer(false, &who(&center, &signed.member))
}

fn who(center: &Center, member: &Member) -> SignedIn {
    SignedIn {
        staff: member.staff.clone(),
        role: member.role,
        level: member.staff.area.level(),
        area_name: center.divisions.name(&member.staff.area),
        ferry: center.ferry.allowed,
    }
}

fn with_cookie(
    center: &Center,
    mut response: Response,
    token: &str,
    rest: &str,
) -> Result<Response> {
    let secure = if center.config.console_tls.is_some() {
        "; Secure"
    } else {
        ""
    };
    let cookie = format!("{COOKIE_NAME}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{rest}");
    let value = HeaderValue::from_str(&cookie)
        .map_err(|_| Error::Fault("a cookie that is no header".to_owned()))?;
    response.headers_mut().insert(SET_COOKIE, value);
    Ok(response)
}
