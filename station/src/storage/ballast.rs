//! Room on the disk: how much there is, when to warn, and a file that only takes room. Once the
//! disk is full it is given up, so that the case on screen is saved and what is unsent can leave.

use std::path::{Path, PathBuf};

use super::Places;
use crate::disk::{self, How, Space};
use crate::error::{Error, Result};

const FILE: &str = "ballast";
const PIECE_BYTES: usize = 1 << 20;
/// Less free room than this, and a save may fail: the ballast goes.
const NEEDED_BYTES: u64 = 16 << 20;
/// The ballast comes back only where this much stays free behind it.
const SPARE_BYTES: u64 = 256 << 20;

/// The room on the disk that holds the station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Free, and in all.
    pub space: Space,
    /// Less is free than the settings want.
    pub is_low: bool,
}

/// The file that takes room.
#[derive(Clone)]
pub struct Ballast {
    path: PathBuf,
    size_bytes: u64,
}

impl Room {
    /// Of the disk that holds this folder.
    pub fn of(folder: &Path, places: &Places) -> Result<Room> {
        let space = disk::of(folder)
            .space(folder)
            .map_err(Error::disk(folder))?;
        let share = space.total_bytes / 100 * u64::from(places.low_percent);
        let is_low = space.free_bytes < places.low_bytes || space.free_bytes < share;
        Ok(Room { space, is_low })
    }
}

impl Ballast {
    /// In a station's folder; nothing is written yet.
    pub fn new(folder: &Path, size_bytes: u64) -> Ballast {
        Ballast {
            path: folder.join(FILE),
            size_bytes,
        }
    }

    /// Whether it is there, whole.
    pub fn is_there(&self) -> bool {
        let found = disk::of(&self.path).find(&self.path);
        found.is_ok_and(|found| found.size_bytes >= self.size_bytes)
    }

    /// Gives it up where there is too little room for the next save.
    pub fn mind_room(&self) {
        let folder = disk::folder_of(&self.path);
        let space = disk::of(folder).space(folder);
        if space.is_ok_and(|space| space.free_bytes < NEEDED_BYTES) {
            self.release();
        }
    }

    /// Gives it up; whether there was any. That it can't be is told where the save fails.
    pub fn release(&self) -> bool {
        if !disk::exists(&self.path) {
            return false;
        }
        let removed = disk::remove(&self.path);
        match &removed {
            Ok(()) => tracing::warn!("the disk is full: the room that was kept is given up"),
            Err(error) => tracing::error!(%error, "the room that was kept is not given up"),
        }
        removed.is_ok()
    }

    /// Does what needs room; once more where there was none and this could be given up for it.
    pub fn for_room<T>(&self, mut act: impl FnMut() -> Result<T>) -> Result<T> {
        self.mind_room();
        match act() {
            Err(error) if error.code() == "store.disk_full" && self.release() => act(),
            done => done,
        }
    }

    /// For idle moments: takes the room again, where enough stays free.
    pub fn restore(&self) -> Result<()> {
        if self.size_bytes == 0 || self.is_there() {
            return Ok(());
        }
        let folder = disk::folder_of(&self.path);
        let space = disk::of(folder)
            .space(folder)
            .map_err(Error::disk(folder))?;
        if space.free_bytes < self.size_bytes + SPARE_BYTES {
            return Ok(());
        }
        let outcome = self.fill();
        if outcome.is_err() {
            let _ = disk::remove(&self.path);
        }
        outcome
    }

    fn fill(&self) -> Result<()> {
        let failed = || Error::disk(&self.path);
        let file = disk::of(&self.path).open(&self.path, How::Fresh);
        let file = file.map_err(failed())?;
        // Not zeros: a file system that leaves holes or packs what it stores would keep no room.
        let mut piece = vec![0; PIECE_BYTES];
        for (byte, at) in piece.iter_mut().zip(0u32..) {
            *byte = (at.wrapping_mul(2_654_435_761) >> 24) as u8;
        }
        let mut written = 0;
        while written < self.size_bytes {
            let rest = usize::try_from(self.size_bytes - written).unwrap_or(PIECE_BYTES);
            let part = &piece[..rest.min(PIECE_BYTES)];
            file.write_at(written, part).map_err(failed())?;
            written += part.len() as u64;
        }
        file.sync().map_err(failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_taken_given_up_and_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(folder.path(), (3 << 20) + 5);
        ballast.restore().unwrap();
        assert!(ballast.is_there());
        let len = std::fs::metadata(folder.path().join(FILE)).unwrap().len();
        assert_eq!(len, (3 << 20) + 5);
        ballast.mind_room();
        assert!(ballast.is_there(), "there is room");
        ballast.release();
        ballast.release();
        assert!(!ballast.is_there());
        ballast.restore().unwrap();
        assert!(ballast.is_there());
    }

    #[test]
    fn low_is_what_comes_first_bytes_or_share() {
        let folder = tempfile::tempdir().unwrap();
        let room = |low_bytes, low_percent| {
            let places = Places {
                low_bytes,
                low_percent,
                ..Places::default()
            };
            Room::of(folder.path(), &places).unwrap().is_low
        };
        assert!(!room(0, 0));
        assert!(room(u64::MAX, 0));
        assert!(room(0, 100));
    }
}
