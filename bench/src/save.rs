//! `save`: filing a case (checks, decision, log with link and signature, view, search keys, draft
//! gone: one durable encrypted transaction) against one SQLCipher FULL commit of the same bytes.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::case::Answers;
use domain::evolve::evolve;
use domain::identity::Evidence;
use domain::{Command, Id, State, decide};
use rusqlite::{Connection, TransactionBehavior};
use station::drafts::Whose;
use station::reading;

use crate::Failed;
use crate::figures::{median_ms, percentile_ms};
use crate::measured::Measured;
use crate::place::{Place, card, now};

const WARM_UP: u32 = 50;
const REPETITIONS: u32 = 500;
/// How much longer than the bare commit it may take.
const REQUIRED: f64 = 2.0;
const BUSINESS: &str = "unemployment_registration";

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let place = Place::new()?;
    let mut limit = Limit::open(&place.folder.path().join("limit.db"))?;
    let (mut ours, mut limits, mut bytes) = (Vec::new(), Vec::new(), 0);
    for order in 0..WARM_UP + REPETITIONS {
        let draft = draft(&place, order)?;
        let began = Instant::now();
        place.desk.submit(draft, now()?)?;
        let our_time = began.elapsed();
        let payload = written(&place)?;
        let limit_time = limit.commit(&payload)?;
        if order >= WARM_UP {
            ours.push(our_time);
            limits.push(limit_time);
            bytes += payload.len();
        }
    }
    let (ours_ms, limit_ms) = (median_ms(&mut ours), median_ms(&mut limits));
    let ratio = ours_ms / limit_ms;
    let line = format!(
        "scenario=save ours_ms={ours_ms:.3} limit_ms={limit_ms:.3} ratio={ratio:.2} goal_ratio=1.5 \
         ours_p99_ms={:.3} limit_p99_ms={:.3} bytes={} repetitions={REPETITIONS}",
        percentile_ms(&mut ours, 0.99),
        percentile_ms(&mut limits, 0.99),
        bytes / REPETITIONS as usize,
    );
    Ok(Measured::from(line).at_most("ratio", ratio, REQUIRED))
}

/// A complete form of a resident who was never seen.
fn draft(place: &Place, order: u32) -> Result<Id, Failed> {
    let whose = Whose::Card {
        identity: Box::new(reading::identity(&card(order)?)),
        evidence: Evidence::CardRead {
            reader: "BENCH 00 00".into(),
            sam_id: None,
            block_sha256: "00".repeat(32),
            read_at: None,
        },
        appended_address: None,
    };
    let draft = place.desk.open_draft(BUSINESS, whose, now()?)?.draft;
    let answers: Answers = [
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("household_type", "10"),
        ("education", "21"),
        ("unemployed_since", "2026-10-31"),
        ("reason", "7"),
        ("declares_unemployed", "yes"),
    ]
    .map(|(field, answer)| (field.into(), answer.into()))
    .into();
    place.desk.save_answers(draft, answers, now()?)?;
    Ok(draft)
}

/// The bytes that the last filing put into rows: the entry, and what it made of person and case.
fn written(place: &Place) -> Result<Vec<u8>, Failed> {
    let last = place.desk.store.log_at()?.last;
    place.desk.store.set_acked(last - 1)?;
    let entry = place
        .desk
        .store
        .outbox_page(1, 1 << 20)?
        .pop()
        .ok_or("an entry")?;
    let command: Command = serde_json::from_str(&entry.body)?;
    let mut state = State::empty(false);
    let verdict = decide(&state, &command, &place.desk.catalog);
    let facts = verdict.into_facts(command.id).1;
    facts.iter().for_each(|fact| evolve(&mut state, fact));
    let mut bytes = [entry.body, entry.link, entry.signature]
        .concat()
        .into_bytes();
    bytes.extend(serde_json::to_vec(&state.people.items)?);
    bytes.extend(serde_json::to_vec(&state.cases.items)?);
    Ok(bytes)
}

/// A database with nothing but the bytes, under the settings of the station's.
struct Limit(Connection);

impl Limit {
    fn open(path: &Path) -> Result<Limit, Failed> {
        let connection = Connection::open(path)?;
        let key = hex::encode([5; 32]);
        connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
        connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
        connection.execute_batch("CREATE TABLE saved (n INTEGER PRIMARY KEY, body BLOB)")?;
        Ok(Limit(connection))
    }

    fn commit(&mut self, bytes: &[u8]) -> Result<Duration, Failed> {
        let began = Instant::now();
        let tx = self
            .0
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.prepare_cached("INSERT INTO saved (body) VALUES (?1)")?
            .execute([bytes])?;
        tx.commit()?;
        Ok(began.elapsed())
    }
}
