//! Commands that waited for another (`after`) are decided once that one is.

use domain::Id;

use super::push::grown;
use super::{Plan, Work, take};
use crate::Center;
use crate::database;
use crate::error::{Error, Result};
use crate::store;

/// Commands looked at in one go; what is left comes with the next sweep.
const AT_ONCE: i64 = 200;
/// Links of a chain of waiting commands followed in one go.
const DEPTH: usize = 32;

impl Center {
    /// Decides those whose wait is over. What fails here is tried again by the next sweep, so a
    /// fault is logged and goes no further.
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

    async fn settle_ready(&self) -> Result<usize> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let ready = store::held::ready(&tx, AT_ONCE).await?;
        drop(tx);
        drop(client);
        for id in &ready {
            let plan = self.decide_again(*id).await?;
            self.news.announce(grown(&plan));
        }
        Ok(ready.len())
    }

    async fn decide_again(&self, id: Id) -> Result<Plan> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let gone = || Error::Fault("a held command is gone".to_owned());
        let (installation, body) = store::command::find(&tx, &self.seals, id)
            .await?
            .ok_or_else(gone)?;
        let known = store::command::known(&tx, &[id]).await?;
        let known = known.get(&id).ok_or_else(gone)?;
        let mut work = Work::new(id, installation, known.feed.clone(), body);
        work.told = Some(known.facts);
        let plan = take::decide_and_write(self, &tx, vec![work]).await?;
        tx.commit().await?;
        Ok(plan)
    }
}
