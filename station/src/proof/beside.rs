//! Who works at the counter does not wait for a long page of the feed.

use domain::person::FieldChange;
use domain::{Change, Fact};

use super::city::City;
use super::*;
use crate::store::entity;

/// More than is folded in one transaction, several times.
const FACTS: usize = 8_000;

#[test]
fn a_save_gets_in_while_a_long_page_is_folded() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let mut city = City::new();
    city.meet(&desk);
    let from = city.feed.len();
    let person = city.state.people.items[0].id;
    let mut before = city.state.people.items[0].known["phone"].clone();
    for n in 0..FACTS {
        let now = format!("139{n:08}");
        let change = FieldChange {
            field: "phone".into(),
            was: Some(std::mem::replace(&mut before, now.clone())),
            now,
        };
        let fact = Fact {
            cause: crate::desk::new_id(),
            index: 0,
            entity: person,
            change: Change::AnswerChanged { change },
        };
        city.publish(&serde_json::to_string(&fact).unwrap());
    }
    let seq = || desk.store.feed_at().unwrap().seq as usize;
    let between = std::thread::scope(|scope| {
        let folding = scope.spawn(|| desk.store.apply_facts(&city.feed[from..]).unwrap());
        let mut between = 0;
        while !folding.is_finished() {
            desk.store.set_meta("typed", "a keystroke").unwrap();
            between += usize::from((from + 1..city.feed.len()).contains(&seq()));
        }
        between
    });
    assert!(between > 1, "nothing was saved between two stretches");
    assert_eq!(seq(), city.feed.len());
    let known = desk.store.read(|c| entity::find_person(c, person)).unwrap();
    let known = known.and_then(entity::Kept::into_shown).unwrap();
    assert_eq!(known.known["phone"], before);
}
