//! A writing transaction, and what its audit records are stamped with: who acts, and when it is by
//! every clock there is.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::Id;
use rusqlite::Transaction;

use crate::clock::{Moment, Watch};
use crate::error::Result;
use crate::keys::{Secret, keyed_hash};

/// A durable transaction. Everything that takes a transaction takes this; only with this can a
/// record be appended to the audit.
pub struct Tx<'a> {
    transaction: Transaction<'a>,
    stamp: &'a Stamp,
}

impl<'a> Tx<'a> {
    pub(super) fn new(transaction: Transaction<'a>, stamp: &'a Stamp) -> Tx<'a> {
        Tx { transaction, stamp }
    }

    pub(super) fn commit(self) -> Result<()> {
        Ok(self.transaction.commit()?)
    }

    pub(crate) fn stamp(&self) -> &Stamp {
        self.stamp
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Transaction<'a>;

    fn deref(&self) -> &Transaction<'a> {
        &self.transaction
    }
}

/// Who acts at this desk, by which clock, and what the centre said the time is.
pub struct Stamp {
    watch: Mutex<Watch>,
    who: Mutex<Option<Id>>,
    substitute: AtomicBool,
    boots: AtomicU64,
    told: Mutex<Option<Told>>,
    key: Secret,
}

/// The centre's time, and how long we had been running when it told.
#[derive(Clone)]
struct Told {
    time_ms: i64,
    running_ms: u64,
}

impl Stamp {
    pub(super) fn new(key: Secret) -> Stamp {
        Stamp {
            watch: Mutex::new(Watch::system()),
            who: Mutex::new(None),
            substitute: AtomicBool::new(false),
            boots: AtomicU64::new(0),
            told: Mutex::new(None),
            key,
        }
    }

    /// From now on this staff member acts; None: the program by itself.
    pub fn acts_for(&self, staff: Option<Id>) {
        *held(&self.who) = staff;
    }

    /// Whoever acts is a substitute from another station, or is not.
    pub fn acts_as_substitute(&self, is: bool) {
        self.substitute.store(is, Ordering::Relaxed);
    }

    pub(crate) fn is_substitute(&self) -> bool {
        self.substitute.load(Ordering::Relaxed)
    }

    /// Takes another watch.
    pub fn set_watch(&self, watch: Watch) {
        *held(&self.watch) = watch;
    }

    /// Takes in the centre's time.
    pub fn told(&self, time: DateTime<Utc>) {
        let told = Told {
            time_ms: time.timestamp_millis(),
            running_ms: self.moment().running_ms,
        };
        *held(&self.told) = Some(told);
    }

    /// Now.
    pub fn moment(&self) -> Moment {
        held(&self.watch).moment()
    }

    pub(super) fn who(&self) -> Option<Id> {
        *held(&self.who)
    }

    pub(super) fn boots(&self) -> u64 {
        self.boots.load(Ordering::Relaxed)
    }

    pub(super) fn set_boots(&self, boots: u64) {
        self.boots.store(boots, Ordering::Relaxed);
    }

    /// The centre's time now, as far as it told since the program started.
    pub(super) fn centre_ms(&self, running_ms: u64) -> Option<i64> {
        let told = held(&self.told).clone()?;
        let since_ms = i64::try_from(running_ms.saturating_sub(told.running_ms)).ok()?;
        told.time_ms.checked_add(since_ms)
    }

    /// The pseudonym of what an event is about.
    pub(super) fn pseudonym(&self, text: &str) -> [u8; 16] {
        let hash = keyed_hash(&self.key, text);
        let mut bytes = [0; 16];
        hex::decode_to_slice(&hash[..32], &mut bytes).expect("a keyed hash is hex");
        bytes
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
