//! Snapshots in the simulated city: built beside the work, offered, asked for in parts, withdrawn while
//! they are on their way; and what must hold of them.

use center::{Error, Result, refusal, snapshots};
use domain::snapshot::{File, Folded, Offer};
use domain::sync::FeedAt;
use domain::{Division, Id};
use rand::Rng;
use rand::rngs::StdRng;
use station::sync::event::Part;

use super::city::City;
use super::tables::{Data, held};
use super::world::World;

/// Facts behind the last snapshot of a feed.
const TAIL: u64 = 8;
/// A station that is so many facts behind is offered one.
const FAR: u64 = 12;
/// Rows of a chunk: few, so that a load has many parts.
const CHUNK_BYTES: usize = 1_500;
/// From the end of a header, which ends in `"}]}`, the last digit of its last chunk's sum.
const LAST_DIGIT: usize = 5;

impl City {
    /// Builds what is due; what is wrong with it.
    pub fn build_snapshots(&self, rng: &mut StdRng) -> Vec<String> {
        let mut broken = Vec::new();
        let mut open = held(&self.database);
        let feeds: Vec<_> = open.data.heads.keys().cloned().collect();
        for feed in feeds {
            let head = open.data.head(&feed);
            let last = open.data.snapshots.get(&feed).and_then(|all| all.last());
            if head < last.map_or(0, |file| file.offer.seq) + TAIL {
                continue;
            }
            let last = last.cloned();
            let facts = open.data.after(&feed, 0, usize::MAX);
            let fold = |begin: Folded| {
                let mut folded = begin;
                let from = folded.at.seq as usize;
                for fact in &facts[from..] {
                    folded.fold(fact)?;
                }
                folded.write(CHUNK_BYTES)
            };
            let whole = match fold(Folded::new(&feed)) {
                Ok(whole) => whole,
                Err(why) => {
                    broken.push(format!("I3: {feed} is not folded: {why}"));
                    continue;
                }
            };
            if let Some(last) = last {
                let begin = Folded::of_file(&feed, &last.bytes, &last.offer.sha256);
                let went_on = begin.and_then(fold);
                if went_on.map(|file| file.bytes) != Ok(whole.bytes.clone()) {
                    broken.push(format!(
                        "I4: a snapshot of {feed} depends on the one before"
                    ));
                }
            }
            // A chunk at a time, or all at once: how many parts there are must not depend on how well
            // something is packed, and so not on what a station's clock says in it.
            let offer = Offer {
                part_bytes: if rng.gen_bool(0.7) { 0 } else { u64::MAX },
                ..whole.offer
            };
            let bytes = whole.bytes;
            let all = open.data.snapshots.entry(feed).or_default();
            if rng.gen_bool(0.4) {
                all.clear();
            }
            all.push(File { offer, bytes });
        }
        broken
    }

    /// A stretch of a snapshot, as the centre answers it.
    pub fn part(&self, installation: Id, part: &Part) -> Result<Vec<u8>> {
        let open = held(&self.database);
        let feed = open.data.installations.get(&installation);
        let feed = feed.and_then(|row| row.community.clone());
        let gone = || Error::Refused(&refusal::SNAPSHOT_GONE);
        let all = feed.and_then(|feed| open.data.snapshots.get(&feed));
        let mut all = all.into_iter().flatten();
        let file = all
            .find(|file| file.offer.sha256 == part.offer.sha256)
            .ok_or_else(gone)?;
        let asked = format!("bytes={}-{}", part.offset, part.offset + part.len - 1);
        let size_bytes = file.bytes.len() as u64;
        let stretch = snapshots::stretch(&asked, size_bytes).map_err(Error::Refused)?;
        Ok(file.bytes[stretch.start as usize..stretch.end as usize].to_vec())
    }
}

/// What a station at `at` is offered.
pub fn offer(data: &Data, feed: &Division, at: &FeedAt, head: &FeedAt) -> Option<Offer> {
    if at.seq > 0 && head.seq < at.seq + FAR {
        return None;
    }
    let newest = data.snapshots.get(feed)?.last()?;
    Some(newest.offer.clone())
}

/// What came over a bad line: now and then cut, or other bytes. Where it is hit is counted from its ends,
/// and what stands there is the same kind of word in every header and every chunk: hit anywhere, a header
/// would be refused or read by how long its chunks are and what their sums say, and so by what a
/// station's clock says in them. Every other place is tried in `domain::snapshot`'s own tests.
pub fn spoil(rng: &mut StdRng, bytes: &mut Vec<u8>) -> bool {
    if !rng.gen_bool(0.05) || bytes.len() <= LAST_DIGIT {
        return false;
    }
    let (how, last) = (rng.gen_range(0..3), bytes.len() - LAST_DIGIT);
    match how {
        0 => bytes.truncate(last),
        1 => bytes[0] ^= 1,
        // A header is read with it, and its last chunk is never what it says.
        _ => bytes[last] ^= 1,
    }
    true
}

/// A snapshot has just been loaded, or refused: I4 and I5 hold at once.
pub fn loaded(world: &mut World, at: usize) {
    let whole = world.machines[at].whole();
    let community = world.machines[at].community().clone();
    let sum = {
        let open = held(&world.city.database);
        open.data.sum(&community, whole.feed.seq)
    };
    // A centre that came back since may not have this past.
    if sum.as_ref() == Some(&whole.feed.sum) {
        world.count("snapshots loaded");
        super::rest::is_fold(world, at);
    }
    super::check::views(world, at);
}
