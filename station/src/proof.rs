//! Proof of the desk on a real SQLCipher store, with a city that decides by the real decider.

mod beside;
mod calls;
mod catalogues;
mod city;
mod count;
mod door;
mod drafts;
mod drill;
mod faulty;
mod ferried;
mod filing;
mod folding;
mod full;
#[allow(dead_code)]
#[path = "../../drivers/src/hostile.rs"]
mod hostile;
mod hostile_files;
mod hostile_snapshots;
mod journal;
mod keys_cut;
mod killed;
mod leaving;
mod model;
mod no_room;
mod people;
mod power;
mod rebuilt;
mod recovery;
mod rot;
mod search;
mod shapes;
mod snapshots;
mod trimmed;
mod waiting;
mod work;

use std::path::Path;

use chrono::{DateTime, Utc};
use domain::case::Answers;
use domain::identity::Evidence;
use domain::{Division, Document, DocumentKind, Id, Identity, Sex, Staff, id_number};
use tempfile::TempDir;

use crate::catalog::Shelf;
use crate::desk::Desk;
use crate::door::{Founder, found, unlock};
use crate::drafts::Whose;
use crate::keys::{Cost, DataKey, Installation, OldKeyFile, OldWrap, Secret};
use crate::storage::Places;
use crate::view::{Draft, Submitted};

pub(crate) use leaving::{grant, what_for};

pub(crate) const COMMUNITY: &str = "320302001005";
pub(crate) const LOGIN: &str = "zhang";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const REGISTRATION: &str = "unemployment_registration";
pub(crate) const HARDSHIP: &str = "hardship_recognition";

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

/// The catalogue, read once.
pub(crate) fn shelf() -> Shelf {
    static SHELF: std::sync::OnceLock<Shelf> = std::sync::OnceLock::new();
    let read = || Shelf::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")).unwrap();
    SHELF.get_or_init(read).clone()
}

pub(crate) fn installation() -> Installation {
    Installation {
        id: Id(uuid::Uuid::from_u128(7)),
        community: Division(COMMUNITY.into()),
        community_name: "永康社区".into(),
        station_url: "https://127.0.0.1:1".into(),
        centre_url: String::new(),
        number: 1,
        until: None,
        certificate_pem: String::new(),
        key_pem: String::new(),
        ca_pem: String::new(),
        log_key: [7; 32],
        centre_key: String::new(),
    }
}

pub(crate) fn staff() -> Staff {
    Staff {
        id: Id(uuid::Uuid::from_u128(8)),
        name: "张协理".into(),
        area: Division(COMMUNITY.into()),
    }
}

/// A new station's folder.
pub(crate) fn founded() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    found_in(folder.path());
    folder
}

pub(crate) fn found_in(folder: &Path) {
    found_as(folder, &installation());
}

pub(crate) fn found_as(folder: &Path, installation: &Installation) {
    places_in(folder).save(folder).unwrap();
    let founder = Founder {
        login: LOGIN,
        password: PASSWORD,
        staff: staff(),
        mark: None,
    };
    found(folder, installation, &founder, Cost::CHEAP, &shelf()).unwrap();
}

/// As the first layout of `keys.json` had it.
pub(crate) fn found_by_the_first_layout(folder: &Path, key: &DataKey, machine: &Secret) {
    found_in(folder);
    std::fs::remove_file(folder.join("station.db")).unwrap();
    std::fs::write(folder.join("machine.secret"), machine.as_slice()).unwrap();
    crate::door::make_store(folder, &installation(), &key.derive(), &shelf()).unwrap();
    let old = OldKeyFile {
        version: 1,
        wraps: vec![OldWrap::new(key, LOGIN, staff(), PASSWORD, machine)],
    };
    for name in ["keys.json", "keys.json.copy"] {
        std::fs::write(folder.join(name), serde_json::to_vec(&old).unwrap()).unwrap();
    }
}

/// Everything in one folder, which goes with the test.
pub(crate) fn places_in(folder: &Path) -> Places {
    Places {
        journal: Some(folder.join("journal")),
        backups: Some(folder.join("backups")),
        ballast_bytes: 1 << 20,
        ..Places::default()
    }
}

pub(crate) fn open(folder: &Path) -> Desk {
    unlock(folder, LOGIN, PASSWORD, &shelf(), now()).unwrap()
}

pub(crate) fn identity(name: &str, order: u32) -> Identity {
    let digits = format!("32039019700505{order:03}");
    let check = id_number::check_character(&digits).unwrap();
    let day = |text: &str| text.parse().unwrap();
    Identity {
        document: Document {
            kind: DocumentKind::CitizenCard,
            number: format!("{digits}{check}"),
        },
        name: name.into(),
        latin_name: None,
        sex: if order % 2 == 1 {
            Sex::Male
        } else {
            Sex::Female
        },
        ethnic: Some("01".into()),
        birth: day("1970-05-05"),
        address: "江苏省徐州市示范路1号".into(),
        issuer: "示范市公安局".into(),
        valid_from: Some(day("2016-01-01")),
        valid_to: None,
        nationality: None,
    }
}

pub(crate) fn card(identity: &Identity) -> Whose {
    Whose::Card {
        identity: Box::new(identity.clone()),
        evidence: Evidence::CardRead {
            reader: "TEST 00 00".into(),
            sam_id: None,
            block_sha256: "00".repeat(32),
            read_at: None,
        },
        appended_address: None,
    }
}

pub(crate) fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect()
}

pub(crate) fn registration_answers() -> Answers {
    answers(&[
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("household_type", "10"),
        ("education", "21"),
        ("unemployed_since", "2026-10-31"),
        ("reason", "7"),
        ("declares_unemployed", "yes"),
    ])
}

pub(crate) fn hardship_answers() -> Answers {
    answers(&[
        ("phone", "13900000001"),
        ("residence", "示范路1号"),
        ("category", "B"),
        ("visited_on", "2026-11-20"),
        ("visit_opinion", "情况属实"),
    ])
}

pub(crate) fn picture(shade: u8) -> Vec<u8> {
    let page = image::GrayImage::from_fn(30, 40, |x, y| image::Luma([shade ^ (x * y) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageLuma8(page)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

pub(crate) fn register(desk: &Desk, who: &Identity) -> Submitted {
    let draft = desk.open_draft(REGISTRATION, card(who), now()).unwrap();
    desk.save_answers(draft.draft, registration_answers(), now())
        .unwrap();
    desk.submit(draft.draft, now()).unwrap()
}

/// A complete hardship form with one page.
pub(crate) fn hardship_draft(desk: &Desk, who: &Identity) -> Draft {
    let draft = desk.open_draft(HARDSHIP, card(who), now()).unwrap();
    desk.save_answers(draft.draft, hardship_answers(), now())
        .unwrap();
    desk.add_page(draft.draft, "household_book", picture(9), now())
        .unwrap();
    desk.get_draft(draft.draft, now()).unwrap()
}

/// Records of a kind in the audit.
pub(crate) fn count_events(desk: &Desk, kind: &str) -> usize {
    let mut count = 0;
    let look = desk.store.read(|c| {
        crate::store::audit::each(c, |kept| {
            count += usize::from(kept.kind == kind);
            Ok(())
        })
    });
    look.unwrap();
    count
}

pub(crate) fn code<T>(outcome: crate::error::Result<T>) -> String {
    outcome.err().unwrap().code().to_owned()
}
