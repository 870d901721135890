//! The lease at the desk: whose word it is, and what may be done by when.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::sync::LeaseMember;
use domain::{Division, Staff};
use ed25519_dalek::{Signer, SigningKey};

use super::*;
use crate::clock::Watch;
use crate::desk::Desk;
use crate::proof::{
    COMMUNITY, REGISTRATION, card, code, found_as, identity, installation, now, open, register,
    registration_answers, staff,
};

fn centre() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn ours() -> Installation {
    let mut ours = installation();
    ours.centre_key = hex::encode(centre().verifying_key().as_bytes());
    ours
}

fn lease(serial: u64, who: &[Staff]) -> Lease {
    let member = |staff: &Staff| LeaseMember {
        staff: staff.clone(),
        login: "zhang".into(),
        role: "station".into(),
        mark: None,
    };
    Lease {
        installation: ours().id,
        serial,
        issued_at: now(),
        staff: who.iter().map(member).collect(),
        terms: LeaseTerms::default(),
        ferry: None,
    }
}

fn signed(lease: &Lease, key: &SigningKey) -> SignedLease {
    let body = serde_json::to_string(lease).unwrap();
    let signature = hex::encode(key.sign(&lease_message(&body)).to_bytes());
    SignedLease { body, signature }
}

/// A desk whose clock and running time are hours since `now()`.
struct Bench {
    desk: Desk,
    hours: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        found_as(folder.path(), &ours());
        let desk = open(folder.path());
        let hours = Arc::new(AtomicI64::new(0));
        let (wall, running) = (hours.clone(), hours.clone());
        desk.store.stamp().set_watch(Watch::new(
            move || now() + chrono::TimeDelta::hours(wall.load(Ordering::SeqCst)),
            move || Duration::from_secs(3600 * running.load(Ordering::SeqCst) as u64),
            "one start",
        ));
        Bench {
            desk,
            hours,
            _folder: folder,
        }
    }

    fn take(&self, serial: u64, who: &[Staff]) -> crate::error::Result<bool> {
        let signed = signed(&lease(serial, who), &centre());
        self.desk.store.take_lease(&signed, &ours(), self.now())
    }

    fn now(&self) -> DateTime<Utc> {
        self.desk.store.stamp().moment().wall
    }

    fn at_hour(&self, hour: i64) -> LeaseStatus {
        self.hours.store(hour, Ordering::SeqCst);
        self.desk.store.tick_lease().unwrap();
        self.desk.store.lease_status().unwrap()
    }

    /// What the audit says of how much may be done.
    fn stages(&self) -> Vec<Event> {
        let mut stages = Vec::new();
        let each = self.desk.store.read(|c| {
            audit::each(c, |kept| {
                let event = Event::read(&kept.kind, &kept.details);
                stages.extend(event.filter(|event| matches!(event, Event::LeaseStage { .. })));
                Ok(())
            })
        });
        each.unwrap();
        stages
    }
}

#[test]
fn only_the_centres_word_for_this_installation_counts() {
    let bench = Bench::new();
    let good = lease(1, &[staff()]);
    let mut elsewhere = good.clone();
    elsewhere.installation = Id(uuid::Uuid::from_u128(99));
    let mut edited = signed(&good, &centre());
    edited.body = edited
        .body
        .replace("\"full_hours\":72", "\"full_hours\":99");
    let forged = [
        signed(&good, &SigningKey::from_bytes(&[8; 32])),
        signed(&elsewhere, &centre()),
        edited,
        SignedLease::default(),
    ];
    for forged in forged {
        let outcome = bench.desk.store.take_lease(&forged, &ours(), bench.now());
        assert_eq!(code(outcome), "lease.forged");
    }
    assert!(bench.desk.store.lease().unwrap().is_none());
    assert!(bench.take(1, &[staff()]).unwrap());
}

#[test]
fn a_lease_that_is_older_than_the_one_kept_brings_nobody_back() {
    let bench = Bench::new();
    let other = Staff {
        id: Id(uuid::Uuid::from_u128(77)),
        name: "李协理".into(),
        area: Division(COMMUNITY.into()),
    };
    assert!(bench.take(1, &[staff(), other.clone()]).unwrap());
    assert!(bench.desk.store.admit_staff(other.id).is_ok());
    assert!(bench.take(2, &[staff()]).unwrap());
    assert_eq!(code(bench.desk.store.admit_staff(other.id)), "auth.left");
    bench.at_hour(1);
    assert!(!bench.take(1, &[staff(), other.clone()]).unwrap());
    assert_eq!(code(bench.desk.store.admit_staff(other.id)), "auth.left");
    assert!(bench.desk.store.admit_staff(staff().id).is_ok());
}

#[test]
fn full_work_for_three_days_then_capturing_for_two_weeks_then_reading_and_all_back_with_contact() {
    let bench = Bench::new();
    let desk = &bench.desk;
    bench.take(1, &[staff()]).unwrap();
    let first = bench.at_hour(1);
    assert_eq!((first.allowed, first.warn), (Allowed::Full, false));
    let warned = bench.at_hour(30);
    assert_eq!(
        (warned.allowed, warned.hours_left, warned.warn),
        (Allowed::Full, Some(42), true)
    );
    bench.at_hour(71);
    register(desk, &identity("王示范", 1));

    // Captured, not filed.
    assert_eq!(bench.at_hour(72).allowed, Allowed::Capture);
    let draft = desk
        .open_draft(REGISTRATION, card(&identity("李示范", 2)), now())
        .unwrap();
    desk.save_answers(draft.draft, registration_answers(), now())
        .unwrap();
    assert_eq!(code(desk.submit(draft.draft, now())), "lease.capture_only");
    assert_eq!(bench.at_hour(14 * 24 - 1).allowed, Allowed::Capture);

    // Read, not captured.
    assert_eq!(bench.at_hour(14 * 24).allowed, Allowed::Reading);
    assert!(desk.get_draft(draft.draft, now()).is_ok());
    let answers = registration_answers();
    assert_eq!(
        code(desk.save_answers(draft.draft, answers, now())),
        "lease.read_only"
    );
    let whose = card(&identity("赵示范", 3));
    assert_eq!(
        code(desk.open_draft(REGISTRATION, whose, now())),
        "lease.read_only"
    );
    assert_eq!(code(desk.submit(draft.draft, now())), "lease.read_only");
    assert_eq!(code(desk.search_people("王示范")), "lease.read_only");
    assert_eq!(desk.get_worklist().unwrap().drafts.len(), 1);

    // Contact: what was captured is filed.
    bench.take(2, &[staff()]).unwrap();
    assert_eq!(desk.store.lease_status().unwrap().allowed, Allowed::Full);
    desk.submit(draft.draft, now()).unwrap();
    let stages = [
        stage_event(Allowed::Capture, 72),
        stage_event(Allowed::Reading, 336),
        stage_event(Allowed::Full, 0),
    ];
    assert_eq!(bench.stages(), stages);
}

#[test]
fn a_station_that_never_heard_a_hello_counts_from_its_enrolment() {
    let bench = Bench::new();
    bench.at_hour(0);
    assert_eq!(bench.at_hour(71).allowed, Allowed::Full);
    assert_eq!(bench.at_hour(73).allowed, Allowed::Capture);
}

#[test]
fn a_lease_by_ferry_counts_from_when_it_was_asked_for_however_late_or_often_it_is_read() {
    let bench = Bench::new();
    let store = &bench.desk.store;
    let who = staff();
    let hours = |hours: i64| {
        bench
            .hours
            .store(hours, std::sync::atomic::Ordering::SeqCst)
    };
    let take = |serial: u64, asked: &Elapsed| {
        let signed = signed(&lease(serial, std::slice::from_ref(&who)), &centre());
        store.take_lease_by_ferry(&signed, &ours(), asked).unwrap();
    };
    let offline = || store.lease_status().unwrap().offline_hours;
    store
        .take_lease(
            &signed(&lease(1, std::slice::from_ref(&who)), &centre()),
            &ours(),
            now(),
        )
        .unwrap();
    hours(60);
    let moment = store.stamp().moment();
    let asked = Elapsed::contact(&moment, moment.wall);
    hours(70);
    assert_eq!(offline(), 70);
    take(2, &asked);
    assert_eq!(offline(), 10, "it was asked for ten hours ago");
    assert_eq!(store.lease().unwrap().unwrap().serial, 2);
    hours(90);
    take(2, &asked);
    assert_eq!(offline(), 30, "again, and nothing is won");
    let early = Elapsed::contact(&moment, now());
    take(1, &early);
    assert_eq!(store.lease().unwrap().unwrap().serial, 2, "an older one");
}
