//! Database and journal: both have a save before it is told, and what one has lost the other gives
//! back.

use super::*;
use crate::journal::{Contents, Journal};

fn journal_of(folder: &Path) -> Contents {
    let desk = open(folder);
    let key = desk.keys.journal.clone();
    drop(desk);
    Journal::look(&folder.join("journal"), installation().id, &key)
        .unwrap()
        .unwrap()
}

fn log_last(folder: &Path) -> u64 {
    open(folder).store.log_at().unwrap().last
}

/// The database as it is now, to be put back later.
fn snapshot(folder: &Path) -> Vec<u8> {
    let desk = open(folder);
    desk.store.fold().unwrap();
    drop(desk);
    std::fs::read(folder.join("station.db")).unwrap()
}

fn put_back(folder: &Path, bytes: &[u8]) {
    for end in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("station.db{end}")));
    }
    std::fs::write(folder.join("station.db"), bytes).unwrap();
}

#[test]
fn a_save_is_in_the_journal_when_it_is_told() {
    let folder = founded();
    let desk = open(folder.path());
    for order in 1..4 {
        register(&desk, &identity("王示范", order));
        assert_eq!(desk.store.journal_state().last, u64::from(order));
    }
    assert_eq!(desk.store.journal_state().trouble, None);
    drop(desk);
    let contents = journal_of(folder.path());
    assert_eq!(contents.entries.len(), 3);
    assert!(contents.installation.is_some() && !contents.is_rotten());
}

#[test]
fn an_older_database_gets_back_what_the_journal_has_and_its_form_is_gone() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let draft = hardship_draft(&desk, &identity("李样本", 3));
    drop(desk);
    let older = snapshot(folder.path());
    let desk = open(folder.path());
    let filed = desk.submit(draft.draft, now()).unwrap();
    let other = register(&desk, &identity("赵示范", 5));
    let shown = desk.get_case(filed.case, now()).unwrap();
    drop(desk);
    put_back(folder.path(), &older);
    let desk = open(folder.path());
    assert_eq!(desk.store.log_at().unwrap().last, 3);
    assert_eq!(desk.get_case(filed.case, now()).unwrap(), shown);
    assert!(desk.get_case(other.case, now()).is_ok());
    assert_eq!(code(desk.get_draft(draft.draft, now())), "draft.unknown");
    assert_eq!(
        desk.store.unsent().unwrap().pages,
        1,
        "its page is sent too"
    );
    let next = register(&desk, &identity("周样例", 7));
    assert!(next.serial.ends_with("000004"), "{}", next.serial);
}

#[test]
fn a_journal_that_was_away_is_completed() {
    let folder = founded();
    let (journal, away) = (folder.path().join("journal"), folder.path().join("away"));
    drop(open(folder.path()));
    std::fs::rename(&journal, &away).unwrap();
    std::fs::write(&journal, b"no folder").unwrap();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let trouble = desk.store.journal_state().trouble;
    assert!(trouble.is_some(), "it is said that there is no journal");
    drop(desk);
    std::fs::remove_file(&journal).unwrap();
    std::fs::rename(&away, &journal).unwrap();
    let desk = open(folder.path());
    assert_eq!(desk.store.journal_state().last, 1);
    assert_eq!(desk.store.journal_state().trouble, None);
    drop(desk);
    assert_eq!(journal_of(folder.path()).last(), 1);
}

#[test]
fn a_journal_of_another_history_is_set_aside_and_nothing_is_sent_before_the_centre_has_spoken() {
    let folder = founded();
    let older = snapshot(folder.path());
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    register(&desk, &identity("李样本", 3));
    drop(desk);
    let (journal, away) = (folder.path().join("journal"), folder.path().join("away"));
    std::fs::rename(&journal, &away).unwrap();
    put_back(folder.path(), &older);
    let desk = open(folder.path());
    register(&desk, &identity("赵示范", 5));
    drop(desk);
    std::fs::remove_dir_all(&journal).unwrap();
    std::fs::rename(&away, &journal).unwrap();
    let desk = open(folder.path());
    assert_eq!(desk.store.log_at().unwrap().last, 1);
    assert_eq!(desk.store.restored_last().unwrap(), Some(1));
    assert_eq!(desk.store.journal_state().last, 1);
    let place = journal.join(installation().id.to_string());
    let names = std::fs::read_dir(place).unwrap();
    let aside = names.filter(|name| {
        let name = name.as_ref().unwrap().file_name();
        name.to_string_lossy().contains("differs-")
    });
    assert_eq!(aside.count(), 1, "the other history is kept");
}

#[test]
fn a_rotten_journal_is_written_anew_from_the_database() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    register(&desk, &identity("李样本", 3));
    drop(desk);
    let place = folder
        .path()
        .join("journal")
        .join(installation().id.to_string());
    let path = place.join("00000001.journal");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(log_last(folder.path()), 2);
    let contents = journal_of(folder.path());
    assert!(!contents.is_rotten());
    assert_eq!(contents.entries.len(), 2);
}
