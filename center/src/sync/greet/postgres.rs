//! The ground of a hello on PostgreSQL.

use std::time::Instant;

use audit::{Event, Head};
use chrono::Utc;
use domain::heartbeat::Rebuilt;
use domain::order::{Report, SignedOrder};
use domain::recovery::EscrowKey;
use domain::sync::{AuditHead, FeedAt, Hello, PUSH_LIMIT, Pace};
use domain::{Division, Id, snapshot};

use super::{Ground, Last, Terms};
use crate::database::Tx;
use crate::error::Result;
use crate::lease::Given;
use crate::store::installation::Installation;
use crate::store::witness::Alarm;
use crate::sync::{Station, take_reports};
use crate::{Center, lease, orders, store};

/// Between requests of one station when there is nothing to wait for.
const AFTER_MS: u64 = 200;

/// A transaction of one hello.
pub struct Postgres<'a> {
    center: &'a Center,
    tx: Tx<'a>,
}

impl<'a> Postgres<'a> {
    /// On this transaction.
    pub fn new(center: &'a Center, tx: Tx<'a>) -> Postgres<'a> {
        Postgres { center, tx }
    }
}

impl Ground for Postgres<'_> {
    fn terms(&self) -> Terms {
        Terms {
            server_time: Utc::now(),
            minimum_protocol: self.center.config.minimum_protocol,
            catalogue: self.center.catalog.hash.clone(),
            bundle: Some(self.center.named()),
        }
    }

    /// Commands that wait may come at once, unless many stations have many.
    fn pace(&self, station: Id, commands: u64) -> Pace {
        let rest = self.center.slots.give(station, commands, Instant::now());
        Pace {
            after_ms: AFTER_MS,
            batch: PUSH_LIMIT,
            push_after_ms: u64::try_from(rest.as_millis()).unwrap_or(u64::MAX),
            blob_bytes_per_s: self.center.config.blob_bytes_per_s,
        }
    }

    async fn find(&mut self, installation: Id) -> Result<Option<Installation>> {
        store::installation::find(&self.tx, installation).await
    }

    async fn last(&mut self, installation: Id) -> Result<Option<Last>> {
        store::contact::last(&self.tx, installation).await
    }

    async fn keep(
        &mut self,
        installation: Id,
        hello: &Hello,
        audit: Option<&Head>,
        before: Option<&Last>,
    ) -> Result<Option<bool>> {
        store::contact::keep(&self.tx, installation, hello, audit, before.is_some()).await
    }

    async fn is_credible(&mut self, installation: Id, rebuilt: &Rebuilt) -> Result<bool> {
        store::witness::is_credible(&self.tx, installation, rebuilt).await
    }

    async fn witness(
        &mut self,
        installation: Id,
        told: &Head,
        before: Option<&Last>,
        alarm: Option<(&Alarm, Option<&Rebuilt>)>,
    ) -> Result<()> {
        let tx = &self.tx;
        let is_new = store::witness::take(tx, installation, told, before, alarm).await?;
        let Some((alarm, _)) = alarm.filter(|_| is_new) else {
            return Ok(());
        };
        tracing::error!(%installation, ?alarm, "an audit is not what it was");
        let event = Event::WitnessAlarm {
            installation: installation.0,
            n: told.n,
            what: match alarm.is_rebuilt {
                true => "rebuilt".to_owned(),
                false => alarm.what.to_owned(),
            },
        };
        store::audit::append(tx, None, &event).await
    }

    async fn alarm_of_copy(&mut self, installation: Id, hello: &Hello, last: &Last) -> Result<()> {
        let tx = &self.tx;
        if !store::witness::copied(tx, installation, hello, last).await? {
            return Ok(());
        }
        tracing::error!(%installation, boots = hello.boots, "a second machine speaks");
        let event = Event::WitnessAlarm {
            installation: installation.0,
            n: hello.audit.n,
            what: "copied".to_owned(),
        };
        store::audit::append(tx, None, &event).await
    }

    async fn take_reports(&mut self, installation: Id, reports: &[Report]) -> Result<()> {
        take_reports(&self.tx, installation, reports).await
    }

    async fn has_moved(&mut self, installation: &Installation, parent: Id) -> Result<()> {
        orders::has_moved(&self.tx, installation, parent).await
    }

    async fn head(&mut self, feed: &Division) -> Result<FeedAt> {
        store::feed::head_at(&self.tx, feed).await
    }

    async fn escrow(&mut self) -> Result<Option<EscrowKey>> {
        store::escrow_key::in_force(&self.tx).await
    }

    async fn audit(&mut self) -> Result<AuditHead> {
        let head = store::audit::head(&self.tx).await?;
        Ok(AuditHead {
            n: head.n,
            hash: hex::encode(head.hash),
        })
    }

    async fn lease(&mut self, station: &Station, held: u64) -> Result<Given> {
        lease::give(self.center, &self.tx, station, held).await
    }

    async fn hand_out(&mut self, installation: Id) -> Result<(Vec<SignedOrder>, bool)> {
        store::station_order::hand_out(&self.tx, installation).await
    }

    async fn offer(
        &mut self,
        feed: &Division,
        at: &FeedAt,
        head: &FeedAt,
    ) -> Result<Option<snapshot::Offer>> {
        self.center.offer(&self.tx, feed, at, head).await
    }

    async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}
