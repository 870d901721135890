//! The sync page of a station with ten thousand unsent cases, and what it counts and leaves out.

use std::time::{Duration, Instant};

use domain::sync::Entry;
use domain::{Id, Outcome, Reason};

use super::*;
use crate::desk::new_id;
use crate::store::outbox::{self, NewEntry};
use crate::store::page_out;
use crate::sync::seen::Seen;
use crate::view::{LineStatus, SyncState, SyncView};

/// In a debug build, on a machine that has other work: a release build takes a few of these.
const LIMIT: Duration = Duration::from_millis(250);

#[test]
fn ten_thousand_unsent_cases_open_as_quickly_as_one() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let few = best_of_five(&desk);
    repeat(&desk, 10_000, None);
    desk.store
        .write(|tx| (0..20_000).try_for_each(|n| page_out::add(tx, &format!("{n:064x}"), 300_000)))
        .unwrap();
    let many = best_of_five(&desk);
    println!(
        "sync_page unsent=1 ms={} unsent=10001 ms={}",
        few.as_millis(),
        many.as_millis()
    );
    let view = page(&desk);
    assert_eq!((view.commands.left, view.waiting.total), (10_001, 10_001));
    assert_eq!(view.waiting.items.len(), 50);
    assert_eq!(
        (view.pages.left, view.pages.left_bytes),
        (20_000, Some(6_000_000_000))
    );
    assert!(many < LIMIT, "{many:?}");
}

#[test]
fn a_long_history_of_refused_cases_is_no_burden() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let outcome = Outcome::Rejected {
        reasons: vec![Reason::new("person.already_registered")],
    };
    repeat(&desk, 3_000, Some(&outcome));
    desk.store.set_acked(3_001).unwrap();
    let took = best_of_five(&desk);
    println!("sync_page refused=3000 ms={}", took.as_millis());
    let view = page(&desk);
    assert_eq!((view.refused.total, view.refused.items.len()), (3_000, 50));
    assert!(
        matches!(&view.refused.items[0].state, SyncState::Refused { reasons } if reasons.len() == 1)
    );
    assert_eq!(
        view.waiting.items[0].state,
        SyncState::Sent,
        "the first is not answered"
    );
    assert!(took < LIMIT, "{took:?}");
    // Two months later nobody is reminded of them.
    let later = now() + chrono::TimeDelta::days(60);
    let view = desk.get_sync(&Seen::default(), line(), later).unwrap();
    assert_eq!(view.refused.total, 0);
}

fn page(desk: &Desk) -> SyncView {
    desk.get_sync(&Seen::default(), line(), now()).unwrap()
}

fn line() -> LineStatus {
    LineStatus {
        up: false,
        reason: Reason::new("line.cut"),
        last_contact: None,
        next_try: None,
        clock_off_s: None,
    }
}

fn best_of_five(desk: &Desk) -> Duration {
    let runs = (0..5).map(|_| {
        let began = Instant::now();
        page(desk);
        began.elapsed()
    });
    runs.min().unwrap()
}

/// The first entry of the log again and again, each time as another command; answered, where there is
/// an answer.
fn repeat(desk: &Desk, times: u64, outcome: Option<&Outcome>) {
    let first = desk.store.outbox_page(1, usize::MAX).unwrap().remove(0);
    let write = |tx: &crate::store::Tx, n: u64| {
        let id = new_id();
        let entry = Entry {
            n,
            id,
            body: first.body.replace(&first.id.to_string(), &id.to_string()),
            ..first.clone()
        };
        append(tx, &entry, id.derive("case"))?;
        if let Some(outcome) = outcome {
            outbox::set_outcome(tx, id, outcome)?;
            outbox::tell(tx, id)?;
        }
        Ok(())
    };
    desk.store
        .write(|tx| (2..2 + times).try_for_each(|n| write(tx, n)))
        .unwrap();
}

fn append(tx: &crate::store::Tx, entry: &Entry, case: Id) -> crate::error::Result<()> {
    let new = NewEntry {
        entry,
        subject: "somebody",
        case,
        kind: "submit",
        serial: entry.n,
        draft: None,
    };
    outbox::append(tx, &new)
}
