//! `GET /api/catalog`: forms, code tables and names.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::Division;

use super::guard::Signed;
use super::view::CatalogView;
use crate::{Center, wire};

pub async fn catalog(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    let area = &signed.member.staff.area;
    let mut divisions = center.divisions.within(area);
    for length in [4, 6, 9] {
        let above = area.0.get(..length).map(|code| Division(code.to_owned()));
        divisions.extend(above.map(|code| (code.clone(), center.divisions.name(&code))));
    }
    let view = CatalogView {
        hash: center.catalog.hash.clone(),
        businesses: center.catalog.in_order().into_iter().cloned().collect(),
        codes: center.catalog.codes.values().cloned().collect(),
        divisions,
    };
    wire::answer(wire::wants_zstd(&headers), &view)
}
