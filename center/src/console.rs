//! The console's port: the built pages, and the JSON they ask for under `/api`.
//!
//! What a request may see is limited twice: by the query's own area, and by row-level security in a
//! transaction that was told the area. What lies elsewhere is not found, never forbidden.

mod alarms;
mod audit;
mod case;
mod catalog;
mod escrow;
mod ferry;
mod guard;
mod held;
mod inbox;
mod list;
mod number;
mod orders;
mod page;
mod records;
mod review;
mod session;
mod stations;
mod substitute;
pub mod view;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use axum::response::Redirect;
use axum::routing::{get, post};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::{Error, Result};
use crate::{Center, health, refusal};

const CSP: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";
/// Rows of any list.
pub(crate) const LIST_LIMIT: i64 = 500;

/// The port's routes.
pub fn routes(center: Arc<Center>) -> Router {
    let work = Router::new()
        .route("/inbox", get(inbox::inbox))
        .route("/cases/{id}", get(case::case))
        .route("/cases/{id}/pages/{ordinal}", get(page::page))
        .route("/cases/{id}/pages/{ordinal}/preview", get(page::preview))
        .route("/cases/{id}/review", post(review::review))
        .route("/cases/{id}/number", post(number::number))
        .route("/held", get(held::list))
        .route("/held/{command}/settle", post(held::settle))
        .route("/stations", get(stations::stations))
        .route("/stations/export", post(list::export))
        .route("/stations/{installation}", get(stations::station))
        .route("/stations/{installation}/code", post(stations::code))
        .route(
            "/stations/{installation}/certificate",
            post(stations::certificate),
        )
        .merge(orders::routes())
        .merge(records::routes())
        .merge(substitute::routes())
        .merge(alarms::routes())
        .merge(ferry::routes())
        .route("/audit", get(audit::day))
        .route("/audit/verify", post(audit::verify))
        .route("/audit/export", post(audit::export))
        .layer(middleware::from_fn(guard::not_officers));
    let signed_in = Router::new()
        .route("/logout", post(session::logout))
        .route("/me", get(session::me))
        .route("/catalog", get(catalog::catalog))
        .merge(work)
        .merge(escrow::routes())
        .layer(middleware::from_fn_with_state(
            center.clone(),
            guard::signed_in,
        ));
    let api = Router::new()
        .route("/login", post(session::login))
        .merge(signed_in)
        .fallback(nothing_here)
        .layer(middleware::from_fn(guard::own_pages_only))
        .layer(header(CACHE_CONTROL, "no-store"));
    let mut router = Router::new()
        .nest("/api", api)
        .route("/health", get(health::health))
        .route("/metrics", get(health::metrics))
        .route("/", get(|| async { Redirect::temporary("/console.html") }));
    if let Some(ui) = &center.config.ui {
        router = router.fallback_service(ServeDir::new(ui));
    }
    router
        .layer(header(CONTENT_SECURITY_POLICY, CSP))
        .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(X_FRAME_OPTIONS, "DENY"))
        .layer(header(REFERRER_POLICY, "no-referrer"))
        .layer(header(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .with_state(center)
}

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

async fn nothing_here() -> Result<()> {
    Err(Error::Refused(&refusal::REQUEST_NOT_FOUND))
}
