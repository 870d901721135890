//! `keys.json`: both layouts, damage, and who can open it by which way.

use zeroize::Zeroizing;

use super::super::old::OldWrap;
use super::*;
use crate::keys::{Cost, Ring};
use crate::proof::{now, staff};

const INSTALLATION: Id = Id(uuid::Uuid::from_u128(7));

fn machine() -> Secret {
    Zeroizing::new([4; 32])
}

fn wrap(login: &str, password: &str) -> Wrap {
    Wrap::new(
        login,
        staff(),
        password,
        &machine(),
        None,
        Cost::CHEAP,
        Suite::One,
    )
}

fn held() -> Held {
    Held {
        key: DataKey::random(),
        ring: Ring::random(),
        suite: Suite::One,
    }
}

fn file(held: &Held) -> KeyFile {
    KeyFile::new(held, wrap("zhang", "right"), Kept::File).unwrap()
}

fn opens(file: &KeyFile, login: &str, password: &str) -> Option<DataKey> {
    let opened = file.open(login, password, &machine(), None).unwrap();
    opened.map(|opened| opened.current)
}

#[test]
fn a_damaged_key_file_is_replaced_by_its_copy_and_never_taken_for_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Found::load(folder.path()).unwrap().is_none());
    let file = file(&held());
    file.save(folder.path()).unwrap();
    std::fs::write(folder.path().join(FILE), b"{").unwrap();
    let found = Found::load(folder.path()).unwrap();
    assert_eq!(found, Some(Found::Now(Box::new(file))));
    std::fs::write(folder.path().join(COPY), b"").unwrap();
    let error = Found::load(folder.path()).unwrap_err();
    assert_eq!(error.code(), "keys.unreadable");
}

#[test]
fn a_turned_bit_is_noticed_wherever_it_is() {
    let file = file(&held());
    let whole = file.bytes().unwrap();
    let found = Found::Now(Box::new(file));
    assert_eq!(Found::read(&whole).unwrap(), found);
    for bit in 0..whole.len() * 8 {
        let mut turned = whole.clone();
        turned[bit / 8] ^= 1 << (bit % 8);
        match Found::read(&turned) {
            // Blanks between the words, and the name of the check: nothing that is used.
            Ok(read) => assert_eq!(read, found, "bit {bit}"),
            Err(error) => assert_eq!(error.code(), "keys.unreadable", "bit {bit}"),
        }
    }
}

#[test]
fn a_file_of_a_newer_program_is_told_from_a_damaged_one() {
    let error = Found::read(br#"{"version":5,"anything":true}"#).unwrap_err();
    assert_eq!(error.code(), "keys.newer");
    for damaged in [
        "",
        "{}",
        "[]",
        r#"{"version":2}"#,
        r#"{"version":3}"#,
        r#"{"version":1,"wraps":3}"#,
    ] {
        let error = Found::read(damaged.as_bytes()).unwrap_err();
        assert_eq!(error.code(), "keys.unreadable", "{damaged}");
    }
}

#[test]
fn every_truncation_of_the_file_is_refused_and_no_flipped_bit_gives_another_key() {
    let held = held();
    let mut file = file(&held);
    file.set_printed(&PrintedCode::random(), &held, now())
        .unwrap();
    let bytes = serde_json::to_vec(&file).unwrap();
    for end in 0..bytes.len() {
        assert!(Found::read(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in (0..bytes.len()).step_by(7) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 7);
        let Ok(Found::Now(changed)) = Found::read(&changed) else {
            continue;
        };
        if let Ok(Some(opened)) = changed.open("zhang", "right", &machine(), None) {
            assert!(opened.current.0 == held.key.0, "byte {at}");
        }
    }
}

#[test]
fn each_colleague_opens_the_same_data_key_with_their_own_password() {
    let held = held();
    let mut file = file(&held);
    file.admit(wrap("li", "another"), &held).unwrap();
    for (login, password) in [("zhang", "right"), ("li", "another")] {
        let key = opens(&file, login, password).unwrap();
        assert!(file.hold(key).unwrap().ring == held.ring);
    }
    assert!(opens(&file, "zhang", "another").is_none());
    let unknown = file.open("wang", "right", &machine(), None).err().unwrap();
    assert_eq!(unknown.code(), "auth.unknown");
}

#[test]
fn a_new_password_replaces_the_old_one() {
    let held = held();
    let mut file = file(&held);
    file.admit(wrap("zhang", "newer"), &held).unwrap();
    assert_eq!(file.wraps.len(), 1);
    assert!(opens(&file, "zhang", "right").is_none());
    assert!(opens(&file, "zhang", "newer").is_some());
}

#[test]
fn a_new_data_key_reaches_all_who_stay_by_every_way_and_nobody_who_left() {
    let held = held();
    let mut file = file(&held);
    file.admit(wrap("li", "another"), &held).unwrap();
    let officers = crypto::BoxKey::random(Suite::Two);
    file.set_escrow(&officers.public(), INSTALLATION, &held)
        .unwrap();
    let code = PrintedCode::random();
    file.set_printed(&code, &held, now()).unwrap();
    let left = file.clone();
    file.dismiss("li");
    let next = file.prepare_next(&held).unwrap();

    let both = file
        .open("zhang", "right", &machine(), None)
        .unwrap()
        .unwrap();
    assert!(both.current.0 == held.key.0 && both.next.unwrap().0 == next.0);
    file.promote();
    assert!(opens(&file, "zhang", "right").unwrap().0 == next.0);
    assert!(
        file.hold(next.clone()).unwrap().ring == held.ring,
        "the ring goes on"
    );
    assert!(
        file.hold(held.key.clone()).is_err(),
        "the old key opens nothing"
    );
    assert!(file.open_printed(&code).unwrap().unwrap().current.0 == next.0);
    let recovery = file.current.recovery.clone().unwrap();
    assert_eq!(recovery.escrow_key_id, officers.public().id());
    let sealed = hex::decode(recovery.sealed).unwrap();
    let purpose = domain::sync::recovery_purpose(INSTALLATION);
    assert_eq!(
        officers.open(&purpose, &sealed).unwrap().as_slice(),
        next.0.as_slice()
    );
    // With the file as it was when they left, a colleague still gets the old key, and only that.
    let old = opens(&left, "li", "another").unwrap();
    assert!(old.0 == held.key.0 && file.hold(old).is_err());
}

#[test]
fn a_recovered_key_of_another_installation_is_noticed() {
    let (ours, theirs) = (held(), held());
    let file = file(&ours);
    let wrong = DataKey::recovered(theirs.key.0.as_slice()).unwrap();
    assert_eq!(file.hold(wrong).err().unwrap().code(), "keys.unreadable");
    assert!(
        file.hold(DataKey::recovered(ours.key.0.as_slice()).unwrap())
            .is_ok()
    );
    assert!(DataKey::recovered(&[1; 31]).is_none());
}

#[test]
fn a_new_printed_code_ends_the_one_before() {
    let held = held();
    let mut file = file(&held);
    let (first, second) = (PrintedCode::random(), PrintedCode::random());
    assert_eq!(
        file.open_printed(&first).err().unwrap().code(),
        "keys.no_printed_code"
    );
    file.set_printed(&first, &held, now()).unwrap();
    file.set_printed(&second, &held, now()).unwrap();
    assert!(file.open_printed(&first).unwrap().is_none());
    assert!(file.open_printed(&second).unwrap().is_some());
}

#[test]
fn a_file_of_the_first_layout_opens() {
    let key = DataKey::random();
    let old = OldKeyFile {
        version: 1,
        wraps: vec![OldWrap::new(&key, "zhang", staff(), "right", &machine())],
    };
    let bytes = serde_json::to_vec(&old).unwrap();
    let Found::Old(read) = Found::read(&bytes).unwrap() else {
        panic!("it is of the first layout")
    };
    assert_eq!(read, old);
    let open = |password| read.wraps[0].open(password, &machine()).unwrap();
    assert!(open("right").unwrap().0 == key.0);
    assert!(open("wrong").is_none());
}

#[test]
fn no_more_staff_than_the_limit() {
    let held = held();
    let mut file = file(&held);
    for order in 1..STAFF_LIMIT {
        file.admit(wrap(&format!("w{order}"), "p"), &held).unwrap();
    }
    let over = file.admit(wrap("one more", "p"), &held).unwrap_err();
    assert_eq!(over.code(), "staff.too_many");
    file.admit(wrap("w1", "another"), &held).unwrap();
}

#[test]
fn who_is_let_in_while_the_data_key_waits_to_be_changed_has_the_next_one_too() {
    let held = held();
    let mut file = file(&held);
    file.prepare_next(&held).unwrap();
    file.admit(wrap("li", "another"), &held).unwrap();
    file.promote();
    let (one, two) = (
        opens(&file, "zhang", "right"),
        opens(&file, "li", "another"),
    );
    assert!(one.unwrap().0 == two.unwrap().0);
}
