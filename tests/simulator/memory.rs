//! The tables that the centre's own steps run on, in memory.

use std::collections::{BTreeMap, BTreeSet};

use center::decide::Tables;
use center::store::cases::Placed;
use center::store::command::{Known, New};
use center::store::fact::Told;
use center::store::identity::Given;
use center::store::installation::Installation;
use center::store::log::Position;
use center::store::staff::Member;
use center::{Error, Result};
use domain::sync::{FeedAt, first_sum, sha256_hex};
use domain::{Case, Division, Document, Fact, Id, Outcome, Page, Person, Reason};

use super::tables::{Fault, Row, held};
use super::transaction::{Memory, TAKEN, key_of, turn};

impl Tables for Memory {
    fn document_key(&self, document: &Document) -> Vec<u8> {
        key_of(document)
    }

    fn held_key(&self, command: Id) -> Vec<u8> {
        command.as_bytes().to_vec()
    }

    fn content_hash(&self, body: &str) -> Vec<u8> {
        sha256_hex(body.as_bytes()).into_bytes()
    }

    async fn lock_log(&mut self, installation: Id) -> Result<Option<Installation>> {
        turn().await;
        self.take((0, installation.as_bytes().to_vec())).await;
        self.read(|data| data.installations.get(&installation).cloned())
            .await
    }

    async fn link_at(&mut self, installation: Id, n: u64) -> Result<Option<String>> {
        self.read(|data| Some(data.log.get(&(installation, n))?.1.clone()))
            .await
    }

    async fn content_hashes(&mut self, commands: &[Id]) -> Result<BTreeMap<Id, Vec<u8>>> {
        let hash = |row: &Row| sha256_hex(row.body.as_bytes()).into_bytes();
        self.read(|data| {
            let known = commands
                .iter()
                .filter_map(|id| Some((*id, data.commands.get(id)?)));
            known.map(|(id, row)| (id, hash(row))).collect()
        })
        .await
    }

    async fn lock(&mut self, mut keys: Vec<Vec<u8>>) -> Result<BTreeSet<Vec<u8>>> {
        keys.sort();
        keys.dedup();
        self.take_in_order(&keys).await?;
        self.read(|data| {
            let joined = keys.iter().filter_map(|key| data.joined.get(key));
            joined.flatten().cloned().collect()
        })
        .await
    }

    async fn join_locks(&mut self, keys: &[Vec<u8>]) -> Result<()> {
        turn().await;
        let keys: BTreeSet<Vec<u8>> = keys.iter().cloned().collect();
        self.write(move |data| {
            for key in &keys {
                let joined = data.joined.entry(key.clone()).or_default();
                joined.extend(keys.iter().cloned());
            }
        });
        Ok(())
    }

    async fn command(&mut self, command: Id) -> Result<Option<(Id, String)>> {
        self.read(|data| {
            let row = data.commands.get(&command)?;
            Some((row.installation, row.body.clone()))
        })
        .await
    }

    async fn outcome(&mut self, command: Id) -> Result<Option<Outcome>> {
        self.read(|data| Some(data.commands.get(&command)?.outcome.clone()))
            .await
    }

    async fn known(&mut self, commands: &[Id]) -> Result<BTreeMap<Id, Known>> {
        let known = |row: &Row| Known {
            feed: row.feed.clone(),
            held: matches!(row.outcome, Outcome::Held { .. }),
            facts: row.facts as u16,
        };
        self.read(|data| {
            let rows = commands
                .iter()
                .filter_map(|id| Some((*id, data.commands.get(id)?)));
            rows.map(|(id, row)| (id, known(row))).collect()
        })
        .await
    }

    async fn ready(&mut self, limit: i64) -> Result<Vec<Id>> {
        self.read(|data| {
            let over = |waits_for: &Id| {
                let row = data.commands.get(waits_for);
                row.is_some_and(|row| !matches!(row.outcome, Outcome::Held { .. }))
            };
            let held = data.held.iter();
            let ready = held.filter(|(_, (_, waits_for))| waits_for.as_ref().is_some_and(over));
            ready.map(|(id, _)| *id).take(limit as usize).collect()
        })
        .await
    }

    async fn keys_of_cases(&mut self, cases: &[Id]) -> Result<Vec<Vec<u8>>> {
        let people = self.people_of_cases(cases).await?;
        self.keys_of_people(&people).await
    }

    async fn keys_of_people(&mut self, people: &[Id]) -> Result<Vec<Vec<u8>>> {
        self.read(|data| {
            let theirs = data.identities.keys().filter(|(_, id)| people.contains(id));
            theirs.map(|(key, _)| key.clone()).collect()
        })
        .await
    }

    async fn carriers(&mut self, keys: &[Vec<u8>]) -> Result<Vec<Id>> {
        self.read(|data| {
            let rows = data.identities.keys().filter(|(key, _)| keys.contains(key));
            rows.map(|(_, person)| *person).collect()
        })
        .await
    }

    async fn people_of_cases(&mut self, cases: &[Id]) -> Result<Vec<Id>> {
        self.read(|data| {
            let cases = cases.iter().filter_map(|id| data.cases.get(id));
            cases.map(|case| case.person).collect()
        })
        .await
    }

    async fn people(&mut self, people: &[Id]) -> Result<Vec<Person>> {
        self.read(|data| {
            let people = people.iter().filter_map(|id| data.people.get(id));
            people.cloned().collect()
        })
        .await
    }

    async fn cases_of(&mut self, people: &[Id]) -> Result<Vec<Case>> {
        self.read(|data| {
            let cases = data.cases.values();
            cases
                .filter(|case| people.contains(&case.person))
                .cloned()
                .collect()
        })
        .await
    }

    async fn feeds_of(&mut self, people: &[Id]) -> Result<BTreeMap<Id, BTreeSet<Division>>> {
        self.read(|data| {
            let carried = people
                .iter()
                .filter_map(|id| Some((*id, data.carried.get(id)?)));
            carried.map(|(id, feeds)| (id, feeds.clone())).collect()
        })
        .await
    }

    async fn lock_pages(&mut self, feed: &Division, pages: &[&Page]) -> Result<BTreeSet<String>> {
        let names: BTreeSet<String> = pages.iter().map(|page| page.sha256.clone()).collect();
        for name in &names {
            turn().await;
            self.take((2, name.clone().into_bytes())).await;
        }
        self.read(|data| {
            let stored = names
                .iter()
                .filter(|n| data.stored.contains(&(feed.clone(), (*n).clone())));
            stored.cloned().collect()
        })
        .await
    }

    async fn staff(&mut self, staff: &[Id]) -> Result<Vec<Member>> {
        self.read(|data| {
            staff
                .iter()
                .filter_map(|id| data.staff.get(id).cloned())
                .collect()
        })
        .await
    }

    async fn add_commands(&mut self, commands: &[New<'_>]) -> Result<()> {
        turn().await;
        for new in commands {
            // A second one waits for the first, and then meets its primary key.
            self.take((4, new.id.as_bytes().to_vec())).await;
            if held(&self.database).data.commands.contains_key(&new.id) {
                return Err(Error::Fault(TAKEN.to_owned()));
            }
            let (id, row) = (
                new.id,
                Row {
                    installation: new.installation,
                    feed: new.feed.cloned(),
                    body: new.body.to_owned(),
                    outcome: new.outcome.clone(),
                    facts: new.facts,
                },
            );
            self.write(move |data| drop(data.commands.insert(id, row)));
        }
        Ok(())
    }

    async fn update_commands(&mut self, changes: &[(Id, &Outcome, usize)]) -> Result<()> {
        turn().await;
        for (id, outcome, facts) in changes {
            let (id, outcome, facts) = (*id, (*outcome).clone(), *facts);
            self.write(move |data| {
                if let Some(row) = data.commands.get_mut(&id) {
                    row.outcome = outcome;
                    row.facts += facts;
                }
            });
        }
        Ok(())
    }

    async fn hold(
        &mut self,
        command: Id,
        _: Option<&Division>,
        reason: &Reason,
        waits_for: Option<Id>,
    ) -> Result<()> {
        let reason = reason.clone();
        self.write(move |data| drop(data.held.insert(command, (reason, waits_for))));
        Ok(())
    }

    async fn release(&mut self, commands: &[Id]) -> Result<()> {
        let commands = commands.to_vec();
        self.write(move |data| data.held.retain(|id, _| !commands.contains(id)));
        Ok(())
    }

    async fn put_people(&mut self, people: &[&Person]) -> Result<()> {
        for person in people {
            let person = (*person).clone();
            self.write(move |data| drop(data.people.insert(person.id, person)));
        }
        Ok(())
    }

    async fn give_documents(&mut self, given: &[Given<'_>]) -> Result<()> {
        for given in given {
            let (key, person, shared) = (key_of(given.document), given.person, given.shared);
            self.write(move |data| {
                for (row, theirs) in &mut data.identities {
                    *theirs |= shared && row.0 == key;
                }
                *data.identities.entry((key, person)).or_default() |= shared;
            });
        }
        Ok(())
    }

    async fn carry(&mut self, pairs: &BTreeSet<(Id, Division)>) -> Result<()> {
        for (person, feed) in pairs.clone() {
            self.write(move |data| {
                data.carried.entry(person).or_default().insert(feed);
            });
        }
        Ok(())
    }

    async fn let_go(&mut self, pairs: &BTreeSet<(Id, Division)>) -> Result<()> {
        for (person, feed) in pairs.clone() {
            self.write(move |data| {
                data.carried.entry(person).or_default().remove(&feed);
            });
        }
        Ok(())
    }

    async fn put_cases(&mut self, cases: &[Placed<'_>]) -> Result<()> {
        for placed in cases {
            let case = placed.case.clone();
            self.write(move |data| drop(data.cases.insert(case.id, case)));
        }
        Ok(())
    }

    async fn put_pages(&mut self, _: &[&Case]) -> Result<()> {
        // The manifest is read from the case itself.
        Ok(())
    }

    async fn lock_heads(&mut self, feeds: &[&Division]) -> Result<BTreeMap<Division, FeedAt>> {
        let mut feeds: Vec<_> = feeds.iter().map(|feed| (*feed).clone()).collect();
        feeds.sort();
        for feed in &feeds {
            turn().await;
            self.take((3, feed.0.clone().into_bytes())).await;
        }
        let empty = || FeedAt {
            seq: 0,
            sum: first_sum(),
        };
        self.read(|data| {
            let heads = feeds.into_iter();
            heads
                .map(|feed| {
                    (
                        feed.clone(),
                        data.heads.get(&feed).cloned().unwrap_or_else(empty),
                    )
                })
                .collect()
        })
        .await
    }

    #[cfg(debug_assertions)]
    async fn draw_numbers(
        &mut self,
        told: &[(Division, Fact)],
    ) -> Result<BTreeMap<Division, FeedAt>> {
        turn().await;
        Ok(self.draw(told))
    }

    async fn add_facts(&mut self, told: &[Told<'_>]) -> Result<()> {
        turn().await;
        for told in told {
            for fact in told.facts.clone() {
                let feed = told.feed.clone();
                self.write(move |data| drop(data.facts.insert((feed, fact.seq), fact)));
            }
        }
        Ok(())
    }

    async fn advance_heads(&mut self, heads: &BTreeMap<Division, FeedAt>) -> Result<()> {
        for (feed, at) in heads.clone() {
            self.write(move |data| drop(data.heads.insert(feed, at)));
        }
        Ok(())
    }

    async fn extend_log(&mut self, installation: Id, positions: &[Position]) -> Result<()> {
        turn().await;
        for position in positions {
            let (n, command) = (position.n, position.command);
            let link = hex::encode(&position.link);
            self.write(move |data| {
                data.log.insert((installation, n), (command, link.clone()));
                if let Some(row) = data.installations.get_mut(&installation) {
                    (row.acked, row.link) = (n, link);
                }
            });
        }
        Ok(())
    }

    async fn commit(mut self) -> Result<()> {
        turn().await;
        let writes = self.written();
        let mut open = held(&self.database);
        let away = || Err(Error::Pool("the database went away".to_owned()));
        let fault = open.faults.pop().unwrap_or(Fault::None);
        open.meet(fault);
        if fault == Fault::Before {
            return away();
        }
        for write in writes {
            write(&mut open.data);
        }
        open.commits += 1;
        super::check::at_commit(&mut open);
        match fault {
            Fault::After => away(),
            _ => Ok(()),
        }
    }
}
