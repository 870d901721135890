//! A backup becomes a station again: in an empty folder on a new computer, or in the place of a
//! station that cannot be opened, whose files are kept.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::Catalog;

use super::{check, inside, is_page};
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::{KeyFile, Keys};
use crate::storage::{self, Rebuilt, Step};

/// What the public part of an installation lies in.
const PUBLIC: &str = "installation.json";

/// Lays a backup into a station's folder, brings back what the journal there has beyond it, and
/// writes `wraps` as the station's key file: last, since it says that a store exists. `keys` are
/// those of the backup. Whether the log may have gone further is in the answer; nothing is sent
/// then until the centre has said where it stands.
pub fn restore(
    backup: &Path,
    folder: &Path,
    keys: &Keys,
    wraps: &KeyFile,
    catalog: Arc<Catalog>,
    now: DateTime<Utc>,
    tell: &dyn Fn(Step),
) -> Result<Rebuilt> {
    tell(Step::Looking);
    let manifest = check(backup, keys)?;
    disk::make_folder(folder)?;
    for file in &manifest.files {
        let wanted = file.path == PUBLIC || is_page(&file.path);
        let (Some(from), Some(to)) = (inside(backup, &file.path), inside(folder, &file.path))
        else {
            continue;
        };
        if wanted && (file.path == PUBLIC || !disk::exists(&to)) {
            disk::make_folder(disk::folder_of(&to))?;
            disk::copy_file(&from, &to)?;
        }
    }
    disk::sync_folder(folder).map_err(Error::disk(folder))?;
    let rebuilt = storage::rebuild(folder, Some(backup), keys, catalog, now, tell)?;
    wraps.save(folder)?;
    Ok(rebuilt)
}
