//! The station's chain: stamped by every clock, whole after a restart, and never changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use ::audit::verify;

use super::*;
use crate::clock::Watch;
use crate::proof::{founded, identity, open, register};

/// Hands of a watch that a test moves.
#[derive(Clone, Default)]
struct Hands {
    wall_s: Arc<AtomicI64>,
    running_s: Arc<AtomicU64>,
}

impl Hands {
    fn watch(&self, boot: &str) -> Watch {
        let (wall, running) = (self.wall_s.clone(), self.running_s.clone());
        Watch::new(
            move || DateTime::from_timestamp(wall.load(Ordering::SeqCst), 0).unwrap(),
            move || Duration::from_secs(running.load(Ordering::SeqCst)),
            boot,
        )
    }

    fn set(&self, wall_s: i64, running_s: u64) {
        self.wall_s.store(wall_s, Ordering::SeqCst);
        self.running_s.store(running_s, Ordering::SeqCst);
    }
}

fn all(store: &Store) -> Vec<Kept> {
    let mut all = Vec::new();
    store
        .read(|c| {
            each(c, |kept| {
                all.push(kept.clone());
                Ok(())
            })
        })
        .unwrap();
    all
}

fn kinds(store: &Store) -> Vec<String> {
    all(store).into_iter().map(|kept| kept.kind).collect()
}

/// Verifies what is stored, as an auditor would.
fn verified(store: &Store) -> Head {
    let mut writer = ::audit::file::Writer::begin(Vec::new(), "station:x").unwrap();
    for kept in all(store) {
        writer.record(&kept.record()).unwrap();
    }
    let text = String::from_utf8(writer.end().unwrap()).unwrap();
    verify::chain(&::audit::file::read(&text).unwrap(), &[]).unwrap()
}

#[test]
fn what_is_filed_is_recorded_in_the_same_transaction_by_whom_and_about_whom() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let filed = register(&desk, &who);
    let records = all(&desk.store);
    let last = records.last().unwrap();
    assert_eq!(last.kind, "case.submitted");
    assert_eq!(last.who, Some(desk.staff.id.0));
    let case = desk.store.pseudonym(About::Case(filed.case));
    assert_eq!(last.about, Some(case));
    let text = format!("{records:?}");
    assert!(!text.contains(&who.document.number) && !text.contains(&who.name));
    assert_eq!(verified(&desk.store), desk.store.audit_head().unwrap());

    // A filing that fails leaves no record of it.
    let before = desk.store.audit_head().unwrap();
    let draft = desk.open_draft(
        "unemployment_registration",
        crate::proof::card(&who),
        crate::proof::now(),
    );
    let refused = desk.submit(draft.unwrap().draft, crate::proof::now());
    assert!(refused.is_err());
    assert!(
        kinds(&desk.store)[before.n as usize..]
            .iter()
            .all(|kind| kind != "case.submitted")
    );
}

#[test]
fn the_chain_goes_on_after_a_restart_and_counts_starts_of_the_computer_only() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let first = desk.store.audit_head().unwrap();
    drop(desk);
    let desk = open(folder.path());
    register(&desk, &identity("李示范", 2));
    assert!(verified(&desk.store).n > first.n);
    let boots: Vec<u64> = all(&desk.store).iter().map(|kept| kept.boots).collect();
    assert!(boots.iter().all(|boots| *boots == 1), "{boots:?}");
    let hands = Hands::default();
    desk.store.stamp().set_watch(hands.watch("another start"));
    desk.store.count_boot().unwrap();
    desk.store.note(&Event::PersonOpened {}).unwrap();
    assert_eq!(all(&desk.store).last().unwrap().boots, 2);
}

#[test]
fn a_clock_that_jumps_is_recorded_and_the_high_water_follows_time_not_the_clock() {
    let folder = founded();
    let desk = open(folder.path());
    let store = &desk.store;
    let hands = Hands::default();
    let start = 1_800_000_000;
    hands.set(start, 100);
    store.stamp().set_watch(hands.watch("b"));
    store.count_boot().unwrap();
    store
        .stamp()
        .told(DateTime::from_timestamp(start, 0).unwrap());
    let note = |wall_s: i64, running_s: u64| {
        hands.set(wall_s, running_s);
        store.note(&Event::PersonOpened {}).unwrap();
        let records = all(store);
        let before = records.iter().rev().nth(1);
        let jump = before.filter(|record| record.kind == "clock.jumped");
        let jumped = jump.map(|record| record.details.clone());
        (
            store.high_water().unwrap().unwrap().timestamp() - start,
            jumped,
        )
    };
    note(start, 100);
    assert_eq!(note(start + 50, 150), (50, None));
    // To 1970, a day ahead, ten years ahead, and back to what it should be.
    assert_eq!(note(5, 160).0, 60);
    let told = |by_s: i64| Some(format!(r#"{{"by_s":{by_s}}}"#));
    assert_eq!(
        note(start + 86_400 + 70, 170),
        (70, told(start + 86_400 + 65 - 10))
    );
    assert_eq!(
        note(start + 315_360_000, 180),
        (80, told(315_360_000 - 86_470 - 10))
    );
    assert_eq!(note(start + 90, 190), (90, told(90 - 315_360_000 - 10)));
    verified(store);
}

#[test]
fn the_table_refuses_to_be_changed() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    for tampering in [
        "UPDATE audit SET kind = 'x'",
        "DELETE FROM audit WHERE n = 1",
    ] {
        let outcome = desk.store.write(|tx| Ok(tx.execute(tampering, [])?));
        assert!(outcome.is_err(), "{tampering}");
    }
}
