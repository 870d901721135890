//! The centre ordered a wipe and has its receipt: keys go first, then everything that they opened.
//!
//! A mark lies in the folder until nothing is left, so that a wipe that was cut off is finished at the
//! next start. What a worn disk still holds of the overwritten key file is beyond a program's reach;
//! without the machine secret and a password it opens nothing.

use std::path::Path;
use std::sync::Arc;

use domain::Id;

use super::Inner;
use crate::backup;
use crate::disk::{self, How};
use crate::door;
use crate::error::{Error, Result};
use crate::keys::{PublicPart, machine};
use crate::private::BESIDE as PRIVATE;
use crate::storage::Places;

const MARK: &str = "wiping";

impl Inner {
    /// Ends the session and destroys what there is, on a thread of its own: the worker that brought the
    /// word ends with the session.
    pub(super) fn wipe(self: &Arc<Inner>) {
        let inner = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name("wipe".to_owned())
            .spawn(move || {
                let marked = disk::write_whole(&inner.folder.join(MARK), b"");
                if let Err(error) = marked {
                    tracing::error!(code = error.code(), "the wipe is not marked");
                }
                inner.close();
                if let Err(error) = destroy(&inner.folder) {
                    tracing::error!(code = error.code(), "the wipe goes on at the next start");
                }
                inner.tell_status();
            });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread for the wipe");
        }
    }
}

/// Finishes a wipe that was cut off.
pub(super) fn go_on(folder: &Path) -> Result<()> {
    match disk::exists(&folder.join(MARK)) {
        true => destroy(folder),
        false => Ok(()),
    }
}

/// Keys, then data, then who this was; at last the mark.
fn destroy(folder: &Path) -> Result<()> {
    let installation = PublicPart::load(folder).map(|public| public.id);
    destroy_keys(folder)?;
    if let Some(installation) = installation {
        destroy_elsewhere(folder, installation)?;
    }
    for entry in disk::of(folder).list(folder).map_err(Error::disk(folder))? {
        let name = entry
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match (entry.is_folder, name.as_str()) {
            (_, MARK | door::LOCK | PRIVATE) => {}
            (true, _) => disk::remove_folder(&entry.path)?,
            (false, _) => disk::remove(&entry.path)?,
        }
    }
    disk::sync_folder(folder).map_err(Error::disk(folder))?;
    disk::remove(&folder.join(MARK))?;
    disk::sync_folder(folder).map_err(Error::disk(folder))
}

fn destroy_keys(folder: &Path) -> Result<()> {
    if let Ok(file) = door::keys_of(folder) {
        let forgotten = machine::keeper(file.machine.keeper(), folder)
            .and_then(|keeper| keeper.forget(&file.machine));
        if let Err(error) = forgotten {
            tracing::warn!(code = error.code(), "the machine secret is not forgotten");
        }
    }
    for name in crate::keys::FILES {
        overwrite(&folder.join(name))?;
    }
    disk::sync_folder(folder).map_err(Error::disk(folder))
}

/// Zeros over a file, synced, before its name goes.
fn overwrite(path: &Path) -> Result<()> {
    if !disk::exists(path) {
        return Ok(());
    }
    let file = disk::of(path)
        .open(path, How::Update)
        .map_err(Error::disk(path))?;
    let zeros = vec![0; usize::try_from(file.len().map_err(Error::disk(path))?).unwrap_or(0)];
    file.write_at(0, &zeros).map_err(Error::disk(path))?;
    file.sync().map_err(Error::disk(path))?;
    drop(file);
    disk::remove(path)
}

/// Journal and backups of this installation, where they can be reached: a stick that is not plugged in
/// keeps what no key opens any more.
fn destroy_elsewhere(folder: &Path, installation: Id) -> Result<()> {
    let places = Places::load(folder);
    disk::remove_folder(&places.journal_of(folder).join(installation.to_string()))?;
    for found in backup::list_unproved(&places.backups_of(folder)) {
        if found.manifest.installation == installation {
            for name in crate::keys::FILES {
                overwrite(&found.folder.join(name))?;
            }
            disk::remove_folder(&found.folder)?;
        }
    }
    Ok(())
}
