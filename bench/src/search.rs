//! `search`: a million residents in an encrypted store, looked for by name, pinyin, first letters,
//! a mixture, whole number, last four and phone, against one bare SQLCipher look-up by primary key
//! in the same file, on a connection of the same settings.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::Division;
use rusqlite::Connection;
use station::blobs::Blobs;
use station::catalog::Shelf;
use station::desk::Desk;
use station::keys::{DataKey, Keys};
use station::store::{Store, person_key};

use crate::Failed;
use crate::figures::{median_ms, percentile_ms};
use crate::measured::Measured;
use crate::place::{COMMUNITY, installation, shelf, staff};
use crate::residents::resident;

const PEOPLE: u32 = 1_000_000;
const SEARCHES: u32 = 1_000;
const WARM_UP: u32 = 50;
const GOAL_MS: f64 = 10.0;

/// Runs it; the line to print. `PEOPLE` can be lowered by the second argument.
pub fn run() -> Result<Measured, Failed> {
    let people = match std::env::args().nth(2) {
        Some(count) => count.parse()?,
        None => PEOPLE,
    };
    let program = std::env::current_exe()?;
    let beside = program.parent().unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside)?;
    let keys = DataKey::random().derive();
    let shelf = shelf()?;
    let path = folder.path().join("station.db");
    let began = Instant::now();
    let store = Store::create(&path, &keys, shelf.catalog.clone())?;
    fill(&path, &keys, &store, people)?;
    let filled_s = began.elapsed().as_secs();
    let desk = desk(folder.path(), store, &keys, shelf)?;
    let limit = connect(&path, &keys)?;
    let mut line =
        format!("scenario=search people={people} filled_s={filled_s} goal_p99_ms={GOAL_MS}");
    let mut limits = limit_times(&limit, people)?;
    line += &format!(
        " limit_ms={:.3} limit_p99_ms={:.3}",
        median_ms(&mut limits),
        percentile_ms(&mut limits, 0.99)
    );
    for (kind, text) in KINDS {
        let mut times = Vec::new();
        let mut empty = 0;
        for turn in 0..WARM_UP + SEARCHES {
            let order = (u64::from(turn) * 7_919 % u64::from(people)) as u32;
            let typed = text(&desk, order)?;
            let began = Instant::now();
            let found = desk.search_people(&typed)?;
            if turn >= WARM_UP {
                times.push(began.elapsed());
                empty += u32::from(found.rows.is_empty());
            }
        }
        if empty > 0 {
            return Err(format!("{kind}: {empty} searches found nobody").into());
        }
        line += &format!(
            " {kind}_ms={:.3} {kind}_p99_ms={:.3}",
            median_ms(&mut times),
            percentile_ms(&mut times, 0.99)
        );
    }
    Ok(Measured::from(line))
}

type Typed = fn(&Desk, u32) -> Result<String, Failed>;

/// What is typed for the resident of this order.
const KINDS: &[(&str, Typed)] = &[
    ("name", |_, order| Ok(resident(order)?.identity.name)),
    ("two_characters", |_, order| {
        Ok(resident(order)?.identity.name.chars().take(2).collect())
    }),
    ("surname", |_, order| {
        Ok(resident(order)?.identity.name.chars().take(1).collect())
    }),
    ("pinyin", |_, order| Ok(pinyin(order)?.concat())),
    ("initials", |_, order| Ok(letters(&pinyin(order)?))),
    ("mixture", |_, order| {
        let syllables = pinyin(order)?;
        let (first, rest) = syllables.split_first().ok_or("no syllable")?;
        Ok(format!("{first}{}", letters(rest)))
    }),
    ("number", |_, order| {
        Ok(resident(order)?.identity.document.number)
    }),
    ("last_four", |_, order| {
        Ok(resident(order)?.identity.document.number[14..].to_owned())
    }),
    ("phone", |_, order| {
        Ok(resident(order)?.known["phone"].clone())
    }),
];

fn letters(syllables: &[String]) -> String {
    syllables.iter().filter_map(|s| s.chars().next()).collect()
}

/// The likeliest spelling, out of the resident's own keys.
fn pinyin(order: u32) -> Result<Vec<String>, Failed> {
    let keys = person_key::keys_of(&resident(order)?, "", None);
    let spelled = keys.iter().find(|key| key.starts_with("i:"));
    let (_, syllables) = spelled
        .and_then(|key| key.split_once(' '))
        .ok_or("no pinyin")?;
    Ok(syllables.split(' ').map(str::to_owned).collect())
}

/// Rows and keys as folding facts would write them, in the order of their trees: a million facts one
/// by one would take hours.
fn fill(path: &Path, keys: &Keys, store: &Store, people: u32) -> Result<(), Failed> {
    let connection = connect(path, keys)?;
    let here = Division(COMMUNITY.into());
    let mut all: BTreeSet<(String, [u8; 16])> = BTreeSet::new();
    let tx = connection.unchecked_transaction()?;
    {
        let mut row = tx.prepare(
            "INSERT INTO entity (id, kind, person, seq, base) VALUES (?1, 'person', ?1, ?2, ?3)",
        )?;
        for order in 0..people {
            let person = resident(order)?;
            let id = *person.id.as_bytes();
            row.execute(rusqlite::params![
                id,
                order + 1,
                serde_json::to_string(&person)?
            ])?;
            let subject = store.subject(&person.identity.document.number);
            let found_by = person_key::keys_of(&person, &subject, Some(&here));
            all.extend(found_by.into_iter().map(|key| (key, id)));
        }
    }
    {
        let mut row = tx.prepare("INSERT INTO person_key (key, person) VALUES (?1, ?2)")?;
        for (key, id) in &all {
            row.execute(rusqlite::params![key, id])?;
        }
    }
    tx.commit()?;
    Ok(())
}

fn desk(folder: &Path, store: Store, keys: &Keys, shelf: Shelf) -> Result<Desk, Failed> {
    store.set_here(&Division(COMMUNITY.into()));
    let blobs = Blobs::open(&folder.join("blobs"), keys)?;
    Ok(Desk::new(
        store,
        blobs,
        shelf,
        staff(),
        installation(),
        keys.clone(),
    ))
}

/// A connection under the settings of the station's.
fn connect(path: &Path, keys: &Keys) -> Result<Connection, Failed> {
    let connection = Connection::open(path)?;
    let key = hex::encode(keys.database.as_slice());
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    connection.pragma_update(None, "cache_size", -16 * 1024)?;
    Ok(connection)
}

/// One row by its key: what any search does at least twice.
fn limit_times(connection: &Connection, people: u32) -> Result<Vec<Duration>, Failed> {
    let mut query = connection.prepare("SELECT base FROM entity WHERE id = ?1")?;
    let mut times = Vec::new();
    for turn in 0..WARM_UP + SEARCHES {
        let order = (u64::from(turn) * 7_919 % u64::from(people)) as u32;
        let id = *resident(order)?.id.as_bytes();
        let began = Instant::now();
        let _: String = query.query_row([id], |row| row.get(0))?;
        if turn >= WARM_UP {
            times.push(began.elapsed());
        }
    }
    Ok(times)
}
