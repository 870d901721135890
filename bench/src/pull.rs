//! `pull`: a community's whole feed into an empty encrypted station.
//!
//! The first load is a snapshot: its packed parts are kept as they come, then people, cases and search keys
//! are written. The limit is SQLCipher taking those very rows (the parts, the people and cases, the keys)
//! into tables with the same primary keys and no other index, in equal transactions, with nothing
//! unpacked, read or looked at. Beside it, as `facts_…`, what a load is without a snapshot: all facts
//! pulled, checked and folded, against SQLCipher taking the facts as rows in equal transactions.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::Division;
use domain::snapshot::write::CHUNK_BYTES;
use domain::snapshot::{File, Folded, Header};
use domain::sync::FeedFact;
use rusqlite::{Connection, TransactionBehavior};
use station::store::person_key;
use station::sync::FOLD_LIMIT;

use crate::Failed;
use crate::measured::Measured;
use crate::place::{COMMUNITY, Place};
use crate::tap::feed;

/// Eight facts each: a hundred thousand.
const RESIDENTS: u32 = 12_500;
const REQUIRED: f64 = 1.5;

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let place = Place::new()?;
    let feed = feed(&place, RESIDENTS)?;
    let built = Instant::now();
    let file = folded(&feed)?;
    let build_s = built.elapsed().as_secs_f64();
    let (ours, raw, rows) = loaded(&place, &file, &feed)?;
    let (facts_ours, facts_raw) = pulled(&feed)?;
    let s = |time: Duration| time.as_secs_f64();
    let ratio = s(ours) / s(raw);
    let line = format!(
        "scenario=pull ours_s={:.2} limit_s={:.2} ratio={ratio:.2} rows={rows} \
         snapshot_bytes={} build_s={build_s:.2} facts_ours_s={:.2} facts_limit_s={:.2} \
         facts_ratio={:.2} facts_per_s={:.0} residents={RESIDENTS} facts={} batch={FOLD_LIMIT}",
        s(ours),
        s(raw),
        file.offer.size_bytes,
        s(facts_ours),
        s(facts_raw),
        s(facts_ours) / s(facts_raw),
        feed.len() as f64 / s(facts_ours),
        feed.len(),
    );
    Ok(Measured::from(line).at_most("ratio", ratio, REQUIRED))
}

/// What the centre builds, from the first fact on.
fn folded(feed: &[FeedFact]) -> Result<File, Failed> {
    let mut folded = Folded::new(&Division(COMMUNITY.into()));
    for fact in feed {
        folded.fold(fact)?;
    }
    Ok(folded.write(CHUNK_BYTES)?)
}

/// The time of a load, the time of its rows alone, and how many these are.
fn loaded(
    place: &Place,
    file: &File,
    feed: &[FeedFact],
) -> Result<(Duration, Duration, usize), Failed> {
    let store = &place.desk.store;
    let head = &file.bytes[..file.offer.header_bytes as usize];
    let header = Header::read(head, &file.offer)?;
    let mut limit = Limit::open(&place.folder.path().join("snapshot.db"))?;
    let (mut ours, mut raw, mut rows) = (Duration::ZERO, Duration::ZERO, 1);
    let began = Instant::now();
    store.stage_snapshot(&file.offer, head)?;
    ours += began.elapsed();
    raw += limit.parts(0, &[head.to_vec()])?;
    let mut done = 0;
    while let Some(stretch) = header.next(&file.offer, done) {
        let bytes = &file.bytes[stretch.offset as usize..][..stretch.len as usize];
        let began = Instant::now();
        let taken = header.take(done, bytes).ok_or("a part of another file")?;
        let chunks: Vec<_> = taken.into_iter().map(<[u8]>::to_vec).collect();
        store.stage_chunks(done, &chunks)?;
        ours += began.elapsed();
        raw += limit.parts(done + 1, &chunks)?;
        done += chunks.len();
        rows += chunks.len();
    }
    let began = Instant::now();
    store.load_snapshot()?;
    ours += began.elapsed();
    if feed.last().map(|last| &last.sum) != Some(&store.feed_at()?.sum) {
        return Err("the snapshot was not loaded".into());
    }
    let (entities, keys) = rows_of(place)?;
    raw += limit.people_and_cases(&entities, &keys)?;
    Ok((ours, raw, rows + entities.len() + keys.len()))
}

/// A row of `entity`: id, kind, person, stage, position, JSON, conflicts.
type Entity = (
    [u8; 16],
    &'static str,
    [u8; 16],
    Option<&'static str>,
    u64,
    String,
    usize,
);
type Key = (String, [u8; 16]);

/// The rows that the load has written, each kind in the order of its primary key.
fn rows_of(place: &Place) -> Result<(Vec<Entity>, Vec<Key>), Failed> {
    let store = &place.desk.store;
    let whole = store.whole()?;
    let (mut entities, mut keys) = (Vec::new(), Vec::new());
    let here = Division(COMMUNITY.into());
    for kept in &whole.people {
        let person = kept.base.as_ref().ok_or("a person without facts")?;
        let id = *person.id.as_bytes();
        let subject = store.subject(&person.identity.document.number);
        let found_by = person_key::keys_of(person, &subject, Some(&here));
        keys.extend(found_by.into_iter().map(|key| (key, id)));
        let json = serde_json::to_string(person)?;
        entities.push((id, "person", id, None, kept.seq, json, 0));
    }
    for kept in &whole.cases {
        let case = kept.base.as_ref().ok_or("a case without facts")?;
        let (id, person) = (*case.id.as_bytes(), *case.person.as_bytes());
        let stage = station::store::entity::stage_name(&case.stage);
        let json = serde_json::to_string(case)?;
        entities.push((id, "case", person, Some(stage), kept.seq, json, 0));
    }
    entities.sort();
    keys.sort();
    Ok((entities, keys))
}

/// The time of pulling all facts, without the line, and of the facts as rows.
fn pulled(feed: &[FeedFact]) -> Result<(Duration, Duration), Failed> {
    let place = Place::new()?;
    let mut limit = Limit::open(&place.folder.path().join("facts.db"))?;
    let (mut ours, mut raw) = (Duration::ZERO, Duration::ZERO);
    for page in feed.chunks(FOLD_LIMIT) {
        let began = Instant::now();
        place.desk.store.apply_facts(page)?;
        ours += began.elapsed();
        raw += limit.facts(page)?;
    }
    let at = place.desk.store.feed_at()?;
    match feed.last().is_some_and(|last| last.sum == at.sum) {
        true => Ok((ours, raw)),
        false => Err("the feed was not folded to its end".into()),
    }
}

/// A database with nothing but the rows, under the settings of the station's.
struct Limit(Connection);

impl Limit {
    fn open(path: &Path) -> Result<Limit, Failed> {
        let connection = Connection::open(path)?;
        let key = hex::encode([5; 32]);
        connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        connection.execute_batch(
            "CREATE TABLE fact (seq INTEGER PRIMARY KEY, sum TEXT NOT NULL, body TEXT NOT NULL);
             CREATE TABLE part (place INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
             CREATE TABLE entity (id BLOB PRIMARY KEY NOT NULL, kind TEXT, person BLOB, stage TEXT,
                 seq INTEGER, base TEXT, conflicts INTEGER);
             CREATE TABLE person_key (key TEXT, person BLOB, PRIMARY KEY (key, person)) WITHOUT ROWID;",
        )?;
        Ok(Limit(connection))
    }

    fn facts(&mut self, facts: &[FeedFact]) -> Result<Duration, Failed> {
        self.timed(|tx| {
            for fact in facts {
                tx.prepare_cached("INSERT INTO fact (seq, sum, body) VALUES (?1, ?2, ?3)")?
                    .execute((fact.seq, &fact.sum, &fact.body))?;
            }
            Ok(())
        })
    }

    fn parts(&mut self, first: usize, parts: &[Vec<u8>]) -> Result<Duration, Failed> {
        self.timed(|tx| {
            for (place, bytes) in (first..).zip(parts) {
                tx.prepare_cached("INSERT INTO part (place, bytes) VALUES (?1, ?2)")?
                    .execute((place, bytes))?;
            }
            Ok(())
        })
    }

    fn people_and_cases(&mut self, entities: &[Entity], keys: &[Key]) -> Result<Duration, Failed> {
        self.timed(|tx| {
            for (id, kind, person, stage, seq, base, conflicts) in entities {
                tx.prepare_cached("INSERT INTO entity VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
                    .execute((id, kind, person, stage, seq, base, conflicts))?;
            }
            for (key, person) in keys {
                tx.prepare_cached("INSERT INTO person_key VALUES (?1, ?2)")?
                    .execute((key, person))?;
            }
            Ok(())
        })
    }

    fn timed(
        &mut self,
        write: impl FnOnce(&rusqlite::Transaction) -> rusqlite::Result<()>,
    ) -> Result<Duration, Failed> {
        let began = Instant::now();
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        write(&tx)?;
        tx.commit()?;
        Ok(began.elapsed())
    }
}
