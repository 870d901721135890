//! Letting a substitute in, at a real folder: once, the right person, cut off between its steps, and out
//! again.

use domain::substitute::{Heard, Neighbour, Word, tag};
use domain::{Id, Staff};
use tempfile::TempDir;

use super::*;
use crate::door::{enter, unlock};
use crate::keys::{LetInCode, Told};
use crate::proof::{LOGIN, PASSWORD, code, founded, now, shelf, staff};

const OWN: &str = "for these hours";
const NAME: &str = "李代班";

fn id(n: u128) -> Id {
    Id(uuid::Uuid::from_u128(n))
}

fn person(n: u128) -> Neighbour {
    Neighbour {
        staff: Staff {
            id: id(n),
            name: NAME.into(),
            area: domain::Division("320302001009".into()),
        },
        login: "li".into(),
    }
}

/// A station with one code, which the centre gave for `person(9)`.
fn with_a_code() -> (TempDir, SpokenCode) {
    let folder = founded();
    let told = add_code(folder.path(), 1);
    (folder, spoken(&told, 9))
}

fn add_code(folder: &Path, n: u128) -> Told {
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let heard = Heard {
        people: vec![person(9)],
        code: Some(id(n)),
        confirmed: None,
    };
    let store = &entered.desk.store;
    store
        .heard_substitute(&Word::default(), &heard, now())
        .unwrap();
    let mut file = keys_of(folder).unwrap();
    let secret = machine::fetch(&file.machine, folder).unwrap();
    let (code, told) = LetInCode::random(id(n), &secret, Cost::CHEAP, entered.held.suite, now());
    file.add_code(code, &entered.held).unwrap();
    file.save(folder).unwrap();
    told
}

fn spoken(told: &Told, who: u128) -> SpokenCode {
    SpokenCode {
        secret: told.secret.to_string(),
        tag: tag(&told.bind, id(who)),
    }
}

fn try_in(folder: &Path, name: &str, code: &SpokenCode) -> Result<Entered> {
    let wanted = Wanted {
        name,
        code,
        password: OWN,
        card: None,
    };
    let_in(folder, &wanted, Cost::CHEAP, &shelf(), now())
}

fn refused(folder: &Path, name: &str, spoken: &SpokenCode) -> String {
    code(try_in(folder, name, spoken).map(drop))
}

fn substitute(folder: &Path) -> Result<Entered> {
    enter(folder, "li", OWN, None, &shelf(), now())
}

#[test]
fn a_code_lets_the_person_it_was_given_for_in_once() {
    let (folder, code_) = with_a_code();
    let folder = folder.path();
    let entered = try_in(folder, NAME, &code_).unwrap();
    assert_eq!(entered.let_in, Some(id(1)));
    assert_eq!(entered.login, "li");
    let here = Staff {
        area: staff().area,
        ..person(9).staff
    };
    assert_eq!(entered.desk.staff, here, "they act for this community");
    drop(entered);
    assert_eq!(refused(folder, NAME, &code_), "substitute.no_code");
    let again = substitute(folder).unwrap();
    assert_eq!(again.let_in, Some(id(1)));
    drop(again);
    // The staff come in as before.
    unlock(folder, LOGIN, PASSWORD, &shelf(), now()).unwrap();
}

#[test]
fn a_wrong_code_and_anothers_name_are_told_alike_and_slowed_down() {
    let (folder, right) = with_a_code();
    let folder = folder.path();
    let mut other = right.clone();
    other.secret = "0000000000000000".into();
    let mut anothers = right.clone();
    anothers.tag = match right.tag.as_str() {
        "0000" => "0001".into(),
        _ => "0000".into(),
    };
    assert_eq!(refused(folder, NAME, &other), "substitute.wrong");
    assert_eq!(refused(folder, "somebody else", &right), "substitute.wrong");
    assert_eq!(refused(folder, NAME, &anothers), "substitute.wrong");
    assert_eq!(refused(folder, NAME, &other), "substitute.wrong");
    assert_eq!(refused(folder, NAME, &other), "auth.wait");
    assert_eq!(
        refused(folder, NAME, &right),
        "auth.wait",
        "the right one waits too"
    );
    Attempts::let_run(folder, 31);
    let entered = try_in(folder, NAME, &right).unwrap();
    // The next log-in tells the audit how often it was tried.
    let told = Attempts::load(folder).untold();
    assert_eq!(told, [(CODE.to_owned(), 5)]);
    drop(entered);
}

#[test]
fn cut_off_between_its_steps_the_same_person_comes_in_and_nobody_else() {
    let (folder, right) = with_a_code();
    let folder = folder.path();
    let before: Vec<_> = crate::keys::FILES
        .map(|name| (name, std::fs::read(folder.join(name)).unwrap()))
        .into();
    drop(try_in(folder, NAME, &right).unwrap());
    // The power went before the key file was written.
    for (name, bytes) in &before {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    assert_eq!(code(substitute(folder).map(drop)), "auth.unknown");
    drop(try_in(folder, NAME, &right).unwrap());
    substitute(folder).unwrap();
    // It went between the copy and the file: the copy is the newer one, the file serves.
    std::fs::write(folder.join("keys.json"), &before[0].1).unwrap();
    drop(try_in(folder, NAME, &right).unwrap());
    // A file that somebody put back after the hours does not bring them back.
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let over = Heard {
        people: vec![person(9)],
        code: None,
        confirmed: Some(false),
    };
    let (word, _) = entered.desk.store.substitute_word(24, now()).unwrap();
    entered
        .desk
        .store
        .heard_substitute(&word, &over, now())
        .unwrap();
    drop(entered);
    for (name, bytes) in &before {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    assert_eq!(refused(folder, NAME, &right), "substitute.over");
}

#[test]
fn a_code_survives_a_new_data_key_and_a_change_that_was_cut_off() {
    let (folder, right) = with_a_code();
    let folder = folder.path();
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(folder).unwrap();
    file.prepare_next(&entered.held).unwrap();
    file.save(folder).unwrap();
    drop(entered);
    drop(try_in(folder, NAME, &right).unwrap());
    assert!(
        keys_of(folder).unwrap().next.is_none(),
        "the change was finished"
    );
    unlock(folder, LOGIN, PASSWORD, &shelf(), now()).unwrap();
}

#[test]
fn a_substitute_whose_hours_are_over_is_swept_out_and_the_data_key_changes() {
    let (folder, right) = with_a_code();
    let folder = folder.path();
    drop(try_in(folder, NAME, &right).unwrap());
    let taken = keys_of(folder).unwrap();
    let entered = enter(folder, LOGIN, PASSWORD, None, &shelf(), now()).unwrap();
    let mut file = keys_of(folder).unwrap();
    assert!(!sweep(folder, &mut file, &entered.held, |_| true).unwrap());
    assert!(sweep(folder, &mut file, &entered.held, |_| false).unwrap());
    drop(entered);
    assert_eq!(code(substitute(folder).map(drop)), "auth.unknown");
    unlock(folder, LOGIN, PASSWORD, &shelf(), now()).unwrap();
    // With the file that they may have taken along, their password opens a key that opens nothing.
    taken.save(folder).unwrap();
    assert_eq!(code(substitute(folder).map(drop)), "store.unreadable");
}

#[test]
fn a_substitutes_password_agrees_to_nothing_and_restores_nothing() {
    let (folder, right) = with_a_code();
    let folder = folder.path();
    drop(try_in(folder, NAME, &right).unwrap());
    let confirmed = super::super::confirm(folder, "li", OWN, None);
    assert_eq!(code(confirmed), "substitute.not_allowed");
    let keys = super::super::open_keys_for(folder, "li", OWN, None);
    assert_eq!(code(keys.map(drop)), "substitute.not_allowed");
    assert!(super::super::others(folder, staff().id).unwrap().is_empty());
    let printed = crate::recovery::by_printed(folder, "", "li");
    assert!(printed.is_err());
}

#[test]
fn a_second_substitute_takes_the_place_of_the_first() {
    let (folder, right) = with_a_code();
    let folder = folder.path();
    drop(try_in(folder, NAME, &right).unwrap());
    let told = add_code(folder, 2);
    let wanted = Wanted {
        name: NAME,
        code: &spoken(&told, 9),
        password: "another password",
        card: None,
    };
    drop(let_in(folder, &wanted, Cost::CHEAP, &shelf(), now()).unwrap());
    assert!(code(substitute(folder).map(drop)) == "auth.wrong_password");
    let again = enter(folder, "li", "another password", None, &shelf(), now()).unwrap();
    assert_eq!(again.let_in, Some(id(2)));
    let file = keys_of(folder).unwrap();
    assert!(file.next.is_none(), "the new data key is in force");
}
