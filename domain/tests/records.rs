//! What corrects a record: two values, another number, two records of one person, another home.

mod shared;

use domain::person::{EventKind, FieldChange};
use domain::record::{Merge, MoveHome, Renumber, SettleAnswer};
use domain::{Act, Catalog, Change, Division, Id, Outcome, Person, Staff, State, decide};
use shared::*;

const HOME: &str = "320302001005";

fn county() -> Staff {
    staff("county", "320302")
}

/// A registration whose form changed the phone number.
fn with_phone(label: &str, order: u32, was: Option<&str>, now: &str) -> domain::Command {
    let mut filed = registration(label, identity("王示范", "1980-05-05", order));
    if let Act::Submit(submit) = &mut filed.act {
        submit.changes.push(FieldChange {
            field: "phone".into(),
            was: was.map(str::to_owned),
            now: now.into(),
        });
    }
    filed
}

/// Somebody whose phone number two stations wrote, knowing nothing of each other.
fn contradicted(catalog: &Catalog) -> (State, Id) {
    let mut city = State::empty(true);
    let who = identity("王示范", "1970-05-05", 1);
    for (mut filed, now) in [
        (registration("a", who.clone()), "139"),
        (hardship("b", who), "138"),
    ] {
        if let Act::Submit(submit) = &mut filed.act {
            let (field, was, now) = ("phone".into(), None, now.into());
            submit.changes.push(FieldChange { field, was, now });
        }
        fold(&mut city, &filed, catalog);
    }
    let person = city.people.items[0].id;
    (city, person)
}

fn person(state: &State, id: Id) -> &Person {
    state.find_person(id).expect("the person")
}

fn settle(person: Id, value: &str, seen: &[&str]) -> Act {
    Act::SettleAnswer(SettleAnswer {
        person,
        field: "phone".into(),
        value: value.into(),
        seen: seen.iter().map(|value| (*value).to_owned()).collect(),
    })
}

#[test]
fn a_person_chooses_one_of_two_values_and_the_other_stays_on_the_line_of_the_life() {
    let catalog = catalog();
    let (mut city, id) = contradicted(&catalog);
    assert_eq!(person(&city, id).unsettled().count(), 1);
    let act = settle(id, "138", &["139", "138"]);
    let chosen = command("s", staff("张协理", STATION_A), act);
    assert_eq!(fold(&mut city, &chosen, &catalog), Outcome::Accepted);
    let settled = person(&city, id);
    assert_eq!(settled.known["phone"], "138");
    assert_eq!(settled.conflicts, []);
    let last = settled.life.last().expect("an event");
    assert_eq!(last.what, EventKind::AnswerSettled);
    assert_eq!(last.reasons[0].with["other"], "139");
    // The same once more is no news; another word now is refused.
    let again = command("s2", county(), settle(id, "138", &["139", "138"]));
    assert_eq!(fold(&mut city, &again, &catalog), Outcome::Accepted);
    let late = command("s3", county(), settle(id, "139", &["139", "138"]));
    assert_eq!(
        codes(&fold(&mut city, &late, &catalog)),
        ["answer.settled_meanwhile"]
    );
}

#[test]
fn who_has_not_seen_every_value_chooses_nothing() {
    let catalog = catalog();
    let (mut city, id) = contradicted(&catalog);
    for (label, value, seen) in [
        ("x", "139", &["139"][..]),
        ("y", "137", &["139", "138", "137"]),
    ] {
        let act = settle(id, value, seen);
        let outcome = fold(&mut city, &command(label, county(), act), &catalog);
        assert_eq!(codes(&outcome), ["answer.settled_meanwhile"]);
    }
    assert_eq!(person(&city, id).unsettled().count(), 1);
}

#[test]
fn a_new_number_leads_to_the_person_and_so_does_the_old_one() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let old = identity("王示范", "1970-05-05", 1);
    fold(&mut city, &registration("a", old.clone()), &catalog);
    let id = city.people.items[0].id;
    let new = identity("王示范", "1970-05-06", 2);
    let act = Act::Renumber(Renumber {
        person: id,
        identity: new.clone(),
        reason: "派出所更正".into(),
    });
    assert_eq!(
        fold(&mut city, &command("r", county(), act), &catalog),
        Outcome::Accepted
    );
    assert_eq!(person(&city, id).identity, new);
    assert_eq!(
        person(&city, id).formerly,
        std::slice::from_ref(&old.document)
    );
    // A station that has not heard of it files by the old number: the same person, the new number
    // stays, and a reviewer is told.
    let outcome = fold(&mut city, &hardship("h", old.clone()), &catalog);
    assert!(
        codes(&outcome).contains(&"identity.former_number".to_owned()),
        "{outcome:?}"
    );
    assert_eq!(city.people.items.len(), 1);
    assert_eq!(person(&city, id).identity, new);
    // Under another name the old number is somebody to look at, as ever.
    let mut other = old;
    other.name = "张重号".into();
    let outcome = fold(&mut city, &registration("o", other), &catalog);
    assert_eq!(codes(&outcome), ["person.name_differs"]);
}

#[test]
fn a_number_is_corrected_only_by_who_may_and_only_to_one_that_is_free() {
    let catalog = catalog();
    let mut city = State::empty(true);
    for (label, order) in [("a", 1), ("b", 2)] {
        let who = identity("王示范", "1980-05-05", order);
        fold(&mut city, &registration(label, who), &catalog);
    }
    let (one, two) = (city.people.items[0].clone(), city.people.items[1].clone());
    let mut wrong_name = identity("李示范", "1980-05-05", 3);
    let mut wrong_number = identity("王示范", "1980-05-05", 4);
    wrong_name.name = "李示范".into();
    wrong_number.document.number.replace_range(17.., "Y");
    let cases = [
        (county(), two.identity.clone(), "renumber.taken"),
        (county(), one.identity.clone(), "renumber.same"),
        (county(), wrong_name, "renumber.other_name"),
        (county(), wrong_number, "identity.bad_number"),
        (
            staff("street", "320302001"),
            identity("王示范", "1980-05-05", 5),
            "record.not_yours",
        ),
        (
            staff("far", "320303"),
            identity("王示范", "1980-05-05", 5),
            "record.not_yours",
        ),
    ];
    for (at, (by, identity, code)) in cases.into_iter().enumerate() {
        let act = Act::Renumber(Renumber {
            person: one.id,
            identity,
            reason: "更正".into(),
        });
        let outcome = fold(&mut city, &command(&format!("r{at}"), by, act), &catalog);
        assert_eq!(codes(&outcome)[0], code);
    }
    assert_eq!(person(&city, one.id), &one);
}

#[test]
fn two_records_become_one_and_nothing_of_either_is_lost() {
    let catalog = catalog();
    let mut city = State::empty(true);
    fold(&mut city, &with_phone("a", 1, None, "139"), &catalog);
    fold(&mut city, &with_phone("b", 2, None, "138"), &catalog);
    let (keep, gone) = (city.people.items[0].clone(), city.people.items[1].clone());
    let act = Act::Merge(Merge {
        keep: keep.id,
        gone: gone.id,
        reason: "同一人".into(),
    });
    assert_eq!(
        fold(&mut city, &command("m", county(), act), &catalog),
        Outcome::Accepted
    );
    let whole = person(&city, keep.id).clone();
    assert!(city.cases.items.iter().all(|case| case.person == keep.id));
    assert_eq!(
        whole.formerly,
        std::slice::from_ref(&gone.identity.document)
    );
    assert_eq!(whole.unsettled().count(), 1, "both phone numbers are kept");
    let told = keep.life.len() + gone.life.len() + 1;
    assert_eq!(whole.life.len(), told);
    assert_eq!(person(&city, gone.id).merged_into, Some(keep.id));
    // Whoever comes with the second number is the first person.
    let outcome = fold(&mut city, &registration("c", gone.identity), &catalog);
    assert_eq!(codes(&outcome), ["person.already_registered"]);
    assert_eq!(city.people.items.len(), 2);
    // The second record is corrected no more.
    let again = Act::Merge(Merge {
        keep: gone.id,
        gone: keep.id,
        reason: "同一人".into(),
    });
    let outcome = fold(&mut city, &command("m2", county(), again), &catalog);
    assert_eq!(codes(&outcome), ["record.merged"]);
}

/// The second record has two values of its own, and the first a third: all three are to be seen.
#[test]
fn a_merge_hides_no_value_that_nobody_has_settled() {
    let catalog = catalog();
    let (mut city, gone) = contradicted(&catalog);
    fold(&mut city, &with_phone("c", 2, None, "137"), &catalog);
    let keep = city
        .people
        .items
        .iter()
        .find(|one| one.id != gone)
        .expect("another")
        .id;
    let reason = "同一人".into();
    let act = Act::Merge(Merge { keep, gone, reason });
    assert_eq!(
        fold(&mut city, &command("m", county(), act), &catalog),
        Outcome::Accepted
    );
    let values = |city: &State| {
        let whole = person(city, keep);
        let mut values: Vec<_> = whole.unsettled().map(|open| open.other.clone()).collect();
        values.sort();
        (whole.known["phone"].clone(), values)
    };
    let all = ("137".to_owned(), vec!["138".to_owned(), "139".to_owned()]);
    assert_eq!(values(&city), all);
    let two = command("t", county(), settle(keep, "138", &["137", "138"]));
    let outcome = fold(&mut city, &two, &catalog);
    assert_eq!(
        codes(&outcome),
        ["answer.settled_meanwhile"],
        "not all seen"
    );
    let three = command("s", county(), settle(keep, "138", &["137", "138", "139"]));
    assert_eq!(fold(&mut city, &three, &catalog), Outcome::Accepted);
    assert_eq!(values(&city), ("138".to_owned(), Vec::new()));
}

#[test]
fn two_open_cases_of_one_business_stop_a_merge() {
    let catalog = catalog();
    let mut city = State::empty(true);
    for (label, order) in [("a", 1), ("b", 3)] {
        let who = identity("王示范", "1970-05-05", order);
        let registered = registration(&format!("{label} registered"), who.clone());
        fold(&mut city, &registered, &catalog);
        fold(&mut city, &hardship(label, who), &catalog);
    }
    assert_eq!(
        city.cases
            .items
            .iter()
            .filter(|case| case.is_open())
            .count(),
        2
    );
    let (keep, gone) = (city.people.items[0].id, city.people.items[1].id);
    let act = Act::Merge(Merge {
        keep,
        gone,
        reason: "同一人".into(),
    });
    let outcome = fold(&mut city, &command("m", county(), act), &catalog);
    assert_eq!(codes(&outcome), ["merge.both_open"]);
    assert_eq!(person(&city, gone).merged_into, None);
}

#[test]
fn who_moves_has_another_home_and_the_officer_is_of_either() {
    let catalog = catalog();
    let mut city = State::empty(true);
    fold(
        &mut city,
        &registration("a", identity("王示范", "1980-05-05", 1)),
        &catalog,
    );
    let id = city.people.items[0].id;
    let moving = |home: &str| {
        Act::MoveHome(MoveHome {
            person: id,
            home: Division(home.into()),
            reason: "迁居".into(),
        })
    };
    let refused = [
        (
            staff("far", "320303001"),
            "320302001003",
            "record.not_yours",
        ),
        (staff("own", HOME), "320302001003", "record.not_yours"),
        (county(), HOME, "move.same"),
        (county(), "320302001", "move.no_community"),
    ];
    for (at, (by, home, code)) in refused.into_iter().enumerate() {
        let moved = command(&format!("r{at}"), by, moving(home));
        assert_eq!(codes(&fold(&mut city, &moved, &catalog)), [code]);
    }
    // The street where they go may do it.
    let moved = command("m", staff("far", "320303001"), moving("320303001001"));
    assert_eq!(fold(&mut city, &moved, &catalog), Outcome::Accepted);
    assert_eq!(person(&city, id).home, Division("320303001001".into()));
}

#[test]
fn who_has_left_a_feed_is_not_in_its_fold_and_comes_back_whole() {
    let catalog = catalog();
    let mut feed = State::empty(false);
    fold(
        &mut feed,
        &registration("a", identity("王示范", "1980-05-05", 1)),
        &catalog,
    );
    let whole = feed.clone();
    let id = feed.people.items[0].id;
    let fact = |change| domain::Fact {
        entity: id,
        cause: id,
        index: 0,
        change,
    };
    let to = Division("320303001001".into());
    domain::evolve::evolve(&mut feed, &fact(Change::PersonLeft { to }));
    assert_eq!((feed.people.items.len(), feed.cases.items.len()), (0, 0));
    let person = Box::new(whole.people.items[0].clone());
    domain::evolve::evolve(&mut feed, &fact(Change::PersonCopied { person }));
    assert_eq!(feed.people.items, whole.people.items);
}

#[test]
fn a_record_that_a_newer_program_wrote_waits_for_one() {
    let catalog = catalog();
    let mut city = State::empty(true);
    fold(
        &mut city,
        &registration("a", identity("王示范", "1980-05-05", 1)),
        &catalog,
    );
    city.people.items[0].frozen = true;
    let id = city.people.items[0].id;
    let act = settle(id, "1", &["1"]);
    let verdict = decide(&city, &command("s", county(), act), &catalog);
    let (outcome, _) = verdict.into_facts(id);
    assert_eq!(codes(&outcome), ["act.person_frozen"]);
}
