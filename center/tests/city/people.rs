//! One person at two stations.

use center::store::staff::Role;
use domain::command::RecordEmployment;
use domain::person::EventKind;
use domain::record::Renumber;
use domain::{Act, Change, Division, Outcome};

use crate::acts::{identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, STATION_B};

#[tokio::test]
async fn one_person_at_two_stations_is_one_person_and_both_can_read_why_the_second_was_refused() {
    let city = City::start("two_stations").await;
    let mut a = Desk::open(&city, STATION_A).await;
    let mut b = Desk::open(&city, STATION_B).await;
    let who = identity("王示范", "1980-05-05", 1);
    let first = registration(&a.staff, who.clone());
    assert_eq!(a.file(&first).await, Outcome::Accepted);
    let second = registration(&b.staff, who);
    let refused = b.file(&second).await;
    assert_eq!(codes(&refused), ["person.already_registered"]);
    a.pull().await;
    assert_eq!(
        a.outcome(second.id),
        None,
        "an answer goes to its filer only"
    );
    assert!(matches!(b.facts[0].change, Change::PersonCopied { .. }));
    assert!(matches!(b.facts[1].change, Change::CaseCopied { .. }));
    assert_eq!(a.state.people, b.state.people, "both see the same person");
    assert_eq!(a.state.cases, b.state.cases);
    let last = a.state.people.items[0].life.last().unwrap();
    assert_eq!(last.what, EventKind::Attempted);
    assert_eq!(last.reasons[0].with["station"], STATION_A);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_people_filed_at_two_stations_at_once_are_each_one_person() {
    let city = City::start("at_once").await;
    let mut a = Desk::open(&city, STATION_A).await;
    let mut b = Desk::open(&city, STATION_B).await;
    let people: Vec<_> = (1..=40)
        .map(|n| identity("王示范", "1980-05-05", n))
        .collect();
    let at = |desk: &mut Desk, people: Vec<domain::Identity>| -> Vec<_> {
        let commands = people.into_iter().map(|who| registration(&desk.staff, who));
        let commands: Vec<_> = commands.collect();
        commands.iter().map(|command| desk.write(command)).collect()
    };
    let mine = at(&mut a, people.clone());
    let theirs = at(&mut b, people.into_iter().rev().collect());
    for (mine, theirs) in mine.chunks(8).zip(theirs.chunks(8)) {
        let (mine, theirs) = tokio::join!(a.push(mine), b.push(theirs));
        mine.unwrap();
        theirs.unwrap();
    }
    a.pull().await;
    b.pull().await;
    assert_eq!(city.count("SELECT count(*) FROM person").await, 40);
    assert_eq!(city.count("SELECT count(*) FROM cases").await, 40);
    let granted = |desk: &Desk| {
        let answers = desk.facts.iter().filter_map(|fact| match &fact.change {
            Change::Decided { outcome, .. } => Some(outcome),
            _ => None,
        });
        answers
            .filter(|outcome| **outcome == Outcome::Accepted)
            .count()
    };
    assert_eq!(granted(&a) + granted(&b), 40);
    let mut seen = [a.state.people.items, b.state.people.items];
    seen.iter_mut()
        .for_each(|people| people.sort_by_key(|person| person.id));
    assert_eq!(seen[0], seen[1]);
}

/// Whoever files by the old number and whoever files by the new one wait for each other, though neither
/// names the other's number.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_number_and_the_new_one_are_never_decided_side_by_side() {
    const PEOPLE: u32 = 12;
    let city = City::start("renumbered").await;
    let mut a = Desk::open(&city, STATION_A).await;
    let mut b = Desk::open(&city, STATION_B).await;
    let county = city.staff("county", "320302", Role::Reviewer).await;
    let number = |n| identity("王示范", "1980-05-05", n);
    for n in 1..=PEOPLE {
        let known = Act::RecordEmployment(RecordEmployment {
            identity: number(n),
            home: Division(STATION_A.into()),
            employer: "示范公司".into(),
            since: "2020-01-01".parse().unwrap(),
            until: Some("2020-12-31".parse().unwrap()),
            source: "用工备案 2026-10-31".into(),
        });
        city.center().act(county.clone(), known).await.unwrap();
    }
    a.pull().await;
    let (mut by_old, mut by_new) = (Vec::new(), Vec::new());
    for n in 1..=PEOPLE {
        let (old, new) = (number(n), number(500 + n));
        let mut people = a.state.people.items.iter();
        let person = people.find(|person| person.identity.document == old.document);
        let renumber = Act::Renumber(Renumber {
            person: person.unwrap().id,
            identity: new.clone(),
            reason: "派出所更正".into(),
        });
        let outcome = city.center().act(county.clone(), renumber).await.unwrap();
        assert_eq!(outcome, Outcome::Accepted);
        by_old.push(registration(&a.staff, old));
        by_new.push(registration(&b.staff, new));
    }
    for (old, new) in by_old.iter().zip(&by_new) {
        let (old, new) = ([a.write(old)], [b.write(new)]);
        let (old, new) = tokio::join!(a.push(&old), b.push(&new));
        old.unwrap();
        new.unwrap();
    }
    a.pull().await;
    b.pull().await;
    let people = i64::from(PEOPLE);
    assert_eq!(city.count("SELECT count(*) FROM person").await, people);
    assert_eq!(city.count("SELECT count(*) FROM cases").await, people);
    for (old, new) in by_old.iter().zip(&by_new) {
        let outcomes = [a.outcome(old.id).unwrap(), b.outcome(new.id).unwrap()];
        let refused = outcomes
            .iter()
            .filter(|o| matches!(o, Outcome::Rejected { .. }));
        assert_eq!(refused.count(), 1, "{outcomes:?}");
    }
}
