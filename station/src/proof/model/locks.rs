//! The locks that connections of one process hold on a database, and the memory they share about
//! its log. Both are gone with the last connection; neither is ever on the disk.

use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

/// SQLite asks for regions of this size, in words of eight bytes so that they are aligned.
const REGION_WORDS: usize = 32 * 1024 / 8;

#[derive(Default)]
struct OfFile {
    /// SQLITE_LOCK_…, by connection.
    levels: BTreeMap<u64, c_int>,
    /// Shared and exclusive locks on the shared memory, a bit each, by connection.
    shared: BTreeMap<u64, (u32, u32)>,
    // Boxed: their addresses are given out.
    #[allow(clippy::vec_box)]
    regions: Vec<Box<[u64; REGION_WORDS]>>,
}

/// By file.
#[derive(Default)]
pub(super) struct Locks(Mutex<BTreeMap<usize, OfFile>>);

impl Locks {
    fn all(&self) -> MutexGuard<'_, BTreeMap<usize, OfFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Raises a connection's lock; false when another's is in the way.
    pub(super) fn lock(&self, file: usize, who: u64, want: c_int) -> bool {
        let mut all = self.all();
        let levels = &mut all.entry(file).or_default().levels;
        let others = levels.iter().filter(|(other, _)| **other != who);
        let highest = others.map(|(_, level)| *level).max();
        let highest = highest.unwrap_or(ffi::SQLITE_LOCK_NONE);
        let held = levels.get(&who).copied();
        if held.unwrap_or(ffi::SQLITE_LOCK_NONE) >= want {
            return true;
        }
        let (granted, level) = match want {
            ffi::SQLITE_LOCK_SHARED => (highest < ffi::SQLITE_LOCK_PENDING, want),
            ffi::SQLITE_LOCK_RESERVED => (highest < ffi::SQLITE_LOCK_RESERVED, want),
            _ if highest >= ffi::SQLITE_LOCK_RESERVED => (false, want),
            _ if highest >= ffi::SQLITE_LOCK_SHARED => {
                levels.insert(who, ffi::SQLITE_LOCK_PENDING);
                return false;
            }
            _ => (true, want),
        };
        if granted {
            levels.insert(who, level);
        }
        granted
    }

    /// Lowers a connection's lock.
    pub(super) fn unlock(&self, file: usize, who: u64, level: c_int) {
        let mut all = self.all();
        all.entry(file).or_default().levels.insert(who, level);
    }

    /// Whether any connection is about to write.
    pub(super) fn is_reserved(&self, file: usize) -> bool {
        let mut all = self.all();
        let levels = &all.entry(file).or_default().levels;
        levels
            .values()
            .any(|level| *level >= ffi::SQLITE_LOCK_RESERVED)
    }

    /// A region of the shared memory; null when it is not there and is not to be made.
    pub(super) fn map(&self, file: usize, who: u64, region: usize, make: bool) -> *mut c_void {
        let mut all = self.all();
        let found = all.entry(file).or_default();
        found.shared.entry(who).or_default();
        while make && found.regions.len() <= region {
            found.regions.push(Box::new([0; REGION_WORDS]));
        }
        match found.regions.get_mut(region) {
            Some(words) => words.as_mut_ptr().cast(),
            None => std::ptr::null_mut(),
        }
    }

    /// Takes or gives back locks on the shared memory; false when another's is in the way.
    pub(super) fn lock_shared(&self, file: usize, who: u64, bits: u32, flags: c_int) -> bool {
        let mut all = self.all();
        let found = all.entry(file).or_default();
        let others = found.shared.iter().filter(|(other, _)| **other != who);
        let (shared, exclusive) = others.fold((0, 0), |(s, x), (_, (shared, exclusive))| {
            (s | shared, x | exclusive)
        });
        let held = found.shared.entry(who).or_default();
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
            *held = (held.0 & !bits, held.1 & !bits);
            return true;
        }
        let alone = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
        let in_the_way = if alone { shared | exclusive } else { exclusive };
        if in_the_way & bits != 0 {
            return false;
        }
        match alone {
            true => held.1 |= bits,
            false => held.0 |= bits,
        }
        true
    }

    /// A connection uses the shared memory no more.
    pub(super) fn unmap(&self, file: usize, who: u64) {
        let mut all = self.all();
        let found = all.entry(file).or_default();
        found.shared.remove(&who);
        if found.shared.is_empty() {
            found.regions.clear();
        }
    }

    /// A connection is closed.
    pub(super) fn forget(&self, file: usize, who: u64) {
        self.all().entry(file).or_default().levels.remove(&who);
        self.unmap(file, who);
    }
}
