//! A station's push: the chain is checked, what is new is decided, all in one transaction. A batch
//! that fails as a whole is taken one by one, and the command it fails on is held: also where what fails is
//! a row of somebody's that cannot be read, or the decider itself.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use domain::planted::{self, Planted};
use domain::sync::{Entry, Push, PushReply};
use domain::{Division, Id, Outcome, Reason};
use futures_util::FutureExt;

use super::chain::{self, Content};
use super::{Plan, Rules, Tables, take};
use crate::Center;
use crate::database;
use crate::error::{Error, Result};
use crate::refusal::{self, COMMAND_POISONOUS};
use crate::store::tables::Postgres;

/// Times that a transaction is tried when another was in its way.
const TRIES: usize = 4;

/// What became of a batch.
pub struct Taken {
    /// Where the log ends now.
    pub acked: u64,
    /// What was decided.
    pub plan: Plan,
}

impl Center {
    /// Takes a push of an installation.
    pub async fn push(&self, installation: Id, push: Push) -> Result<PushReply> {
        chain::numbered(push.from, &push.commands)?;
        let taken = match self.attempt(installation, &push.commands, None).await {
            Err(error) if error.is_poison() => {
                tracing::warn!(%error, "a batch failed and is taken one by one");
                self.one_by_one(installation, &push.commands).await?
            }
            other => other?,
        };
        let acked = taken.acked;
        self.settle_after(taken.plan.outcomes.into_keys().collect())
            .await;
        Ok(PushReply { acked })
    }

    async fn one_by_one(&self, installation: Id, entries: &[Entry]) -> Result<Taken> {
        let (mut acked, mut plan) = (0, Plan::default());
        for entry in entries {
            let one = std::slice::from_ref(entry);
            let taken = match self.attempt(installation, one, None).await {
                Err(error) if error.is_poison() => {
                    tracing::error!(%error, command = %entry.id, "a command is held");
                    let reason = Reason::new(COMMAND_POISONOUS);
                    self.attempt(installation, one, Some(&reason)).await?
                }
                other => other?,
            };
            acked = taken.acked;
            plan.outcomes.extend(taken.plan.outcomes);
        }
        Ok(Taken { acked, plan })
    }

    async fn attempt(
        &self,
        installation: Id,
        entries: &[Entry],
        hold: Option<&Reason>,
    ) -> Result<Taken> {
        let mut tries = 1;
        let (taken, time) = loop {
            let mut client = self.database.push().await?;
            let began = Instant::now();
            let tables = Postgres::new(database::begin(&mut client).await?, &self.seals);
            let rules = self.rules();
            let taking = take_push(tables, &rules, installation, entries, hold);
            match unless_panic(taking).await {
                Err(error) if error.is_collision() && tries < TRIES => tries += 1,
                other => break (other?, began.elapsed()),
            }
        };
        self.slots.took(taken.plan.outcomes.len() as u64, time);
        self.figures.pushed(taken.plan.outcomes.values(), time);
        self.news.announce(grown(&taken.plan));
        Ok(taken)
    }
}

/// A bug that shows with one command stops no other.
pub(super) async fn unless_panic<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.unwrap_or_else(|_| Err(Error::Fault("a panic".to_owned())))
}

/// Takes entries of an installation's log; with `hold` what is new of them is held unread. The
/// answer says what is durable: it is there only when the commit is.
pub async fn take_push<T: Tables>(
    mut tables: T,
    rules: &Rules<'_>,
    installation: Id,
    entries: &[Entry],
    hold: Option<&Reason>,
) -> Result<Taken> {
    let log = tables
        .lock_log(installation)
        .await?
        .ok_or(Error::Refused(&refusal::STATION_UNKNOWN))?;
    if log.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    // It has come from another community; its hello, which says so, brings its people along.
    if log.moving_from.is_some() {
        return Err(Error::wait(&refusal::CENTRE_BUSY, 1));
    }
    let (known, fresh) = chain::split(&log, entries);
    let there = match known.last() {
        Some(last) => tables.link_at(installation, last.n).await?,
        None => None,
    };
    chain::continues(&log, known.last(), there.as_deref(), fresh)?;
    let mut positions = chain::verified(&log, fresh)?;
    let Some(acked) = positions.last().map(|last| last.n) else {
        let (acked, plan) = (log.acked, Plan::default());
        return Ok(Taken { acked, plan });
    };
    let contents = fresh.iter().map(|entry| Content {
        hash: tables.content_hash(&entry.body),
        entry,
    });
    let contents: Vec<_> = contents.collect();
    let mut ids: Vec<_> = fresh.iter().map(|entry| entry.id).collect();
    let mut hashes = tables.content_hashes(&ids).await?;
    let names = chain::names(&contents, &hashes);
    if names != ids {
        ids.clone_from(&names);
        hashes.extend(tables.content_hashes(&ids).await?);
    }
    for (position, name) in positions.iter_mut().zip(&names) {
        position.command = *name;
    }
    let works = chain::fresh_works(&log, contents, &names, &mut hashes, hold);
    let plan = take::take(&mut tables, rules, installation, &positions, works).await?;
    if planted::is(Planted::RejectionStops) && plan.outcomes.values().any(is_rejected) {
        return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
    }
    match tables.commit().await {
        Err(_) if planted::is(Planted::AckBeforeCommit) => {}
        other => other?,
    }
    Ok(Taken { acked, plan })
}

fn is_rejected(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Rejected { .. })
}

/// The feeds that a plan made longer.
pub fn grown(plan: &Plan) -> Vec<Division> {
    let mut feeds: Vec<_> = plan.told.iter().map(|(feed, _)| feed.clone()).collect();
    feeds.sort();
    feeds.dedup();
    feeds
}
