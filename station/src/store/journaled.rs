//! The store and its journal: brought to agree when the store is opened, and kept so with every
//! save. What they disagree about for good is set aside and said, never guessed.

use chrono::{DateTime, Utc};
use domain::Id;
use rusqlite::Connection;

use super::{Store, Tx, held, meta, outbox};
use crate::cases;
use crate::error::{Error, Result};
use crate::journal::{Begun, Contents, Journal, Kept};
use crate::sync::hello::META_DURABLE;

/// Entries of the log that go into the journal with one sync.
const AT_ONCE: usize = 256;

/// The journal, or why there is none.
#[derive(Default)]
pub(super) struct Journaling {
    journal: Option<Journal>,
    trouble: Option<Error>,
}

/// What bringing store and journal to agree came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agreed {
    /// Commands that only the journal had.
    pub brought_back: u64,
    /// Commands that only the store had.
    pub completed: u64,
    /// The journal was set aside under this name, because it had rotted or told another history.
    pub set_aside: Option<String>,
}

/// How the journal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalState {
    /// Where it lies.
    pub folder: Option<std::path::PathBuf>,
    /// The last entry in it.
    pub last: u64,
    /// Its size on the disk.
    pub size_bytes: u64,
    /// Why it cannot be written to: `area.what`.
    pub trouble: Option<String>,
}

impl Store {
    /// From now on every save is in this journal too before it is told as saved. First both are
    /// brought to agree: what only one of them has is written to the other. A journal that cannot be
    /// written to is lacked for now. `store.unreadable` where the journal begins behind the end of a
    /// store of which the centre has all: made again, it has the rest.
    pub fn keep_journal(
        &self,
        installation: Id,
        mut journal: Journal,
        contents: &Contents,
        now: DateTime<Utc>,
    ) -> Result<Agreed> {
        let mut agreed = Agreed::default();
        let aside = self.agree(installation, contents, &mut agreed, now)?;
        let aside = aside.map(|why| format!("{why}-{}", now.format("%Y%m%dT%H%M%SZ")));
        let sealed = self.meta(meta::INSTALLATION)?;
        let written = match &aside {
            Some(named) => journal.begin_again(named),
            None => Ok(()),
        };
        let written = written.and_then(|()| match &sealed {
            Some(sealed) => journal.introduce(sealed),
            None => Ok(()),
        });
        if let Err(error) = written {
            tracing::error!(%error, "the journal cannot be written to");
            self.lack_journal(error);
            return Ok(agreed);
        }
        agreed.set_aside = aside;
        let from = journal.last();
        let journaling = Journaling {
            journal: Some(journal),
            trouble: None,
        };
        *held(&self.journaling) = journaling;
        self.follow(&held(&self.writer));
        let journaling = held(&self.journaling);
        let last = journaling.journal.as_ref().map_or(from, Journal::last);
        agreed.completed = if from == 0 { 0 } else { last - from };
        Ok(agreed)
    }

    /// What the store takes from the journal; and why the journal is to be set aside, if it is.
    fn agree(
        &self,
        installation: Id,
        contents: &Contents,
        agreed: &mut Agreed,
        now: DateTime<Utc>,
    ) -> Result<Option<&'static str>> {
        if self.tells_another_history(contents)? {
            self.note_restored(now)?;
            return Ok(Some("differs"));
        }
        if !contents.follows(self.log_at()?.last) {
            if self.unsent()?.commands == 0 {
                return Err(self.unreadable("the journal begins behind its end"));
            }
            self.note_restored(now)?;
            return Ok(Some("ahead"));
        }
        agreed.brought_back = self.bring_back(installation, contents)?;
        let missing = self.log_at()?.last < contents.last();
        Ok((contents.is_rotten() || missing).then_some("rotten"))
    }

    /// There is no journal for now, and why.
    pub fn lack_journal(&self, why: Error) {
        held(&self.journaling).trouble = Some(why);
    }

    /// How the journal is.
    pub fn journal_state(&self) -> JournalState {
        let journaling = held(&self.journaling);
        let journal = journaling.journal.as_ref();
        let trouble = journaling.trouble.as_ref();
        JournalState {
            folder: journal.map(|journal| journal.folder().to_owned()),
            last: journal.map_or(0, Journal::last),
            size_bytes: journal.map_or(0, Journal::size_bytes),
            trouble: trouble.map(|error| error.code().to_owned()),
        }
    }

    /// For idle moments: completes the journal where it could not be written to, makes room for the
    /// next saves, and takes away what is durable at the centre.
    pub fn tidy_journal(&self) -> Result<()> {
        self.follow(&held(&self.writer));
        let durable = self.durable()?;
        let mut journaling = held(&self.journaling);
        match journaling.journal.as_mut() {
            Some(journal) => journal.tidy(durable),
            None => Ok(()),
        }
    }

    /// The last entry that is in a verified backup of the centre, as it said.
    pub fn durable(&self) -> Result<u64> {
        self.read(|c| meta::number(c, META_DURABLE))
    }

    /// Commits. A command that the transaction adds to the log goes into the journal beside that:
    /// both are synced in the time of the slower one. It is taken out of the journal where the
    /// database does not take it; a power cut in between leaves it to be brought back, which is a
    /// save that was never answered.
    pub(super) fn commit_beside(&self, tx: Tx) -> Result<()> {
        let mut journaling = held(&self.journaling);
        let Some(begun) = journaling.begin(&tx) else {
            // Nobody who looks at the journal waits for a commit that is none of its business.
            drop(journaling);
            return tx.commit();
        };
        let committed = tx.commit();
        journaling.end(begun, committed.is_ok());
        committed
    }

    /// Appends to the journal what the log has beyond it. That it can't be stops no work: the save
    /// is durable in the store, the trouble is shown, and the next save tries again.
    pub(super) fn follow(&self, writer: &Connection) {
        let mut journaling = held(&self.journaling);
        let Some(journal) = journaling.journal.as_mut() else {
            return;
        };
        let outcome = catch_up(writer, journal);
        if let Err(error) = &outcome
            && journaling.trouble.is_none()
        {
            tracing::error!(%error, "the journal cannot be written to");
        }
        journaling.trouble = outcome.err();
    }

    /// Where both have an entry, they have another one.
    pub fn tells_another_history(&self, contents: &Contents) -> Result<bool> {
        self.read(|c| {
            let at = outbox::log_at(c)?;
            for (n, kept) in contents.entries.range(..=at.last).rev() {
                if let Some(link) = outbox::link_of(c, *n)? {
                    return Ok(link != kept.entry.link);
                }
            }
            Ok(false)
        })
    }

    /// Does again, one durable transaction each, what only the journal has.
    pub fn bring_back(&self, installation: Id, contents: &Contents) -> Result<u64> {
        let lacked = self.lacked(contents)?;
        for kept in &lacked {
            self.write(|tx| cases::bring_back(self, tx, installation, kept))?;
        }
        Ok(lacked.len() as u64)
    }

    /// What only the journal has, as far as it goes on where the log ends.
    pub fn lacked<'a>(&self, contents: &'a Contents) -> Result<Vec<&'a Kept>> {
        let first = match self.log_at()?.last {
            0 => contents.entries.keys().next().copied().unwrap_or(1),
            last => last + 1,
        };
        let rest = contents.entries.range(first..).zip(first..);
        let following = rest.take_while(|((n, _), at)| **n == *at);
        Ok(following.map(|((_, kept), _)| kept).collect())
    }

    /// Where the log of a store stood that came from a backup, until the centre has said that its own
    /// goes no further.
    pub fn restored_last(&self) -> Result<Option<u64>> {
        self.read(|c| match meta::find(c, meta::RESTORED_LAST)? {
            Some(_) => meta::number(c, meta::RESTORED_LAST).map(Some),
            None => Ok(None),
        })
    }

    /// The centre's log goes no further than the store did when it was restored.
    pub fn forget_restored(&self) -> Result<()> {
        self.write(|tx| {
            meta::forget(tx, meta::RESTORED_LAST)?;
            meta::forget(tx, meta::RESTORED_AT)
        })
    }

    /// The log may have gone further than this store knows: nothing is sent until the centre has
    /// said where it stands.
    pub fn note_restored(&self, now: DateTime<Utc>) -> Result<()> {
        self.write(|tx| {
            let last = outbox::log_at(tx)?.last;
            meta::set_number(tx, meta::RESTORED_LAST, last)?;
            meta::set(tx, meta::RESTORED_AT, &now.to_rfc3339())
        })
    }
}

impl Journaling {
    /// The one command that a transaction adds to what the journal has. Everything else is caught up
    /// with once the database has it.
    fn begin(&mut self, tx: &Tx) -> Option<Begun> {
        if self.trouble.is_some() {
            return None;
        }
        let journal = self.journal.as_mut()?;
        let begun = begin(journal, tx);
        // What is wrong with the journal is found again, and said, when it is caught up with.
        begun.ok().flatten()
    }

    fn end(&mut self, begun: Begun, is_saved: bool) {
        let Some(journal) = self.journal.as_mut() else {
            return;
        };
        if let Err(error) = journal.end(begun, is_saved) {
            tracing::error!(%error, is_saved, "the journal cannot be written to");
            self.trouble = Some(error);
        }
    }
}

fn begin(journal: &mut Journal, tx: &Tx) -> Result<Option<Begun>> {
    let last = journal.last();
    if outbox::log_at(tx)?.last != last + 1 {
        return Ok(None);
    }
    match outbox::kept_after(tx, last, 1)?.pop() {
        Some(kept) => Ok(Some(journal.begin(kept)?)),
        None => Ok(None),
    }
}

fn catch_up(connection: &Connection, journal: &mut Journal) -> Result<()> {
    let log = outbox::log_at(connection)?.last;
    while journal.last() < log {
        // A journal that begins needs only what the centre may still lose; at least the last entry,
        // so that it knows where the log stands.
        let after = match journal.last() {
            0 => meta::number(connection, META_DURABLE)?.min(log - 1),
            last => last,
        };
        let kept = outbox::kept_after(connection, after, AT_ONCE)?;
        if kept.is_empty() {
            return Err(Error::Bug(format!("no entry after {after} of {log}")));
        }
        journal.append(&kept)?;
    }
    Ok(())
}
