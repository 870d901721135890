//! What the sync page counts it shows, and what is held is told however long ago it was filed.

use domain::record::SettleAnswer;
use domain::{Act, Command, Id, Outcome, Reason};
use rusqlite::params;

use crate::desk::Desk;
use crate::proof::{founded, identity, now, open, register};
use crate::store::standing;
use crate::sync::seen::Seen;
use crate::view::{LineStatus, SyncGroup, SyncState, SyncView};

fn page(desk: &Desk) -> SyncView {
    let line = LineStatus {
        up: true,
        reason: Reason::new("line.up"),
        last_contact: None,
        next_try: None,
        clock_off_s: None,
    };
    desk.get_sync(&Seen::default(), line, now()).unwrap()
}

fn answered(desk: &Desk, n: u64, outcome: &Outcome) {
    let outcome = serde_json::to_string(outcome).unwrap();
    let sql = "UPDATE outbox SET told = 1, outcome = ?2 WHERE n = ?1";
    let touched = desk
        .store
        .write(|tx| Ok(tx.execute(sql, params![n, outcome])?));
    assert_eq!(touched.unwrap(), 1);
}

/// An entry chooses an answer of somebody who is not here.
fn settles(desk: &Desk, n: u64, field: &str) {
    let person = Id(uuid::Uuid::from_u128(77));
    desk.store
        .write(|tx| {
            let sql = "SELECT body FROM outbox WHERE n = ?1";
            let body: String = tx.query_row(sql, [n], |row| row.get(0))?;
            let command = Command {
                act: Act::SettleAnswer(SettleAnswer {
                    person,
                    field: field.to_owned(),
                    value: "1".to_owned(),
                    seen: vec!["1".to_owned(), "2".to_owned()],
                }),
                ..serde_json::from_str(&body)?
            };
            let body = serde_json::to_string(&command)?;
            let sql = "UPDATE outbox SET kind = 'amend', case_id = ?2, body = ?3 WHERE n = ?1";
            Ok(tx.execute(sql, params![n, person.as_bytes(), body])?)
        })
        .unwrap();
}

fn shown(group: &SyncGroup) -> Vec<(Option<&str>, &str)> {
    assert_eq!(group.total, group.items.len() as u64, "{group:?}");
    let items = group.items.iter();
    items
        .map(|item| (item.settles.as_deref(), item.name.as_str()))
        .collect()
}

fn held() -> Outcome {
    Outcome::Held {
        reason: Reason::new("command.poisonous"),
    }
}

#[test]
fn a_choice_between_two_answers_is_shown_wherever_it_is_counted() {
    let folder = founded();
    let desk = open(folder.path());
    for order in 1..=3 {
        register(&desk, &identity("王示范", order));
        settles(
            &desk,
            order.into(),
            ["phone", "address", "phone"][order as usize - 1],
        );
    }
    let all = [
        (Some("phone"), ""),
        (Some("address"), ""),
        (Some("phone"), ""),
    ];
    assert_eq!(shown(&page(&desk).waiting), all, "whose is not known here");
    desk.store.set_acked(3).unwrap();
    assert_eq!(shown(&page(&desk).waiting), all);
    answered(&desk, 2, &held());
    let view = page(&desk);
    assert_eq!(shown(&view.held), [(Some("address"), "")]);
    assert!(matches!(view.held.items[0].state, SyncState::Held { .. }));
    let refused = Outcome::Rejected {
        reasons: vec![Reason::new("answer.settled_meanwhile")],
    };
    answered(&desk, 1, &refused);
    assert_eq!(shown(&page(&desk).refused), [], "another has followed");
    answered(&desk, 3, &refused);
    assert_eq!(shown(&page(&desk).refused), [(Some("phone"), "")]);
}

#[test]
fn what_is_held_is_told_however_much_was_filed_since() {
    let folder = founded();
    let desk = open(folder.path());
    for order in 1..=3 {
        register(&desk, &identity("王示范", order));
    }
    answered(&desk, 1, &held());
    answered(&desk, 2, &Outcome::Accepted);
    let held = || desk.store.read(standing::look).unwrap().held;
    assert_eq!(held(), 1);
    let far = "UPDATE outbox SET n = 100000 WHERE n = 3";
    desk.store.write(|tx| Ok(tx.execute(far, [])?)).unwrap();
    assert_eq!(held(), 1);
    answered(&desk, 1, &Outcome::Accepted);
    assert_eq!(held(), 0);
}
