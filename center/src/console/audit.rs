//! `/api/audit`: who did what, by day; whether the chain is whole; and the file for an auditor.

use std::sync::Arc;

use audit::Event;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime};
use domain::division::Level;
use serde::Deserialize;

use super::LIST_LIMIT;
use super::guard::Signed;
use super::view::{AuditDay, AuditRecord, AuditVerdict};
use crate::error::{Error, Result};
use crate::{Center, database, refusal, store, trail, wire};

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
        may_export: signed.must_review().is_ok() && staff.area.level() == Level::City,
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

/// The whole city's chain: for the city's own people only, and recorded.
pub async fn export(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
) -> Result<Response> {
    signed.must_review()?;
    let staff = &signed.member.staff;
    if staff.area.level() != Level::City {
        return Err(Error::Refused(&refusal::AUTH_NOT_ALLOWED));
    }
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let event = Event::ExportMade {
        what: "audit".to_owned(),
        rows: store::audit::head(&tx).await?.n + 1,
        reason: String::new(),
    };
    store::audit::append(&tx, Some(staff), &event).await?;
    tx.commit().await?;
    drop(client);
    let text = trail::export(&center).await?;
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
