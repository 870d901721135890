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
use crate::{recovery, restore};

const MARK: &str = "wiping";
/// Files that hold a way to the data key begin so: the key file, its copy, those that a restore kept
/// aside or a write left unfinished; the machine's secret; the officers' answer under eight digits.
const KEYS: [&str; 3] = [crate::keys::FILES[0], machine::IN_FILE, recovery::PENDING];

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
    overwrite_keys(&restore::folder(folder))?;
    overwrite_keys(folder)
}

/// Every file of [`KEYS`] in a folder; nothing where there is no such folder.
fn overwrite_keys(folder: &Path) -> Result<()> {
    if !disk::exists(folder) {
        return Ok(());
    }
    for entry in disk::of(folder).list(folder).map_err(Error::disk(folder))? {
        let name = entry.path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        if !entry.is_folder && KEYS.iter().any(|keys| name.starts_with(keys)) {
            overwrite(&entry.path)?;
        }
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
    let backups = places.backups_of(folder);
    let listed = disk::of(&backups).list(&backups).unwrap_or_default();
    for entry in listed.into_iter().filter(|entry| entry.is_folder) {
        if backup::is_of(&entry.path, installation) {
            overwrite_keys(&entry.path)?;
            disk::remove_folder(&entry.path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{founded, installation};

    #[test]
    fn every_copy_of_a_key_is_overwritten_before_its_name_goes() {
        let folder = founded();
        let path = folder.path();
        let stick = tempfile::tempdir().unwrap();
        let backups = stick.path();
        let places = Places {
            backups: Some(backups.to_owned()),
            ..Places::load(path)
        };
        places.save(path).unwrap();
        let short: String = installation().id.to_string().chars().take(8).collect();
        let cut_off = format!("yizhan-320302001005-{short}-20261123T010000Z.part");
        let cut_off = backups.join(cut_off);
        let others = backups.join("yizhan-320302001005-ffffffff-20261123T010000Z");
        let restored = restore::folder(path);
        for made in [&cut_off, &others, &restored] {
            std::fs::create_dir_all(made).unwrap();
        }
        let keys = std::fs::read(path.join("keys.json")).unwrap();
        let copies = [
            path.join("keys.json.kept-20261101T010000Z"),
            path.join("keys.json.copy.kept-20261101T010000Z"),
            path.join("keys.json.new"),
            path.join("recovery.json"),
            restored.join("keys.json"),
            restored.join("recovery.json"),
            cut_off.join("keys.json"),
            others.join("keys.json"),
        ];
        for copy in &copies {
            std::fs::write(copy, &keys).unwrap();
        }
        // A second name for each: what lies on the disk once the first is gone.
        let seen = tempfile::tempdir().unwrap();
        let mut links = Vec::new();
        let ours = ["keys.json", "keys.json.copy", "machine.secret"].map(|name| path.join(name));
        for (at, file) in ours.iter().chain(&copies).enumerate() {
            let link = seen.path().join(at.to_string());
            std::fs::hard_link(file, &link).unwrap();
            links.push((file, link, std::fs::read(file).unwrap()));
        }
        destroy(path).unwrap();
        for (file, link, before) in links {
            let after = std::fs::read(link).unwrap();
            let is_others = file.starts_with(&others);
            assert_eq!(after == before, is_others, "{}", file.display());
            assert_eq!(file.exists(), is_others, "{}", file.display());
        }
        assert!(!cut_off.exists() && !path.join("station.db").exists());
    }
}
