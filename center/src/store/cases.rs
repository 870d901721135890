//! Cases as they stand, with the columns that inboxes are made of.

use chrono::NaiveDate;
use domain::division::Level;
use domain::{Case, Division, Id, Stage};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::Result;

/// A case with where it lies.
pub struct Placed<'a> {
    /// The case.
    pub case: &'a Case,
    /// The level of the step it lies in, while it is in review.
    pub level: Option<Level>,
    /// When that step should be done, if the case entered it now.
    pub due: Option<NaiveDate>,
}

/// Every case of some people. Under row-level security: those filed in the area.
pub async fn of_people(tx: &Tx<'_>, people: &[Id]) -> Result<Vec<Case>> {
    let ids: Vec<_> = people.iter().map(|id| id.0).collect();
    let statement = "SELECT body FROM cases WHERE person = ANY($1) ORDER BY acted_on, id";
    let rows = super::rows(tx, statement, &[&ids]).await?;
    rows.iter().map(read).collect()
}

/// The people of some cases.
pub async fn people(tx: &Tx<'_>, cases: &[Id]) -> Result<Vec<Id>> {
    let ids: Vec<_> = cases.iter().map(|id| id.0).collect();
    let statement = "SELECT DISTINCT person FROM cases WHERE id = ANY($1)";
    let rows = super::rows(tx, statement, &[&ids]).await?;
    rows.iter()
        .map(|row| Ok(Id(row.try_get("person")?)))
        .collect()
}

/// A case of an area with its due date.
pub async fn find(
    tx: &Tx<'_>,
    id: Id,
    area: &Division,
) -> Result<Option<(Case, Option<NaiveDate>)>> {
    let row = super::find(
        tx,
        "SELECT body, due FROM cases WHERE id = $1 AND starts_with(filed_at, $2)",
        &[&id.0, &area.0],
    )
    .await?;
    row.map(|row| Ok((read(&row)?, row.try_get("due")?)))
        .transpose()
}

/// The inbox of one area and level, what is due first on top.
pub async fn inbox(
    tx: &Tx<'_>,
    area: &Division,
    level: Level,
    limit: i64,
) -> Result<Vec<(Case, NaiveDate)>> {
    let rows = super::rows(
        tx,
        "SELECT body, coalesce(due, acted_on) AS due FROM cases
         WHERE level = $1 AND starts_with(filed_at, $2) ORDER BY due, acted_on, id LIMIT $3",
        &[&level_name(level), &area.0, &limit],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((read(row)?, row.try_get("due")?)))
        .collect()
}

/// Cases with this page that wait for pages of which none is missing any more, with their versions.
pub async fn complete(tx: &Tx<'_>, feed: &Division, sha256: &[u8; 32]) -> Result<Vec<(Id, i32)>> {
    let rows = super::rows(
        tx,
        "SELECT c.id, c.version FROM cases c WHERE c.stage = 'awaiting_pages'
             AND NOT EXISTS (
                 SELECT FROM page p JOIN blob b USING (feed, sha256)
                 WHERE p.case_id = c.id AND NOT b.stored)
             AND c.id IN (SELECT case_id FROM page WHERE feed = $1 AND sha256 = $2)
         ORDER BY c.id",
        &[&feed.0, &sha256.as_slice()],
    )
    .await?;
    rows.iter()
        .map(|row| Ok((Id(row.try_get("id")?), row.try_get("version")?)))
        .collect()
}

/// Of the next so many cases that wait for pages, in the order of their ids: those of which none is missing
/// any more, and the last that was looked at; None behind the last of all. After a morning of the whole
/// city hundreds of thousands wait, and looking at all of them at once takes seconds.
pub async fn complete_among(
    tx: &Tx<'_>,
    after: Option<Id>,
    window: i64,
) -> Result<(Vec<(Id, i32)>, Option<Id>)> {
    let rows = super::rows(
        tx,
        "WITH seen AS MATERIALIZED (
             SELECT id, version FROM cases WHERE stage = 'awaiting_pages' AND id > $1
             ORDER BY id LIMIT $2)
         (SELECT id, NULL AS version FROM seen ORDER BY id DESC LIMIT 1)
         UNION ALL
         SELECT id, version FROM seen WHERE NOT EXISTS (
             SELECT FROM page p JOIN blob b USING (feed, sha256)
             WHERE p.case_id = seen.id AND NOT b.stored)",
        &[&after.map_or(Uuid::nil(), |id| id.0), &window],
    )
    .await?;
    let (mut cases, mut last) = (Vec::new(), None);
    for row in &rows {
        let id = Id(row.try_get("id")?);
        match row.try_get("version")? {
            Some(version) => cases.push((id, version)),
            None => last = Some(id),
        }
    }
    Ok((cases, last))
}

/// Whether a case that this installation filed for its community waits for a page.
pub async fn wait_for_pages_of(
    tx: &Tx<'_>,
    installation: Id,
    community: &Division,
) -> Result<bool> {
    let row = super::find(
        tx,
        "SELECT EXISTS (
             SELECT FROM cases c JOIN command k ON k.id = (c.body::json ->> 'command')::uuid
             WHERE c.stage = 'awaiting_pages' AND c.filed_at = $2 AND k.installation = $1) AS waits",
        &[&installation.0, &community.0],
    )
    .await?;
    row.map_or(Ok(false), |row| Ok(row.try_get("waits")?))
}

/// Writes cases as they stand now. The due date moves only when the step changes.
pub async fn upsert(tx: &Tx<'_>, cases: &[Placed<'_>]) -> Result<()> {
    let column = |of: fn(&Case) -> &str| cases.iter().map(|p| of(p.case)).collect::<Vec<_>>();
    let id = |of: fn(&Case) -> Id| cases.iter().map(|p| of(p.case).0).collect::<Vec<_>>();
    let stages = cases.iter().map(|p| stage_columns(&p.case.stage));
    let (stages, steps): (Vec<_>, Vec<_>) = stages.unzip();
    let days: Vec<_> = cases.iter().map(|p| p.case.acted_on).collect();
    let levels: Vec<_> = cases.iter().map(|p| p.level.map(level_name)).collect();
    let due: Vec<_> = cases.iter().map(|p| p.due).collect();
    let open: Vec<_> = cases.iter().map(|p| p.case.is_open()).collect();
    let version = |p: &Placed| i32::try_from(p.case.version).unwrap_or(i32::MAX);
    let versions: Vec<_> = cases.iter().map(version).collect();
    let bodies = cases.iter().map(|p| super::to_json(p.case));
    let bodies = bodies.collect::<Result<Vec<_>>>()?;
    super::run(
        tx,
        "INSERT INTO cases (id, person, business, filed_at, serial, acted_on, stage, step, level,
             due, open, version, body)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],
             $6::date[], $7::text[], $8::integer[], $9::text[], $10::date[], $11::boolean[],
             $12::integer[], $13::text[])
         ON CONFLICT (id) DO UPDATE SET
             due = CASE WHEN cases.level IS NOT DISTINCT FROM excluded.level
                     AND cases.step IS NOT DISTINCT FROM excluded.step
                 THEN cases.due ELSE excluded.due END,
             person = excluded.person, stage = excluded.stage, step = excluded.step, level = excluded.level,
             open = excluded.open, version = excluded.version, body = excluded.body",
        &[
            &id(|case| case.id),
            &id(|case| case.person),
            &column(|case| &case.business),
            &column(|case| &case.filed_at.0),
            &column(|case| &case.serial),
            &days,
            &stages,
            &steps,
            &levels,
            &due,
            &open,
            &versions,
            &bodies,
        ],
    )
    .await?;
    Ok(())
}

fn read(row: &Row) -> Result<Case> {
    super::json(row.try_get("body")?, "case")
}

fn stage_columns(stage: &Stage) -> (&'static str, Option<i32>) {
    let step = |step: &usize| i32::try_from(*step).ok();
    match stage {
        Stage::PreAccepted => ("pre_accepted", None),
        Stage::AwaitingPages { step: at } => ("awaiting_pages", step(at)),
        Stage::InReview { step: at } => ("in_review", step(at)),
        Stage::Returned { step: at, .. } => ("returned", step(at)),
        Stage::Granted => ("granted", None),
        Stage::Refused { .. } => ("refused", None),
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Community => "community",
        Level::Street => "street",
        Level::County => "county",
        Level::City => "city",
    }
}
