//! Codes in the key file: what opens them, what survives a new data key, and what leaves with a deposit.

use domain::substitute::Neighbour;

use super::*;
use crate::keys::machine::Kept;
use crate::keys::{Found, Ring, Wrap};
use crate::proof::{now, staff};

fn machine() -> Secret {
    Zeroizing::new([4; 32])
}

fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

fn file(suite: Suite) -> (KeyFile, Held) {
    let held = Held {
        key: DataKey::random(),
        ring: Ring::random(),
        suite,
    };
    let wrap = Wrap::new(
        "zhang",
        staff(),
        "right",
        &machine(),
        None,
        Cost::CHEAP,
        suite,
    );
    (KeyFile::new(&held, wrap, Kept::File).unwrap(), held)
}

fn made(n: u128, suite: Suite) -> (LetInCode, Told) {
    LetInCode::random(id(n), &machine(), Cost::CHEAP, suite, now())
}

fn opens(file: &KeyFile, told: &Told) -> Option<Id> {
    let opened = file.open_code(&told.secret, &machine()).unwrap();
    opened.map(|let_in| {
        assert_eq!(
            let_in.bind, told.bind,
            "the centre and the station bind alike"
        );
        file.hold(let_in.opened.current).unwrap();
        let_in.code
    })
}

#[test]
fn a_code_opens_the_data_key_on_its_own_machine_and_no_other_digits_do() {
    for suite in Suite::ALL {
        let (mut file, held) = file(suite);
        let (code, told) = made(1, suite);
        let none = file.open_code(&told.secret, &machine()).err().unwrap();
        assert_eq!(none.code(), "substitute.no_code");
        file.add_code(code, &held).unwrap();
        assert_eq!(told.secret.len(), SECRET_DIGITS);
        assert_eq!(opens(&file, &told), Some(id(1)));
        let mut other = told.secret.to_string();
        let last = if other.pop() == Some('0') { '1' } else { '0' };
        other.push(last);
        assert!(file.open_code(&other, &machine()).unwrap().is_none());
        let there = Zeroizing::new([5; 32]);
        let elsewhere = file.open_code(&told.secret, &there).err().unwrap();
        assert_eq!(elsewhere.code(), "keys.machine_changed");
        // As it is written and read again.
        let bytes = serde_json::to_vec(&file).unwrap();
        assert_eq!(Found::read(&bytes).unwrap(), Found::Now(Box::new(file)));
    }
}

#[test]
fn a_sealed_code_opens_under_no_other_name() {
    let (mut file, held) = file(Suite::One);
    let (code, told) = made(1, Suite::One);
    file.add_code(code, &held).unwrap();
    file.let_in[0].id = id(2);
    assert!(file.open_code(&told.secret, &machine()).unwrap().is_none());
}

#[test]
fn the_code_before_opens_until_it_is_dropped_and_the_one_before_that_is_gone() {
    let (mut file, held) = file(Suite::One);
    let told: Vec<Told> = (1..=3)
        .map(|n| {
            let (code, told) = made(n, Suite::One);
            file.add_code(code, &held).unwrap();
            told
        })
        .collect();
    let opened: Vec<_> = told.iter().map(|told| opens(&file, told)).collect();
    assert_eq!(opened, [None, Some(id(2)), Some(id(3))]);
    assert!(file.drop_codes(|code| code == id(2)));
    assert!(!file.drop_codes(|code| code == id(2)));
    assert_eq!(opens(&file, &told[1]), None);
    assert_eq!(file.current.let_in.len(), 1);
}

#[test]
fn a_code_opens_the_new_data_key_too() {
    let (mut file, held) = file(Suite::One);
    let (code, told) = made(1, Suite::One);
    file.add_code(code, &held).unwrap();
    let next = file.prepare_next(&held).unwrap();
    let opened = file.open_code(&told.secret, &machine()).unwrap().unwrap();
    let both = [Some(opened.opened.current), opened.opened.next];
    let expected = [Some(&held.key), Some(&next)];
    for (got, wanted) in both.iter().zip(expected) {
        let databases = [got.as_ref().unwrap().database(), wanted.unwrap().database()];
        assert_eq!(databases[0], databases[1]);
    }
    file.promote();
    assert_eq!(opens(&file, &told), Some(id(1)));
    // One that is added while the data key is being changed opens what comes after, too.
    let current = file.open_code(&told.secret, &machine()).unwrap().unwrap();
    let held = file.hold(current.opened.current).unwrap();
    file.prepare_next(&held).unwrap();
    let (code, later) = made(2, Suite::One);
    file.add_code(code, &held).unwrap();
    file.promote();
    assert_eq!(opens(&file, &later), Some(id(2)));
}

#[test]
fn no_code_leaves_with_the_deposit() {
    let (mut file, held) = file(Suite::One);
    let officers = BoxKey::random(Suite::One);
    file.set_escrow(&officers.public(), id(7), &held).unwrap();
    let before = file.deposit().unwrap();
    let (code, _) = made(1, Suite::One);
    file.add_code(code, &held).unwrap();
    assert_eq!(file.deposit().unwrap(), before);
}

#[test]
fn a_substitutes_way_in_says_that_they_are_one_and_cannot_be_made_a_colleagues() {
    let (mut file, held) = file(Suite::One);
    let li = Neighbour {
        staff: staff(),
        login: "li".into(),
    };
    let wrap = Wrap::substitute(
        &li,
        "for today",
        &machine(),
        None,
        id(1),
        Cost::CHEAP,
        Suite::One,
    );
    file.admit(wrap, &held).unwrap();
    let folder = tempfile::tempdir().unwrap();
    file.save(folder.path()).unwrap();
    let written = std::fs::read(folder.path().join("keys.json")).unwrap();
    let value: serde_json::Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(
        value["version"], 4,
        "an older program says that it is newer"
    );
    let Some(Found::Now(mut read)) = Found::load(folder.path()).unwrap() else {
        panic!("it is today's")
    };
    assert!(
        read.open("li", "for today", &machine(), None)
            .unwrap()
            .is_some()
    );
    let position = read
        .wraps
        .iter()
        .position(|wrap| wrap.login == "li")
        .unwrap();
    read.wraps[position].let_in = None;
    assert!(
        read.open("li", "for today", &machine(), None)
            .unwrap()
            .is_none()
    );
}
