//! Locks what a batch touches, then reads it in later statements.

use std::collections::BTreeSet;

use domain::{Act, Command, Id, Key, Page, touches};

use super::{City, Work, gate};
use crate::database::Tx;
use crate::error::Result;
use crate::seal::Seals;
use crate::store;

/// The keys of a batch, before anything is locked.
#[derive(Default)]
struct Touched {
    documents: BTreeSet<Vec<u8>>,
    people: BTreeSet<Id>,
    cases: BTreeSet<Id>,
    held: BTreeSet<Id>,
}

/// Locks and reads.
pub async fn load(tx: &Tx<'_>, seals: &Seals, works: &[Work]) -> Result<City> {
    let mut city = City::default();
    let mut touched = Touched::default();
    let commands: Vec<&Command> = works
        .iter()
        .filter_map(|work| work.command.as_ref())
        .collect();
    let keys = commands.iter().flat_map(|command| touches(command));
    keys.for_each(|key| touched.add(seals, key));
    let mut settled = Vec::new();
    for id in touched.held.clone() {
        let Some((_, body)) = store::command::find(tx, seals, id).await? else {
            continue;
        };
        if let Ok(command) = serde_json::from_str::<Command>(&body) {
            let keys = touches(&command).into_iter();
            keys.for_each(|key| touched.add(seals, key));
            settled.push(command);
        }
    }
    lock(tx, seals, works, &touched).await?;
    read(tx, seals, works, &touched, &mut city).await?;
    city.held = settled
        .into_iter()
        .filter(|command| city.is_held(command.id))
        .map(|command| (command.id, command))
        .collect();
    pages(tx, works, &mut city).await?;
    Ok(city)
}

impl Touched {
    fn add(&mut self, seals: &Seals, key: Key) {
        match key {
            Key::Document(document) => {
                self.documents
                    .insert(store::identity::hash(seals, &document));
            }
            Key::Person(id) => {
                self.people.insert(id);
            }
            Key::Case(id) => {
                self.cases.insert(id);
            }
            Key::Held(id) => {
                self.held.insert(id);
            }
        }
    }
}

/// Everything about a person is locked under the hashes of their documents. That a case belongs to
/// a person, and a document to them, never changes, so it may be read before the lock.
async fn lock(tx: &Tx<'_>, seals: &Seals, works: &[Work], touched: &Touched) -> Result<()> {
    let cases: Vec<_> = touched.cases.iter().copied().collect();
    let people: Vec<_> = touched.people.iter().copied().collect();
    let mut keys: Vec<_> = touched.documents.iter().cloned().collect();
    if !cases.is_empty() {
        keys.extend(store::identity::hashes_of_cases(tx, &cases).await?);
    }
    if !people.is_empty() {
        keys.extend(store::identity::hashes_of_people(tx, &people).await?);
    }
    let replaced = works.iter().filter_map(|w| w.command.as_ref()?.replaces);
    let again = works.iter().filter(|w| w.told.is_some()).map(|w| w.id);
    let held = touched.held.iter().copied().chain(replaced).chain(again);
    keys.extend(held.map(|id| seals.hash("held", id.as_bytes())));
    store::entity::lock(tx, keys).await
}

async fn read(
    tx: &Tx<'_>,
    seals: &Seals,
    works: &[Work],
    touched: &Touched,
    city: &mut City,
) -> Result<()> {
    let documents: Vec<_> = touched.documents.iter().cloned().collect();
    let cases: Vec<_> = touched.cases.iter().copied().collect();
    let mut people = touched.people.clone();
    people.extend(store::identity::people(tx, &documents).await?);
    if !cases.is_empty() {
        people.extend(store::cases::people(tx, &cases).await?);
    }
    let people: Vec<_> = people.into_iter().collect();
    for person in store::person::get(tx, seals, &people).await? {
        city.know_person(person);
    }
    for case in store::cases::of_people(tx, &people).await? {
        city.know_case(case);
    }
    city.feeds = store::person_feed::get(tx, &people).await?;
    let commands = works.iter().filter_map(|work| work.command.as_ref());
    let mut named: BTreeSet<Id> = commands
        .flat_map(|c| [c.after, c.replaces])
        .flatten()
        .collect();
    named.extend(&touched.held);
    named.extend(city.cases.values().map(|case| case.command));
    named.extend(
        works
            .iter()
            .filter(|work| work.told.is_some())
            .map(|work| work.id),
    );
    let named: Vec<_> = named.into_iter().collect();
    if !named.is_empty() {
        city.known = store::command::known(tx, &named).await?;
    }
    Ok(())
}

/// Makes and locks the rows of all pages at hand, so that an upload that ends at this moment is
/// either seen here or sees the case.
async fn pages(tx: &Tx<'_>, works: &[Work], city: &mut City) -> Result<()> {
    let mut by_feed: std::collections::BTreeMap<_, Vec<&Page>> = Default::default();
    for work in works {
        let Some(command) = &work.command else {
            continue;
        };
        let (feed, pages) = match &command.act {
            Act::Submit(submit) => (work.feed.as_ref(), &submit.pages),
            Act::Amend(amend) => (work.feed.as_ref(), &amend.pages),
            Act::PagesStored { case } => match city.cases.get(case) {
                Some(case) => (Some(&case.filed_at), &case.pages),
                None => continue,
            },
            Act::Settle(settle) => match city.held.get(&settle.command).map(|c| &c.act) {
                Some(Act::Submit(submit)) => (Some(&submit.community), &submit.pages),
                _ => continue,
            },
            Act::Review(_) | Act::RecordEmployment(_) => continue,
        };
        if let (Some(feed), true) = (feed, gate::can_be(pages)) {
            by_feed.entry(feed.clone()).or_default().extend(pages);
        }
    }
    for (feed, pages) in by_feed {
        let asked = pages.iter().map(|page| page.sha256.clone()).collect();
        city.stored
            .extend(store::blob::lock_pages(tx, &feed, &pages, &asked).await?);
    }
    Ok(())
}
