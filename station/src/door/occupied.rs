//! One program a folder: a second one is refused for as long as the first runs.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::LOCK;
use crate::error::{Error, Result};

/// Held as long as the program runs: a second one on the same folder is refused.
pub struct Occupied(#[allow(dead_code)] File);

/// Occupies a station's folder, made when it is not there. `store.locked_by_other`.
pub fn occupy(folder: &Path) -> Result<Occupied> {
    std::fs::create_dir_all(folder).map_err(Error::disk(folder))?;
    let path = folder.join(LOCK);
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(Error::disk(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Occupied(file)),
        Err(TryLockError::WouldBlock) => Err(Error::coded("store.locked_by_other")),
        Err(TryLockError::Error(error)) => Err(Error::disk(path)(error)),
    }
}
