//! The audit at the counter, broken in each way behind the program's back.

use ::audit::{Record, Wrong};
use chrono::TimeDelta;
use rusqlite::Connection;

use super::*;
use crate::proof::{code, founded, grant, identity, now, open, register, what_for};
use crate::store::Tx;

fn desk() -> (tempfile::TempDir, Desk) {
    let folder = founded();
    let desk = open(folder.path());
    for order in 1..6 {
        register(&desk, &identity("王示范", order));
    }
    (folder, desk)
}

/// Does to the table what its triggers forbid, as somebody with the key could.
fn tamper(desk: &Desk, sql: &str) {
    let outcome = desk.store.write(|tx: &Tx| {
        tx.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed;")?;
        Ok(tx.execute_batch(sql)?)
    });
    outcome.unwrap();
}

fn found(desk: &Desk) -> (u64, String) {
    let fault = desk
        .verify_audit()
        .unwrap()
        .fault
        .expect("the chain is bad");
    assert_eq!(fault.code, "audit.tampered");
    (fault.with["n"].parse().unwrap(), fault.with["what"].clone())
}

#[test]
fn a_whole_chain_is_said_to_be_whole() {
    let (_folder, desk) = desk();
    let verdict = desk.verify_audit().unwrap();
    assert_eq!(verdict.fault, None);
    assert_eq!(verdict.records, desk.store.audit_head().unwrap().n);
}

#[test]
fn a_record_that_was_changed_removed_or_doubled_in_the_database_is_named() {
    let cases = [
        ("UPDATE audit SET who = NULL WHERE n = 4", (4, "edited")),
        (
            "UPDATE audit SET at_ms = at_ms - 1 WHERE n = 4",
            (4, "edited"),
        ),
        ("DELETE FROM audit WHERE n = 4", (4, "deleted")),
        ("DELETE FROM audit WHERE n IN (4, 5)", (4, "deleted")),
        (
            "UPDATE audit SET n = 1000 WHERE n = 4; UPDATE audit SET n = 4 WHERE n = 5;
             UPDATE audit SET n = 5 WHERE n = 1000;",
            (4, "edited"),
        ),
        (
            "UPDATE audit SET n = -n WHERE n >= 4; UPDATE audit SET n = 1 - n WHERE n < 0;
             INSERT INTO audit SELECT 4, at_ms, running_ms, boots, high_water_ms, who,
                 'person.opened', about, details, previous, hash FROM audit WHERE n = 5;",
            (4, "edited"),
        ),
    ];
    for (sql, (n, what)) in cases {
        let (_folder, desk) = desk();
        tamper(&desk, sql);
        assert_eq!(found(&desk), (n, what.to_owned()), "{sql}");
    }
}

#[test]
fn an_export_is_verified_and_a_cut_tail_is_missed_by_a_witness() {
    let (folder, desk) = desk();
    let before = desk.store.audit_head().unwrap();
    let exported = desk
        .export_audit(&folder.path().join("out"), &what_for("audit"), None, now())
        .unwrap();
    let text = std::fs::read_to_string(&exported.path).unwrap();
    let chain = file::read(&text).unwrap();
    let head = verify::chain(&chain, &[]).unwrap();
    assert_eq!((head.n, exported.records), (before.n + 1, before.n + 1));
    assert_eq!(head, desk.store.audit_head().unwrap());

    let witness = ::audit::Witness {
        origin: chain.origin.to_owned(),
        head,
        at_ms: 0,
    };
    tamper(&desk, "DELETE FROM audit WHERE n > 5");
    assert_eq!(
        desk.verify_audit().unwrap().fault,
        None,
        "alone it looks whole"
    );
    let shorter = desk
        .export_audit(&folder.path().join("out"), &what_for("audit"), None, now())
        .unwrap();
    assert_ne!(shorter.path, exported.path);
    let text = std::fs::read_to_string(&shorter.path).unwrap();
    let fault = verify::chain(&file::read(&text).unwrap(), &[witness]).unwrap_err();
    assert!(matches!(fault.wrong, Wrong::Cut { witnessed } if witnessed == head.n));
}

#[test]
fn the_audit_leaves_with_the_right_and_a_purpose_that_is_in_it() {
    let (folder, desk) = desk();
    let out = folder.path().join("out");
    let leave = |what_for: &WhatFor| desk.export_audit(&out, what_for, None, now());
    assert_eq!(code(leave(&what_for(""))), "export.purpose_missing");
    assert_eq!(code(leave(&what_for("other"))), "export.purpose_missing");
    let mut in_words = what_for("other");
    in_words.words = format!("查 {}", identity("王示范", 1).document.number);
    assert_eq!(code(leave(&in_words)), "audit.number_in_words");
    in_words.words = "审计局来函".into();
    let text = std::fs::read_to_string(leave(&in_words).unwrap().path).unwrap();
    let last = text.lines().rfind(|line| line.contains("export.made"));
    assert!(last.unwrap().contains("审计局来函"), "{text}");
    grant(&desk, "query");
    assert_eq!(code(leave(&what_for("audit"))), "export.not_allowed");
    let files = std::fs::read_dir(&out).unwrap().count();
    assert_eq!(files, 1, "what was refused left nothing");
}

#[test]
fn a_number_is_shown_for_a_reason_only_and_the_reason_is_recorded() {
    let (_folder, desk) = desk();
    let who = identity("王示范", 1);
    for (reason, words) in [("", ""), ("because", "x"), ("other", ""), ("other", " y ")] {
        assert_eq!(
            code(desk.show_number(&who, reason, words)),
            "number.no_reason"
        );
    }
    let named = format!("核对 {}", who.document.number);
    assert_eq!(
        code(desk.show_number(&who, "form", &named)),
        "audit.number_in_words"
    );
    let shown = desk.show_number(&who, "other", " 居民要求核对 ").unwrap();
    assert_eq!(shown, who.document.number);
    let last: Kept = desk.store.read(audit::last).unwrap().unwrap();
    let event = Event::NumberShown {
        reason: "other".into(),
        words: "居民要求核对".into(),
    };
    assert_eq!(Event::read(&last.kind, &last.details), Some(event));
    let about = desk.store.pseudonym(About::Person(&who.document.number));
    assert_eq!(last.about, Some(about));
}

#[test]
fn the_page_of_a_day_shows_ones_own_acts_and_the_programs() {
    let (_folder, desk) = desk();
    let today = crate::clock::business_day(Utc::now());
    let day = desk.get_audit(today).unwrap();
    let filed = day
        .lines
        .iter()
        .filter(|line| line.kind == "case.submitted");
    assert_eq!(filed.count(), 5);
    assert!(day.lines.windows(2).all(|pair| pair[0].n > pair[1].n));
    assert!(
        desk.get_audit(today - TimeDelta::days(1))
            .unwrap()
            .lines
            .is_empty()
    );
    desk.store
        .stamp()
        .acts_for(Some(Id(uuid::Uuid::from_u128(99))));
    desk.store.note(&Event::PasswordChanged {}).unwrap();
    let after = desk.get_audit(today).unwrap();
    assert!(
        after
            .lines
            .iter()
            .all(|line| line.kind != "password.changed")
    );
    assert!(after.records > day.records);
}

/// Rows as the table holds them are what the hash is made of: nothing is computed when it is read.
#[test]
fn every_stored_record_is_whole_by_itself() {
    let (_folder, desk) = desk();
    let whole = |c: &Connection| {
        audit::each(c, |kept| {
            let record: Record = kept.record();
            assert_eq!(record.digest(), record.hash);
            Ok(())
        })
    };
    desk.store.read(whole).unwrap();
}
