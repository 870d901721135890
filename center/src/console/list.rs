//! `POST /api/stations/export`: the stations that a page lists, as a file. A right, a purpose, a number and a
//! mark; in the audit before a byte leaves.

use std::sync::Arc;

use audit::Event;
use axum::Extension;
use axum::extract::{Query, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::guard::Signed;
use super::stations::{self, Wish};
use crate::error::Result;
use crate::exports::{ExportWord, WhatFor};
use crate::store::fleet::Station;
use crate::{Center, database, exports, store, wire};

/// Rows of one file: more than a city has.
const ROWS: i64 = 5_000;
const HEADS: [&str; 9] = [
    "社区代码",
    "社区",
    "机器",
    "登记时间",
    "最近联系",
    "程序版本",
    "已收件数",
    "未发件数",
    "需要处理",
];

pub async fn export(
    State(center): State<Arc<Center>>,
    Extension(signed): Extension<Signed>,
    Query(wish): Query<Wish>,
    request: Request,
) -> Result<Response> {
    let word: ExportWord = wire::read(request, wire::SMALL).await?;
    let staff = &signed.member.staff;
    let purposes = center.exports.purposes(signed.member.role.name());
    let what_for = WhatFor::of(purposes, &word)?;
    let found = stations::all(&center, staff, &wish, ROWS).await?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    let event = Event::ExportMade {
        what: "stations".to_owned(),
        rows: found.len() as u64,
        reason: what_for.recorded(),
    };
    store::audit::append(&tx, Some(staff), &event).await?;
    // Its number is that of its record, whose head this transaction has locked.
    let n = store::audit::head(&tx).await?.n;
    tx.commit().await?;
    let place = center.divisions.name(&staff.area);
    let mark = exports::mark(n, &staff.name, &place, Utc::now(), &what_for.shown());
    let rows: Vec<_> = found.iter().map(|station| row(&center, station)).collect();
    let text = exports::csv(&mark, &HEADS, &rows);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"stations-{n}.csv\""),
        ),
    ];
    Ok((headers, text).into_response())
}

fn row(center: &Center, station: &Station) -> Vec<String> {
    let day = |at: Option<DateTime<Utc>>| at.map_or_else(String::new, |at| at.to_rfc3339());
    let said = station.said.as_ref();
    let troubles: Vec<_> = station.troubles.iter().map(|kind| kind.name()).collect();
    vec![
        station.community.0.clone(),
        center.divisions.name(&station.community),
        station.number.map_or_else(String::new, |n| n.to_string()),
        day(Some(station.enrolled_at)),
        day(station.seen_at),
        said.map_or_else(String::new, |said| said.version.clone()),
        station.acked.to_string(),
        said.map_or_else(String::new, |said| said.unsent_commands.to_string()),
        match station.revoked_at {
            Some(_) => "revoked".to_owned(),
            None => troubles.join(" "),
        },
    ]
}
