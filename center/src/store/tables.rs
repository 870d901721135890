//! The city's tables in PostgreSQL: each call is one query or two of the files beside this one.

use std::collections::{BTreeMap, BTreeSet};

use domain::sync::FeedAt;
use domain::{Case, Division, Document, Id, Outcome, Page, Person, Reason};

use super::cases::Placed;
use super::command::{Known, New};
use super::fact::Told;
use super::identity::Given;
use super::installation::Installation;
use super::log::Position;
use super::staff::Member;
use crate::database::Tx;
use crate::decide::Tables;
use crate::decide::tables::Writing;
use crate::error::Result;
use crate::seal::Seals;

/// What has nothing to do sends nothing.
async fn unless(is_empty: bool, write: impl Future<Output = Result<()>>) -> Result<()> {
    match is_empty {
        true => Ok(()),
        false => write.await,
    }
}

/// A transaction of the pool that decides.
pub struct Postgres<'a> {
    tx: Tx<'a>,
    seals: &'a Seals,
}

impl<'a> Postgres<'a> {
    /// Goes on in a transaction that has begun.
    pub fn new(tx: Tx<'a>, seals: &'a Seals) -> Postgres<'a> {
        Postgres { tx, seals }
    }

    /// For what is no part of a decision and must agree with it.
    pub fn tx(&self) -> &Tx<'a> {
        &self.tx
    }
}

impl Tables for Postgres<'_> {
    fn document_key(&self, document: &Document) -> Vec<u8> {
        super::identity::hash(self.seals, document)
    }

    fn held_key(&self, command: Id) -> Vec<u8> {
        self.seals.hash("held", command.as_bytes())
    }

    fn content_hash(&self, body: &str) -> Vec<u8> {
        super::command::content_hash(self.seals, body)
    }

    async fn lock_log(&mut self, installation: Id) -> Result<Option<Installation>> {
        super::installation::lock(&self.tx, installation).await
    }

    async fn link_at(&mut self, installation: Id, n: u64) -> Result<Option<String>> {
        super::log::link(&self.tx, installation, n).await
    }

    async fn content_hashes(&mut self, commands: &[Id]) -> Result<BTreeMap<Id, Vec<u8>>> {
        super::command::hashes(&self.tx, commands).await
    }

    async fn lock(&mut self, keys: Vec<Vec<u8>>) -> Result<BTreeSet<Vec<u8>>> {
        super::entity::lock(&self.tx, keys).await
    }

    async fn join_locks(&mut self, keys: &[Vec<u8>]) -> Result<()> {
        super::entity::join(&self.tx, keys).await
    }

    async fn command(&mut self, command: Id) -> Result<Option<(Id, String)>> {
        super::command::find(&self.tx, self.seals, command).await
    }

    async fn outcome(&mut self, command: Id) -> Result<Option<Outcome>> {
        super::command::find_outcome(&self.tx, command).await
    }

    async fn known(&mut self, commands: &[Id]) -> Result<BTreeMap<Id, Known>> {
        super::command::known(&self.tx, commands).await
    }

    async fn ready(&mut self, limit: i64) -> Result<Vec<Id>> {
        super::held::ready(&self.tx, limit).await
    }

    async fn keys_of_cases(&mut self, cases: &[Id]) -> Result<Vec<Vec<u8>>> {
        super::identity::hashes_of_cases(&self.tx, cases).await
    }

    async fn keys_of_people(&mut self, people: &[Id]) -> Result<Vec<Vec<u8>>> {
        super::identity::hashes_of_people(&self.tx, people).await
    }

    async fn carriers(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Id>> {
        super::identity::people(&self.tx, keys).await
    }

    async fn people_of_cases(&mut self, cases: &[Id]) -> Result<Vec<Id>> {
        super::cases::people(&self.tx, cases).await
    }

    async fn people(&mut self, people: &[Id]) -> Result<Vec<Person>> {
        super::person::get(&self.tx, self.seals, people).await
    }

    async fn cases_of(&mut self, people: &[Id]) -> Result<Vec<Case>> {
        super::cases::of_people(&self.tx, people).await
    }

    async fn feeds_of(&mut self, people: &[Id]) -> Result<BTreeMap<Id, BTreeSet<Division>>> {
        super::person_feed::get(&self.tx, people).await
    }

    async fn lock_pages(&mut self, feed: &Division, pages: &[&Page]) -> Result<BTreeSet<String>> {
        let asked = pages.iter().map(|page| page.sha256.clone()).collect();
        super::blob::lock_pages(&self.tx, feed, pages, &asked).await
    }

    async fn staff(&mut self, staff: &[Id]) -> Result<Vec<Member>> {
        super::staff::active(&self.tx, staff).await
    }

    async fn let_in(&mut self, staff: &[Id], days: u32) -> Result<Vec<(Id, Division)>> {
        super::substitute::let_in(&self.tx, staff, days).await
    }

    /// Statements follow one another on the line without waiting for the answers: while the database
    /// carries one out, the rows of the next are sealed and sent.
    async fn write(&mut self, writing: &Writing<'_>) -> Result<()> {
        let (tx, seals) = (&self.tx, self.seals);
        tokio::try_join!(
            unless(
                writing.new.is_empty(),
                super::command::insert(tx, seals, &writing.new)
            ),
            unless(
                writing.earlier.is_empty(),
                super::command::update(tx, &writing.earlier)
            ),
            unless(
                writing.people.is_empty(),
                super::person::upsert(tx, &writing.people)
            ),
            unless(
                writing.given.is_empty(),
                super::identity::give(tx, seals, &writing.given)
            ),
            unless(
                writing.carried.is_empty(),
                super::person_feed::add(tx, writing.carried)
            ),
            unless(
                writing.cases.is_empty(),
                super::cases::upsert(tx, &writing.cases)
            ),
            unless(
                writing.manifests.is_empty(),
                super::page::replace(tx, &writing.manifests)
            ),
        )?;
        Ok(())
    }

    async fn tell(&mut self, told: &[Told<'_>], heads: &BTreeMap<Division, FeedAt>) -> Result<()> {
        let (tx, seals) = (&self.tx, self.seals);
        tokio::try_join!(
            super::fact::insert(tx, seals, told),
            super::feed::advance(tx, heads),
        )?;
        Ok(())
    }

    async fn add_commands(&mut self, commands: &[New<'_>]) -> Result<()> {
        super::command::insert(&self.tx, self.seals, commands).await
    }

    async fn update_commands(&mut self, changes: &[(Id, &Outcome, usize)]) -> Result<()> {
        super::command::update(&self.tx, changes).await
    }

    async fn hold(
        &mut self,
        command: Id,
        feed: Option<&Division>,
        reason: &Reason,
        waits_for: Option<Id>,
    ) -> Result<()> {
        super::held::hold(&self.tx, command, feed, reason, waits_for).await
    }

    async fn release(&mut self, commands: &[Id]) -> Result<()> {
        super::held::release(&self.tx, commands).await
    }

    async fn put_people(&mut self, people: &[&Person]) -> Result<()> {
        super::person::upsert(&self.tx, people).await
    }

    async fn give_documents(&mut self, given: &[Given<'_>]) -> Result<()> {
        super::identity::give(&self.tx, self.seals, given).await
    }

    async fn carry(&mut self, pairs: &BTreeSet<(Id, Division)>) -> Result<()> {
        super::person_feed::add(&self.tx, pairs).await
    }

    async fn let_go(&mut self, pairs: &BTreeSet<(Id, Division)>) -> Result<()> {
        super::person_feed::remove(&self.tx, pairs).await
    }

    async fn put_cases(&mut self, cases: &[Placed<'_>]) -> Result<()> {
        super::cases::upsert(&self.tx, cases).await
    }

    async fn put_pages(&mut self, cases: &[&Case]) -> Result<()> {
        super::page::replace(&self.tx, cases).await
    }

    async fn lock_heads(&mut self, feeds: &[&Division]) -> Result<BTreeMap<Division, FeedAt>> {
        super::feed::lock(&self.tx, feeds).await
    }

    async fn add_facts(&mut self, told: &[Told<'_>]) -> Result<()> {
        super::fact::insert(&self.tx, self.seals, told).await
    }

    async fn advance_heads(&mut self, heads: &BTreeMap<Division, FeedAt>) -> Result<()> {
        super::feed::advance(&self.tx, heads).await
    }

    async fn extend_log(&mut self, installation: Id, positions: &[Position]) -> Result<()> {
        let Some(last) = positions.last() else {
            return Ok(());
        };
        tokio::try_join!(
            super::log::append(&self.tx, installation, positions),
            super::installation::advance(&self.tx, installation, last.n, &last.link),
        )?;
        Ok(())
    }

    async fn commit(self) -> Result<()> {
        Ok(self.tx.commit().await?)
    }
}
