//! Memory for what stations send and are sent. Room is taken before a body is read or an answer is
//! made, and given back when its last byte has left or was taken in: however many stations read
//! slowly, the centre holds no more than this.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
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
}

/// Room that somebody has taken, until it is dropped.
#[derive(Debug)]
pub struct Taken(OwnedSemaphorePermit);

impl Room {
    /// So much in all.
    pub fn new(bytes: usize) -> Room {
        Room::waiting(bytes, QUEUE_LIMIT)
    }

    fn waiting(bytes: usize, wait: Duration) -> Room {
        let units = (bytes / UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Room {
            free: Arc::new(Semaphore::new(units)),
            units,
            wait,
        }
    }

    /// What nobody has taken now.
    pub fn free_bytes(&self) -> usize {
        self.free.available_permits() * UNIT_BYTES
    }

    /// Waits for room; `centre.busy` when there is none in time. Who wants more than there is at all
    /// waits until nobody else has any.
    pub async fn take(&self, bytes: usize) -> Result<Taken> {
        let units = bytes.div_ceil(UNIT_BYTES).min(self.units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let taking = self.free.clone().acquire_many_owned(units);
        let taken = tokio::time::timeout(self.wait, taking).await;
        let taken = taken.map_err(|_| busy())?.map_err(|_| busy())?;
        Ok(Taken(taken))
    }
}

impl Taken {
    /// Gives back what is more than these bytes need, and goes with them wherever they go.
    pub fn hold(mut self, bytes: Vec<u8>) -> Bytes {
        let needed = bytes.capacity().div_ceil(UNIT_BYTES);
        drop(self.0.split(self.0.num_permits().saturating_sub(needed)));
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
        let room = Room::waiting(64 << 10, Duration::from_millis(20));
        let taken = room.take(48 << 10).await.unwrap();
        let answer = taken.hold(vec![7; 16 << 10]);
        let rest = room.take(48 << 10).await.unwrap();
        let full = room.take(1).await.unwrap_err();
        assert_eq!(full.refusal().code, "centre.busy");
        let tail = answer.slice(10..);
        drop(answer);
        assert!(room.take(1).await.is_err(), "a part of it is still held");
        drop(tail);
        room.take(16 << 10).await.unwrap();
        drop(rest);
        let all = room.take(1 << 30).await.unwrap();
        assert!(room.take(1).await.is_err());
        drop(all);
    }
}
