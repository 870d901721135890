//! Backups: made while work goes on, looked at, restored on a new computer with the key alone.

use super::*;
use crate::keys::{Cost, DataKey, KeyFile, Wrap, machine};
use crate::proof::*;
use crate::storage::Places;
use crate::view::Submitted;

fn made(desk: &crate::desk::Desk, folder: &Path, at: DateTime<Utc>) -> Found {
    let source = Source {
        folder,
        store: &desk.store,
        blobs: &desk.blobs,
        installation: &desk.installation,
        keys: &desk.keys,
    };
    let places = Places::load(folder);
    make(&source, &places.backups_of(folder), &places, at).unwrap()
}

/// A station with two cases, one with a page that is nowhere else, backed up.
fn backed_up() -> (tempfile::TempDir, Keys, Found, Submitted) {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let draft = hardship_draft(&desk, &identity("李样本", 3)).draft;
    let filed = desk.submit(draft, now()).unwrap();
    let found = made(&desk, folder.path(), now());
    let keys = desk.keys.clone();
    (folder, keys, found, filed)
}

#[test]
fn a_backup_is_whole_names_nobody_and_says_where_the_log_stands() {
    let (folder, keys, found, _) = backed_up();
    assert_eq!(check(&found.folder, &keys).unwrap(), found.manifest);
    assert_eq!(found.manifest.log.last, 2);
    let paths: Vec<_> = found
        .manifest
        .files
        .iter()
        .map(|f| f.path.as_str())
        .collect();
    assert!(paths.contains(&STORE) && paths.contains(&"keys.json"));
    assert_eq!(
        paths
            .iter()
            .filter(|path| path.starts_with("blobs/"))
            .count(),
        1
    );
    for file in &found.manifest.files {
        let bytes = std::fs::read(inside(&found.folder, &file.path).unwrap()).unwrap();
        let name = "李样本".as_bytes();
        assert!(
            !bytes.windows(name.len()).any(|part| part == name),
            "{}",
            file.path
        );
    }
    assert_eq!(list(&folder.path().join("backups"), &keys.backup), [found]);
    let other = DataKey::random().derive();
    assert!(list(&folder.path().join("backups"), &other.backup).is_empty());
}

#[test]
fn every_damaged_file_is_named() {
    let (_folder, keys, found, _) = backed_up();
    for file in &found.manifest.files {
        let path = inside(&found.folder, &file.path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 1;
        for changed in [flipped, bytes[..bytes.len() - 1].to_vec()] {
            std::fs::write(&path, changed).unwrap();
            let failure = crate::view::Failure::from(check(&found.folder, &keys).unwrap_err());
            assert_eq!(failure.reason.code, "backup.damaged");
            assert_eq!(failure.reason.with["file"], file.path);
        }
        std::fs::write(&path, bytes).unwrap();
    }
    check(&found.folder, &keys).unwrap();
}

#[test]
fn a_new_computer_becomes_the_station_with_the_key_alone() {
    let (old, keys, found, filed) = backed_up();
    let expected = open(old.path()).get_case(filed.case, now()).unwrap();
    let stick = tempfile::tempdir().unwrap();
    let carried = stick.path().join("carried");
    std::fs::rename(&found.folder, &carried).unwrap();
    let file = crate::door::keys_of(old.path()).unwrap();
    let here = machine::fetch(&file.machine, old.path()).unwrap();
    let opened = file.open(LOGIN, PASSWORD, &here, None).unwrap().unwrap();
    let held = file.hold(opened.current).unwrap();
    drop(old);
    let new = tempfile::tempdir().unwrap();
    places_in(new.path()).save(new.path()).unwrap();
    let (secret, kept) = machine::establish(new.path()).unwrap();
    let wrap = Wrap::new(
        "new",
        staff(),
        "another horse",
        &secret,
        None,
        Cost::CHEAP,
        held.suite,
    );
    let wraps = KeyFile::new(&held, wrap, kept).unwrap();
    let catalog = shelf().catalog.clone();
    let rebuilt = restore(&carried, new.path(), &keys, &wraps, catalog, now(), &|_| {}).unwrap();
    assert!(!rebuilt.is_complete, "the journal stayed behind");
    let desk = crate::door::unlock(new.path(), "new", "another horse", &shelf(), now()).unwrap();
    assert_eq!(desk.get_case(filed.case, now()).unwrap(), expected);
    let page = desk.store.pages_to_send(9).unwrap().remove(0);
    assert_eq!(desk.blobs.get(&page.sha256).unwrap(), picture(9));
    assert_eq!(desk.store.restored_last().unwrap(), Some(2));
}

#[test]
fn a_clock_that_was_wrong_makes_no_backup_the_newest_for_ever_nor_the_first_to_go() {
    let (folder, keys, first, _) = backed_up();
    let desk = open(folder.path());
    let mut places = Places::load(folder.path());
    (places.keep_days, places.keep_weeks) = (1, 1);
    places.save(folder.path()).unwrap();
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let day = chrono::Duration::days(1);
    let clocks = [
        now() + day,
        DateTime::UNIX_EPOCH,
        DateTime::UNIX_EPOCH,
        at("2099-01-01T00:00:00Z"),
        now() + day * 2,
    ];
    for (clock, number) in clocks.into_iter().zip(first.manifest.number + 1..) {
        let found = made(&desk, folder.path(), clock);
        assert_eq!(found.manifest.number, number);
        let listed = list(&folder.path().join("backups"), &keys.backup);
        assert_eq!(listed, [found], "the one just made stays, at {clock}");
    }
}
