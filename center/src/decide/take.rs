//! Takes a batch of one log's next positions: decides what is new, writes everything, moves the end
//! of the log. One transaction, the caller's.

use std::collections::BTreeSet;

use chrono::Utc;
use domain::Id;

use super::{Plan, Work, apply, load, plan};
use crate::Center;
use crate::database::Tx;
use crate::due;
use crate::error::{Error, Result};
use crate::store::{self, log::Position};

/// Decides and writes works that are not in the store, or are held there. Only behind the lock is
/// it known whether a held one still is.
pub async fn decide_and_write(center: &Center, tx: &Tx<'_>, mut works: Vec<Work>) -> Result<Plan> {
    let mut city = load::load(tx, &center.seals, &works).await?;
    works.retain(|work| work.told.is_none() || city.is_held(work.id));
    for work in works.iter_mut().filter(|work| work.told.is_some()) {
        work.told = city.known.get(&work.id).map(|known| known.facts);
    }
    let from_stations = works.iter().filter(|work| work.feed.is_some());
    let authors: BTreeSet<Id> = from_stations
        .filter_map(|work| Some(work.command.as_ref()?.by.id))
        .collect();
    let authors: Vec<_> = authors.into_iter().collect();
    let staff = store::staff::active(tx, &authors).await?;
    let plan = plan::plan(&mut city, &works, &staff, &center.catalog);
    let (seals, catalog) = (&center.seals, &center.catalog);
    let today = due::day_of(Utc::now());
    apply::apply(tx, seals, catalog, today, &works, &city, &plan).await?;
    Ok(plan)
}

/// Takes positions; `works` are those of their commands that are new.
pub async fn take(
    center: &Center,
    tx: &Tx<'_>,
    installation: Id,
    positions: &[Position],
    works: Vec<Work>,
) -> Result<Plan> {
    let last = positions
        .last()
        .ok_or(Error::Fault("nothing to take".to_owned()))?;
    let plan = decide_and_write(center, tx, works).await?;
    store::log::append(tx, installation, positions).await?;
    store::installation::advance(tx, installation, last.n, &last.link).await?;
    Ok(plan)
}
