//! Takes a batch of one log's next positions: decides what is new, writes everything, moves the end
//! of the log. One transaction, the caller's.

use std::collections::BTreeSet;

use domain::Id;

use super::{Plan, Rules, Tables, Work, apply, load, plan};
use crate::error::{Error, Result};
use crate::store::log::Position;

/// Decides and writes works that are not in the tables, or are held there. Only behind the lock is
/// it known whether a held one still is.
pub async fn decide_and_write(
    tables: &mut impl Tables,
    rules: &Rules<'_>,
    mut works: Vec<Work>,
) -> Result<Plan> {
    let mut city = load::load(tables, &works).await?;
    works.retain(|work| work.told.is_none() || city.is_held(work.id));
    for work in works.iter_mut().filter(|work| work.told.is_some()) {
        work.told = city.known.get(&work.id).map(|known| known.facts);
    }
    let from_stations = works.iter().filter(|work| work.feed.is_some());
    let authors: BTreeSet<Id> = from_stations
        .filter_map(|work| Some(work.command.as_ref()?.by.id))
        .collect();
    let authors: Vec<_> = authors.into_iter().collect();
    let staff = tables.staff(&authors).await?;
    let plan = plan::plan(&mut city, &works, &staff, rules.catalog);
    apply::apply(tables, rules, &works, &city, &plan).await?;
    Ok(plan)
}

/// Takes positions; `works` are those of their commands that are new.
pub async fn take(
    tables: &mut impl Tables,
    rules: &Rules<'_>,
    installation: Id,
    positions: &[Position],
    works: Vec<Work>,
) -> Result<Plan> {
    if positions.is_empty() {
        return Err(Error::Fault("nothing to take".to_owned()));
    }
    let plan = decide_and_write(tables, rules, works).await?;
    tables.extend_log(installation, positions).await?;
    Ok(plan)
}
