//! `tap`: what we add between the card's last byte and the person page's data, with 10,000
//! residents in the store. Every fifth card is of somebody who was never seen here.

use std::time::{Duration, Instant};

use domain::command::Submit;
use domain::identity::Evidence;
use domain::sync::{FeedFact, PULL_LIMIT, first_sum, sum_after};
use domain::{Act, Command, Division, Id, Person, Staff, State, decide};
use drivers::id_card::pcsc;
use drivers::id_card::text;
use station::reading::{self, Reading};

use crate::Failed;
use crate::figures::{median_ms, percentile_ms};
use crate::measured::Measured;
use crate::place::{COMMUNITY, Place, card, now};

const RESIDENTS: u32 = 10_000;
const TAPS: u32 = 2_000;
const REQUIRED_MS: f64 = 100.0;

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let place = Place::new()?;
    let feed = feed(&place, RESIDENTS)?;
    let began = Instant::now();
    for page in feed.chunks(PULL_LIMIT) {
        place.desk.store.apply_facts(page)?;
    }
    let load_s = began.elapsed().as_secs_f64();
    let mut times = Vec::new();
    for tap in 0..TAPS {
        // A stride that meets everybody in no order; past the last resident nobody is known.
        let order = tap * 7_919 % RESIDENTS + if tap % 5 == 0 { RESIDENTS } else { 0 };
        let block = text::encode(&card(order)?)?;
        let (took, known) = tap_once(&place, &block)?;
        if known != (order < RESIDENTS) {
            return Err(format!("resident {order} was mistaken").into());
        }
        times.push(took);
    }
    let p99_ms = percentile_ms(&mut times, 0.99);
    let line = format!(
        "scenario=tap p50_ms={:.3} p99_ms={p99_ms:.3} ratio={:.4} \
         max_ms={:.3} residents={RESIDENTS} facts={} load_s={load_s:.2} taps={TAPS}",
        median_ms(&mut times),
        p99_ms / REQUIRED_MS,
        percentile_ms(&mut times, 1.0),
        feed.len(),
    );
    Ok(Measured::from(line).at_most("p99_ms", p99_ms, REQUIRED_MS))
}

/// From the bytes of the card to the page's data as the window gets them (JSON).
fn tap_once(place: &Place, block: &[u8]) -> Result<(Duration, bool), Failed> {
    let began = Instant::now();
    let card = text::decode(block)?;
    let read = pcsc::Reading {
        reader: "BENCH 00 00".into(),
        profile: "bench".into(),
        sam_id: None,
        card,
        photo: None,
        raw: block.to_vec(),
        taken_at: began,
        fingerprints: None,
        body_number: None,
        read_at: std::time::SystemTime::now(),
        exchange_ms: 0,
    };
    let reading = Reading::new(Id(uuid::Uuid::now_v7()), read);
    let page = place
        .desk
        .person_page(&reading.identity, Some(reading.id), now()?)?;
    let told = serde_json::to_vec(&page)?;
    let took = began.elapsed();
    Ok((took, page.person.is_some() && !told.is_empty()))
}

/// Ten facts a resident, as the centre would publish them: a registration, decided.
pub fn feed(place: &Place, residents: u32) -> Result<Vec<FeedFact>, Failed> {
    let mut feed = Vec::new();
    let mut sum = first_sum();
    for order in 0..residents {
        let mut state = State::empty(true);
        let command = registration(order)?;
        let identity = reading::identity(&card(order)?);
        let home = Division(COMMUNITY.into());
        state
            .people
            .items
            .push(Person::new(command.id.derive("known"), identity, home));
        let opened = domain::Change::PersonOpened {
            person: Box::new(state.people.items[0].clone()),
        };
        let opened = domain::Fact {
            entity: state.people.items[0].id,
            cause: command.id,
            index: 0,
            change: opened,
        };
        let (_, facts) = decide(&state, &command, &place.desk.catalog).into_facts(command.id);
        for fact in std::iter::once(&opened).chain(&facts) {
            let body = serde_json::to_string(fact)?;
            sum = sum_after(&sum, &body);
            let seq = feed.len() as u64 + 1;
            feed.push(FeedFact {
                seq,
                body,
                sum: sum.clone(),
            });
        }
    }
    Ok(feed)
}

fn registration(order: u32) -> Result<Command, Failed> {
    let answers = [
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("household_type", "10"),
        ("education", "21"),
        ("unemployed_since", "2026-10-31"),
        ("reason", "7"),
        ("declares_unemployed", "yes"),
    ];
    let changes = answers[..4]
        .iter()
        .map(|(field, answer)| domain::person::FieldChange {
            field: (*field).into(),
            was: None,
            now: (*answer).into(),
        });
    let act = Submit {
        business: "unemployment_registration".into(),
        community: Division(COMMUNITY.into()),
        serial: format!("{COMMUNITY}-{order:06}"),
        identity: reading::identity(&card(order)?),
        evidence: Evidence::Typed {
            reason: "bench".into(),
        },
        answers: answers
            .map(|(field, answer)| (field.into(), answer.into()))
            .into(),
        changes: changes.collect(),
        pages: Vec::new(),
    };
    Ok(Command {
        id: Id(uuid::Uuid::from_u128(1 << 96 | u128::from(order))),
        after: None,
        replaces: None,
        by: Staff {
            id: Id(uuid::Uuid::from_u128(9)),
            name: "张协理".into(),
            area: Division(COMMUNITY.into()),
        },
        acted_on: "2026-11-23".parse()?,
        made_at: now()?,
        catalogue: String::new(),
        act: Act::Submit(act),
    })
}
