//! Commands that waited for another (`after`) are decided once that one is.

use domain::{Id, Outcome, Reason};

use super::push::{grown, unless_panic};
use super::{Plan, Rules, Tables, Work, take};
use crate::Center;
use crate::database;
use crate::error::{Error, Result};
use crate::refusal::COMMAND_POISONOUS;
use crate::store::held;
use crate::store::tables::Postgres;

/// Commands looked at in one go; what is left comes with the next sweep.
const AT_ONCE: i64 = 200;
/// Links of a chain of waiting commands followed in one go.
const DEPTH: usize = 32;

impl Center {
    /// Decides those whose wait is over. One that fails stays for the next sweep, and those behind it
    /// go on; one that nobody can decide is left to a person.
    pub(crate) async fn settle_waiting(&self) {
        for _ in 0..DEPTH {
            match self.settle_ready().await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "waiting commands stay for now");
                    return;
                }
            }
        }
    }

    /// Decides what waited for one of these, and these where what they wait for was decided beside
    /// them; then what waited for that. What is missed comes with the next sweep.
    pub(crate) async fn settle_after(&self, mut decided: Vec<Id>) {
        for _ in 0..DEPTH {
            match self.settle_waiting_for(&decided).await {
                Ok(next) if next.is_empty() => return,
                Ok(next) => decided = next,
                Err(error) => {
                    tracing::warn!(%error, "waiting commands stay for now");
                    return;
                }
            }
        }
    }

    /// Those that were decided.
    async fn settle_waiting_for(&self, decided: &[Id]) -> Result<Vec<Id>> {
        let ready = {
            let mut client = self.database.decide().await?;
            let tx = database::begin(&mut client).await?;
            held::ready_after(&tx, decided).await?
        };
        self.settle_each(&ready).await
    }

    /// How many were decided.
    async fn settle_ready(&self) -> Result<usize> {
        let ready = {
            let mut client = self.database.decide().await?;
            let tx = database::begin(&mut client).await?;
            Postgres::new(tx, &self.seals).ready(AT_ONCE).await?
        };
        Ok(self.settle_each(&ready).await?.len())
    }

    /// What was held because no rules of its day were known is decided again: this program may have
    /// started with them.
    pub(crate) async fn settle_unknown(&self) -> Result<()> {
        let held = self.held_for("act.business_unknown").await?;
        self.settle_each(&held).await?;
        Ok(())
    }

    /// What was held because a row could not be read, or the program failed on it, is decided once that is
    /// mended; nothing is told of it before.
    pub(crate) async fn settle_mended(&self) -> Result<()> {
        for id in self.held_for(COMMAND_POISONOUS).await? {
            match unless_panic(self.settle_one(id, None)).await {
                Ok(()) => tracing::info!(command = %id, "what nobody could decide is decided"),
                Err(error) => tracing::debug!(%error, command = %id, "it stays held"),
            }
        }
        Ok(())
    }

    async fn held_for(&self, code: &str) -> Result<Vec<Id>> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        held::held_for(&tx, code).await
    }

    /// Those that were decided.
    async fn settle_each(&self, ids: &[Id]) -> Result<Vec<Id>> {
        let mut decided = Vec::new();
        for id in ids {
            let settled = match unless_panic(self.settle_one(*id, None)).await {
                Err(error) if error.is_poison() => {
                    tracing::error!(%error, command = %id, "a waiting command is left to a person");
                    let reason = Reason::new(COMMAND_POISONOUS);
                    self.settle_one(*id, Some(&reason)).await.map(|()| false)
                }
                other => other.map(|()| true),
            };
            match settled {
                Ok(true) => decided.push(*id),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, command = %id, "a waiting command stays for now");
                }
            }
        }
        Ok(decided)
    }

    async fn settle_one(&self, id: Id, hold: Option<&Reason>) -> Result<()> {
        let mut client = self.database.decide().await?;
        let tables = Postgres::new(database::begin(&mut client).await?, &self.seals);
        let plan = decide_again(tables, &self.rules(), id, hold).await?;
        self.news.announce(grown(&plan));
        Ok(())
    }
}

/// Decides a held command once more; with `hold` it is held for that, unread.
pub async fn decide_again<T: Tables>(
    mut tables: T,
    rules: &Rules<'_>,
    id: Id,
    hold: Option<&Reason>,
) -> Result<Plan> {
    let gone = || Error::Fault("a held command is gone".to_owned());
    let (installation, body) = tables.command(id).await?.ok_or_else(gone)?;
    let known = tables.known(&[id]).await?;
    let known = known.get(&id).ok_or_else(gone)?;
    let mut work = Work::new(id, installation, known.feed.clone(), body);
    work.told = Some(known.facts);
    work.hold(hold);
    let plan = take::decide_and_write(&mut tables, rules, vec![work]).await?;
    // The decider failed on it once more: that was told.
    let same = |outcome: &Outcome| matches!(outcome, Outcome::Held { reason } if hold.is_none() && reason.code == COMMAND_POISONOUS);
    if plan.outcomes.get(&id).is_some_and(same) {
        return Err(Error::Fault("a command that nobody can decide".to_owned()));
    }
    tables.commit().await?;
    Ok(plan)
}
