//! The recovery page: a store that cannot be opened is made again from what is left of it.
//! Nothing here needs an open desk.

use std::path::Path;

use chrono::Utc;

use super::storage::line;
use super::{Event, Inner, Station, held};
use crate::backup;
use crate::disk;
use crate::door;
use crate::error::Result;
use crate::storage::{self, Base, Places, Rebuilt, STORE, Step};
use crate::view::{BackupLine, Failure, RebuildStep, RebuildView, RebuiltView};

impl Station {
    /// What is there to make a store from.
    pub fn get_rebuild(&self) -> Result<RebuildView, Failure> {
        let inner = &self.0;
        let places = Places::load(&inner.folder);
        let journal = places.journal_of(&inner.folder);
        Ok(RebuildView {
            database_there: disk::exists(&inner.folder.join(STORE)),
            journal_there: disk::of(&journal)
                .list(&journal)
                .is_ok_and(|found| !found.is_empty()),
            journal_folder: journal.display().to_string(),
            step: *held(&inner.rebuilding),
        })
    }

    /// Makes the store again from the best that is left, for the right name and password. What is
    /// damaged is kept. One backup alone is restored instead: see `restore`.
    pub fn rebuild_store(&self, login: &str, password: &str) -> Result<RebuiltView, Failure> {
        let inner = &self.0;
        let card = inner.own_card();
        let opened = door::open_keys_for(&inner.folder, login, password, card.as_ref());
        let keys = inner.or_wait_for_card(opened.map_err(Failure::from))?;
        inner.close();
        let catalog = inner.shelf().catalog.clone();
        let outcome = storage::rebuild(&inner.folder, None, &keys, catalog, Utc::now(), &|step| {
            inner.at_step(step)
        });
        *held(&inner.rebuilding) = None;
        let rebuilt = outcome?;
        held(&inner.broken).take();
        inner.tell_status();
        Ok(rebuilt_view(rebuilt))
    }
}

impl Inner {
    pub(super) fn at_step(&self, step: Step) {
        *held(&self.rebuilding) = match step {
            Step::Looking => Some(RebuildStep::Looking),
            Step::Journal => Some(RebuildStep::Journal),
            Step::Checking => Some(RebuildStep::Checking),
            Step::Done => None,
        };
        self.tell(Event::Storage);
    }
}

/// The backups in a folder, by their own word.
pub(super) fn list(folder: &Path) -> Vec<BackupLine> {
    backup::list_unproved(folder).iter().map(line).collect()
}

pub(super) fn rebuilt_view(rebuilt: Rebuilt) -> RebuiltView {
    let (base, made_at) = match rebuilt.base {
        Base::Own => ("own", None),
        Base::Backup(made_at) => ("backup", Some(made_at)),
        Base::OlderLayout => ("older_layout", None),
        Base::Nothing => ("nothing", None),
    };
    RebuiltView {
        base: base.to_owned(),
        made_at,
        log_last: rebuilt.log_last,
        brought_back: rebuilt.brought_back,
        forms: rebuilt.forms,
        is_complete: rebuilt.is_complete,
        kept: rebuilt.kept.map(|path| path.display().to_string()),
    }
}
