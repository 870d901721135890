//! `open`: from the right password to the first list, with ten thousand residents and a hundred
//! thousand facts. argon2id is the limit that is paid on purpose; the rest is ours, part by part.

use std::path::Path;
use std::time::Instant;

use chrono::{Days, NaiveDate};
use domain::person::{Event, EventKind, Standing};
use domain::{Case, Division, Id, Person, Stage};
use rusqlite::Connection;
use station::door::{self, Founder};
use station::keys::{Cost, Keys, machine};
use station::store::{Store, person_key};

use crate::Failed;
use crate::figures::median_ms;
use crate::measured::Measured;
use crate::place::{COMMUNITY, installation, now, shelf, staff};
use crate::residents::resident;

const RESIDENTS: u32 = 10_000;
/// Facts a resident: who they are, three events of their life, and two cases of three facts each.
const FACTS_EACH: u32 = 10;
const CASES_EACH: u32 = 2;
const REPETITIONS: u32 = 15;
const GOAL_MS: f64 = 300.0;
const LOGIN: &str = "bench";
const PASSWORD: &str = "correct horse";

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let program = std::env::current_exe()?;
    let beside = program.parent().unwrap_or(Path::new("."));
    let folder = tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside)?;
    let folder = folder.path();
    let shelf = shelf()?;
    let founder = Founder {
        login: LOGIN,
        password: PASSWORD,
        staff: staff(),
        mark: None,
    };
    door::found(folder, &installation(), &founder, Cost::STANDARD, &shelf)?;
    let keys = keys(folder)?;
    fill(folder, &keys, &shelf)?;
    let (mut argon, mut opened, mut listed, mut checked) = (vec![], vec![], vec![], vec![]);
    for _ in 0..REPETITIONS {
        let began = Instant::now();
        self::keys(folder)?;
        argon.push(began.elapsed());
        let began = Instant::now();
        let desk = door::unlock(folder, LOGIN, PASSWORD, &shelf, now()?)?;
        opened.push(began.elapsed());
        let began = Instant::now();
        let list = desk.get_worklist()?;
        listed.push(began.elapsed());
        if list.at_centre.is_empty() || list.decided.is_empty() {
            return Err("the first list is empty".into());
        }
        drop(desk);
        let began = Instant::now();
        quick_check(folder, &keys)?;
        checked.push(began.elapsed());
    }
    let (argon_ms, unlock_ms) = (median_ms(&mut argon), median_ms(&mut opened));
    let (list_ms, check_ms) = (median_ms(&mut listed), median_ms(&mut checked));
    let size = std::fs::metadata(folder.join("station.db"))?.len() / (1 << 20);
    Ok(Measured::from(format!(
        "scenario=open residents={RESIDENTS} facts={} size_mib={size} argon2id_ms={argon_ms:.1} \
         open_ms={:.1} first_list_ms={list_ms:.1} beyond_argon2id_ms={:.1} goal_ms={GOAL_MS} \
         whole_quick_check_ms={check_ms:.1} repetitions={REPETITIONS}",
        RESIDENTS * FACTS_EACH,
        unlock_ms - argon_ms,
        unlock_ms - argon_ms + list_ms,
    )))
}

/// argon2id and the wrap, and nothing else of a log-in.
fn keys(folder: &Path) -> Result<Keys, Failed> {
    let file = door::keys_of(folder)?;
    let machine = machine::fetch(&file.machine, folder)?;
    let opened = file.open(LOGIN, PASSWORD, &machine, None)?;
    Ok(file.hold(opened.ok_or("the password")?.current)?.keys())
}

/// SQLite's own check of all pages: what a start must not wait for.
fn quick_check(folder: &Path, keys: &Keys) -> Result<(), Failed> {
    let said: String =
        connect(folder, keys)?.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match said.as_str() {
        "ok" => Ok(()),
        _ => Err(said.into()),
    }
}

fn connect(folder: &Path, keys: &Keys) -> Result<Connection, Failed> {
    let connection = Connection::open(folder.join("station.db"))?;
    let key = hex::encode(keys.database.as_slice());
    connection.execute_batch(&format!("PRAGMA key = \"x'{key}'\";"))?;
    Ok(connection)
}

/// The rows that folding a hundred thousand facts leaves behind.
fn fill(folder: &Path, keys: &Keys, shelf: &station::catalog::Shelf) -> Result<(), Failed> {
    let store = Store::open(&folder.join("station.db"), keys, shelf.catalog.clone())?;
    let connection = connect(folder, keys)?;
    let here = Division(COMMUNITY.into());
    let tx = connection.unchecked_transaction()?;
    for order in 0..RESIDENTS {
        let mut person = resident(order)?;
        person.home = here.clone();
        let cases = (0..CASES_EACH).map(|k| case(&person, order, k));
        let cases = cases.collect::<Result<Vec<_>, _>>()?;
        live(&mut person, &cases);
        let seq = (order + 1) * FACTS_EACH;
        tx.prepare_cached(
            "INSERT INTO entity (id, kind, person, seq, base) VALUES (?1, 'person', ?1, ?2, ?3)",
        )?
        .execute(rusqlite::params![
            person.id.as_bytes(),
            seq,
            serde_json::to_string(&person)?
        ])?;
        for case in &cases {
            let stage = if case.stage == Stage::Granted {
                "granted"
            } else {
                "in_review"
            };
            tx.prepare_cached(
                "INSERT INTO entity (id, kind, person, stage, seq, base)
                 VALUES (?1, 'case', ?2, ?3, ?4, ?5)",
            )?
            .execute(rusqlite::params![
                case.id.as_bytes(),
                person.id.as_bytes(),
                stage,
                seq,
                serde_json::to_string(case)?
            ])?;
        }
        let subject = store.subject(&person.identity.document.number);
        for key in person_key::keys_of(&person, &subject, Some(&here)) {
            tx.prepare_cached("INSERT INTO person_key (key, person) VALUES (?1, ?2)")?
                .execute(rusqlite::params![key, person.id.as_bytes()])?;
        }
    }
    tx.commit()?;
    store.checkpoint()?;
    Ok(())
}

/// One in forty cases is still under review, the others are granted.
fn case(person: &Person, order: u32, k: u32) -> Result<Case, Failed> {
    let on =
        NaiveDate::from_ymd_opt(2024, 1, 1).ok_or("a day")? + Days::new(u64::from(order % 700));
    let id = Id(uuid::Uuid::from_u128(
        0x0191_u128 << 112 | u128::from(order) << 8 | u128::from(k),
    ));
    Ok(Case {
        id,
        person: person.id,
        command: id.derive("command"),
        business: "unemployment_registration".into(),
        filed_at: person.home.clone(),
        serial: format!("{COMMUNITY}-{:06}", order * CASES_EACH + k),
        entered_by: staff(),
        acted_on: on,
        answers: [
            ("phone", "13900000000"),
            ("residence", "示范路1号"),
            ("reason", "7"),
        ]
        .map(|(field, answer)| (field.into(), answer.into()))
        .into(),
        pages: Vec::new(),
        stage: match order % 40 {
            0 => Stage::InReview { step: 0 },
            _ => Stage::Granted,
        },
        version: 2,
        pending: Vec::new(),
        approved_by: Vec::new(),
        frozen: false,
    })
}

fn live(person: &mut Person, cases: &[Case]) {
    for case in cases {
        let event = |what, by: &str| Event {
            at: case.acted_on.and_time(chrono::NaiveTime::MIN).and_utc(),
            what,
            by: by.into(),
            place: case.filed_at.clone(),
            case: Some(case.id),
            business: Some(case.business.clone()),
            reasons: Vec::new(),
        };
        person.life.push(event(EventKind::CaseOpened, "张协理"));
        person.life.push(event(EventKind::CaseGranted, "李审核"));
    }
    if let Some(case) = cases.first() {
        let standing = Standing {
            since: case.acted_on,
            case: case.id,
            at: case.filed_at.clone(),
            until: None,
        };
        person
            .standings
            .insert("registered_unemployed".into(), standing);
    }
}
