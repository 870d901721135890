//! The computer's own disk.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use super::beside::Beside;
use super::{Disk, DiskFile, Entry, How, Space, Syncing};

/// The computer's own disk.
pub struct RealDisk;

struct RealFile {
    file: Arc<File>,
    beside: OnceLock<Beside>,
}

impl RealFile {
    fn new(file: File) -> RealFile {
        RealFile {
            file: Arc::new(file),
            beside: OnceLock::new(),
        }
    }

    fn begin_sync(&self) -> Syncing {
        let beside = self.beside.get_or_init(Beside::new);
        let file = self.file.clone();
        beside.run(move || file.sync_data())
    }
}

impl Disk for RealDisk {
    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(how != How::Read);
        match how {
            How::Read | How::Update => {}
            How::New => {
                options.create_new(true);
            }
            How::Fresh => {
                options.create(true).truncate(true);
            }
        }
        // Others on this computer have no business with a station's files.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(RealFile::new(options.open(path)?)))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for found in std::fs::read_dir(folder)? {
            let found = found?;
            entries.push(entry(found.path(), &found.metadata()?));
        }
        Ok(entries)
    }

    fn find(&self, path: &Path) -> io::Result<Entry> {
        Ok(entry(path.to_owned(), &std::fs::metadata(path)?))
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match std::fs::metadata(path)?.is_dir() {
            true => std::fs::remove_dir(path),
            false => std::fs::remove_file(path),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // A folder can be opened as a file on Unix only; elsewhere the rename itself is durable.
        if cfg!(unix) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    #[cfg(unix)]
    fn space(&self, path: &Path) -> io::Result<Space> {
        let found = rustix::fs::statvfs(path)?;
        Ok(Space {
            free_bytes: found.f_bavail.saturating_mul(found.f_frsize),
            total_bytes: found.f_blocks.saturating_mul(found.f_frsize),
        })
    }

    /// Never compiled here.
    #[cfg(windows)]
    fn space(&self, path: &Path) -> io::Result<Space> {
        use windows::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;
        use windows::core::HSTRING;
        let (mut free_bytes, mut total_bytes) = (0, 0);
        let folder = HSTRING::from(path);
        // SAFETY: both numbers outlive the call, and the folder ends in a zero.
        unsafe {
            GetDiskFreeSpaceExW(&folder, Some(&mut free_bytes), Some(&mut total_bytes), None)
        }
        .map_err(io::Error::other)?;
        Ok(Space {
            free_bytes,
            total_bytes,
        })
    }

    fn vfs(&self) -> Option<String> {
        None
    }
}

#[cfg(unix)]
impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&*self.file, buffer, offset)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(&*self.file, bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn begin_sync(&self) -> Syncing {
        self.begin_sync()
    }
}

#[cfg(windows)]
impl DiskFile for RealFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, offset)
    }

    fn write_at(&self, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = std::os::windows::fs::FileExt::seek_write(&*self.file, bytes, offset)?;
            bytes = &bytes[written..];
            offset += written as u64;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn begin_sync(&self) -> Syncing {
        self.begin_sync()
    }
}

fn entry(path: PathBuf, found: &Metadata) -> Entry {
    Entry {
        path,
        is_folder: found.is_dir(),
        size_bytes: found.len(),
        modified: found.modified().unwrap_or(SystemTime::UNIX_EPOCH),
    }
}
