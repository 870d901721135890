//! One file of the journal. It is written full of zeros before it is used, so that the sync of a
//! save moves its bytes and nothing of the file system's own.

use std::path::{Path, PathBuf};

use super::Frame;
use super::contents::Found;
use super::frame::Sealing;
use crate::disk::{self, DiskFile, How, Syncing};
use crate::error::{Error, Result};

/// Room is made in pieces of this size.
const PIECE_BYTES: u64 = 1 << 20;
/// Less room than this is too little for the next saves.
const ROOM_BYTES: u64 = 256 << 10;
/// End of a segment's name.
pub const ENDING: &str = "journal";

/// An open segment.
pub struct Segment {
    number: u64,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    /// Where the next frame goes.
    at: u64,
    /// How far the file is written, with zeros or frames.
    made: u64,
}

/// Frames that are written, their sync begun: they count once it has ended well.
pub struct Begun {
    end: u64,
    syncing: Syncing,
}

/// Where a segment lies.
pub fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.{ENDING}"))
}

/// The number in a segment's name.
pub fn number_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    name.strip_suffix(ENDING)?.strip_suffix('.')?.parse().ok()
}

impl Segment {
    /// Makes a segment that begins with these frames; under its name only once it is durable.
    pub fn make(folder: &Path, number: u64, sealing: &Sealing, first: &[Frame]) -> Result<Segment> {
        let path = path(folder, number);
        let (disk, temporary) = (disk::of(&path), disk::temporary(&path));
        let file = disk.open(&temporary, How::Fresh);
        let mut segment = Segment {
            number,
            path: temporary.clone(),
            file: file.map_err(Error::disk(&temporary))?,
            at: 0,
            made: 0,
        };
        segment.grow(PIECE_BYTES)?;
        segment.append(sealing, first)?;
        disk.rename(&temporary, &path)
            .and_then(|()| disk.sync_folder(folder))
            .map_err(Error::disk(&path))?;
        segment.path = path;
        Ok(segment)
    }

    /// Opens a segment behind its last whole frame. What is torn there is written over with zeros,
    /// so that it can never be taken for anything.
    pub fn go_on(folder: &Path, found: &Found) -> Result<Segment> {
        let path = path(folder, found.number);
        let file = disk::of(&path).open(&path, How::Update);
        let file = file.map_err(Error::disk(&path))?;
        let made = file.len().map_err(Error::disk(&path))?;
        let mut segment = Segment {
            number: found.number,
            path,
            file,
            at: found.end,
            made,
        };
        if found.is_torn {
            segment.made = found.end;
            segment.grow(made - found.end)?;
        }
        Ok(segment)
    }

    /// Its place in the journal.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of frames.
    pub fn used_bytes(&self) -> u64 {
        self.at
    }

    /// Appends frames with one write and one sync.
    pub fn append(&mut self, sealing: &Sealing, frames: &[Frame]) -> Result<()> {
        let end = self.write(sealing, frames)?;
        self.file.sync_data().map_err(Error::disk(&self.path))?;
        self.at = end;
        Ok(())
    }

    /// Writes frames and begins their sync. To be followed by [`Self::end`] or [`Self::take_back`].
    pub fn begin(&mut self, sealing: &Sealing, frames: &[Frame]) -> Result<Begun> {
        let end = self.write(sealing, frames)?;
        let syncing = self.file.begin_sync();
        Ok(Begun { end, syncing })
    }

    /// Waits until frames that were begun are durable; from then on they are part of the segment.
    pub fn end(&mut self, begun: Begun) -> Result<()> {
        (begun.syncing)().map_err(Error::disk(&self.path))?;
        self.at = begun.end;
        Ok(())
    }

    /// What was begun shall not be: it is written over with zeros.
    pub fn take_back(&mut self, begun: Begun) -> Result<()> {
        // However it went: what may have become durable has to go.
        let _ = (begun.syncing)();
        let zeros = vec![0; usize::try_from(begun.end - self.at).unwrap_or_default()];
        self.file
            .write_at(self.at, &zeros)
            .and_then(|()| self.file.sync_data())
            .map_err(Error::disk(&self.path))
    }

    /// Writes frames behind the last one, and says where they end.
    fn write(&mut self, sealing: &Sealing, frames: &[Frame]) -> Result<u64> {
        let mut bytes = Vec::new();
        for frame in frames {
            let at = self.at + bytes.len() as u64;
            bytes.extend(sealing.pack(frame, self.number, at)?);
        }
        let end = self.at + bytes.len() as u64;
        if end > self.made {
            self.grow((end - self.made).next_multiple_of(PIECE_BYTES))?;
        }
        let written = self.file.write_at(self.at, &bytes);
        written.map_err(Error::disk(&self.path))?;
        Ok(end)
    }

    /// Makes room ahead of the next saves.
    pub fn make_room(&mut self) -> Result<()> {
        match self.made - self.at < ROOM_BYTES {
            true => self.grow(PIECE_BYTES),
            false => Ok(()),
        }
    }

    fn grow(&mut self, by: u64) -> Result<()> {
        let zeros = vec![0; usize::try_from(by.min(PIECE_BYTES)).unwrap_or(usize::MAX)];
        let end = self.made + by;
        let mut written = self.made;
        while written < end {
            let piece = &zeros[..zeros.len().min((end - written) as usize)];
            let outcome = self.file.write_at(written, piece);
            outcome.map_err(Error::disk(&self.path))?;
            written += piece.len() as u64;
        }
        self.file.sync().map_err(Error::disk(&self.path))?;
        self.made = end;
        Ok(())
    }
}
