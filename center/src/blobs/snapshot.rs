//! Snapshots' bytes: one sealed object each, in frames of one length, so that a stretch is read without
//! the rest. Each frame is bound to the feed, the file's hash and its place.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::{Blobs, Name};
use crate::error::{Error, Result};
use crate::seal::{Kind, OVERHEAD_BYTES, Seals};

/// Where they lie.
const SNAPSHOTS: &str = "snapshots";
/// Plain bytes of a frame, but for the last.
const FRAME_BYTES: u64 = 128 << 10;
const SEALED_BYTES: u64 = FRAME_BYTES + OVERHEAD_BYTES as u64;

impl Blobs {
    /// Keeps a snapshot: durable when this returns.
    pub async fn put_snapshot(&self, seals: &Seals, name: &Name, plain: &[u8]) -> Result<()> {
        let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 1_000 + OVERHEAD_BYTES);
        for (at, frame) in (0..).zip(plain.chunks(FRAME_BYTES as usize)) {
            sealed.extend(seals.seal(Kind::Snapshot, &name.frame(at), frame));
        }
        let path = name.snapshot(seals);
        self.pages.put(&path, sealed.into()).await?;
        Ok(())
    }

    /// A stretch of a snapshot of `size_bytes`, within it; [`Error::Sealed`] when it is gone or damaged.
    pub async fn snapshot(
        &self,
        seals: &Seals,
        name: &Name,
        size_bytes: u64,
        stretch: Range<u64>,
    ) -> Result<Vec<u8>> {
        if stretch.is_empty() || stretch.end > size_bytes {
            return Err(Error::Fault("a stretch beyond its file".to_owned()));
        }
        let frames = stretch.start / FRAME_BYTES..stretch.end.div_ceil(FRAME_BYTES);
        let last = size_bytes.div_ceil(FRAME_BYTES);
        let end = match frames.end == last {
            true => size_bytes + last * OVERHEAD_BYTES as u64,
            false => frames.end * SEALED_BYTES,
        };
        let sealed = frames.start * SEALED_BYTES..end;
        let length = sealed.end - sealed.start;
        let found = self.pages.get_range(&name.snapshot(seals), sealed).await;
        let bytes = match found {
            Ok(bytes) => bytes,
            Err(error) => {
                let whole = size_bytes + last * OVERHEAD_BYTES as u64;
                return Err(self.why(&name.snapshot(seals), whole, error).await);
            }
        };
        if bytes.len() as u64 != length {
            return Err(Error::Sealed("a snapshot that is cut"));
        }
        let mut plain = Vec::with_capacity(bytes.len());
        for (at, frame) in (frames.start..).zip(bytes.chunks(SEALED_BYTES as usize)) {
            plain.extend(seals.open(Kind::Snapshot, &name.frame(at), frame)?);
        }
        let skip = (stretch.start - frames.start * FRAME_BYTES) as usize;
        let wanted = plain.get(skip..skip + (stretch.end - stretch.start) as usize);
        let wanted = wanted.ok_or(Error::Sealed("a snapshot that is cut"))?;
        Ok(wanted.to_vec())
    }

    /// Why a stretch could not be read: the object is not what was kept, or the store is away.
    async fn why(&self, path: &Path, whole: u64, error: object_store::Error) -> Error {
        match self.pages.head(path).await {
            Ok(object) if object.size != whole => Error::Sealed("a snapshot that is cut"),
            Err(object_store::Error::NotFound { .. }) => Error::Sealed("a snapshot that is gone"),
            _ => error.into(),
        }
    }

    /// Deletes snapshots from before `old` that are none of `kept`; how many.
    pub async fn forget_snapshots(
        &self,
        seals: &Seals,
        kept: &[Name],
        old: DateTime<Utc>,
    ) -> Result<usize> {
        let kept: BTreeSet<Path> = kept.iter().map(|name| name.snapshot(seals)).collect();
        let listed = self.pages.list(Some(&Path::from(SNAPSHOTS)));
        let listed: Vec<_> = listed.try_collect().await?;
        let left = listed
            .iter()
            .filter(|object| object.last_modified < old && !kept.contains(&object.location));
        let mut forgotten = 0;
        for object in left {
            self.pages.delete(&object.location).await?;
            forgotten += 1;
        }
        Ok(forgotten)
    }
}

impl Name {
    fn frame(&self, at: u64) -> Vec<u8> {
        let sha256 = hex::encode(self.sha256);
        format!("snapshot/{}/{sha256}/{at}", self.feed).into_bytes()
    }

    /// The object's path, a keyed hash as of a page.
    fn snapshot(&self, seals: &Seals) -> Path {
        let hash = hex::encode(seals.hash("snapshot", &self.frame(0)));
        Path::from(format!("{SNAPSHOTS}/{}/{}", &hash[..2], &hash[2..]))
    }
}

#[cfg(test)]
mod tests {
    use crypto::Suite;
    use domain::Division;

    use super::*;

    fn name(feed: &str) -> Name {
        Name::new(&Division(feed.to_owned()), &[7; 32])
    }

    #[tokio::test]
    async fn every_stretch_of_a_snapshot_is_what_was_kept_and_nothing_else_opens() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), None).unwrap();
        let seals = Seals::new(&[3; 32], Suite::One);
        let ours = name("320302001002");
        for size in [
            1,
            FRAME_BYTES - 1,
            FRAME_BYTES,
            FRAME_BYTES + 1,
            3 * FRAME_BYTES + 5,
        ] {
            let plain: Vec<u8> = (0..size).map(|at| (at * 7 % 251) as u8).collect();
            blobs.put_snapshot(&seals, &ours, &plain).await.unwrap();
            let edges = [
                0,
                1,
                FRAME_BYTES - 1,
                FRAME_BYTES,
                FRAME_BYTES + 1,
                size - 1,
                size,
            ];
            for from in edges.into_iter().filter(|from| *from < size) {
                for to in edges.into_iter().filter(|to| from < *to && *to <= size) {
                    let got = blobs.snapshot(&seals, &ours, size, from..to).await.unwrap();
                    assert_eq!(
                        got,
                        plain[from as usize..to as usize],
                        "{from}..{to} of {size}"
                    );
                }
            }
            assert!(
                blobs
                    .snapshot(&seals, &ours, size, 0..size + 1)
                    .await
                    .is_err()
            );
        }
        let gone = blobs.snapshot(&seals, &name("320303001001"), 5, 0..5).await;
        assert!(
            matches!(gone, Err(Error::Sealed(_))),
            "another feed's is not there"
        );
        let path = folder
            .path()
            .join("blobs")
            .join(ours.snapshot(&seals).as_ref());
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[5] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let size = 3 * FRAME_BYTES + 5;
        let damaged = blobs.snapshot(&seals, &ours, size, 0..1).await;
        assert!(matches!(damaged, Err(Error::Sealed(_))));
        let sound = blobs
            .snapshot(&seals, &ours, size, FRAME_BYTES..FRAME_BYTES + 1)
            .await;
        assert!(sound.is_ok(), "the other frames open");
    }

    #[tokio::test]
    async fn what_no_row_speaks_of_is_deleted_once_it_is_old() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), None).unwrap();
        let seals = Seals::new(&[3; 32], Suite::One);
        let (kept, left) = (name("320302001002"), name("320303001001"));
        for name in [&kept, &left] {
            blobs.put_snapshot(&seals, name, b"plain").await.unwrap();
        }
        let (before, after) = (Utc::now() - chrono::TimeDelta::hours(1), Utc::now());
        let later = after + chrono::TimeDelta::hours(1);
        let forget = |old| blobs.forget_snapshots(&seals, std::slice::from_ref(&kept), old);
        assert_eq!(
            forget(before).await.unwrap(),
            0,
            "it may be on its way into its row"
        );
        assert_eq!(forget(later).await.unwrap(), 1);
        assert!(blobs.snapshot(&seals, &kept, 5, 0..5).await.is_ok());
        assert!(blobs.snapshot(&seals, &left, 5, 0..5).await.is_err());
    }
}
