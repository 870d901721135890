//! Pages in the folder: parts that come twice, that are garbled, that are gone.

use std::fs;

use super::*;

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

struct Kept {
    dir: tempfile::TempDir,
    blobs: Blobs,
    seals: Seals,
    name: Name,
    bytes: Vec<u8>,
}

impl Kept {
    fn new() -> Kept {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path(), None).unwrap();
        let bytes: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let name = Name::new(&Division("320302001005".into()), &digest);
        let seals = Seals::new(&[1; 32], crypto::Suite::One);
        Kept {
            dir,
            blobs,
            seals,
            name,
            bytes,
        }
    }

    async fn part(&self, offset: usize, bytes: &[u8]) {
        let kept = self
            .blobs
            .keep_part(&self.seals, &self.name, offset as u64, bytes);
        kept.await.unwrap();
    }

    async fn all(&self) {
        for (at, part) in self.bytes.chunks(BLOB_PART_BYTES).enumerate() {
            self.part(at * BLOB_PART_BYTES, part).await;
        }
    }

    async fn finish(&self) -> bool {
        let size = self.bytes.len() as u64;
        let finished = self.blobs.finish(&self.seals, &self.name, size);
        let finished = finished.await.unwrap();
        let is_right = finished.is_right;
        self.blobs.clear(finished).await;
        is_right
    }

    async fn read(&self) -> Result<Vec<u8>> {
        self.blobs.read(&self.seals, &self.name).await
    }

    fn files(&self) -> Vec<std::path::PathBuf> {
        let mut folders = vec![self.dir.path().join("blobs")];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push(path),
                }
            }
        }
        files
    }
}

#[tokio::test]
async fn a_page_in_parts_is_read_back_whole_after_a_part_came_twice() {
    let kept = Kept::new();
    kept.all().await;
    // The first try was kept but never counted, as after a crash.
    kept.part(0, &kept.bytes[..BLOB_PART_BYTES]).await;
    assert!(kept.finish().await);
    assert_eq!(kept.read().await.unwrap(), kept.bytes);
    assert_eq!(kept.files().len(), 1, "the parts are gone");
    let lies = fs::read(&kept.files()[0]).unwrap();
    let plain = &kept.bytes[..64];
    assert!(!lies.windows(64).any(|window| window == plain), "sealed");
}

#[tokio::test]
async fn other_bytes_are_not_kept_and_neither_is_a_page_with_a_part_gone_or_garbled() {
    let kept = Kept::new();
    kept.all().await;
    kept.part(0, &vec![7; BLOB_PART_BYTES]).await;
    assert!(!kept.finish().await, "other bytes");
    assert!(kept.files().is_empty());
    kept.all().await;
    let path = kept.files().into_iter().min().unwrap();
    fs::remove_file(path).unwrap();
    assert!(!kept.finish().await, "a part is gone");
    kept.all().await;
    let path = kept.files().into_iter().min().unwrap();
    let mut garbled = fs::read(&path).unwrap();
    garbled[100] ^= 1;
    fs::write(&path, garbled).unwrap();
    assert!(!kept.finish().await, "a part is garbled");
    kept.all().await;
    assert!(kept.finish().await, "and it can always begin again");
    assert_eq!(kept.read().await.unwrap(), kept.bytes);
}

#[tokio::test]
async fn a_stored_page_that_is_changed_or_cut_is_refused() {
    let kept = Kept::new();
    kept.all().await;
    assert!(kept.finish().await);
    let path = kept.files().remove(0);
    let right = fs::read(&path).unwrap();
    for at in [0, 5, 5_000, right.len() - 1] {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        fs::write(&path, wrong).unwrap();
        assert!(kept.read().await.is_err(), "byte {at}");
    }
    for end in [0, 3, 4, 300_000, right.len() - 1] {
        fs::write(&path, &right[..end]).unwrap();
        assert!(kept.read().await.is_err(), "cut at {end}");
    }
    fs::remove_file(&path).unwrap();
    assert!(kept.read().await.is_err());
}

#[tokio::test]
async fn parts_that_nobody_goes_on_with_are_forgotten_and_pages_never() {
    let kept = Kept::new();
    kept.all().await;
    assert!(kept.finish().await);
    kept.part(0, b"left").await;
    assert_eq!(kept.blobs.forget_parts(Utc::now()).await.unwrap(), 0);
    assert_eq!(kept.blobs.forget_parts(NOW).await.unwrap(), 0);
    let later = Utc::now() + FORGOTTEN + Duration::from_secs(1);
    assert_eq!(kept.blobs.forget_parts(later).await.unwrap(), 1);
    assert_eq!(kept.files().len(), 1);
    assert_eq!(kept.read().await.unwrap(), kept.bytes);
}
