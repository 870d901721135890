//! The answer to a ferry's file: what a hello is answered with, and the facts that a pull would bring, or a
//! snapshot and the facts behind it.

use chrono::{SubsecRound, Utc};
use crypto::BoxPublicKey;
use domain::Id;
use domain::ferry::{self, Down, FACTS, FACTS_BYTES, FORMAT, Head, Way, message, purpose};
use domain::order::{Order, SignedOrder, What};
use domain::snapshot::Offer;
use domain::sync::{
    FeedAt, FeedFact, Hello, HelloReply, PULL_LIMIT, PUSH_DECODED_LIMIT_BYTES, first_sum,
    sha256_hex,
};
use ed25519_dalek::Signer;

use crate::error::{Error, Result};
use crate::sync::Station;
use crate::{Center, database, store, sync};

/// A file for a station.
pub struct Answer {
    /// How it is called.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Center {
    pub(super) async fn answer(
        &self,
        station: &Station,
        stick: Id,
        to: &BoxPublicKey,
        hello: &Hello,
        stored: Vec<String>,
    ) -> Result<Answer> {
        let reply = sync::look(self, station, hello, false).await?.reply;
        // Who is to load everything anew finds it in the same file.
        let (after, begins_again) = match asks_for_all(&reply) {
            true => (beginning(), true),
            false => self.common(station, &hello.feed).await?,
        };
        let (snapshot, raw) = self.snapshot_behind(station, &after).await?;
        let from = snapshot.as_ref().map_or(after.seq, |offer| offer.seq);
        let in_force = &self.bundle;
        let lags = |used: &String| *used != in_force.offer.sha256;
        let words = Down {
            reply,
            facts: self.facts_behind(station, from).await?,
            after,
            begins_again,
            snapshot,
            stored,
            catalogue: (hello.bundle.as_ref().is_some_and(lags))
                .then(|| hex::encode(&in_force.body)),
        };
        let packed = ferry::pack(&words, &[&raw]).map_err(|why| Error::Fault(why.to_string()))?;
        self.sealed(station.id, stick, to, &packed)
    }

    /// Words for one machine, as a file.
    pub(super) fn sealed(
        &self,
        installation: Id,
        stick: Id,
        to: &BoxPublicKey,
        packed: &[u8],
    ) -> Result<Answer> {
        let sealed = to.seal(&purpose(Way::Down, installation), packed);
        let head = Head {
            format: FORMAT,
            way: Way::Down,
            installation,
            stick,
            made_at: Utc::now().trunc_subsecs(0),
            sealed_sha256: sha256_hex(&sealed),
        };
        let text = serde_json::to_string(&head).map_err(|error| Error::Fault(error.to_string()))?;
        let (_, key) = self.own_log();
        let signature = key.sign(&message(Way::Down, &text)).to_bytes();
        Ok(Answer {
            name: format!(
                "down-{installation}-{}.ferry",
                head.made_at.format("%Y%m%d%H%M%S")
            ),
            bytes: ferry::write(&text, &signature, &sealed),
        })
    }

    /// Where the facts go on: where the station is, or at the beginning when it has another feed.
    async fn common(&self, station: &Station, at: &FeedAt) -> Result<(FeedAt, bool)> {
        let mut client = self.database.ask().await?;
        let tx = database::begin(&mut client).await?;
        let there = store::fact::find_sum(&tx, &self.seals, &station.community, at.seq).await?;
        if there.as_ref() == Some(&at.sum) {
            return Ok((at.clone(), false));
        }
        Ok((beginning(), true))
    }

    async fn snapshot_behind(
        &self,
        station: &Station,
        after: &FeedAt,
    ) -> Result<(Option<Offer>, Vec<u8>)> {
        let offer = {
            let mut client = self.database.ask().await?;
            let tx = database::begin(&mut client).await?;
            let head = store::feed::head_at(&tx, &station.community).await?;
            self.offer(&tx, &station.community, after, &head).await?
        };
        let Some(offer) = offer else {
            return Ok((None, Vec::new()));
        };
        let whole = 0..offer.size_bytes;
        match self.snapshot_bytes(&station.community, &offer, whole).await {
            Ok(bytes) => Ok((Some(offer), bytes)),
            // The facts say the same.
            Err(Error::Sealed(_)) => Ok((None, Vec::new())),
            Err(error) => Err(error),
        }
    }

    async fn facts_behind(&self, station: &Station, mut seq: u64) -> Result<Vec<FeedFact>> {
        let (mut facts, mut bytes) = (Vec::new(), 0);
        while facts.len() < FACTS && bytes < FACTS_BYTES {
            let mut client = self.database.ask().await?;
            let tx = database::begin(&mut client).await?;
            let (feed, limit) = (&station.community, PUSH_DECODED_LIMIT_BYTES);
            let more = store::fact::after(&tx, &self.seals, feed, seq, PULL_LIMIT, limit).await?;
            let Some(last) = more.last() else {
                break;
            };
            seq = last.seq;
            bytes += more.iter().map(|fact| fact.body.len()).sum::<usize>();
            facts.extend(more);
        }
        Ok(facts)
    }
}

fn beginning() -> FeedAt {
    FeedAt {
        seq: 0,
        sum: first_sum(),
    }
}

/// Whether one of the orders that go along is to load the feed anew.
fn asks_for_all(reply: &HelloReply) -> bool {
    let orders = reply.orders.iter().cloned();
    let mut signed = orders.filter_map(|order| serde_json::from_value::<SignedOrder>(order).ok());
    signed.any(|signed| {
        let order = serde_json::from_str::<Order>(&signed.body);
        order.is_ok_and(|order| matches!(order.what, What::Resync {}))
    })
}
