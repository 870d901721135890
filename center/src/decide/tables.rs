//! What a decision reads, locks and writes. One transaction: everything is there with
//! [`Tables::commit`], or nothing is.
//!
//! Every wait of a decision is a call here, so whoever drives the calls chooses where two
//! decisions meet, where a crash falls, and what is lost with it.

use std::collections::{BTreeMap, BTreeSet};

#[cfg(debug_assertions)]
use domain::Fact;
use domain::sync::FeedAt;
use domain::{Case, Command, Division, Document, Id, Outcome, Page, Person, Reason};

#[cfg(debug_assertions)]
use crate::error::Error;
use crate::error::Result;
use crate::store::cases::Placed;
use crate::store::command::{Known, New};
use crate::store::fact::Told;
use crate::store::identity::Given;
use crate::store::installation::Installation;
use crate::store::log::Position;
use crate::store::staff::Member;

/// An answer of the tables.
pub trait Answer<T>: Future<Output = Result<T>> + Send {}
impl<T, F: Future<Output = Result<T>> + Send> Answer<T> for F {}

/// What a plan writes, but for what it tells.
pub struct Writing<'a> {
    /// Commands that are new.
    pub new: Vec<New<'a>>,
    /// What earlier ones came to now, and how many facts they caused meanwhile.
    pub earlier: Vec<(Id, &'a Outcome, usize)>,
    /// People as they stand now.
    pub people: Vec<&'a Person>,
    /// Documents that are given to people.
    pub given: Vec<Given<'a>>,
    /// People who come into feeds.
    pub carried: &'a BTreeSet<(Id, Division)>,
    /// Cases as they stand now.
    pub cases: Vec<Placed<'a>>,
    /// Cases whose manifests are written.
    pub manifests: Vec<&'a Case>,
}

/// A transaction on the city's tables.
pub trait Tables: Send {
    /// What everything about the carriers of a document is locked under.
    fn document_key(&self, document: &Document) -> Vec<u8>;
    /// What a held command is locked under.
    fn held_key(&self, command: Id) -> Vec<u8>;
    /// By which the same content is known again.
    fn content_hash(&self, body: &str) -> Vec<u8>;

    /// An installation with the end of its log, locked: a log has one writer.
    fn lock_log(&mut self, installation: Id) -> impl Answer<Option<Installation>>;
    /// The link at a position, hex.
    fn link_at(&mut self, installation: Id, n: u64) -> impl Answer<Option<String>>;
    /// The content hashes of known commands.
    fn content_hashes(&mut self, commands: &[Id]) -> impl Answer<BTreeMap<Id, Vec<u8>>>;
    /// Locks keys in their order until the end. State must be read in a later call. The answer is
    /// what must be locked with them ([`Tables::join_locks`]), themselves included.
    fn lock(&mut self, keys: Vec<Vec<u8>>) -> impl Answer<BTreeSet<Vec<u8>>>;
    /// Keys, all of them locked, that are locked together from now on.
    fn join_locks(&mut self, keys: &[Vec<u8>]) -> impl Answer<()>;

    /// The words of a command with its sender.
    fn command(&mut self, command: Id) -> impl Answer<Option<(Id, String)>>;
    /// What a command came to, as last told.
    fn outcome(&mut self, command: Id) -> impl Answer<Option<Outcome>>;
    /// What others need to know of commands.
    fn known(&mut self, commands: &[Id]) -> impl Answer<BTreeMap<Id, Known>>;
    /// Held commands whose wait is over, oldest first.
    fn ready(&mut self, limit: i64) -> impl Answer<Vec<Id>>;
    /// The document keys of the people of some cases.
    fn keys_of_cases(&mut self, cases: &[Id]) -> impl Answer<Vec<Vec<u8>>>;
    /// The document keys of some people.
    fn keys_of_people(&mut self, people: &[Id]) -> impl Answer<Vec<Vec<u8>>>;
    /// Who carries documents of these keys.
    fn carriers(&mut self, keys: &[Vec<u8>]) -> impl Answer<Vec<Id>>;
    /// The people of some cases.
    fn people_of_cases(&mut self, cases: &[Id]) -> impl Answer<Vec<Id>>;
    /// People as they stand.
    fn people(&mut self, people: &[Id]) -> impl Answer<Vec<Person>>;
    /// Every case of some people.
    fn cases_of(&mut self, people: &[Id]) -> impl Answer<Vec<Case>>;
    /// The feeds that carry some people.
    fn feeds_of(&mut self, people: &[Id]) -> impl Answer<BTreeMap<Id, BTreeSet<Division>>>;
    /// Makes and locks the rows of pages; those of them that are stored.
    fn lock_pages(&mut self, feed: &Division, pages: &[&Page]) -> impl Answer<BTreeSet<String>>;
    /// Those of these who may work.
    fn staff(&mut self, staff: &[Id]) -> impl Answer<Vec<Member>>;
    /// Which of these were let in at which community as substitutes, by a code that was given for them
    /// within some days. Nobody, in a city that has no substitutes.
    fn let_in(&mut self, _staff: &[Id], _days: u32) -> impl Answer<Vec<(Id, Division)>> {
        std::future::ready(Ok(Vec::new()))
    }

    /// Writes all of it. The rows of one part do not need those of another, so whoever can may have them
    /// written while the next are made ready.
    fn write(&mut self, writing: &Writing<'_>) -> impl Answer<()> {
        async move {
            if !writing.new.is_empty() {
                self.add_commands(&writing.new).await?;
            }
            if !writing.earlier.is_empty() {
                self.update_commands(&writing.earlier).await?;
            }
            if !writing.people.is_empty() {
                self.put_people(&writing.people).await?;
            }
            if !writing.given.is_empty() {
                self.give_documents(&writing.given).await?;
            }
            if !writing.carried.is_empty() {
                self.carry(writing.carried).await?;
            }
            if !writing.cases.is_empty() {
                self.put_cases(&writing.cases).await?;
            }
            if !writing.manifests.is_empty() {
                self.put_pages(&writing.manifests).await?;
            }
            Ok(())
        }
    }

    /// Writes commands that are new.
    fn add_commands(&mut self, commands: &[New<'_>]) -> impl Answer<()>;
    /// Writes what earlier commands came to now, and how many facts they caused meanwhile.
    fn update_commands(&mut self, changes: &[(Id, &Outcome, usize)]) -> impl Answer<()>;
    /// Holds a command, or says anew why.
    fn hold(
        &mut self,
        command: Id,
        feed: Option<&Division>,
        reason: &Reason,
        waits_for: Option<Id>,
    ) -> impl Answer<()>;
    /// Lets commands go.
    fn release(&mut self, commands: &[Id]) -> impl Answer<()>;
    /// Writes people as they stand now.
    fn put_people(&mut self, people: &[&Person]) -> impl Answer<()>;
    /// Gives documents to people, or says anew what they are to them; a number has one person
    /// unless it is shared.
    fn give_documents(&mut self, given: &[Given<'_>]) -> impl Answer<()>;
    /// Adds people to feeds.
    fn carry(&mut self, pairs: &BTreeSet<(Id, Division)>) -> impl Answer<()>;
    /// Takes people out of feeds.
    fn let_go(&mut self, pairs: &BTreeSet<(Id, Division)>) -> impl Answer<()>;
    /// Writes cases as they stand now.
    fn put_cases(&mut self, cases: &[Placed<'_>]) -> impl Answer<()>;
    /// Writes the manifests of some cases as they stand.
    fn put_pages(&mut self, cases: &[&Case]) -> impl Answer<()>;
    /// Locks the heads of feeds in order, making those that are new. Taken last, so that nobody
    /// waits long for them.
    fn lock_heads(&mut self, feeds: &[&Division]) -> impl Answer<BTreeMap<Division, FeedAt>>;
    /// Draws numbers from a sequence, locking nothing: the bug that a simulator plants.
    #[cfg(debug_assertions)]
    fn draw_numbers(
        &mut self,
        _told: &[(Division, Fact)],
    ) -> impl Answer<BTreeMap<Division, FeedAt>> {
        std::future::ready(Err(Error::Fault("no sequence".to_owned())))
    }
    /// Writes facts at their positions, and moves the heads.
    fn tell(&mut self, told: &[Told<'_>], heads: &BTreeMap<Division, FeedAt>) -> impl Answer<()> {
        async move {
            self.add_facts(told).await?;
            self.advance_heads(heads).await
        }
    }
    /// Writes facts at their positions.
    fn add_facts(&mut self, told: &[Told<'_>]) -> impl Answer<()>;
    /// Moves the heads.
    fn advance_heads(&mut self, heads: &BTreeMap<Division, FeedAt>) -> impl Answer<()>;
    /// Appends positions to a log and moves its end to the last of them.
    fn extend_log(&mut self, installation: Id, positions: &[Position]) -> impl Answer<()>;

    /// Makes all of it durable and visible.
    fn commit(self) -> impl Answer<()>;
}

/// A command as its author wrote it, where this program can read it.
pub(super) fn read(body: &str) -> Option<Command> {
    serde_json::from_str(body).ok()
}
