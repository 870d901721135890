//! A substitute's hours and rights, and what the centre is told, at a desk on a real store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use zeroize::Zeroizing;

use super::*;
use crate::clock::Watch;
use crate::desk::Desk;
use crate::lease;
use crate::proof::{code, founded, now, open, staff};

fn neighbour(n: u128) -> Neighbour {
    let id = Id(uuid::Uuid::from_u128(n));
    Neighbour {
        staff: Staff {
            id,
            name: format!("邻站{n}"),
            ..staff()
        },
        login: format!("near{n}"),
    }
}

fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

/// A desk whose clock and running time are minutes since `now()`.
struct Bench {
    desk: Desk,
    minutes: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let folder = founded();
        let desk = open(folder.path());
        let minutes = Arc::new(AtomicI64::new(0));
        let (wall, running) = (minutes.clone(), minutes.clone());
        desk.store.stamp().set_watch(Watch::new(
            move || now() + TimeDelta::minutes(wall.load(Ordering::SeqCst)),
            move || Duration::from_secs(60 * running.load(Ordering::SeqCst) as u64),
            "one start",
        ));
        desk.store.stamp().acts_as_substitute(true);
        Bench {
            desk,
            minutes,
            _folder: folder,
        }
    }

    fn begin(&self, code: u128, who: u128) -> Result<()> {
        let store = &self.desk.store;
        store.begin_substitute(id(code), &neighbour(who), 12, now())
    }

    fn at_minute(&self, minute: i64) {
        self.minutes.store(minute, Ordering::SeqCst);
    }

    fn files(&self) -> Result<()> {
        self.desk.store.write(lease::admit_filing)
    }

    fn captures(&self) -> Result<()> {
        self.desk.store.write(lease::admit_capture)
    }

    fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let each = self.desk.store.read(|c| {
            audit::each(c, |kept| {
                let event = Event::read(&kept.kind, &kept.details);
                events.extend(event.filter(|event| {
                    matches!(
                        event,
                        Event::SubstituteLetIn { .. } | Event::SubstituteOver { .. }
                    )
                }));
                Ok(())
            })
        });
        each.unwrap();
        events
    }

    /// The centre answers to what it is told.
    fn heard(&self, confirmed: Option<bool>, code: Option<u128>) -> bool {
        let store = &self.desk.store;
        let (word, _) = store.substitute_word(24, now()).unwrap();
        let heard = Heard {
            people: vec![neighbour(1)],
            code: code.map(id),
            confirmed: word.used.as_ref().and(confirmed),
        };
        store.heard_substitute(&word, &heard, now()).unwrap()
    }
}

#[test]
fn a_substitute_captures_for_their_hours_and_files_once_the_centre_has_heard() {
    let bench = Bench::new();
    assert_eq!(
        code(bench.captures()),
        "substitute.capture_only",
        "nobody was let in"
    );
    bench.begin(1, 1).unwrap();
    bench.captures().unwrap();
    assert_eq!(code(bench.files()), "substitute.capture_only");
    assert!(bench.heard(Some(true), None));
    bench.files().unwrap();
    bench.at_minute(12 * 60 - 1);
    assert!(!bench.desk.store.tick_substitute().unwrap());
    let status = bench.desk.store.substitute_status().unwrap().unwrap();
    assert_eq!((status.minutes_left, status.confirmed), (1, true));
    bench.files().unwrap();
    bench.at_minute(12 * 60);
    assert_eq!(code(bench.captures()), "substitute.over");
    assert!(bench.desk.store.tick_substitute().unwrap());
    assert!(bench.desk.store.tick_substitute().unwrap());
    // A clock or a new start that makes time of it again does not bring them back.
    bench.at_minute(0);
    assert_eq!(code(bench.files()), "substitute.over");
    assert_eq!(
        code(bench.desk.store.admit_substitute(id(1))),
        "substitute.over"
    );
    let (code, staff) = (id(1).0, id(1).0);
    let expected = [
        Event::SubstituteLetIn(LetIn { code, staff }),
        Event::SubstituteOver { staff },
    ];
    assert_eq!(bench.events(), expected);
}

#[test]
fn the_staff_are_not_held_to_a_substitutes_rights() {
    let bench = Bench::new();
    bench.begin(1, 1).unwrap();
    bench.desk.store.stamp().acts_as_substitute(false);
    bench.files().unwrap();
}

#[test]
fn a_code_lets_one_person_in_once() {
    let bench = Bench::new();
    bench.begin(1, 1).unwrap();
    bench.at_minute(60);
    assert_eq!(code(bench.begin(1, 2)), "substitute.used");
    bench.begin(1, 1).unwrap();
    let left = bench.desk.store.substitute_status().unwrap().unwrap();
    assert_eq!(left.minutes_left, 11 * 60, "the hours go on");
    assert_eq!(bench.events().len(), 1);
    bench.at_minute(12 * 60);
    assert_eq!(code(bench.begin(1, 1)), "substitute.over");
    bench.begin(2, 1).unwrap();
    bench.captures().unwrap();
}

#[test]
fn whom_the_centre_did_not_mean_is_out() {
    let bench = Bench::new();
    bench.begin(1, 1).unwrap();
    assert!(bench.heard(Some(false), None));
    assert_eq!(code(bench.captures()), "substitute.over");
    assert!(matches!(
        bench.events()[..],
        [_, Event::SubstituteOver { .. }]
    ));
}

#[test]
fn what_the_centre_was_not_told_is_told_again_and_then_no_more() {
    let bench = Bench::new();
    let store = &bench.desk.store;
    let (word, is_due) = store.substitute_word(24, now()).unwrap();
    assert_eq!(
        (word, is_due),
        (Word::default(), true),
        "who may be let in is asked"
    );
    bench.heard(None, None);
    assert!(!store.substitute_word(24, now()).unwrap().1);
    assert!(
        store
            .substitute_word(24, now() + TimeDelta::hours(24))
            .unwrap()
            .1
    );
    assert_eq!(store.substitute_people().unwrap(), [neighbour(1)]);
    let told = Told {
        secret: Zeroizing::new("0918273645546372".into()),
        bind: Zeroizing::new([7; 32]),
    };
    store.keep_substitute_code(id(5), &told).unwrap();
    bench.begin(1, 1).unwrap();
    for _ in 0..2 {
        let (word, is_due) = store.substitute_word(24, now()).unwrap();
        assert!(is_due);
        assert_eq!(word.code.unwrap().parts().unwrap().1, [7; 32]);
        assert_eq!(word.used.unwrap().staff, id(1));
    }
    bench.heard(Some(true), Some(5));
    let (word, is_due) = store.substitute_word(24, now()).unwrap();
    assert!(!is_due && word.code.is_none() && word.used.is_none());
    assert_eq!(word.holds, Some(id(5)));
    // A centre that has lost it is asked for nothing: it gets a new one.
    bench.heard(None, None);
    assert_eq!(store.substitute_codes().unwrap(), (None, None));
}

#[test]
fn a_name_and_a_tag_mean_one_person() {
    let bind = Zeroizing::new([7; 32]);
    let mut twin = neighbour(2);
    twin.staff.name = neighbour(1).staff.name;
    let people = [neighbour(1), twin.clone()];
    let tagged = |n| tag(&bind, id(n));
    let found = |name: &str, tagged: &str| find_person(&people, name, tagged, &bind);
    assert_eq!(found(" 邻站1 ", &tagged(1)), Some(neighbour(1)));
    assert_eq!(
        found("邻站1", &tagged(2)),
        Some(twin.clone()),
        "two of one name"
    );
    assert_eq!(found("near2", &tagged(2)), Some(twin));
    assert_eq!(found("near1", &tagged(2)), None, "another's code");
    assert_eq!(found("邻站9", &tagged(1)), None);
}

#[test]
fn a_typed_code_says_what_is_wrong_with_it() {
    let text = SpokenCode {
        secret: "0918273645546372".into(),
        tag: "0042".into(),
    }
    .to_text();
    assert!(read_code(&text).is_ok());
    assert_eq!(
        read_code(&text[1..]).unwrap_err().code(),
        "substitute.length"
    );
    let mut groups: Vec<_> = text.split(' ').collect();
    groups.swap(3, 4);
    let Err(Error::Coded { reason, .. }) = read_code(&groups.concat()) else {
        panic!("it is refused")
    };
    assert_eq!(reason, Reason::new("substitute.group").with("group", 4));
}
