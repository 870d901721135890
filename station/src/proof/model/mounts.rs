//! Models as the product finds them: mounted at a path of their own, through the same door as every
//! other disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::vfs;
use super::{ModelDisk, Named};
use crate::disk::{Disk, DiskFile, Entry, How, Mounted, Space, Syncing, mount};

static MODELS: Mutex<BTreeMap<PathBuf, Arc<ModelDisk>>> = Mutex::new(BTreeMap::new());
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What the model says of its room when it is not full.
const ROOM: u64 = 64 << 30;

/// As long as it is held, the product finds the model at [`Mount::root`].
pub(crate) struct Mount {
    /// The model.
    pub disk: Arc<ModelDisk>,
    root: PathBuf,
    _mounted: Mounted,
}

impl Mount {
    /// Mounts a model at a path nobody else uses.
    pub(crate) fn new(disk: ModelDisk) -> Mount {
        vfs::register();
        let disk = Arc::new(disk);
        let root = PathBuf::from(format!(
            "/a-model-disk-{}",
            NEXT.fetch_add(1, Ordering::SeqCst)
        ));
        models().insert(root.clone(), disk.clone());
        let here = Here {
            root: root.clone(),
            disk: disk.clone(),
        };
        Mount {
            disk,
            _mounted: mount(&root, Arc::new(here)),
            root,
        }
    }

    /// Where it is mounted.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The station's folder on it.
    pub(crate) fn desk(&self) -> PathBuf {
        self.root.join("desk")
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        models().remove(&self.root);
    }
}

fn models() -> MutexGuard<'static, BTreeMap<PathBuf, Arc<ModelDisk>>> {
    MODELS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The model that a path leads to, and the path on it.
pub(super) fn find(path: &Path) -> Option<(Arc<ModelDisk>, PathBuf)> {
    let models = models();
    models.iter().find_map(|(root, disk)| {
        let inside = path.strip_prefix(root).ok()?;
        Some((disk.clone(), inside.to_owned()))
    })
}

struct Here {
    root: PathBuf,
    disk: Arc<ModelDisk>,
}

impl Here {
    fn inside(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix(&self.root);
        inside
            .expect("the product asks for what is on it")
            .to_owned()
    }

    fn entry(&self, inside: &Path, named: Named) -> Entry {
        let size_bytes = match named {
            Named::File(file) => self.disk.len(file),
            Named::Folder => 0,
        };
        Entry {
            path: self.root.join(inside),
            is_folder: named == Named::Folder,
            size_bytes,
            modified: SystemTime::UNIX_EPOCH,
        }
    }
}

impl Disk for Here {
    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn DiskFile>> {
        let path = self.inside(path);
        let file = match (self.disk.find(&path), how) {
            (Some(Named::Folder), _) => return Err(io::ErrorKind::IsADirectory.into()),
            (Some(Named::File(_)), How::New) => return Err(io::ErrorKind::AlreadyExists.into()),
            (Some(Named::File(file)), How::Fresh) => {
                self.disk.set_len(file, 0)?;
                file
            }
            (Some(Named::File(file)), _) => file,
            (None, How::New | How::Fresh) => self.disk.create(&path)?,
            (None, _) => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(Box::new(OpenFile {
            disk: self.disk.clone(),
            file,
        }))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let folder = self.inside(folder);
        match self.disk.find(&folder) {
            Some(Named::Folder) => {}
            Some(Named::File(_)) => return Err(io::ErrorKind::NotADirectory.into()),
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        let inside = self.disk.list(&folder).into_iter();
        Ok(inside
            .map(|(path, named)| self.entry(&path, named))
            .collect())
    }

    fn find(&self, path: &Path) -> io::Result<Entry> {
        let path = self.inside(path);
        let named = self.disk.find(&path).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.entry(&path, named))
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let folder = self.inside(folder);
        let mut above: Vec<_> = folder.ancestors().collect();
        above.reverse();
        for folder in above {
            match self.disk.find(folder) {
                Some(Named::Folder) => {}
                Some(Named::File(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
                None => self.disk.create_folder(folder)?,
            }
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.disk.rename(&self.inside(from), &self.inside(to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let path = self.inside(path);
        if !self.disk.list(&path).is_empty() {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        self.disk.remove(&path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let folder = self.inside(folder);
        match self.disk.find(&folder) {
            Some(Named::Folder) => self.disk.sync_folder(&folder),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn space(&self, _: &Path) -> io::Result<Space> {
        Ok(Space {
            free_bytes: self.disk.free_bytes().unwrap_or(ROOM),
            total_bytes: 2 * ROOM,
        })
    }

    fn vfs(&self) -> Option<String> {
        Some(vfs::NAME.to_owned())
    }
}

#[derive(Clone)]
struct OpenFile {
    disk: Arc<ModelDisk>,
    file: usize,
}

impl DiskFile for OpenFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.len(self.file))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.disk.read(self.file, offset, buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.write(self.file, offset, bytes)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.set_len(self.file, len)
    }

    fn sync(&self) -> io::Result<()> {
        self.disk.sync(self.file)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync()
    }

    /// Before what the caller does meanwhile, or behind it.
    fn begin_sync(&self) -> Syncing {
        match self.disk.syncs_at_once() {
            true => {
                let outcome = self.sync();
                Box::new(move || outcome)
            }
            false => {
                let file = self.clone();
                Box::new(move || file.sync())
            }
        }
    }
}
