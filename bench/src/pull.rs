//! `pull`: folding a community's whole feed into an empty encrypted station (numbers and checksums
//! verified, facts folded, people and cases and search keys written) against SQLCipher taking the
//! very same facts as rows, in equal transactions, with nothing looked at.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::sync::FeedFact;
use rusqlite::{Connection, TransactionBehavior};
use station::sync::FOLD_LIMIT;

use crate::Failed;
use crate::place::Place;
use crate::tap::feed;

/// Eight facts each: a hundred thousand.
const RESIDENTS: u32 = 12_500;
const REQUIRED: f64 = 1.5;

/// Runs it; the line to print.
pub fn run() -> Result<String, Failed> {
    let place = Place::new()?;
    let feed = feed(&place, RESIDENTS)?;
    let mut limit = Limit::open(&place.folder.path().join("limit.db"))?;
    let (mut ours, mut raw) = (Duration::ZERO, Duration::ZERO);
    for page in feed.chunks(FOLD_LIMIT) {
        let began = Instant::now();
        place.desk.store.apply_facts(page)?;
        ours += began.elapsed();
        raw += limit.insert(page)?;
    }
    let at = place.desk.store.feed_at()?;
    if feed.last().is_none_or(|last| last.sum != at.sum) {
        return Err("the feed was not folded to its end".into());
    }
    let (ours_s, limit_s) = (ours.as_secs_f64(), raw.as_secs_f64());
    Ok(format!(
        "scenario=pull ours_s={ours_s:.2} limit_s={limit_s:.2} ratio={:.2} required_ratio={REQUIRED} \
         facts_per_s={:.0} residents={RESIDENTS} facts={} batch={FOLD_LIMIT}",
        ours_s / limit_s,
        feed.len() as f64 / ours_s,
        feed.len(),
    ))
}

/// A database with nothing but the facts, under the settings of the station's.
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
            "CREATE TABLE fact (seq INTEGER PRIMARY KEY, sum TEXT NOT NULL, body TEXT NOT NULL)",
        )?;
        Ok(Limit(connection))
    }

    fn insert(&mut self, facts: &[FeedFact]) -> Result<Duration, Failed> {
        let began = Instant::now();
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for fact in facts {
            tx.prepare_cached("INSERT INTO fact (seq, sum, body) VALUES (?1, ?2, ?3)")?
                .execute((fact.seq, &fact.sum, &fact.body))?;
        }
        tx.commit()?;
        Ok(began.elapsed())
    }
}
