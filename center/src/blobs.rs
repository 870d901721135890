//! Pages' bytes as sealed objects: a folder of the centre, or a bucket that speaks S3, where several centre
//! processes share them. What is kept is a row of frames, one for each part as it arrived: `length of
//! the envelope (4 bytes, big endian) ‖ envelope` (see `seal`), bound to the community, the page's hash
//! and the offset in the plain bytes.
//!
//! While a page arrives, each part is an object of its own under `arriving/`, named by where it begins. How
//! much of it counts is said by the database: what lies behind is what a crash left over. Beside the parts
//! lies the page's preview, until the page is whole.

use std::path::Path as Folder;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::Division;
use domain::sync::{BLOB_LIMIT_BYTES, BLOB_PART_BYTES};
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::config::Bucket;
use crate::error::{Error, Result};
use crate::keys::make_folder;
use crate::room;
use crate::seal::{Kind, OVERHEAD_BYTES, Seals};

mod bucket;
pub mod snapshot;

/// Where parts wait for the last one.
const ARRIVING: &str = "arriving";
/// Pages put together at once.
const FINISHING: usize = 4;
/// Parts of a page that nobody goes on with are deleted after this; the page then begins again.
const FORGOTTEN: Duration = Duration::from_secs(30 * 86_400);

/// Where pages are kept.
#[derive(Clone)]
pub struct Blobs {
    /// Durable when a write returns.
    pages: Arc<dyn ObjectStore>,
    /// Need not be: a part that a power cut takes is asked for again.
    parts: Arc<dyn ObjectStore>,
    /// Pages that are in memory to be put together: as large as they are.
    finishing: Arc<Semaphore>,
}

/// What came of all parts of a page.
pub struct Finished {
    /// The page is kept.
    pub is_right: bool,
    places: Vec<Path>,
}

/// One community's copy of one page.
#[derive(Clone)]
pub struct Name {
    feed: Division,
    sha256: [u8; 32],
}

impl Name {
    /// Names a page.
    pub fn new(feed: &Division, sha256: &[u8; 32]) -> Name {
        Name {
            feed: feed.clone(),
            sha256: *sha256,
        }
    }

    fn place(&self, offset: u64) -> Vec<u8> {
        format!("{}/{}/{offset}", self.feed, hex::encode(self.sha256)).into_bytes()
    }

    /// The object's path, a keyed hash: who lists the store learns no page's own hash.
    fn path(&self, seals: &Seals) -> String {
        let hash = hex::encode(seals.hash("page", &self.place(0)));
        format!("{}/{}", &hash[..2], &hash[2..])
    }

    fn whole(&self, seals: &Seals) -> Path {
        Path::from(self.path(seals))
    }

    fn part(&self, seals: &Seals, offset: u64) -> Path {
        Path::from(format!("{ARRIVING}/{}/{offset}", self.path(seals)))
    }

    fn preview(&self, seals: &Seals) -> Path {
        Path::from(format!("{ARRIVING}/{}/preview", self.path(seals)))
    }

    /// What a preview is bound to.
    fn preview_place(&self) -> Vec<u8> {
        format!("{}/{}/preview", self.feed, hex::encode(self.sha256)).into_bytes()
    }
}

impl Blobs {
    /// Opens the folder `blobs` of the centre's folder, or a bucket.
    pub fn open(dir: &Folder, bucket: Option<&Bucket>) -> Result<Blobs> {
        if let Some(bucket) = bucket {
            let store = bucket::open(bucket)?;
            return Ok(Blobs {
                pages: store.clone(),
                parts: store,
                finishing: Arc::new(Semaphore::new(FINISHING)),
            });
        }
        let folder = dir.join("blobs");
        make_folder(&folder)?;
        let open = || LocalFileSystem::new_with_prefix(&folder);
        Ok(Blobs {
            pages: Arc::new(open()?.with_fsync(true)),
            parts: Arc::new(open()?.with_automatic_cleanup(true)),
            finishing: Arc::new(Semaphore::new(FINISHING)),
        })
    }

    /// Keeps a part.
    pub async fn keep_part(
        &self,
        seals: &Seals,
        name: &Name,
        offset: u64,
        part: &[u8],
    ) -> Result<()> {
        let frame = frame(seals, name, offset, part)?;
        let path = name.part(seals, offset);
        self.parts.put(&path, frame.into()).await?;
        Ok(())
    }

    /// Puts the parts of a page together, and keeps it when it is the one it should be: durable when
    /// this returns. Wrong when the bytes are others, or some are gone; it must come again then. The
    /// parts stay until it is written down what came of them ([`Blobs::clear`]).
    pub async fn finish(&self, seals: &Seals, name: &Name, size_bytes: u64) -> Result<Finished> {
        let _place = room::place(&self.finishing).await?;
        let (mut whole, mut offset, mut places) = (Vec::new(), 0, Vec::new());
        let mut hash = Sha256::new();
        while offset < size_bytes {
            let place = name.part(seals, offset);
            let Some(part) = get(&self.parts, &place).await? else {
                break;
            };
            let read = frames(seals, name, offset, &part, |plain| hash.update(plain));
            places.push(place);
            match read {
                Ok(end) if end > offset => offset = end,
                // Garbled on its way or at rest: nothing of it is kept.
                _ => break,
            }
            whole.extend_from_slice(&part);
        }
        let mut is_right = offset == size_bytes && hash.finalize().as_slice() == name.sha256;
        if is_right {
            self.pages.put(&name.whole(seals), whole.into()).await?;
        } else {
            // Another machine of the community may have finished it at this moment.
            drop(whole);
            is_right = match self.read(seals, name).await {
                Ok(plain) => plain.len() as u64 == size_bytes,
                Err(Error::Sealed(_)) => false,
                Err(error) => return Err(error),
            };
        }
        if is_right {
            places.push(name.preview(seals));
        }
        Ok(Finished { is_right, places })
    }

    /// Deletes the parts of a page that is whole, or comes again.
    pub async fn clear(&self, finished: Finished) {
        for place in finished.places {
            match self.parts.delete(&place).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => tracing::warn!(%error, "a part stays for now"),
            }
        }
    }

    /// Keeps the preview of a page that is on its way, until the page is whole or forgotten.
    pub async fn keep_preview(&self, seals: &Seals, name: &Name, small: &[u8]) -> Result<()> {
        let sealed = seals.seal(Kind::Page, &name.preview_place(), small);
        self.parts.put(&name.preview(seals), sealed.into()).await?;
        Ok(())
    }

    /// The preview of a page that is on its way, if one has come.
    pub async fn preview(&self, seals: &Seals, name: &Name) -> Result<Option<Vec<u8>>> {
        let kept = get(&self.parts, &name.preview(seals)).await?;
        let open = |sealed: Bytes| seals.open(Kind::Page, &name.preview_place(), &sealed);
        kept.map(open).transpose()
    }

    /// The plain bytes of a stored page.
    pub async fn read(&self, seals: &Seals, name: &Name) -> Result<Vec<u8>> {
        let gone = Error::Sealed("a page that is gone");
        let whole = get(&self.pages, &name.whole(seals)).await?.ok_or(gone)?;
        let mut bytes = Vec::new();
        frames(seals, name, 0, &whole, |plain| {
            bytes.extend_from_slice(plain);
        })?;
        if Sha256::digest(&bytes).as_slice() != name.sha256 {
            return Err(Error::Sealed("a page of other bytes"));
        }
        Ok(bytes)
    }

    /// Whether the store answers. It is asked for a page that nobody has: none is an answer too.
    pub async fn reachable(&self, seals: &Seals) -> Result<()> {
        let nobody = Name {
            feed: Division(String::new()),
            sha256: [0; 32],
        };
        match self.pages.head(&nobody.whole(seals)).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes parts that nobody went on with for long; how many.
    pub async fn forget_parts(&self, now: DateTime<Utc>) -> Result<usize> {
        let old = now - FORGOTTEN;
        let listed = self.parts.list(Some(&Path::from(ARRIVING)));
        let listed: Vec<_> = listed.try_collect().await?;
        let left = listed.iter().filter(|part| part.last_modified < old);
        let mut forgotten = 0;
        for part in left {
            self.parts.delete(&part.location).await?;
            forgotten += 1;
        }
        Ok(forgotten)
    }
}

async fn get(store: &Arc<dyn ObjectStore>, path: &Path) -> Result<Option<Bytes>> {
    match store.get(path).await {
        Ok(found) => Ok(Some(found.bytes().await?)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn frame(seals: &Seals, name: &Name, offset: u64, plain: &[u8]) -> Result<Vec<u8>> {
    let envelope = seals.seal(Kind::Page, &name.place(offset), plain);
    let length = u32::try_from(envelope.len())
        .map_err(|_| Error::Fault("a part beyond 4 GiB".to_owned()))?;
    let mut frame = Vec::with_capacity(4 + envelope.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&envelope);
    Ok(frame)
}

/// Opens a row of frames that begins at `offset` of the page; where it ends.
fn frames(
    seals: &Seals,
    name: &Name,
    mut offset: u64,
    mut row: &[u8],
    mut each: impl FnMut(&[u8]),
) -> Result<u64> {
    let cut = || Error::Sealed("a frame that is cut");
    while let Some((length, rest)) = row.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if length > BLOB_PART_BYTES + OVERHEAD_BYTES || offset > BLOB_LIMIT_BYTES {
            return Err(Error::Sealed("a frame too long"));
        }
        let (envelope, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        let plain = seals.open(Kind::Page, &name.place(offset), envelope)?;
        offset += plain.len() as u64;
        each(&plain);
        row = rest;
    }
    if row.is_empty() {
        Ok(offset)
    } else {
        Err(cut())
    }
}

#[cfg(test)]
mod tests;
