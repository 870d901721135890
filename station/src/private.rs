//! Where plain things may lie for a moment: a receipt that a viewer shows, what the window's engine
//! writes, a page on its way from the scanner. A folder in memory, for this user alone, emptied at
//! start and at the end; a crash leaves what the next start clears, and a power cut leaves nothing.
//!
//! Where the system has no folder in memory, it is one beside the store, emptied in the same way.

use std::path::{Path, PathBuf};

use domain::sync::sha256_hex;

use crate::disk;
use crate::error::{Error, Result};

/// Its name in a shared folder begins so; the station's folder tells one station from another.
const NAME: &str = "yizhan-";
/// Its name beside the store.
pub(crate) const BESIDE: &str = "private";

/// The folder. Removed, with what is in it, when this is dropped.
pub struct Private {
    folder: PathBuf,
}

impl Private {
    /// The folder of the station that lives in `data`, empty. Only one program may have it: see
    /// [`crate::door::occupy`].
    pub fn open(data: &Path) -> Result<Private> {
        Private::open_in(&in_memory(), data)
    }

    fn open_in(places: &[PathBuf], data: &Path) -> Result<Private> {
        let data = std::path::absolute(data).map_err(Error::disk(data))?;
        let name = format!(
            "{NAME}{}",
            &sha256_hex(data.as_os_str().as_encoded_bytes())[..16]
        );
        let places = places.iter().map(|place| place.join(&name));
        for folder in places.chain([data.join(BESIDE)]) {
            if make_empty(&folder).is_ok() {
                return Ok(Private { folder });
            }
        }
        Err(Error::disk(data.join(BESIDE))(
            std::io::ErrorKind::PermissionDenied.into(),
        ))
    }

    /// A part of it, made when it is not there.
    pub fn part(&self, name: &str) -> Result<PathBuf> {
        let part = self.folder.join(name);
        make(&part).map_err(Error::disk(&part))?;
        Ok(part)
    }

    /// Writes a file into a part; nobody else can read it.
    pub fn write(&self, part: &str, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.part(part)?.join(name);
        disk::write_whole(&path, bytes)?;
        Ok(path)
    }

    /// Takes a part away with what is in it.
    pub fn clear(&self, part: &str) {
        let _ = std::fs::remove_dir_all(self.folder.join(part));
    }

    /// Takes all of it away: the program ends.
    pub fn remove(&self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Makes the folder anew. What is there and is not ours alone is left alone and not used.
fn make_empty(folder: &Path) -> std::io::Result<()> {
    match std::fs::symlink_metadata(folder) {
        Ok(found) if !found.is_dir() || !is_ours(&found) => {
            return Err(std::io::ErrorKind::AlreadyExists.into());
        }
        Ok(_) => std::fs::remove_dir_all(folder)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    make(folder)
}

fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && folder.is_dir() => {
            Ok(())
        }
        other => other,
    }
}

#[cfg(unix)]
fn is_ours(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.uid() == rustix::process::getuid().as_raw()
}

#[cfg(not(unix))]
fn is_ours(_: &std::fs::Metadata) -> bool {
    true
}

/// Folders in memory that a user of this system may have.
fn in_memory() -> Vec<PathBuf> {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let all = own.into_iter().chain([PathBuf::from("/dev/shm")]);
    all.filter(|place| place.is_absolute() && lies_in_memory(place))
        .collect()
}

#[cfg(target_os = "linux")]
fn lies_in_memory(place: &Path) -> bool {
    // linux/magic.h
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58f6;
    rustix::fs::statfs(place).is_ok_and(|found| matches!(found.f_type as u64, TMPFS | RAMFS))
}

#[cfg(not(target_os = "linux"))]
fn lies_in_memory(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_run_left_is_gone_and_so_is_what_this_one_wrote() {
        let (memory, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let places = [memory.path().to_owned()];
        let first = Private::open_in(&places, data.path()).unwrap();
        let left = first.write("receipts", "1.pdf", b"a canary").unwrap();
        assert!(left.starts_with(memory.path()));
        // As if it had been killed.
        std::mem::forget(first);
        let second = Private::open_in(&places, data.path()).unwrap();
        assert!(!left.exists());
        let other = second.write("receipts", "2.pdf", b"a canary").unwrap();
        second.clear("receipts");
        assert!(!other.exists());
        drop(second);
        assert_eq!(std::fs::read_dir(memory.path()).unwrap().count(), 0);
    }

    #[test]
    fn without_a_folder_in_memory_it_lies_beside_the_store() {
        let data = tempfile::tempdir().unwrap();
        let private = Private::open_in(&[PathBuf::from("/nowhere")], data.path()).unwrap();
        let path = private.write("receipts", "1.pdf", b"%PDF").unwrap();
        assert!(path.starts_with(data.path()));
        drop(private);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_in_and_a_link_is_not_followed() {
        use std::os::unix::fs::PermissionsExt;
        let (memory, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let places = [memory.path().to_owned()];
        let private = Private::open_in(&places, data.path()).unwrap();
        let path = private.write("receipts", "1.pdf", b"%PDF").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&private.folder), mode(&path)), (0o700, 0o600));
        let folder = private.folder.clone();
        drop(private);
        let elsewhere = tempfile::tempdir().unwrap();
        std::fs::write(elsewhere.path().join("theirs"), b"").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &folder).unwrap();
        let private = Private::open_in(&places, data.path()).unwrap();
        assert!(private.folder.starts_with(data.path()));
        assert!(elsewhere.path().join("theirs").exists());
    }
}
