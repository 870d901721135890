//! Takes a batch of one log's next positions: decides what is new, writes everything, moves the end
//! of the log. One transaction, the caller's.

use std::collections::BTreeSet;

use domain::Id;

use super::gate::Authors;
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
    let authors = authors(tables, rules, &works).await?;
    let plan = plan::plan(&mut city, &works, &authors, rules.catalog);
    apply::apply(tables, rules, &works, &city, &plan).await?;
    Ok(plan)
}

/// Who of the authors may work where. Substitutes are looked for only where somebody acted outside of their
/// own area.
async fn authors(tables: &mut impl Tables, rules: &Rules<'_>, works: &[Work]) -> Result<Authors> {
    let acts = works
        .iter()
        .filter_map(|work| Some((work.feed.as_ref()?, work.command.as_ref()?.by.id)));
    let acts: BTreeSet<_> = acts.collect();
    let all: BTreeSet<Id> = acts.iter().map(|(_, author)| *author).collect();
    let all: Vec<_> = all.into_iter().collect();
    let staff = tables.staff(&all).await?;
    let outside = |author: Id| {
        let member = staff.iter().find(|member| member.staff.id == author);
        let mut feeds = acts.iter().filter(|(_, by)| *by == author);
        member.is_some_and(|member| feeds.any(|(feed, _)| !member.staff.area.contains(feed)))
    };
    let outside: Vec<_> = all.into_iter().filter(|author| outside(*author)).collect();
    let let_in = match outside.is_empty() {
        true => Vec::new(),
        false => tables.let_in(&outside, rules.let_in_days).await?,
    };
    Ok(Authors { staff, let_in })
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
