//! A journal on a real disk: appended to, torn, rotted, followed by another segment.

use super::*;
use domain::sync::first_link;

fn id() -> Id {
    Id(uuid::Uuid::from_u128(7))
}

fn key() -> Secret {
    zeroize::Zeroizing::new([9; 32])
}

fn kept(n: u64) -> Kept {
    Kept {
        entry: Entry {
            n,
            id: Id(uuid::Uuid::from_u128(u128::from(n))),
            body: format!("a canary, number {n}"),
            link: first_link(),
            signature: "00".into(),
        },
        subject: "s".into(),
        serial: n,
        draft: None,
    }
}

fn open(folder: &Path) -> (Journal, Contents) {
    Journal::open(folder, id(), &key()).unwrap()
}

fn file(folder: &Path, number: u64) -> PathBuf {
    segment::path(&place(folder, id()), number)
}

fn numbers(contents: &Contents) -> Vec<u64> {
    contents.entries.keys().copied().collect()
}

#[test]
fn what_was_appended_is_there_after_a_restart_and_nobody_can_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, empty) = open(folder.path());
    assert_eq!((journal.last(), empty.last()), (0, 0));
    journal.introduce("sealed").unwrap();
    journal.append(&[kept(3)]).unwrap();
    journal.append(&[kept(4), kept(5)]).unwrap();
    assert!(journal.append(&[kept(7)]).is_err(), "a gap");
    drop(journal);
    let (journal, contents) = open(folder.path());
    assert_eq!(journal.last(), 5);
    assert_eq!(numbers(&contents), [3, 4, 5]);
    assert_eq!(contents.entries[&4], kept(4));
    assert_eq!(contents.installation.as_deref(), Some("sealed"));
    let bytes = std::fs::read(file(folder.path(), 1)).unwrap();
    assert!(!bytes.windows(6).any(|part| part == b"canary"));
    let other = zeroize::Zeroizing::new([8; 32]);
    let nothing = Journal::look(folder.path(), id(), &other).unwrap().unwrap();
    assert!(nothing.entries.is_empty() && nothing.is_rotten());
}

#[test]
fn what_the_database_did_not_take_is_in_no_journal_and_its_place_is_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path());
    let begun = journal.begin(kept(1)).unwrap();
    journal.end(begun, true).unwrap();
    let begun = journal.begin(kept(2)).unwrap();
    journal.end(begun, false).unwrap();
    assert_eq!(journal.last(), 1);
    // The program ends before anything else is saved.
    drop(journal);
    let (mut journal, contents) = open(folder.path());
    assert_eq!(numbers(&contents), [1]);
    assert!(!contents.is_rotten());
    let begun = journal.begin(kept(2)).unwrap();
    journal.end(begun, true).unwrap();
    drop(journal);
    assert_eq!(numbers(&open(folder.path()).1), [1, 2]);
}

#[test]
fn a_torn_tail_is_cut_off_and_the_next_frame_takes_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path());
    journal.append(&[kept(1)]).unwrap();
    let whole = journal.tail.used_bytes() as usize;
    journal.append(&[kept(2)]).unwrap();
    drop(journal);
    let path = file(folder.path(), 1);
    let bytes = std::fs::read(&path).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for cut in (whole + 1..=end).step_by(7) {
        let mut torn = bytes.clone();
        torn[cut..].fill(0);
        std::fs::write(&path, torn).unwrap();
        let (mut journal, contents) = open(folder.path());
        assert_eq!(numbers(&contents), [1], "cut at {cut}");
        assert!(!contents.is_rotten(), "cut at {cut}");
        journal.append(&[kept(2)]).unwrap();
        drop(journal);
        assert_eq!(numbers(&open(folder.path()).1), [1, 2], "cut at {cut}");
    }
}

#[test]
fn a_flipped_bit_before_the_end_is_told_from_a_torn_tail() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path());
    journal.append(&[kept(1)]).unwrap();
    let whole = journal.tail.used_bytes() as usize;
    journal.append(&[kept(2)]).unwrap();
    drop(journal);
    let path = file(folder.path(), 1);
    let bytes = std::fs::read(&path).unwrap();
    for at in (0..whole - 8).step_by(5) {
        let mut rotten = bytes.clone();
        rotten[at] ^= 4;
        std::fs::write(&path, &rotten).unwrap();
        let found = Journal::look(folder.path(), id(), &key()).unwrap().unwrap();
        assert!(found.is_rotten(), "byte {at}");
        assert_eq!(numbers(&found), [2], "what is whole is read: byte {at}");
    }
    let mut rotten = bytes.clone();
    rotten[10] ^= 4;
    std::fs::write(&path, &rotten).unwrap();
    let (mut journal, _) = open(folder.path());
    journal.begin_again("rotten-20261123").unwrap();
    journal.append(&[kept(1), kept(2)]).unwrap();
    drop(journal);
    assert_eq!(numbers(&open(folder.path()).1), [1, 2]);
    let kept = file(folder.path(), 1).with_extension("journal.rotten-20261123");
    assert_eq!(std::fs::read(kept).unwrap(), rotten, "the file is kept");
}

#[test]
fn a_segment_goes_once_the_centre_has_all_of_it_and_the_last_entry_stays_known() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path());
    journal.introduce("sealed").unwrap();
    let mut long = kept(1);
    long.entry.body = "x".repeat(SPENT_BYTES as usize);
    journal.append(&[long]).unwrap();
    journal.append(&[kept(2)]).unwrap();
    journal.tidy(1).unwrap();
    assert!(file(folder.path(), 1).exists(), "entry 2 is not durable");
    journal.tidy(2).unwrap();
    assert!(!file(folder.path(), 1).exists());
    journal.append(&[kept(3)]).unwrap();
    drop(journal);
    let (journal, contents) = open(folder.path());
    assert_eq!((numbers(&contents), journal.last()), (vec![2, 3], 3));
    assert_eq!(contents.installation.as_deref(), Some("sealed"));
}
