//! The order of a life: each line as it was established, whatever the clocks said, and nothing that counts
//! goes by it.

mod shared;

use chrono::{DateTime, TimeDelta, Utc};
use domain::record::Merge;
use domain::{Act, Catalog, Id, Outcome, State, decide};
use shared::*;

/// Two records of one person. The second comes from a station whose clock stood at 1970 half of the time.
fn two_records(catalog: &Catalog) -> (State, Id, Id) {
    let mut city = State::empty(true);
    let clocks = [None, Some(0), Some(9), Some(5)];
    for (label, order) in [("a", 1), ("b", 2)] {
        let who = identity("王示范", "1970-05-05", order);
        let filed = [
            registration(label, who.clone()),
            hardship(&label.repeat(2), who),
        ];
        for (mut command, at) in filed.into_iter().zip(&clocks[2 * (order as usize - 1)..]) {
            if let Some(days) = at {
                command.made_at = DateTime::UNIX_EPOCH + TimeDelta::days(*days);
            }
            fold(&mut city, &command, catalog);
        }
    }
    let (keep, gone) = (city.people.items[0].id, city.people.items[1].id);
    (city, keep, gone)
}

fn merge(keep: Id, gone: Id) -> domain::Command {
    let reason = "同一人".into();
    let act = Act::Merge(Merge { keep, gone, reason });
    command("m", staff("county", "320302"), act)
}

#[test]
fn a_wrong_clock_moves_nothing_within_a_line() {
    let catalog = catalog();
    let (city, keep, gone) = two_records(&catalog);
    let life = |id| city.find_person(id).expect("the person").life.clone();
    let (mine, theirs) = (life(keep), life(gone));
    let years = |events: &[domain::person::Event]| -> Vec<DateTime<Utc>> {
        events.iter().map(|event| event.at).collect()
    };
    assert!(
        !years(&mine).is_sorted() || !years(&theirs).is_sorted(),
        "a clock went back"
    );
    let mut whole = city.find_person(keep).expect("the person").clone();
    whole.absorb(
        city.find_person(gone).expect("the other"),
        Id(uuid::Uuid::nil()),
    );
    assert_eq!(whole.life.len(), mine.len() + theirs.len());
    for line in [&mine, &theirs] {
        let mut rest = whole.life.iter();
        assert!(line.iter().all(|event| rest.any(|one| one == event)));
    }
}

#[test]
fn a_life_turned_round_or_taken_away_changes_no_decision() {
    let catalog = catalog();
    let (city, keep, gone) = two_records(&catalog);
    let one = identity("王示范", "1970-05-05", 1);
    let asked = [
        registration("r", one.clone()),
        hardship("h", one),
        registration("n", identity("李示范", "1980-05-05", 9)),
        merge(keep, gone),
        merge(gone, keep),
    ];
    let mut told = 0;
    for turn in [true, false] {
        let mut other = city.clone();
        for person in &mut other.people.items {
            match turn {
                true => person.life.reverse(),
                false => person.life.clear(),
            }
        }
        for command in &asked {
            let said = |state: &State| {
                let (outcome, facts) = decide(state, command, &catalog).into_facts(command.id);
                let whom: Vec<_> = facts.iter().map(|fact| (fact.entity, fact.index)).collect();
                (outcome, whom)
            };
            let (outcome, facts) = said(&city);
            told += usize::from(outcome == Outcome::Accepted);
            assert_eq!(said(&other), (outcome, facts), "{:?}", command.act);
        }
    }
    assert!(told > 0, "something was accepted");
}
