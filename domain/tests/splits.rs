//! One record that is two people's: what leaves it, for whom.

mod shared;

use domain::record::Split;
use domain::{Act, Division, Id, Outcome, Person, Staff, State};
use shared::*;

fn county() -> Staff {
    staff("county", "320302")
}

fn person(state: &State, id: Id) -> &Person {
    state.find_person(id).expect("the person")
}

#[test]
fn somebody_elses_case_leaves_with_what_it_brought() {
    let catalog = catalog();
    for known in [false, true] {
        let mut city = State::empty(true);
        fold(
            &mut city,
            &registration("a", identity("王示范", "1980-05-05", 1)),
            &catalog,
        );
        let other = identity("李示范", "1981-05-05", 2);
        if known {
            let filing = domain::command::RecordEmployment {
                identity: other.clone(),
                home: Division(STATION_A.into()),
                employer: "示范公司".into(),
                since: day("2020-01-01"),
                until: Some(day("2026-10-01")),
                source: "用工备案 2026-10-31".into(),
            };
            fold(
                &mut city,
                &command("k", county(), Act::RecordEmployment(filing)),
                &catalog,
            );
            assert_eq!(city.people.items.len(), 2);
        }
        let before = city.people.items[0].clone();
        let case = city.cases_of(before.id).next().expect("a case").id;
        let act = Act::Split(Split {
            person: before.id,
            other: other.clone(),
            cases: vec![case],
            reason: "录在了别人名下".into(),
        });
        let split = command("s", county(), act);
        assert_eq!(fold(&mut city, &split, &catalog), Outcome::Accepted);
        let left = person(&city, before.id);
        assert!(left.standings.is_empty());
        assert!(left.life.iter().all(|event| event.case != Some(case)));
        let theirs = city.find_case(case).expect("the case").person;
        let they = person(&city, theirs);
        assert_eq!(they.identity.document, other.document);
        assert!(they.standing("registered_unemployed").is_some());
        assert_eq!(city.people.items.len(), 2);
        // The case is not in this record any more.
        let again = command("s2", county(), split.act.clone());
        assert_eq!(codes(&fold(&mut city, &again, &catalog)), ["split.no_case"]);
    }
}

#[test]
fn a_split_under_the_records_own_number_makes_two_people_with_it() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let first = identity("王示范", "1980-05-05", 1);
    fold(&mut city, &registration("a", first.clone()), &catalog);
    let id = city.people.items[0].id;
    let case = city.cases.items[0].id;
    let mut other = first;
    other.name = "张重号".into();
    let act = Act::Split(Split {
        person: id,
        other: other.clone(),
        cases: vec![case],
        reason: "重号".into(),
    });
    assert_eq!(
        fold(&mut city, &command("s", county(), act), &catalog),
        Outcome::Accepted
    );
    let they = city.people.items.iter().find(|person| person.id != id);
    assert_eq!(they.expect("another").identity, other);
    // One's own document is not another person's.
    let mine = Act::Split(Split {
        person: they_id(&city, id),
        other,
        cases: vec![case],
        reason: "重号".into(),
    });
    let outcome = fold(&mut city, &command("s2", county(), mine), &catalog);
    assert_eq!(codes(&outcome), ["split.same_person"]);
}

fn they_id(city: &State, not: Id) -> Id {
    let they = city.people.items.iter().find(|person| person.id != not);
    they.expect("another").id
}
