//! What a hello comes to. Every wait is one call of [`Ground`], so that the same steps run on PostgreSQL
//! and on what a simulator keeps in memory; what needs no waiting is pure.

mod postgres;

use audit::Head;
use chrono::{DateTime, Utc};
use domain::bundle;
use domain::heartbeat::Rebuilt;
use domain::order::{Report, SignedOrder};
use domain::recovery::EscrowKey;
use domain::sync::{AuditHead, FeedAt, Hello, HelloReply, Pace};
use domain::{Division, Id, snapshot};

use super::Station;
use crate::decide::tables::Answer;
use crate::error::Result;
use crate::lease::Given;
use crate::store::installation::{Installation, permitted};
use crate::store::witness::{Alarm, contradicts};

pub use postgres::Postgres;

/// Reports taken from one hello: a station has fewer orders.
pub(super) const REPORTS: usize = 32;

/// What was heard of an installation last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// Its starts.
    pub boots: u64,
    /// What it drew at the last of them; None from a program that does not say.
    pub run: Option<Id>,
    /// Where its audit stood; None from a program that keeps none.
    pub audit: Option<Head>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What every station is told.
pub struct Terms {
    /// The centre's clock.
    pub server_time: DateTime<Utc>,
    /// Lowest protocol that may do new work.
    pub minimum_protocol: u32,
    /// Hash of the catalogue in force.
    pub catalogue: String,
    /// The same as a file.
    pub bundle: Option<bundle::Offer>,
}

/// A transaction on what hellos are answered from: all is kept with [`Ground::commit`], or nothing.
pub trait Ground: Send {
    /// What every station is told.
    fn terms(&self) -> Terms;
    /// How fast a station with so many commands goes.
    fn pace(&self, station: Id, commands: u64) -> Pace;
    /// A station as it stands.
    fn find(&mut self, installation: Id) -> impl Answer<Option<Installation>>;
    /// What was heard of it last, locked.
    fn last(&mut self, installation: Id) -> impl Answer<Option<Last>>;
    /// Keeps what it says now, its audit's head beside it, and tells whether there are orders: a herd of
    /// hellos pays for each statement. None when another hello of a station that nobody had heard of came
    /// first. What was heard `before` is as [`Ground::last`] says.
    fn keep(
        &mut self,
        installation: Id,
        hello: &Hello,
        audit: Option<&Head>,
        before: Option<&Last>,
    ) -> impl Answer<Option<bool>>;
    /// Whether no head that was kept contradicts what a station says of a database made anew.
    fn is_credible(&mut self, installation: Id, rebuilt: &Rebuilt) -> impl Answer<bool>;
    /// Keeps a head of its audit, and raises an alarm where it cannot be; once for each such head.
    fn witness(
        &mut self,
        installation: Id,
        told: &Head,
        before: Option<&Last>,
        alarm: Option<(&Alarm, Option<&Rebuilt>)>,
    ) -> impl Answer<()>;
    /// Somebody is told that a second machine speaks as this station; once for each start of it.
    fn alarm_of_copy(&mut self, installation: Id, hello: &Hello, last: &Last) -> impl Answer<()>;
    /// Ends orders that were carried out.
    fn take_reports(&mut self, installation: Id, reports: &[Report]) -> impl Answer<()>;
    /// A machine speaks from another community for the first time.
    fn has_moved(&mut self, installation: &Installation, parent: Id) -> impl Answer<()>;
    /// Where a feed ends.
    fn head(&mut self, feed: &Division) -> impl Answer<FeedAt>;
    /// The escrow key in force.
    fn escrow(&mut self) -> impl Answer<Option<EscrowKey>>;
    /// Where the centre's own audit ends.
    fn audit(&mut self) -> impl Answer<AuditHead>;
    /// The lease of a station now; `held` is the number of the one it says it has.
    fn lease(&mut self, station: &Station, held: u64) -> impl Answer<Given>;
    /// Orders that have not ended, and whether one is handed out for the first time.
    fn hand_out(&mut self, installation: Id) -> impl Answer<(Vec<SignedOrder>, bool)>;
    /// A snapshot, where that is quicker than the facts.
    fn offer(
        &mut self,
        feed: &Division,
        at: &FeedAt,
        head: &FeedAt,
    ) -> impl Answer<Option<snapshot::Offer>>;
    /// Makes all of it durable and seen.
    fn commit(self) -> impl Answer<()>;
}

/// An answer, and what it goes by.
pub struct Greeted {
    /// What travels.
    pub reply: HelloReply,
    /// The number of the lease in it.
    pub lease: u64,
    /// Orders are handed out for the first time.
    pub ordered: bool,
}

impl Greeted {
    /// Whether the answer may wait for news. Who reports hears at once that it was heard: a wipe goes on
    /// by that.
    pub fn may_wait(&self, hello: &Hello) -> bool {
        let has_lease = hello.lease == 0 || hello.lease == self.lease;
        has_lease && hello.reports.is_empty() && !self.ordered && !is_news(hello, &self.reply)
    }
}

/// Whether the answer differs from what the station's own words imply. A copy of a log that ends where
/// ours does, at another entry, must hear of it now.
pub fn is_news(hello: &Hello, reply: &HelloReply) -> bool {
    let acked = hello.log.last.saturating_sub(hello.unsent.commands);
    reply.copied
        || reply.head != hello.feed.seq
        || reply.sum != hello.feed.sum
        || reply.acked != acked
        || (reply.acked == hello.log.last && reply.link != hello.log.link)
}

/// Whether another machine than this one was heard last, with as many starts or more. A start that was
/// heard of is counted where it was counted, so only two machines can have the same.
pub fn is_copy(last: &Last, hello: &Hello) -> bool {
    let another = last.run.zip(hello.run).is_some_and(|(one, two)| one != two);
    another && hello.boots <= last.boots && !hello.restored
}

/// Whether a hello was overtaken on its way: the same start has said more since. Its words are old, and
/// that its audit is shorter means nothing.
pub fn is_overtaken(last: Option<&Last>, hello: &Hello, told: Option<&Head>) -> bool {
    let same = |last: &&Last| last.run.is_some() && last.run == hello.run;
    let last = last.filter(same).and_then(|last| last.audit);
    last.zip(told).is_some_and(|(last, told)| told.n < last.n)
}

/// How things are for a station. What it says is kept in the same transaction, the first time it is looked
/// at. A program that says nothing of itself knows no orders, and gets none; a copy of a disk neither.
pub async fn greet<G: Ground>(
    mut ground: G,
    station: &Station,
    hello: &Hello,
    is_first: bool,
) -> Result<Greeted> {
    let installation = match permitted(ground.find(station.id).await?) {
        Err(refused) if is_first => {
            // Revoked while the receipt of a wipe was on its way, maybe: that still counts.
            take_reports(&mut ground, station.id, hello).await?;
            ground.commit().await?;
            return Err(refused);
        }
        other => other?,
    };
    let has_orders = match is_first {
        true => hear(&mut ground, station.id, hello).await?,
        false => Some(true),
    };
    if let Some(parent) = installation.moving_from {
        ground.has_moved(&installation, parent).await?;
    }
    let head = ground.head(&station.community).await?;
    let escrow = ground.escrow().await?;
    let audit = ground.audit().await?;
    let lease = ground.lease(station, hello.lease).await?;
    let (orders, ordered) = match has_orders == Some(true) && hello.heartbeat.is_some() {
        true => ground.hand_out(station.id).await?,
        false => (Vec::new(), false),
    };
    let feed = &station.community;
    let snapshot = ground.offer(feed, &hello.feed, &head).await?;
    let waiting = hello.log.last.saturating_sub(installation.acked);
    let (pace, terms) = (ground.pace(station.id, waiting), ground.terms());
    ground.commit().await?;
    let orders = orders.iter();
    let reply = HelloReply {
        server_time: terms.server_time,
        acked: installation.acked,
        link: installation.link,
        // What a verified backup holds; a centre restored from it has no more than that.
        durable: installation.durable.min(installation.acked),
        head: head.seq,
        sum: head.sum,
        pace,
        lease: lease.signed,
        audit,
        minimum_protocol: terms.minimum_protocol,
        copied: has_orders.is_none(),
        catalogue: terms.catalogue,
        // A program that does not say what it works by could not load another.
        bundle: terms.bundle.filter(|_| hello.bundle.is_some()),
        escrow,
        orders: orders
            .filter_map(|order| serde_json::to_value(order).ok())
            .collect(),
        snapshot,
    };
    Ok(Greeted {
        reply,
        lease: lease.serial,
        ordered,
    })
}

/// Keeps what a hello says; whether there may be orders for it. None of a copy, of which nothing is kept
/// but that it spoke, and that its audit contradicts.
async fn hear(ground: &mut impl Ground, station: Id, hello: &Hello) -> Result<Option<bool>> {
    let told = head_of(&hello.audit);
    let has_orders = loop {
        let before = ground.last(station).await?;
        let last = before.as_ref();
        if is_overtaken(last, hello, told.as_ref()) {
            break true;
        }
        if let Some(told) = &told {
            witness(ground, station, hello, told, last).await?;
        }
        if let Some(last) = last.filter(|last| is_copy(last, hello)) {
            ground.alarm_of_copy(station, hello, last).await?;
            return Ok(None);
        }
        if let Some(has_orders) = ground.keep(station, hello, told.as_ref(), last).await? {
            break has_orders;
        }
    };
    take_reports(ground, station, hello).await?;
    Ok(Some(has_orders))
}

async fn witness(
    ground: &mut impl Ground,
    station: Id,
    hello: &Hello,
    told: &Head,
    last: Option<&Last>,
) -> Result<()> {
    let before = last.and_then(|last| last.audit);
    if before == Some(*told) {
        return Ok(());
    }
    let beat = hello.heartbeat.as_ref();
    let rebuilt = match beat.and_then(|said| said.rebuilt.as_ref()) {
        Some(said) if said.n < told.n && ground.is_credible(station, said).await? => Some(said),
        _ => None,
    };
    let alarm = before.and_then(|before| contradicts(&before, told, rebuilt));
    let alarm = alarm.as_ref().map(|alarm| (alarm, rebuilt));
    ground.witness(station, told, last, alarm).await
}

async fn take_reports(ground: &mut impl Ground, station: Id, hello: &Hello) -> Result<()> {
    let reports = &hello.reports[..hello.reports.len().min(REPORTS)];
    match reports.is_empty() {
        true => Ok(()),
        false => ground.take_reports(station, reports).await,
    }
}

/// The head that a hello tells; None of a program that keeps no audit.
fn head_of(told: &AuditHead) -> Option<Head> {
    let mut hash = [0; 32];
    hex::decode_to_slice(&told.hash, &mut hash).ok()?;
    Some(Head { n: told.n, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(boots: u64, run: Option<u128>, n: u64) -> Hello {
        let run = run.map(|run| Id(uuid::Uuid::from_u128(run)));
        let said = serde_json::json!({
            "protocol": 1, "version": "", "boots": boots, "run": run,
            "feed": { "seq": 0, "sum": "" }, "log": { "last": 0, "link": "" },
            "unsent": { "commands": 0, "pages": 0 }, "audit": { "n": n, "hash": "07".repeat(32) },
            "wait_ms": 0,
        });
        serde_json::from_value(said).unwrap()
    }

    fn last(boots: u64, run: Option<u128>, n: u64) -> Last {
        let hash = [7; 32];
        Last {
            boots,
            run: run.map(|run| Id(uuid::Uuid::from_u128(run))),
            audit: Some(Head { n, hash }),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_second_machine_is_another_start_that_is_not_a_later_one() {
        assert!(is_copy(&last(5, Some(1), 0), &hello(5, Some(2), 0)));
        assert!(is_copy(&last(5, Some(1), 0), &hello(4, Some(2), 0)));
        assert!(
            !is_copy(&last(5, Some(1), 0), &hello(6, Some(2), 0)),
            "later"
        );
        assert!(
            !is_copy(&last(5, Some(1), 0), &hello(5, Some(1), 0)),
            "same"
        );
        assert!(!is_copy(&last(5, None, 0), &hello(5, Some(2), 0)), "unsaid");
        assert!(!is_copy(&last(5, Some(1), 0), &hello(4, None, 0)), "unsaid");
        let restored = Hello {
            restored: true,
            ..hello(4, Some(2), 0)
        };
        assert!(!is_copy(&last(5, Some(1), 0), &restored));
    }

    #[test]
    fn only_the_same_start_can_be_overtaken() {
        let overtaken = |last: &Last, hello: &Hello| {
            is_overtaken(Some(last), hello, head_of(&hello.audit).as_ref())
        };
        assert!(overtaken(&last(5, Some(1), 9), &hello(5, Some(1), 8)));
        assert!(!overtaken(&last(5, Some(1), 9), &hello(5, Some(1), 9)));
        assert!(!overtaken(&last(5, Some(1), 9), &hello(6, Some(2), 8)));
        assert!(!overtaken(&last(5, None, 9), &hello(5, None, 8)));
    }
}
