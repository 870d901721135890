//! Memory for what stations send and are sent. Room is taken before a body is read or an answer is
//! made, and given back when its last byte has left or was taken in: however many stations read
//! slowly, the centre holds no more than this. Nor does one of them take it from the others: each has a
//! share, so many requests at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use domain::Id;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::error::{Error, Result};
use crate::refusal;

/// How long a request may stand in line. Queueing beats refusing: refused stations come again, and
/// each time their request was for nothing. A station itself waits for 20 s, the work included.
const QUEUE_LIMIT: Duration = Duration::from_secs(10);
/// What is counted.
const UNIT_BYTES: usize = 1 << 10;

/// Waits for one of a few places; `centre.busy` when there is none in time.
pub async fn place(places: &Semaphore) -> Result<SemaphorePermit<'_>> {
    let taken = tokio::time::timeout(QUEUE_LIMIT, places.acquire()).await;
    taken.map_err(|_| busy())?.map_err(|_| busy())
}

fn busy() -> Error {
    Error::Refused(&refusal::CENTRE_BUSY)
}

/// See the module.
pub struct Room {
    free: Arc<Semaphore>,
    units: usize,
    wait: Duration,
    /// Requests of one installation at once.
    each: usize,
    /// Those that ever asked: no more than the city has.
    shares: Mutex<HashMap<Id, Arc<Semaphore>>>,
}

/// Room that somebody has taken, until it is dropped.
#[derive(Debug)]
pub struct Taken {
    room: OwnedSemaphorePermit,
    _share: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// So much in all, and for so many requests of one installation at once.
    pub fn new(bytes: usize, each: usize) -> Room {
        Room::waiting(bytes, each, QUEUE_LIMIT)
    }

    fn waiting(bytes: usize, each: usize, wait: Duration) -> Room {
        let units = (bytes / UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Room {
            free: Arc::new(Semaphore::new(units)),
            units,
            wait,
            each,
            shares: Mutex::default(),
        }
    }

    /// What nobody has taken now.
    pub fn free_bytes(&self) -> usize {
        self.free.available_permits() * UNIT_BYTES
    }

    /// Waits for room for an installation; `centre.busy` when there is none in time, or others of its own
    /// requests have its share. Who wants more than there is at all waits until nobody else has any.
    pub async fn take(&self, who: Id, bytes: usize) -> Result<Taken> {
        self.within(Some(self.share(who)), bytes).await
    }

    fn share(&self, who: Id) -> Arc<Semaphore> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share = shares
            .entry(who)
            .or_insert_with(|| Arc::new(Semaphore::new(self.each)));
        share.clone()
    }

    /// The same for somebody who is not known yet.
    pub async fn take_unknown(&self, bytes: usize) -> Result<Taken> {
        self.within(None, bytes).await
    }

    async fn within(&self, share: Option<Arc<Semaphore>>, bytes: usize) -> Result<Taken> {
        let units = bytes.div_ceil(UNIT_BYTES).min(self.units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let taking = async {
            let share = match share {
                Some(share) => Some(share.acquire_owned().await?),
                None => None,
            };
            let room = self.free.clone().acquire_many_owned(units).await?;
            Ok::<_, tokio::sync::AcquireError>(Taken {
                room,
                _share: share,
            })
        };
        let taken = tokio::time::timeout(self.wait, taking).await;
        taken.map_err(|_| busy())?.map_err(|_| busy())
    }
}

impl Taken {
    /// Gives back what is more than these bytes need, and goes with them wherever they go.
    pub fn hold(mut self, bytes: Vec<u8>) -> Bytes {
        let needed = bytes.capacity().div_ceil(UNIT_BYTES);
        let spare = self.room.num_permits().saturating_sub(needed);
        drop(self.room.split(spare));
        Bytes::from_owner(Held {
            bytes,
            _taken: self,
        })
    }
}

struct Held {
    bytes: Vec<u8>,
    _taken: Taken,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_given_back_with_the_last_byte() {
        let room = Room::waiting(64 << 10, 9, Duration::from_millis(20));
        let taken = room.take_unknown(48 << 10).await.unwrap();
        let answer = taken.hold(vec![7; 16 << 10]);
        let rest = room.take_unknown(48 << 10).await.unwrap();
        let full = room.take_unknown(1).await.unwrap_err();
        assert_eq!(full.refusal().code, "centre.busy");
        let tail = answer.slice(10..);
        drop(answer);
        let part = room.take_unknown(1).await;
        assert!(part.is_err(), "a part of it is still held");
        drop(tail);
        room.take_unknown(16 << 10).await.unwrap();
        drop(rest);
        let all = room.take_unknown(1 << 30).await.unwrap();
        assert!(room.take_unknown(1).await.is_err());
        drop(all);
    }

    #[tokio::test]
    async fn one_station_takes_no_more_than_its_share_and_has_it_until_the_last_byte() {
        let room = Room::waiting(64 << 10, 2, Duration::from_millis(20));
        let [one, other] = [1, 2].map(|n| Id(uuid::Uuid::from_u128(n)));
        let answer = room.take(one, 1).await.unwrap().hold(vec![7; 100]);
        let second = room.take(one, 1).await.unwrap();
        let third = room.take(one, 1).await.unwrap_err();
        assert_eq!(third.refusal().code, "centre.busy");
        room.take(other, 1).await.unwrap();
        drop(answer);
        room.take(one, 1).await.unwrap();
        drop(second);
    }
}
