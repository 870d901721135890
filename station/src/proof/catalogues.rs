//! The catalogues on a machine: which is in force after each thing that may happen to it, after a cut at
//! any operation (R1), and after bytes that are none (R13).

use std::collections::BTreeSet;

use domain::bundle::{Bundle, Offer, message};
use ed25519_dalek::{Signer, SigningKey};

use super::count::{self, Row};
use super::hostile::{self, Chance, mutate};
use super::model::{Faults, ModelDisk, Mount};
use super::*;
use crate::catalog::kept::{FOLDER, POINTER};
use crate::catalog::{Catalogues, NotTaken, files};
use crate::disk;

/// A catalogue that the centre names, and its file.
pub(super) struct Sent {
    pub offer: Offer,
    pub file: Vec<u8>,
}

fn source() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")
}

fn centre() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn centre_key() -> String {
    hex::encode(centre().verifying_key().as_bytes())
}

/// The files of this tree with another word in one of them.
fn changed(edition: &str) -> Bundle {
    let all = files(&source()).unwrap();
    let mut files = all.within(&["businesses", "codes", "divisions", "policy"]);
    for (path, text) in &mut files {
        if path == "divisions/xuzhou.csv" {
            *text = text.replace("鼓楼区", edition);
        }
    }
    Bundle::of(files).unwrap()
}

fn sent(bundle: &Bundle) -> Sent {
    let file = bundle.pack().unwrap();
    let sha256 = bundle.sha256().to_owned();
    let offer = Offer {
        signature: hex::encode(centre().sign(&message(&sha256)).to_bytes()),
        size_bytes: file.len() as u64,
        sha256,
    };
    Sent { offer, file }
}

/// A disk with a station's folder on it.
fn station() -> Mount {
    let mount = Mount::new(ModelDisk::new());
    disk::make_folder(&mount.desk()).unwrap();
    Mount::new(mount.disk.copy())
}

fn opened(mount: &Mount) -> Catalogues {
    Catalogues::open(&mount.desk(), &source()).unwrap()
}

fn take(catalogues: &Catalogues, sent: &Sent) {
    let taken = catalogues.take(&sent.offer, &sent.file, &centre_key());
    taken.unwrap_or_else(|why| panic!("{why:?}"));
}

/// The word that tells one edition from another.
fn edition(catalogues: &Catalogues) -> String {
    catalogues.shelf().divisions["320302"].clone()
}

fn refused(catalogues: &Catalogues, sent: &Sent) -> String {
    match catalogues.take(&sent.offer, &sent.file, &centre_key()) {
        Err(NotTaken::Refused(reason)) => reason.code,
        Err(NotTaken::Damaged) => "damaged".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_centre_named_last_is_in_force_after_a_restart_too() {
    let mount = station();
    let catalogues = opened(&mount);
    assert_eq!(
        (edition(&catalogues).as_str(), catalogues.pointed()),
        ("鼓楼区", None)
    );
    for name in ["first", "second", "third"] {
        let sent = sent(&changed(name));
        take(&catalogues, &sent);
        assert_eq!(edition(&catalogues), name);
        let again = opened(&mount);
        assert_eq!(edition(&again), name);
        assert_eq!(again.pointed(), Some(sent.offer.sha256));
        assert!(again.shelf().is_trusted(&centre_key()) && again.trouble().is_none());
    }
    // The one in force, the one before, and the pointer.
    assert_eq!(mount.disk.files().len(), 3);
}

#[test]
fn the_one_before_and_the_programs_own_need_not_be_fetched() {
    let mount = station();
    let catalogues = opened(&mount);
    let [first, second, third] = ["first", "second", "third"].map(|name| sent(&changed(name)));
    assert_eq!(catalogues.at_hand(&first.offer), None);
    take(&catalogues, &first);
    take(&catalogues, &second);
    assert_eq!(catalogues.at_hand(&first.offer), Some(first.file.clone()));
    take(&catalogues, &third);
    assert_eq!(
        catalogues.at_hand(&first.offer),
        None,
        "it lies there for ever"
    );
    let own = sent(&files(&source()).unwrap());
    let file = catalogues.at_hand(&own.offer).unwrap();
    take(&catalogues, &Sent { file, ..own });
    // Kept as any other: the next program may bring another one.
    assert_eq!(edition(&opened(&mount)), "鼓楼区");
    assert!(opened(&mount).pointed().is_some());
}

#[test]
fn what_the_line_named_before_does_not_put_back_what_the_ferry_has_brought() {
    let mount = station();
    let catalogues = opened(&mount);
    let [old, new] = ["old", "new"].map(|name| sent(&changed(name)));
    take(&catalogues, &old);
    let brought = catalogues.take_by_ferry(&new.offer, &new.file, &centre_key());
    brought.unwrap();
    let back = || catalogues.take(&old.offer, &old.file, &centre_key());
    assert!(matches!(back(), Err(NotTaken::Overtaken)));
    assert_eq!(edition(&catalogues), "new");
    take(&catalogues, &new);
    // The line's own word counts again once it is heard.
    catalogues
        .take_by_ferry(&new.offer, &new.file, &centre_key())
        .unwrap();
    catalogues.heard_by_line();
    back().unwrap();
    assert_eq!(edition(&catalogues), "old");
}

/// The centre's word counts, not which of two is newer: nothing in a file says that.
#[test]
fn a_program_that_brings_another_catalogue_does_not_take_away_what_the_centre_named() {
    let mount = station();
    take(&opened(&mount), &sent(&changed("first")));
    let newer = tempfile::tempdir().unwrap();
    let all = changed("newer").within(&["businesses", "codes", "divisions", "policy"]);
    for (path, text) in all {
        let path = newer.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let open = |mount: &Mount| Catalogues::open(&mount.desk(), newer.path()).unwrap();
    assert_eq!(edition(&open(&mount)), "first");
    // Who never heard a word works by the program's own.
    assert_eq!(edition(&open(&station())), "newer");
}

#[test]
fn what_is_not_the_centres_or_cannot_be_used_is_refused_and_changes_nothing() {
    let mount = station();
    let catalogues = opened(&mount);
    let good = sent(&changed("first"));
    take(&catalogues, &good);
    let before = mount.disk.files();
    let other = sent(&changed("second"));
    let forged = Sent {
        offer: Offer {
            signature: good.offer.signature.clone(),
            ..other.offer.clone()
        },
        file: other.file.clone(),
    };
    assert_eq!(refused(&catalogues, &forged), "catalog.forged");
    let swapped = Sent {
        offer: other.offer.clone(),
        file: good.file.clone(),
    };
    assert_eq!(refused(&catalogues, &swapped), "damaged");
    let rest = changed("third").within(&["businesses", "codes", "divisions"]);
    let lacking = sent(&Bundle::of(rest).unwrap());
    assert_eq!(refused(&catalogues, &lacking), "catalog.unreadable");
    let mut newer = changed("fourth").within(&["businesses", "codes", "divisions", "policy"]);
    newer[0].1 = format!("a_field_of_a_newer_program = 1\n{}", newer[0].1);
    let newer = sent(&Bundle::of(newer).unwrap());
    assert_eq!(refused(&catalogues, &newer), "catalog.unreadable");
    assert_eq!(mount.disk.files(), before);
    assert_eq!(edition(&catalogues), "first");
}

#[test]
fn a_catalogue_that_rots_gives_way_to_the_one_before_and_then_to_the_programs_own() {
    let mount = station();
    let catalogues = opened(&mount);
    let [first, second] = ["first", "second"].map(|name| sent(&changed(name)));
    take(&catalogues, &first);
    take(&catalogues, &second);
    let path = |sent: &Sent| mount.desk().join(FOLDER).join(&sent.offer.sha256);
    let rot = |sent: &Sent| {
        let mut bytes = sent.file.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        disk::write_whole(&path(sent), &bytes).unwrap();
    };
    rot(&second);
    for _ in 0..2 {
        // Once it is found and told; and it stays so at the next start.
        assert_eq!(edition(&opened(&mount)), "first");
    }
    assert_eq!(opened(&mount).pointed(), Some(first.offer.sha256.clone()));
    rot(&first);
    let again = opened(&mount);
    assert_eq!(
        (edition(&again).as_str(), again.pointed()),
        ("鼓楼区", None)
    );
    let told = again.trouble().map(|reason| reason.code);
    assert_eq!(told.as_deref(), Some("catalog.set_aside"));
    // The rotten file is not taken for the good one; with that, all is well.
    assert_eq!(again.at_hand(&second.offer), None);
    take(&again, &second);
    assert_eq!(
        (edition(&again).as_str(), again.trouble()),
        ("second", None)
    );
    assert_eq!(edition(&opened(&mount)), "second");
}

#[test]
fn a_pointer_that_is_none_or_leads_nowhere_is_set_aside() {
    let mount = station();
    let pointer = mount.desk().join(FOLDER).join(POINTER);
    let far = format!(
        r#"{{"in_force":{{"sha256":"../../{}","signature":""}},"before":null}}"#,
        "0".repeat(9)
    );
    for text in ["", "{", "[]", "null", r#"{"in_force":{}}"#, &far] {
        disk::make_folder(&mount.desk().join(FOLDER)).unwrap();
        disk::write_whole(&pointer, text.as_bytes()).unwrap();
        let catalogues = opened(&mount);
        assert_eq!(edition(&catalogues), "鼓楼区", "{text}");
        assert!(catalogues.trouble().is_some(), "{text}");
        assert!(!disk::exists(&pointer), "{text}");
        assert!(opened(&mount).trouble().is_none(), "{text}");
    }
}

#[test]
fn a_catalogue_under_another_key_is_distrusted_once_the_key_is_known() {
    let mount = station();
    let catalogues = opened(&mount);
    take(&catalogues, &sent(&changed("first")));
    let other = hex::encode(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes());
    let again = opened(&mount);
    assert!(!again.shelf().is_trusted(&other));
    again.distrust().unwrap();
    assert_eq!(edition(&again), "鼓楼区");
    assert!(again.shelf().is_trusted(&other) && again.trouble().is_some());
    assert_eq!(edition(&opened(&mount)), "鼓楼区");
}

/// Three are taken one after another; the power goes at every operation.
#[test]
fn a_cut_leaves_the_catalogue_that_was_taken_last_or_the_one_under_way() {
    let Some(row) = Row::begin("R1", "another catalogue, cut at every operation") else {
        return;
    };
    let names = ["first", "second", "third"];
    let all = names.map(|name| sent(&changed(name)));
    let act = |mount: &Mount| {
        let catalogues = opened(mount);
        for sent in &all {
            take(&catalogues, sent);
            mount.disk.promise();
        }
    };
    let length = {
        let mount = station();
        act(&mount);
        mount.disk.operations()
    };
    let mut lost = Vec::new();
    let mut count = 0;
    for seed in 0..count::of(2, 40) {
        let mount = station();
        let faults = Faults {
            cuts: BTreeSet::from_iter(1..=length),
            ..Faults::default()
        };
        mount.disk.set_faults(faults, seed);
        act(&mount);
        for image in mount.disk.take_images() {
            count += 1;
            let at = image.promised;
            let mount = Mount::new(image.disk);
            let catalogues = opened(&mount);
            let found = edition(&catalogues);
            let last = at.checked_sub(1).map_or("鼓楼区", |at| names[at]);
            let allowed = [Some(&last), names.get(at)];
            if !allowed.contains(&Some(&found.as_str())) || catalogues.trouble().is_some() {
                lost.push(format!("seed {seed}, operation {}: {found}", image.at));
            }
        }
    }
    row.end(count, count - lost.len() as u64, &lost);
}

#[test]
fn the_harness_loses_a_catalogue_when_names_are_not_synced() {
    let Some(row) = Row::begin(
        "R1",
        "must lose: catalogues, the folder's sync does nothing",
    ) else {
        return;
    };
    let all = ["first", "second"].map(|name| sent(&changed(name)));
    let mut lost = Vec::new();
    let mut count = 0;
    for seed in 0..count::of(4, 40) {
        let mount = station();
        let faults = Faults {
            cuts: (1..100).collect(),
            deaf_folders: true,
            ..Faults::default()
        };
        mount.disk.set_faults(faults, seed);
        let catalogues = opened(&mount);
        all.iter().for_each(|sent| take(&catalogues, sent));
        mount.disk.promise();
        // Operations behind the promise, so that a cut falls there.
        take(&catalogues, &all[1]);
        for image in mount.disk.take_images() {
            count += 1;
            let promised = image.promised;
            let mount = Mount::new(image.disk);
            if promised == 1 && edition(&opened(&mount)) != "second" {
                lost.push(format!("seed {seed}, operation {}", image.at));
            }
        }
    }
    row.end_wanting_losses(count, &lost);
}

/// Bytes that are no catalogue, or a damaged one, or one that nobody wrote under its right address.
#[test]
fn a_hostile_catalogue_file_is_refused_in_bounded_memory() {
    let Some(row) = Row::begin("R13", "hostile catalogue files") else {
        return;
    };
    let mount = station();
    let catalogues = opened(&mount);
    let good = sent(&changed("first"));
    let inputs = count::of(60, 10_000);
    let make = |chance: &mut Chance| {
        let path = *chance.of(&[
            "codes/sex.toml",
            "policy/notice.toml",
            "../x",
            "codes/\u{0}.toml",
        ]);
        let text = "x".repeat(chance.below(1 << 20));
        let mut plain = (path.len() as u16).to_be_bytes().to_vec();
        plain.extend(path.as_bytes());
        plain.extend((text.len() as u32).to_be_bytes());
        plain.extend(text.as_bytes());
        let plain = mutate(chance, &plain);
        let zstd = zstd::bulk::compress(&plain, 1).unwrap();
        [&good.file[..8], &zstd].concat()
    };
    let sha256s = |bytes: &[u8]| {
        let plain = bytes.get(8..).and_then(|zstd| zstd::decode_all(zstd).ok());
        plain.map(|plain| domain::sync::sha256_hex(&plain))
    };
    hostile::times(
        inputs,
        std::slice::from_ref(&good.file),
        make,
        64 << 20,
        |bytes| {
            // Under the address that was promised, and under its own.
            let _ = catalogues.take(&good.offer, bytes, &centre_key());
            if let Some(sha256) = sha256s(bytes) {
                let _ = Bundle::read(bytes, &sha256);
            }
        },
    );
    row.end(2 * inputs, 2 * inputs, &[]);
}
