//! What hellos are answered from, in memory: the centre's own steps go over it as they go over PostgreSQL.

use audit::Head;
use center::Result;
use center::decide::Tables;
use center::lease::{self, Given};
use center::store::installation::Installation;
use center::store::staff::Role;
use center::store::witness::Alarm;
use center::sync::Station;
use center::sync::greet::{self, Last, Terms};
use chrono::{DateTime, Utc};
use domain::heartbeat::Rebuilt;
use domain::order::{Order, Report, SignedOrder, What, order_message};
use domain::recovery::EscrowKey;
use domain::sync::{AuditHead, FeedAt, Hello, Lease, Pace};
use domain::{Division, Id, snapshot};
use ed25519_dalek::{Signer, SigningKey};

use super::tables::held;
use super::transaction::{Memory, turn};

/// An order as it is kept.
#[derive(Clone)]
pub struct Ordered {
    pub installation: Id,
    pub order: Id,
    pub signed: SignedOrder,
    pub state: OrderState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum OrderState {
    Given,
    Fetched,
    Ended,
}

impl Ordered {
    /// A new one, under the centre's signature.
    pub fn new(id: Id, installation: Id, at: DateTime<Utc>, what: What, key: &SigningKey) -> Self {
        let order = Order {
            id,
            installation,
            given_at: at,
            what,
        };
        let body = serde_json::to_string(&order).expect("an order is JSON");
        let signature = hex::encode(key.sign(&order_message(&body)).to_bytes());
        Ordered {
            installation,
            order: id,
            signed: SignedOrder { body, signature },
            state: OrderState::Given,
        }
    }
}

/// A transaction of one hello.
pub struct Ground {
    pub memory: Memory,
    pub now: DateTime<Utc>,
    pub minimum_protocol: u32,
    pub catalogue: String,
    pub key: SigningKey,
    /// The machine that said it may have started again since.
    pub is_late: bool,
}

impl greet::Ground for Ground {
    fn terms(&self) -> Terms {
        Terms {
            server_time: self.now,
            minimum_protocol: self.minimum_protocol,
            catalogue: self.catalogue.clone(),
            bundle: None,
        }
    }

    fn pace(&self, _: Id, _: u64) -> Pace {
        Pace {
            after_ms: 200,
            batch: 7,
            push_after_ms: 0,
            blob_bytes_per_s: None,
        }
    }

    async fn find(&mut self, installation: Id) -> Result<Option<Installation>> {
        self.memory
            .read(|data| data.installations.get(&installation).cloned())
            .await
    }

    async fn last(&mut self, installation: Id) -> Result<Option<Last>> {
        let memory = &self.memory;
        let look = || memory.read(|data| data.contacts.get(&installation).cloned());
        match look().await? {
            Some(_) => {
                memory.take((5, installation.as_bytes().to_vec())).await;
                look().await
            }
            None => Ok(None),
        }
    }

    async fn keep(
        &mut self,
        installation: Id,
        hello: &Hello,
        audit: Option<&Head>,
        before: Option<&Last>,
    ) -> Result<Option<bool>> {
        // Whoever writes the same row first is waited for.
        self.memory
            .take((5, installation.as_bytes().to_vec()))
            .await;
        let look = self.memory.read(|data| {
            let orders = data.orders.iter();
            let mut open = orders.filter(|o| o.installation == installation && o.is_open());
            let is_known = data.contacts.contains_key(&installation);
            (is_known, open.next().is_some())
        });
        let (is_known, has_orders) = look.await?;
        if is_known && before.is_none() {
            return Ok(None);
        }
        let last = Last {
            boots: hello.boots,
            run: hello.run,
            audit: audit.copied(),
            at: self.now,
        };
        self.memory.write(move |data| {
            data.contacts.insert(installation, last);
        });
        Ok(Some(has_orders))
    }

    async fn is_credible(&mut self, _: Id, _: &Rebuilt) -> Result<bool> {
        Ok(true)
    }

    /// Nobody is to be alarmed about a station whose disk was never copied and never put back.
    async fn witness(
        &mut self,
        installation: Id,
        told: &Head,
        _: Option<&Last>,
        alarm: Option<(&Alarm, Option<&Rebuilt>)>,
    ) -> Result<()> {
        turn().await;
        let Some((alarm, _)) = alarm else {
            return Ok(());
        };
        let mut open = held(&self.memory.database);
        *open.counts.entry("audits contradicted").or_default() += 1;
        if !self.is_late && !open.second_lives.contains(&installation) {
            let n = told.n;
            let broken = format!("an alarm for nothing: {installation} told {n} after {alarm:?}");
            open.broken.push(broken);
        }
        Ok(())
    }

    async fn alarm_of_copy(&mut self, installation: Id, hello: &Hello, _: &Last) -> Result<()> {
        turn().await;
        let mut open = held(&self.memory.database);
        *open.counts.entry("second machines heard").or_default() += 1;
        if !self.is_late && !open.second_lives.contains(&installation) {
            let boots = hello.boots;
            let broken = format!("a second machine that is none: {installation} started {boots}");
            open.broken.push(broken);
        }
        Ok(())
    }

    async fn take_reports(&mut self, installation: Id, reports: &[Report]) -> Result<()> {
        turn().await;
        self.memory
            .take((0, installation.as_bytes().to_vec()))
            .await;
        let ended: Vec<Id> = reports.iter().map(|report| report.order).collect();
        self.memory.write(move |data| {
            for ordered in &mut data.orders {
                if ordered.installation == installation && ended.contains(&ordered.order) {
                    ordered.state = OrderState::Ended;
                }
            }
        });
        Ok(())
    }

    async fn has_moved(&mut self, _: &Installation, _: Id) -> Result<()> {
        Ok(())
    }

    async fn head(&mut self, feed: &Division) -> Result<FeedAt> {
        self.memory.read(|data| data.end(feed)).await
    }

    async fn escrow(&mut self) -> Result<Option<EscrowKey>> {
        Ok(None)
    }

    async fn audit(&mut self) -> Result<AuditHead> {
        Ok(AuditHead::default())
    }

    async fn lease(&mut self, station: &Station, held: u64) -> Result<Given> {
        let lock = (6, station.id.as_bytes().to_vec());
        self.memory.take(lock).await;
        let look = self.memory.read(|data| {
            let staff = data.staff.values();
            let here = staff.filter(|m| m.role == Role::Station);
            let here = here.filter(|m| m.staff.area == station.community);
            let members: Vec<_> = here.map(|member| (member.clone(), None)).collect();
            (members, data.leases.get(&station.id).cloned())
        });
        let (members, known) = look.await?;
        let lease = lease::draft(station, members, self.now);
        let hash = lease::content_hash(&lease)?;
        let serial = match known {
            Some((serial, known)) if known == hash && serial >= held => serial,
            known => known.map_or(0, |(serial, _)| serial).max(held) + 1,
        };
        let id = station.id;
        self.memory
            .write(move |data| drop(data.leases.insert(id, (serial, hash))));
        lease::sign(Lease { serial, ..lease }, &self.key)
    }

    async fn hand_out(&mut self, installation: Id) -> Result<(Vec<SignedOrder>, bool)> {
        let look = self.memory.read(|data| {
            let orders = data.orders.iter();
            let open = orders.filter(|o| o.installation == installation && o.is_open());
            open.cloned().collect::<Vec<_>>()
        });
        let open = look.await?;
        let is_new = open.iter().any(|o| o.state == OrderState::Given);
        self.memory.write(move |data| {
            for ordered in &mut data.orders {
                if ordered.installation == installation && ordered.state == OrderState::Given {
                    ordered.state = OrderState::Fetched;
                }
            }
        });
        let signed = open.into_iter().map(|ordered| ordered.signed);
        Ok((signed.collect(), is_new))
    }

    async fn offer(
        &mut self,
        feed: &Division,
        at: &FeedAt,
        head: &FeedAt,
    ) -> Result<Option<snapshot::Offer>> {
        self.memory
            .read(|data| super::snapshots::offer(data, feed, at, head))
            .await
    }

    async fn commit(self) -> Result<()> {
        self.memory.commit().await
    }
}

impl Ordered {
    pub fn is_open(&self) -> bool {
        self.state != OrderState::Ended
    }
}
