//! Which disk answers for a folder. Nothing is mounted in a station at work.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::{Disk, RealDisk};

static MOUNTED: RwLock<Vec<(PathBuf, Arc<dyn Disk>)>> = RwLock::new(Vec::new());

/// As long as it is held, a disk answers for a folder.
#[must_use = "the disk is unmounted when this is dropped"]
pub struct Mounted(PathBuf);

/// Lets `disk` answer for everything under an absolute `folder`.
pub fn mount(folder: &Path, disk: Arc<dyn Disk>) -> Mounted {
    let mut mounted = MOUNTED.write().unwrap_or_else(PoisonError::into_inner);
    mounted.push((folder.to_owned(), disk));
    Mounted(folder.to_owned())
}

/// The disk for a path: the deepest one mounted above it, or the computer's own.
pub fn find(path: &Path) -> Arc<dyn Disk> {
    let mounted = MOUNTED.read().unwrap_or_else(PoisonError::into_inner);
    let above = mounted
        .iter()
        .filter(|(folder, _)| path.starts_with(folder));
    match above.max_by_key(|(folder, _)| folder.components().count()) {
        Some((_, disk)) => disk.clone(),
        None => Arc::new(RealDisk),
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let mut mounted = MOUNTED.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = mounted.iter().rposition(|(folder, _)| *folder == self.0) {
            mounted.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::{Entry, How, Space};

    /// A disk with nothing on it and no room.
    struct Nothing;

    impl Disk for Nothing {
        fn open(&self, _: &Path, _: How) -> std::io::Result<Box<dyn crate::disk::DiskFile>> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn list(&self, _: &Path) -> std::io::Result<Vec<Entry>> {
            Ok(Vec::new())
        }
        fn find(&self, _: &Path) -> std::io::Result<Entry> {
            Err(std::io::ErrorKind::NotFound.into())
        }
        fn make_folder(&self, _: &Path) -> std::io::Result<()> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn rename(&self, _: &Path, _: &Path) -> std::io::Result<()> {
            Err(std::io::ErrorKind::NotFound.into())
        }
        fn remove(&self, _: &Path) -> std::io::Result<()> {
            Err(std::io::ErrorKind::NotFound.into())
        }
        fn sync_folder(&self, _: &Path) -> std::io::Result<()> {
            Ok(())
        }
        fn space(&self, _: &Path) -> std::io::Result<Space> {
            Ok(Space {
                free_bytes: 0,
                total_bytes: 1,
            })
        }
        fn vfs(&self) -> Option<String> {
            None
        }
    }

    #[test]
    fn a_mounted_disk_answers_for_its_folder_alone_and_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, outside) = (folder.path().join("in"), folder.path().join("out"));
        let mounted = mount(&inside, Arc::new(Nothing));
        let full = crate::disk::write_whole(&inside.join("file"), b"x").unwrap_err();
        assert_eq!(full.code(), "store.disk_full");
        crate::disk::write_whole(&outside, b"x").unwrap();
        drop(mounted);
        std::fs::create_dir(&inside).unwrap();
        crate::disk::write_whole(&inside.join("file"), b"x").unwrap();
    }
}
