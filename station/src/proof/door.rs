//! The door: wrong passwords, damaged and missing files, a second program.

use chrono::Duration;

use super::*;
use crate::door::{look, occupy};
use crate::error::Result;
use crate::keys::Attempts;
use crate::view::Door;

fn try_open(folder: &Path, password: &str, at: DateTime<Utc>) -> Result<Desk> {
    unlock(folder, LOGIN, password, &shelf(), at)
}

#[test]
fn five_wrong_passwords_make_everybody_wait_even_after_a_restart() {
    let folder = founded();
    for left in [4, 3, 2, 1] {
        let failure = crate::view::Failure::from(
            try_open(folder.path(), "wrong horse", now()).err().unwrap(),
        );
        assert_eq!(failure.reason.code, "auth.wrong_password");
        assert_eq!(failure.reason.with["left"], left.to_string());
    }
    let fifth = try_open(folder.path(), "wrong horse", now());
    assert_eq!(code(fifth), "auth.wait");
    assert_eq!(code(try_open(folder.path(), PASSWORD, now())), "auth.wait");
    // A clock that is set ahead opens nothing; the time that passes does.
    let ahead = now() + Duration::hours(2);
    assert_eq!(code(try_open(folder.path(), PASSWORD, ahead)), "auth.wait");
    Attempts::let_run(folder.path(), 30);
    drop(try_open(folder.path(), PASSWORD, now()).unwrap());
    let after = try_open(folder.path(), "wrong horse", now());
    assert_eq!(code(after), "auth.wrong_password", "the count begins anew");
}

#[test]
fn an_unknown_name_is_told_apart_from_a_wrong_password() {
    let folder = founded();
    let outcome = unlock(folder.path(), "nobody", PASSWORD, &shelf(), now());
    assert_eq!(code(outcome), "auth.unknown");
}

#[test]
fn an_unreadable_store_is_said_and_kept_byte_for_byte() {
    let folder = founded();
    drop(open(folder.path()));
    let path = folder.path().join("station.db");
    let whole = std::fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[100] ^= 1;
    let damaged: [(&str, Vec<u8>); 3] = [
        ("a flipped bit", flipped),
        ("noise", vec![7; 8192]),
        ("nothing left", Vec::new()),
    ];
    for (what, bytes) in damaged {
        for end in ["-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.path().join(format!("station.db{end}")));
        }
        std::fs::write(&path, &bytes).unwrap();
        let outcome = try_open(folder.path(), PASSWORD, now());
        assert_eq!(code(outcome), "store.unreadable", "{what}");
        assert_eq!(
            std::fs::read(&path).unwrap(),
            bytes,
            "{what}: the file was touched"
        );
    }
    std::fs::write(&path, whole).unwrap();
    drop(open(folder.path()));
}

#[test]
fn a_missing_store_or_missing_keys_are_never_taken_for_a_new_station() {
    let folder = founded();
    let path = folder.path().join("station.db");
    let aside = folder.path().join("elsewhere");
    std::fs::rename(&path, &aside).unwrap();
    assert_eq!(
        code(try_open(folder.path(), PASSWORD, now())),
        "store.missing"
    );
    assert!(
        matches!(look(folder.path()), Door::Unreadable { code, .. } if code == "store.missing")
    );
    assert!(!path.exists());
    std::fs::rename(&aside, &path).unwrap();
    for name in ["keys.json", "keys.json.copy"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    assert!(matches!(look(folder.path()), Door::Unreadable { code, .. } if code == "keys.missing"));
    let founder = Founder {
        login: LOGIN,
        password: PASSWORD,
        staff: staff(),
        mark: None,
    };
    let again = found(
        folder.path(),
        &installation(),
        &founder,
        Cost::CHEAP,
        &shelf(),
    );
    assert_eq!(code(again), "station.already_enrolled");
}

#[test]
fn a_founding_that_was_cut_off_starts_over_and_keeps_what_it_finds() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("station.db"), b"half a store").unwrap();
    assert_eq!(look(folder.path()), Door::Enrol);
    found_in(folder.path());
    let kept = std::fs::read(folder.path().join("station.db.kept-1")).unwrap();
    assert_eq!(kept, b"half a store");
    drop(open(folder.path()));
}

#[test]
fn a_store_of_a_newer_program_is_refused() {
    let folder = founded();
    let desk = open(folder.path());
    desk.store.pretend_newer();
    drop(desk);
    assert_eq!(
        code(try_open(folder.path(), PASSWORD, now())),
        "store.newer"
    );
}

#[test]
fn a_second_program_on_the_same_folder_is_refused() {
    let folder = founded();
    let first = occupy(folder.path()).unwrap();
    assert_eq!(code(occupy(folder.path())), "store.locked_by_other");
    drop(first);
    occupy(folder.path()).unwrap();
}

#[test]
fn nothing_in_the_folder_shows_who_was_here() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    desk.submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    desk.store.checkpoint().unwrap();
    let number = who.document.number.as_bytes();
    let canaries: [&[u8]; 3] = [number, who.name.as_bytes(), b"13900000001"];
    let mut folders = vec![folder.path().to_owned()];
    let mut files = 0;
    while let Some(place) = folders.pop() {
        for entry in std::fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for canary in canaries {
                let found = bytes.windows(canary.len()).any(|part| part == canary);
                assert!(
                    !found,
                    "{} in {}",
                    String::from_utf8_lossy(canary),
                    path.display()
                );
            }
        }
    }
    assert!(files > 5);
}
