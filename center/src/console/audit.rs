//! `/api/audit`: who did what, by day; whether the chain is whole; and the file for an auditor.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime};
use domain::division::Level;
use serde::Deserialize;

use super::LIST_LIMIT;
use super::guard::Signed;
use super::view::{AuditDay, AuditRecord, AuditVerdict};
use crate::error::Result;
use crate::exports::{ExportPurpose, ExportWord, WhatFor};
use crate::{Center, database, store, trail, wire};

const CHINA_S: i32 = 8 * 3600;

/// Which records.
#[derive(Deserialize)]
pub struct Wish {
    day: NaiveDate,
    /// The beginning of a kind: `number.` for all reads of numbers.
    #[serde(default)]
    kind: String,
}

pub async fn day(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Query(wish): Query<Wish>,
) -> Result<Response> {
    let staff = &signed.member.staff;
    let next = wish.day.checked_add_days(Days::new(1)).unwrap_or(wish.day);
    let span = (start_ms(wish.day), start_ms(next));
    // Names of colleagues are read with the city's eyes; the area limits the records themselves.
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let found = store::audit::between(&tx, &staff.area, span, &wish.kind, LIST_LIMIT).await?;
    let records = store::audit::head(&tx).await?.n;
    let lines = found.into_iter().map(|shown| AuditRecord {
        n: shown.kept.n,
        at: DateTime::from_timestamp_millis(shown.kept.at_ms).unwrap_or_default(),
        name: shown.name,
        area_name: match shown.kept.area.0.is_empty() {
            true => None,
            false => Some(center.divisions.name(&shown.kept.area)),
        },
        kind: shown.kept.kind,
        with: serde_json::from_str(&shown.kept.details).unwrap_or_default(),
    });
    let day = AuditDay {
        lines: lines.collect(),
        records,
        purposes: purposes(&center, &signed).to_vec(),
    };
    Ok(wire::answer(false, &day))
}

pub async fn verify(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    signed.must_review()?;
    let verdict = trail::verify(&center).await?;
    let answer = AuditVerdict {
        records: verdict.records,
        head: verdict.head,
        fault: verdict.fault,
    };
    Ok(wire::answer(false, &answer))
}

/// What somebody may take the whole city's chain away for: the city's own people only.
fn purposes<'a>(center: &'a Center, signed: &Signed) -> &'a [ExportPurpose] {
    let member = &signed.member;
    match signed.must_review().is_ok() && member.staff.area.level() == Level::City {
        true => center.exports.purposes(member.role.name()),
        false => &[],
    }
}

/// `POST /api/audit/export`: the whole city's chain.
pub async fn export(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    request: Request,
) -> Result<Response> {
    let word: ExportWord = wire::read(request, wire::SMALL).await?;
    let what_for = WhatFor::of(purposes(&center, &signed), &word)?;
    let text = trail::take_out(&center, Some(&signed.member.staff), &what_for).await?;
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"centre.yzaudit\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// Midnight in China, milliseconds of the epoch.
fn start_ms(day: NaiveDate) -> i64 {
    let midnight = day.and_time(NaiveTime::MIN);
    let china = FixedOffset::east_opt(CHINA_S);
    let local = china.and_then(|china| midnight.and_local_timezone(china).single());
    local.map_or_else(
        || midnight.and_utc().timestamp_millis(),
        |local| local.timestamp_millis(),
    )
}
