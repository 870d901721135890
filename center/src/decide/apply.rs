//! Writes what was planned: commands, projections, then facts under the feeds' heads.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::sync::{FeedAt, FeedFact, sum_after};
use domain::{Case, Catalog, Division, Id, Outcome, Stage};

use super::{City, Plan, Work};
use crate::database::Tx;
use crate::due;
use crate::error::{Error, Result};
use crate::seal::Seals;
use crate::store::{self, cases::Placed, command::New, fact::Told, identity::Given};

/// Writes a plan. `today` is the centre's day: due dates count from it.
pub async fn apply(
    tx: &Tx<'_>,
    seals: &Seals,
    catalog: &Catalog,
    today: NaiveDate,
    works: &[Work],
    city: &City,
    plan: &Plan,
) -> Result<()> {
    commands(tx, seals, works, plan).await?;
    held(tx, city, plan).await?;
    let people: Vec<_> = plan
        .people
        .iter()
        .filter_map(|id| city.people.get(id))
        .collect();
    if !people.is_empty() {
        store::person::upsert(tx, &people).await?;
    }
    let opened = plan.opened.iter().filter_map(|(id, shared)| {
        let document = &city.people.get(id)?.identity.document;
        let (person, shared) = (*id, *shared);
        Some(Given {
            person,
            document,
            shared,
        })
    });
    let opened: Vec<_> = opened.collect();
    if !opened.is_empty() {
        store::identity::give(tx, seals, &opened).await?;
    }
    if !plan.carried.is_empty() {
        store::person_feed::add(tx, &plan.carried).await?;
    }
    let cases = plan.cases.iter().filter_map(|id| city.cases.get(id));
    let placed: Vec<_> = cases.map(|case| place(catalog, case, today)).collect();
    if !placed.is_empty() {
        store::cases::upsert(tx, &placed).await?;
    }
    for case in plan.manifests.iter().filter_map(|id| city.cases.get(id)) {
        store::page::replace(tx, case).await?;
    }
    facts(tx, seals, plan).await
}

async fn commands(tx: &Tx<'_>, seals: &Seals, works: &[Work], plan: &Plan) -> Result<()> {
    let told = |id: &Id| plan.facts.get(id).copied().unwrap_or(0);
    let mut new = Vec::new();
    for work in works.iter().filter(|work| work.told.is_none()) {
        let outcome = plan.outcomes.get(&work.id);
        new.push(New {
            id: work.id,
            installation: work.installation,
            feed: work.feed.as_ref(),
            body: &work.body,
            outcome: outcome.ok_or(Error::Fault("a command without an outcome".to_owned()))?,
            facts: told(&work.id),
        });
    }
    let is_new = |id: &Id| new.iter().any(|command| command.id == *id);
    let earlier: Vec<_> = plan
        .outcomes
        .iter()
        .filter(|(id, _)| new.len() != plan.outcomes.len() && !is_new(id))
        .map(|(id, outcome)| (*id, outcome, told(id)))
        .collect();
    if !new.is_empty() {
        store::command::insert(tx, seals, &new).await?;
    }
    if !earlier.is_empty() {
        store::command::update(tx, &earlier).await?;
    }
    Ok(())
}

async fn held(tx: &Tx<'_>, city: &City, plan: &Plan) -> Result<()> {
    let mut free = Vec::new();
    for (id, outcome) in &plan.outcomes {
        let Outcome::Held { reason } = outcome else {
            free.push(*id);
            continue;
        };
        let feed = city.known.get(id).and_then(|known| known.feed.as_ref());
        let waits_for = plan.waits.get(id).copied();
        store::held::hold(tx, *id, feed, reason, waits_for).await?;
    }
    store::held::release(tx, &free).await
}

fn place<'a>(catalog: &Catalog, case: &'a Case, today: NaiveDate) -> Placed<'a> {
    let step = match case.stage {
        Stage::InReview { step } => catalog
            .find_business(&case.business, case.acted_on)
            .and_then(|business| business.steps.get(step)),
        _ => None,
    };
    Placed {
        case,
        level: step.map(|step| step.level),
        due: step.map(|step| due::after(today, step.working_days.unwrap_or(0))),
    }
}

async fn facts(tx: &Tx<'_>, seals: &Seals, plan: &Plan) -> Result<()> {
    let mut feeds: Vec<_> = plan.told.iter().map(|(feed, _)| feed).collect();
    feeds.sort();
    feeds.dedup();
    if feeds.is_empty() {
        return Ok(());
    }
    let mut heads = store::feed::lock(tx, &feeds).await?;
    let told = number(plan, &mut heads)?;
    store::fact::insert(tx, seals, &told).await?;
    store::feed::advance(tx, &heads).await
}

fn number<'a>(plan: &'a Plan, heads: &mut BTreeMap<Division, FeedAt>) -> Result<Vec<Told<'a>>> {
    let mut by_feed: BTreeMap<&Division, Told> = BTreeMap::new();
    for (feed, fact) in &plan.told {
        let body = serde_json::to_string(fact).map_err(|error| Error::Fault(error.to_string()))?;
        let head = heads
            .get_mut(feed)
            .ok_or(Error::Fault("a feed without a head".to_owned()))?;
        let told = by_feed.entry(feed).or_insert_with(|| Told {
            feed,
            before: head.sum.clone(),
            facts: Vec::new(),
        });
        head.seq += 1;
        head.sum = sum_after(&head.sum, &body);
        told.facts.push(FeedFact {
            seq: head.seq,
            body,
            sum: head.sum.clone(),
        });
    }
    Ok(by_feed.into_values().collect())
}
