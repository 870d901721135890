//! A snapshot takes the place of everything that came from the centre: in one transaction, once all of
//! it is here and is what it should be. Commands, pages to send and forms are ours and stay; what the
//! snapshot says became of our commands is written down, and those without an answer are replayed.

use std::collections::{BTreeSet, HashSet};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use domain::snapshot::rows::{self, Kind};
use domain::snapshot::{Answer, Counts, Unreadable};
use domain::sync::FeedAt;
use domain::{Case, Fact, Id, Page, Person, Stage};
use rusqlite::Transaction;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::store::entity::{self, Base};
use crate::store::snapshot_part::{self, Staged};
use crate::store::{Store, Tx, key_fill, meta, outbox, page_out, person_key, unread_fact};

/// Chunks that may wait to be written.
const AHEAD: usize = 2;

impl Store {
    /// Loads the snapshot that is here whole. What turns out to be none changes nothing, and is never
    /// asked for again; nor does one that is behind what is folded already.
    pub fn load_snapshot(&self) -> Result<()> {
        let Some(staged) = self.read(snapshot_part::staged)? else {
            return Ok(());
        };
        let loaded =
            std::thread::scope(|scope| self.write(|tx| self.take_place(tx, scope, &staged)));
        match loaded {
            Err(error) if error.code() == "snapshot.unreadable" => {
                tracing::error!("a snapshot is not what it should be; facts are pulled instead");
                self.leave_snapshot(Some(&staged.offer.sha256))
            }
            other => other,
        }
    }

    fn take_place<'s>(
        &'s self,
        tx: &Tx,
        scope: &'s Scope<'s, '_>,
        staged: &'s Staged,
    ) -> Result<()> {
        if !staged.is_whole() {
            return Err(Error::Bug("a snapshot that is not whole".to_owned()));
        }
        if meta::feed_at(tx)?.seq >= staged.offer.seq {
            return snapshot_part::forget(tx);
        }
        let chunks = whole(tx, staged)?;
        self.forget_facts(tx)?;
        let mut taking = Taking::new(tx)?;
        for chunk in self.read_ahead(scope, staged, chunks) {
            for row in chunk.map_err(unreadable)? {
                taking.take(row)?;
            }
        }
        if taking.counts != staged.header.counts {
            return Err(Error::coded("snapshot.unreadable"));
        }
        taking.keys.apply(tx)?;
        key_fill::done(tx)?;
        for page in &taking.asked_for {
            page_out::offer(tx, page)?;
        }
        self.show_pending(tx)?;
        snapshot_part::forget(tx)?;
        let header = &staged.header;
        meta::set_feed_at(
            tx,
            &FeedAt {
                seq: header.seq,
                sum: header.sum.clone(),
            },
        )
    }

    /// Unpacks and reads chunks on a thread of their own while those before them are written.
    fn read_ahead<'s>(
        &'s self,
        scope: &'s Scope<'s, '_>,
        staged: &'s Staged,
        chunks: Vec<Vec<u8>>,
    ) -> Receiver<std::result::Result<Vec<Ready>, Unreadable>> {
        let (send, receive) = sync_channel(AHEAD);
        scope.spawn(move || {
            for (chunk, bytes) in staged.header.chunks.iter().zip(&chunks) {
                let read = chunk.open(bytes).and_then(|text| self.ready(&text));
                let failed = read.is_err();
                // Nobody takes it any more once something was refused.
                if send.send(read).is_err() || failed {
                    return;
                }
            }
        });
        receive
    }

    fn ready(&self, text: &str) -> std::result::Result<Vec<Ready>, Unreadable> {
        rows::read(text).map(|row| self.ready_row(&row?)).collect()
    }

    fn ready_row(&self, row: &rows::Row<'_>) -> std::result::Result<Ready, Unreadable> {
        let (seq, text) = (row.seq, row.body.to_owned());
        Ok(match row.kind {
            Kind::Person => {
                let person: Person = read(row.body)?;
                Ready::Person {
                    id: person.id,
                    conflicts: person.unsettled().count(),
                    keys: self.keys_of(&person),
                    seq,
                    text,
                }
            }
            Kind::Case => Ready::Case {
                case: Box::new(read(row.body)?),
                seq,
                text,
            },
            Kind::Unread => {
                let fact: Fact = read(row.body)?;
                let entity = fact.entity;
                Ready::Unread { entity, seq, text }
            }
            Kind::Answer => Ready::Answer(read(row.body)?),
        })
    }
}

/// A row, ready to be written.
enum Ready {
    Person {
        id: Id,
        seq: u64,
        text: String,
        conflicts: usize,
        keys: BTreeSet<String>,
    },
    Case {
        case: Box<Case>,
        seq: u64,
        text: String,
    },
    Unread {
        entity: Id,
        seq: u64,
        text: String,
    },
    Answer(Answer),
}

/// Rows on their way into the tables.
struct Taking<'a> {
    tx: &'a Transaction<'a>,
    counts: Counts,
    keys: person_key::Changes,
    /// Our commands: most answers are others'.
    ours: HashSet<Id>,
    /// Pages of cases that the centre waits for.
    asked_for: Vec<Vec<Page>>,
}

impl<'a> Taking<'a> {
    fn new(tx: &'a Tx) -> Result<Taking<'a>> {
        Ok(Taking {
            tx,
            counts: Counts::default(),
            keys: person_key::Changes::default(),
            ours: snapshot_part::commands(tx)?,
            asked_for: Vec::new(),
        })
    }

    fn take(&mut self, row: Ready) -> Result<()> {
        let tx = self.tx;
        match row {
            Ready::Person {
                id,
                seq,
                text,
                conflicts,
                keys,
            } => {
                self.counts.people += 1;
                self.keys.add(id, keys);
                let base = Base {
                    id,
                    kind: "person",
                    person: id,
                    stage: None,
                    conflicts,
                    seq,
                    text: &text,
                };
                base.put(tx)
            }
            Ready::Case { case, seq, text } => {
                self.counts.cases += 1;
                let base = Base {
                    id: case.id,
                    kind: "case",
                    person: case.person,
                    stage: Some(entity::stage_name(&case.stage)),
                    conflicts: 0,
                    seq,
                    text: &text,
                };
                let waits = matches!(case.stage, Stage::AwaitingPages { .. });
                if waits && !self.ours.is_empty() {
                    self.asked_for.push(case.pages.clone());
                }
                base.put(tx)
            }
            Ready::Unread { entity, seq, text } => {
                self.counts.unread += 1;
                unread_fact::keep(tx, seq, entity, &text)
            }
            Ready::Answer(answer) => {
                self.counts.answers += 1;
                self.answer(&answer)
            }
        }
    }

    /// As a fact would say it: see `apply`.
    fn answer(&self, answer: &Answer) -> Result<()> {
        if !self.ours.contains(&answer.command) {
            return Ok(());
        }
        if let Some(content) = &answer.content
            && !outbox::has_content(self.tx, answer.command, content)?
        {
            return Ok(());
        }
        outbox::set_outcome(self.tx, answer.command, &answer.outcome)?;
        outbox::tell(self.tx, answer.command)?;
        Ok(())
    }
}

/// The chunks as they came, once all of the file is what was offered.
fn whole(tx: &Tx, staged: &Staged) -> Result<Vec<Vec<u8>>> {
    let mut hash = Sha256::new();
    let mut chunks = Vec::with_capacity(staged.chunks);
    for place in 0..=staged.chunks {
        let gone = || Error::coded("snapshot.unreadable");
        let bytes = snapshot_part::part(tx, place)?.ok_or_else(gone)?;
        hash.update(&bytes);
        if place > 0 {
            chunks.push(bytes);
        }
    }
    match hex::encode(hash.finalize()) == staged.offer.sha256 {
        true => Ok(chunks),
        false => Err(Error::coded("snapshot.unreadable")),
    }
}

fn unreadable(why: Unreadable) -> Error {
    tracing::warn!(%why, "a snapshot cannot be used");
    Error::coded("snapshot.unreadable")
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> std::result::Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable("no person, case, fact or answer"))
}
