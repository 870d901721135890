//! Writes what was planned: commands, projections, then facts under the feeds' heads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use domain::planted::{self, Planted};
use domain::sync::{FeedAt, FeedFact, sum_after};
use domain::{Case, Catalog, Division, Id, Outcome, Stage};

use super::tables::Writing;
use super::{City, Plan, Rules, Tables, Work};
use crate::due;
use crate::error::{Error, Result};
use crate::store::{cases::Placed, command::New, fact::Told, identity::Given};

/// Writes a plan.
pub async fn apply(
    tables: &mut impl Tables,
    rules: &Rules<'_>,
    works: &[Work],
    city: &City,
    plan: &Plan,
) -> Result<()> {
    let writing = writing(rules, works, city, plan)?;
    tables.write(&writing).await?;
    held(tables, city, plan).await?;
    for documents in &plan.joined {
        let keys = documents.iter().map(|d| tables.document_key(d));
        let keys: Vec<_> = keys.collect();
        tables.join_locks(&keys).await?;
    }
    if !plan.left.is_empty() {
        tables.let_go(&plan.left).await?;
    }
    facts(tables, plan).await
}

fn writing<'a>(
    rules: &Rules<'_>,
    works: &'a [Work],
    city: &'a City,
    plan: &'a Plan,
) -> Result<Writing<'a>> {
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
    let fresh: BTreeSet<_> = new.iter().map(|command| command.id).collect();
    let earlier = plan
        .outcomes
        .iter()
        .filter(|(id, _)| !fresh.contains(id))
        .map(|(id, outcome)| (*id, outcome, told(id)));
    let people = plan.people.iter().filter_map(|id| city.people.get(id));
    let given = plan
        .given
        .iter()
        .map(|((person, document), as_what)| Given {
            person: *person,
            document,
            shared: as_what.shared,
            former: as_what.former,
        });
    let case = |id: &Id| city.cases.get(id);
    let placed = |case| place(rules.catalog, case, rules.today);
    Ok(Writing {
        earlier: earlier.collect(),
        new,
        people: people.collect(),
        given: given.collect(),
        carried: &plan.carried,
        cases: plan.cases.iter().filter_map(case).map(placed).collect(),
        manifests: plan.manifests.iter().filter_map(case).collect(),
    })
}

async fn held(tables: &mut impl Tables, city: &City, plan: &Plan) -> Result<()> {
    let mut free = Vec::new();
    for (id, outcome) in &plan.outcomes {
        let Outcome::Held { reason } = outcome else {
            free.push(*id);
            continue;
        };
        let feed = city.known.get(id).and_then(|known| known.feed.as_ref());
        let waits_for = plan.waits.get(id).copied();
        tables.hold(*id, feed, reason, waits_for).await?;
    }
    tables.release(&free).await
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

async fn facts(tables: &mut impl Tables, plan: &Plan) -> Result<()> {
    let mut feeds: Vec<_> = plan.told.iter().map(|(feed, _)| feed).collect();
    feeds.sort();
    feeds.dedup();
    if feeds.is_empty() {
        return Ok(());
    }
    let mut heads = match planted::is(Planted::CursorBySequence) {
        #[cfg(debug_assertions)]
        true => tables.draw_numbers(&plan.told).await?,
        _ => tables.lock_heads(&feeds).await?,
    };
    let told = number(plan, &mut heads)?;
    tables.tell(&told, &heads).await
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
