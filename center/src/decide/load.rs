//! Locks what a batch touches, then reads it in later statements.

use std::collections::BTreeSet;

use domain::planted::{self, Planted};
use domain::{Act, Id, Key, Page, touches};

use super::tables::read;
use super::{City, Tables, Work, gate};
use crate::error::Result;

/// The keys of a batch, before anything is locked.
#[derive(Default)]
struct Touched {
    documents: BTreeSet<Vec<u8>>,
    people: BTreeSet<Id>,
    cases: BTreeSet<Id>,
    held: BTreeSet<Id>,
}

/// Locks and reads.
pub async fn load(tables: &mut impl Tables, works: &[Work]) -> Result<City> {
    let mut touched = Touched::default();
    let commands = works.iter().filter_map(|work| work.command.as_ref());
    let keys = commands.flat_map(touches);
    keys.for_each(|key| touched.add(tables, key));
    let mut settled = Vec::new();
    for id in touched.held.clone() {
        let Some((_, body)) = tables.command(id).await? else {
            continue;
        };
        if let Some(command) = read(&body) {
            let keys = touches(&command).into_iter();
            keys.for_each(|key| touched.add(tables, key));
            settled.push(command);
        }
    }
    let mut city = City::default();
    if planted::is(Planted::ReadBeforeLock) {
        look(tables, works, &touched, &mut city).await?;
        lock(tables, works, &touched).await?;
    } else {
        lock(tables, works, &touched).await?;
        look(tables, works, &touched, &mut city).await?;
    }
    city.held = settled
        .into_iter()
        .filter(|command| city.is_held(command.id))
        .map(|command| (command.id, command))
        .collect();
    pages(tables, works, &mut city).await?;
    Ok(city)
}

impl Touched {
    fn add(&mut self, tables: &impl Tables, key: Key) {
        match key {
            Key::Document(document) => {
                self.documents.insert(tables.document_key(&document));
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

/// Everything about a person is locked under the hashes of their documents. Whose a case is, and which
/// documents are a person's, is read before the lock and may be another behind it; but documents that
/// were ever one person's are locked together, so who holds one of them holds them all.
async fn lock(tables: &mut impl Tables, works: &[Work], touched: &Touched) -> Result<()> {
    let cases: Vec<_> = touched.cases.iter().copied().collect();
    let people: Vec<_> = touched.people.iter().copied().collect();
    let mut keys: Vec<_> = touched.documents.iter().cloned().collect();
    if !cases.is_empty() {
        keys.extend(tables.keys_of_cases(&cases).await?);
    }
    if !people.is_empty() {
        keys.extend(tables.keys_of_people(&people).await?);
    }
    let replaced = works.iter().filter_map(|w| w.command.as_ref()?.replaces);
    let again = works.iter().filter(|w| w.told.is_some()).map(|w| w.id);
    let held = touched.held.iter().copied().chain(replaced).chain(again);
    keys.extend(held.map(|id| tables.held_key(id)));
    let mut locked = BTreeSet::new();
    while !keys.is_empty() {
        locked.extend(keys.iter().cloned());
        let also = tables.lock(keys).await?;
        keys = also.difference(&locked).cloned().collect();
    }
    Ok(())
}

async fn look(
    tables: &mut impl Tables,
    works: &[Work],
    touched: &Touched,
    city: &mut City,
) -> Result<()> {
    let documents: Vec<_> = touched.documents.iter().cloned().collect();
    let cases: Vec<_> = touched.cases.iter().copied().collect();
    let mut people = touched.people.clone();
    people.extend(tables.carriers(&documents).await?);
    if !cases.is_empty() {
        people.extend(tables.people_of_cases(&cases).await?);
    }
    let people: Vec<_> = people.into_iter().collect();
    for person in tables.people(&people).await? {
        city.know_person(person);
    }
    for case in tables.cases_of(&people).await? {
        city.know_case(case);
    }
    city.feeds = tables.feeds_of(&people).await?;
    let commands = works.iter().filter_map(|work| work.command.as_ref());
    let mut named: BTreeSet<Id> = commands
        .flat_map(|c| [c.after, c.replaces])
        .flatten()
        .collect();
    named.extend(&touched.held);
    named.extend(city.cases.values().map(|case| case.command));
    let again = works.iter().filter(|work| work.told.is_some());
    named.extend(again.map(|work| work.id));
    let named: Vec<_> = named.into_iter().collect();
    if !named.is_empty() {
        city.known = tables.known(&named).await?;
    }
    Ok(())
}

/// Makes and locks the rows of all pages at hand, so that an upload that ends at this moment is
/// either seen here or sees the case.
async fn pages(tables: &mut impl Tables, works: &[Work], city: &mut City) -> Result<()> {
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
            Act::Review(_)
            | Act::RecordEmployment(_)
            | Act::SettleAnswer(_)
            | Act::Renumber(_)
            | Act::Merge(_)
            | Act::Split(_)
            | Act::MoveHome(_) => continue,
        };
        if let (Some(feed), true) = (feed, gate::can_be(pages)) {
            by_feed.entry(feed.clone()).or_default().extend(pages);
        }
    }
    for (feed, pages) in by_feed {
        city.stored.extend(tables.lock_pages(&feed, &pages).await?);
    }
    Ok(())
}
