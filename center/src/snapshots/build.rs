//! Builds snapshots beside the work: the facts since the last one are folded onto it, by the same
//! `evolve` as everywhere. One feed at a time in all processes of a centre; no row that a push needs is
//! locked, and no connection of theirs taken.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::snapshot::write::CHUNK_BYTES;
use domain::snapshot::{FORMAT, File, Folded, Offer, Unreadable};
use domain::sync::{FeedFact, PUSH_DECODED_LIMIT_BYTES};
use domain::{Division, evolve};
use tokio::sync::watch;

use crate::blobs::Name;
use crate::error::{Error, Result};
use crate::serve::unless_stopped;
use crate::store::blob::digest;
use crate::{Center, database, store};

/// Between two looks for feeds that have grown.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Between two looks for snapshots that nobody needs any more.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// A feed whose building failed is not tried again before.
const FAILED_FOR: Duration = Duration::from_secs(3_600);
/// Feeds of one look.
const FEEDS: i64 = 64;
/// Facts that are read and folded at once.
const FACTS: usize = 10_000;

/// Builds what is due, until the centre stops.
pub async fn keep_building(center: Arc<Center>, stop: watch::Receiver<bool>) {
    let mut failed = HashMap::new();
    let mut forgot: Option<Instant> = None;
    loop {
        let round = round(&center, &mut failed);
        match unless_stopped(stop.clone(), round).await {
            None => return,
            Some(Err(error)) => tracing::warn!(%error, "no snapshots for now"),
            Some(Ok(())) => {}
        }
        if forgot.is_none_or(|at| at.elapsed() > FORGET_EVERY) {
            forgot = Some(Instant::now());
            if let Err(error) = center.forget_snapshots().await {
                tracing::warn!(%error, "old snapshots stay for now");
            }
        }
        let pause = tokio::time::sleep(LOOK_EVERY);
        if unless_stopped(stop.clone(), pause).await.is_none() {
            return;
        }
    }
}

/// Every feed that is due, one after the other; one that fails does not keep the others waiting.
async fn round(center: &Center, failed: &mut HashMap<Division, Instant>) -> Result<()> {
    failed.retain(|_, at| at.elapsed() < FAILED_FOR);
    for feed in center.feeds_without_snapshot().await? {
        if failed.contains_key(&feed) {
            continue;
        }
        if let Err(error) = center.build_snapshot(&feed).await {
            tracing::warn!(%error, %feed, "a snapshot could not be built");
            failed.insert(feed, Instant::now());
        }
    }
    Ok(())
}

impl Center {
    /// Feeds whose tail behind their last snapshot is long.
    async fn feeds_without_snapshot(&self) -> Result<Vec<Division>> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        store::snapshot::due(&tx, &self.snapshots, FORMAT, evolve::VERSION, FEEDS).await
    }

    /// Builds a feed's snapshot and keeps it; None when another process builds one just now, or there is
    /// nothing new.
    pub async fn build_snapshot(&self, feed: &Division) -> Result<Option<Offer>> {
        let mut client = self.database.decide().await?;
        // Held until the transaction is dropped; it locks no row.
        let lock = database::begin(&mut client).await?;
        if !store::snapshot::lock_builder(&lock).await? {
            return Ok(None);
        }
        let began = Instant::now();
        let head = store::feed::head(&lock, feed).await?;
        let last = store::snapshot::newest(&lock, feed, FORMAT, evolve::VERSION).await?;
        if last.as_ref().map_or(0, |last| last.seq) >= head {
            return Ok(None);
        }
        let begin = match last {
            Some(last) => self.go_on_from(feed, &last).await?,
            None => Folded::new(feed),
        };
        let from = begin.at.seq;
        let folded = match self.fold_to(begin, head).await? {
            Ok(folded) => folded,
            // What lies behind the last snapshot is another feed: a centre that came back.
            Err(why) if from > 0 => {
                tracing::warn!(%why, %feed, "folding from the first fact");
                let again = self.fold_to(Folded::new(feed), head).await?;
                again.map_err(fault)?
            }
            Err(why) => return Err(fault(why)),
        };
        let file = apart(move || folded.write(CHUNK_BYTES))
            .await?
            .map_err(fault)?;
        self.keep_snapshot(feed, &file).await?;
        drop(lock);
        let (seq, bytes) = (file.offer.seq, file.offer.size_bytes);
        let took_ms = began.elapsed().as_millis();
        tracing::info!(%feed, from, seq, bytes, took_ms, "a snapshot is built");
        Ok(Some(self.snapshots.in_parts(file.offer)))
    }

    /// What the last snapshot holds; from the beginning when its bytes are gone or damaged, and it is
    /// offered no more.
    async fn go_on_from(&self, feed: &Division, last: &Offer) -> Result<Folded> {
        let whole = self.snapshot_bytes(feed, last, 0..last.size_bytes).await;
        let (named, sha256) = (feed.clone(), last.sha256.clone());
        let folded = match whole {
            Ok(bytes) => apart(move || Folded::of_file(&named, &bytes, &sha256)).await?,
            Err(Error::Sealed(why)) => Err(Unreadable(why)),
            Err(error) => return Err(error),
        };
        match folded {
            Ok(folded) => Ok(folded),
            Err(why) => {
                tracing::warn!(%why, %feed, "a snapshot is withdrawn");
                self.withdraw_snapshot(feed, last).await?;
                Ok(Folded::new(feed))
            }
        }
    }

    /// Folds facts up to `head`; Err inside when they do not go on where the fold ends.
    async fn fold_to(
        &self,
        mut folded: Folded,
        head: u64,
    ) -> Result<std::result::Result<Folded, Unreadable>> {
        while folded.at.seq < head {
            let facts = self.facts_after(&folded.feed, folded.at.seq).await?;
            if facts.is_empty() {
                return Ok(Err(Unreadable("facts that are gone")));
            }
            let all = move || {
                let facts = facts.iter().take_while(|fact| fact.seq <= head);
                for fact in facts {
                    folded.fold(fact)?;
                }
                Ok(folded)
            };
            folded = match apart(all).await? {
                Ok(folded) => folded,
                Err(why) => return Ok(Err(why)),
            };
        }
        Ok(Ok(folded))
    }

    async fn facts_after(&self, feed: &Division, seq: u64) -> Result<Vec<FeedFact>> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let bytes = 2 * PUSH_DECODED_LIMIT_BYTES;
        store::fact::after(&tx, &self.seals, feed, seq, FACTS, bytes).await
    }

    async fn keep_snapshot(&self, feed: &Division, file: &File) -> Result<()> {
        let name = name(feed, &file.offer)?;
        self.blobs
            .put_snapshot(&self.seals, &name, &file.bytes)
            .await?;
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        store::snapshot::insert(&tx, feed, &file.offer).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A stretch of a snapshot's bytes; [`Error::Sealed`] when they are gone or damaged.
    pub(crate) async fn snapshot_bytes(
        &self,
        feed: &Division,
        offer: &Offer,
        stretch: std::ops::Range<u64>,
    ) -> Result<Vec<u8>> {
        let name = name(feed, offer)?;
        self.blobs
            .snapshot(&self.seals, &name, offer.size_bytes, stretch)
            .await
    }

    /// Offers a snapshot no more; its bytes go with the next look for what nobody needs.
    pub async fn withdraw_snapshot(&self, feed: &Division, offer: &Offer) -> Result<()> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        store::snapshot::withdraw(&tx, feed, &offer.sha256).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Withdraws snapshots that were followed by another one long ago, and deletes bytes that no row
    /// speaks of.
    pub async fn forget_snapshots(&self) -> Result<usize> {
        let kept = self.snapshots.kept();
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        store::snapshot::withdraw_followed(&tx, kept).await?;
        let all = store::snapshot::all(&tx).await?;
        tx.commit().await?;
        let names = all
            .iter()
            .map(|(feed, offer)| name(feed, offer))
            .collect::<Result<Vec<_>>>()?;
        let old = chrono::Utc::now() - kept;
        self.blobs.forget_snapshots(&self.seals, &names, old).await
    }
}

fn name(feed: &Division, offer: &Offer) -> Result<Name> {
    let sha256 = digest(&offer.sha256).ok_or(Error::Fault("an address unchecked".to_owned()))?;
    Ok(Name::new(feed, &sha256))
}

fn fault(why: Unreadable) -> Error {
    Error::Fault(why.to_string())
}

/// Folding is work for a processor: not on the threads that answer.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Fault(error.to_string()))
}
