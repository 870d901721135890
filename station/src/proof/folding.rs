//! I4: base is the fold of the facts. I5: view is base with our pending commands replayed.

use domain::command::Decision;
use domain::person::EventKind;
use domain::{Change, Fact, Id, Outcome};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::city::{City, read};
use super::*;
use crate::knowledge::{Group, replay};
use crate::store::entity::{self, Kept};
use crate::store::unread_fact;

/// I5 for one document.
fn assert_view(desk: &Desk, who: &Identity) {
    let subject = desk.store.subject(&who.document.number);
    desk.store
        .read(|c| {
            let group = Group::load(&desk.store, c, &subject)?;
            let mut expected = group.base();
            replay(&mut expected, &group.pending(c)?, &desk.catalog);
            let mut shown = group.shown();
            for state in [&mut expected, &mut shown] {
                state.people.items.sort_by_key(|person| person.id);
                state.cases.items.sort_by_key(|case| case.id);
            }
            assert_eq!(shown, expected);
            Ok(())
        })
        .unwrap();
}

/// I4 for everybody, at the station's place in the feed.
fn assert_base(desk: &Desk, city: &City) {
    let at = desk.store.feed_at().unwrap();
    let folded = city.folded(at.seq as usize);
    desk.store
        .read(|c| {
            for person in &folded.people.items {
                let kept = entity::find_person(c, person.id)?.unwrap();
                assert_eq!(kept.base.as_ref(), Some(person));
            }
            for case in &folded.cases.items {
                let kept = entity::find_case(c, case.id)?.unwrap();
                assert_eq!(kept.base.as_ref(), Some(case));
            }
            Ok(())
        })
        .unwrap();
}

fn person_of(desk: &Desk, who: &Identity) -> Vec<Kept<domain::Person>> {
    let subject = desk.store.subject(&who.document.number);
    desk.store
        .read(|c| Ok(Group::load(&desk.store, c, &subject)?.into_people()))
        .unwrap()
}

#[test]
fn a_pending_case_shows_at_once_and_its_decision_takes_its_place() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let filed = register(&desk, &who);
    let before = person_of(&desk, &who);
    assert!(before[0].base.is_none() && before[0].view.is_some());
    let mut city = City::new();
    city.meet(&desk);
    let after = person_of(&desk, &who);
    assert_eq!(after[0].base.as_ref(), city.state.people.items.first());
    assert!(after[0].view.is_none(), "nothing is pending any more");
    let case = desk
        .store
        .read(|c| entity::find_case(c, filed.case))
        .unwrap();
    let case = case.unwrap();
    assert_eq!(case.base.as_ref(), city.state.cases.items.first());
    assert!(case.view.is_none());
}

#[test]
fn any_order_of_filing_sending_and_answering_keeps_both_invariants() {
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let folder = founded();
        let desk = open(folder.path());
        let other_folder = founded();
        let other = open(other_folder.path());
        let mut city = City::new();
        let people: Vec<_> = (1..5).map(|order| identity("王示范", order)).collect();
        for _ in 0..25 {
            let who = &people[rng.gen_range(0..people.len())];
            match rng.gen_range(0..6) {
                0 => drop(register(&desk, who)),
                1 => {
                    let draft = hardship_draft(&desk, who);
                    desk.submit(draft.draft, now()).unwrap();
                }
                2 => {
                    register(&other, who);
                    let entry = other
                        .store
                        .outbox_page(2_000, 1 << 20)
                        .unwrap()
                        .pop()
                        .unwrap();
                    city.decide(&read(&entry));
                }
                3 => city.take(&desk.store, rng.gen_range(1..3)),
                4 => city.store_pages(),
                _ => deliver(&desk, &city, &mut rng),
            }
            people.iter().for_each(|who| assert_view(&desk, who));
            assert_base(&desk, &city);
        }
        city.meet(&desk);
        assert_base(&desk, &city);
        for who in &people {
            assert_view(&desk, who);
            assert!(
                person_of(&desk, who).iter().all(|kept| kept.view.is_none()),
                "seed {seed}"
            );
        }
    }
}

/// Some of the feed, cut anywhere, sometimes with what was delivered before.
fn deliver(desk: &Desk, city: &City, rng: &mut StdRng) {
    let at = desk.store.feed_at().unwrap().seq as usize;
    let from = at.saturating_sub(rng.gen_range(0..4));
    let until = rng.gen_range(at..=city.feed.len());
    desk.store.apply_facts(&city.feed[from..until]).unwrap();
    assert_eq!(desk.store.feed_at().unwrap().seq as usize, until);
}

#[test]
fn a_decision_cut_in_two_by_the_page_doubles_no_event() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    register(&desk, &who);
    let mut city = City::new();
    city.take(&desk.store, 1);
    for cut in 1..=city.feed.len() {
        desk.store.apply_facts(&city.feed[cut - 1..cut]).unwrap();
        assert_view(&desk, &who);
        let person = person_of(&desk, &who).remove(0).into_shown().unwrap();
        let opened = person
            .life
            .iter()
            .filter(|e| e.what == EventKind::CaseOpened);
        assert!(opened.count() <= 1, "after fact {cut}");
    }
}

#[test]
fn a_gap_and_a_wrong_sum_change_nothing() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let mut city = City::new();
    city.take(&desk.store, 1);
    let at = desk.store.feed_at().unwrap();
    assert_eq!(code(desk.store.apply_facts(&city.feed[1..])), "feed.gap");
    let mut reordered = city.feed.clone();
    reordered.swap(1, 2);
    assert_eq!(code(desk.store.apply_facts(&reordered)), "feed.gap");
    let mut forged = city.feed.clone();
    forged[2].body = forged[1].body.clone();
    assert_eq!(code(desk.store.apply_facts(&forged)), "feed.differs");
    assert_eq!(
        desk.store.feed_at().unwrap(),
        at,
        "not even the facts before the fault"
    );
    desk.store.apply_facts(&city.feed).unwrap();
    desk.store.apply_facts(&city.feed).unwrap();
    assert_base(&desk, &city);
    let mut another = city.feed.clone();
    let last = another.len() - 1;
    another[last].sum = "11".repeat(16);
    assert_eq!(
        code(desk.store.apply_facts(&another[last..])),
        "feed.differs"
    );
}

#[test]
fn a_change_from_a_newer_program_freezes_the_person_and_is_kept() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    register(&desk, &who);
    let mut city = City::new();
    city.meet(&desk);
    let person = city.state.people.items[0].id;
    let newer = format!(
        r#"{{"entity":"{person}","cause":"{person}","index":0,"change":{{"kind":"later"}}}}"#
    );
    city.publish(&newer);
    city.meet(&desk);
    let kept = desk.store.read(|c| unread_fact::about(c, person)).unwrap();
    assert_eq!(kept, [newer]);
    let page = desk.person_page(&who, None, now()).unwrap();
    assert!(page.frozen);
    assert_eq!(page.alerts[0].reason.code, "alert.frozen");
}

#[test]
fn a_provisional_person_gives_way_to_the_one_the_centre_knew() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    // Elsewhere in the city she is known already; this station has never heard of it.
    let mut city = City::new();
    let known = domain::Person::new(
        Id(uuid::Uuid::from_u128(99)),
        who.clone(),
        Division("320302001002".into()),
    );
    city.state.people.items.push(known.clone());
    register(&desk, &who);
    let provisional = desk.person_page(&who, None, now()).unwrap().person.unwrap();
    assert_ne!(provisional, known.id);
    let copied = Fact {
        entity: known.id,
        cause: known.id,
        index: 0,
        change: Change::PersonCopied {
            person: Box::new(known.clone()),
        },
    };
    city.publish(&serde_json::to_string(&copied).unwrap());
    city.meet(&desk);
    let page = desk.person_page(&who, None, now()).unwrap();
    assert_eq!(page.person, Some(known.id));
    assert_eq!(page.cases.len(), 1);
    assert_eq!(code(desk.get_person(provisional, now())), "person.unknown");
    assert_eq!(
        desk.search_people("王示").unwrap().rows.len(),
        1,
        "found once"
    );
}

#[test]
fn an_acknowledgement_beyond_the_log_is_a_conflict() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    assert_eq!(code(desk.store.set_acked(2)), "log.conflict");
    desk.store.set_acked(1).unwrap();
    assert_eq!(desk.store.unsent().unwrap().commands, 0);
    desk.store.set_acked(0).unwrap();
    assert_eq!(
        desk.store.outbox_page(10, 1 << 20).unwrap().len(),
        1,
        "a restored centre"
    );
}

#[test]
fn an_outbox_page_keeps_both_limits_and_always_moves() {
    let folder = founded();
    let desk = open(folder.path());
    (1..5).for_each(|order| drop(register(&desk, &identity("王示范", order))));
    let numbers = |limit, bytes| {
        let page = desk.store.outbox_page(limit, bytes).unwrap();
        page.iter().map(|entry| entry.n).collect::<Vec<_>>()
    };
    assert_eq!(numbers(3, 1 << 20), [1, 2, 3]);
    assert_eq!(numbers(3, 1), [1]);
    desk.store.set_acked(2).unwrap();
    assert_eq!(numbers(9, 1 << 20), [3, 4]);
}

#[test]
fn a_held_command_is_shown_as_held_until_it_is_settled() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    city.meet(&desk);
    let filed = register(&desk, &identity("李样本", 1));
    assert_eq!(filed.pending[0].code, "person.name_differs");
    city.meet(&desk);
    let view = desk.get_case(filed.case, now()).unwrap();
    let held = crate::view::CaseStanding::Answered {
        outcome: Outcome::Held {
            reason: filed.pending[0].clone(),
        },
    };
    assert_eq!(view.row.standing, held);
    let decision = Decision::Approve {
        opinion: String::new(),
    };
    // Nobody can review what is no case yet.
    assert!(city.state.find_case(filed.case).is_none());
    drop(decision);
}

/// A centre that came back from a backup waits for pictures that it had before.
#[test]
fn a_page_that_was_sent_before_the_centre_asks_for_it_is_offered_again() {
    let folder = founded();
    let desk = open(folder.path());
    let (mut city, who) = (City::new(), identity("王示范", 1));
    register(&desk, &who);
    city.meet(&desk);
    let draft = hardship_draft(&desk, &who);
    desk.submit(draft.draft, now()).unwrap();
    let pages = desk.store.pages_to_send(9).unwrap();
    for page in &pages {
        desk.store.page_sent(&page.sha256).unwrap();
    }
    assert_eq!(desk.store.unsent().unwrap().pages, 0);
    city.meet(&desk);
    assert_eq!(desk.store.pages_to_send(9).unwrap(), pages);
}

/// The same filing came to the centre from a copy of this disk; its case went to another record there, and
/// the answer to ours is still to come.
#[test]
fn a_case_that_is_anothers_by_the_facts_outlives_our_own_unanswered_filing_of_it() {
    let folder = founded();
    let desk = open(folder.path());
    let (who, other) = (identity("王示范", 1), identity("王示范", 2));
    let filed = register(&desk, &who);
    let kept = desk
        .store
        .read(|c| entity::find_case(c, filed.case))
        .unwrap();
    let mut case = kept.unwrap().view.unwrap();
    let person = |n, who: &Identity| {
        let home = Division("320302001002".into());
        domain::Person::new(Id(uuid::Uuid::from_u128(n)), who.clone(), home)
    };
    let (a, b) = (person(98, &who), person(99, &other));
    case.person = a.id;
    let copied = |change| Fact {
        entity: match &change {
            Change::CaseCopied { .. } | Change::CaseReassigned { .. } => case.id,
            Change::PersonCopied { person } => person.id,
            _ => a.id,
        },
        cause: Id(uuid::Uuid::from_u128(7)),
        index: 0,
        change,
    };
    let mut city = City::new();
    for change in [
        Change::PersonCopied {
            person: Box::new(a.clone()),
        },
        Change::CaseCopied {
            case: Box::new(case.clone()),
        },
        Change::PersonCopied {
            person: Box::new(b.clone()),
        },
        Change::CaseReassigned { person: b.id },
        Change::PersonParted {
            cases: vec![case.id],
            to: b.id,
        },
    ] {
        city.publish(&serde_json::to_string(&copied(change)).unwrap());
    }
    desk.store.apply_facts(&city.feed).unwrap();
    assert_base(&desk, &city);
    let kept = desk.store.read(|c| entity::find_case(c, case.id)).unwrap();
    let shown = kept.as_ref().and_then(Kept::shown).unwrap();
    assert_eq!(shown.person, b.id);
    assert!(!desk.store.outbox_page(9, 1 << 20).unwrap().is_empty());
}
