//! A desk under the hand of a test: a whole station without a window, fed with cards as its reader
//! would feed it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use domain::Id;
use domain::case::Answers;
use drivers::id_card::pcsc::Reading;
use drivers::virtual_card::samples;
use station::view::{
    CaseStanding, CaseView, Door, Failure, PagesChanged, PersonPage, Submitted, Tap, WhatFor,
};
use station::{Options, Station};

/// The catalogue's folder.
pub const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../catalog");

/// Everybody's password in the tests.
pub const PASSWORD: &str = "correct horse 驿站";

/// One open desk. Its folder stays when the desk is dropped, as a computer's does.
pub struct Desk {
    /// The station behind it.
    pub station: Station,
    /// Where it keeps everything.
    pub folder: PathBuf,
    login: String,
}

impl Desk {
    /// A desk that is not enrolled yet.
    pub fn unpack(folder: &Path, login: &str) -> Desk {
        // A thread of the station before may still be telling something.
        let station = crate::eventually("the folder is free", || match open(folder) {
            Err(error) if error.code() == "store.locked_by_other" => None,
            opened => Some(opened.unwrap_or_else(|error| panic!("the station opens: {error}"))),
        });
        Desk {
            station,
            folder: folder.to_owned(),
            login: login.to_owned(),
        }
    }

    /// The same desk after a restart, logged in.
    pub fn restart(self) -> Desk {
        let (folder, login) = (self.folder.clone(), self.login.clone());
        drop(self);
        let desk = Desk::unpack(&folder, &login);
        desk.log_in();
        desk
    }

    /// Logs in.
    pub fn log_in(&self) {
        let status = self
            .station
            .log_in(&self.login, PASSWORD)
            .expect("the password is right");
        assert_eq!(status.door, Door::Open);
    }

    /// Lays a sample resident's card on the reader.
    pub fn tap(&self, sample: &str) -> PersonPage {
        let sample = samples::find(sample).unwrap_or_else(|| panic!("no sample {sample}"));
        self.tap_card(&sample.card)
    }

    /// Lays a card on the reader.
    pub fn tap_card(&self, content: &drivers::id_card::text::IdCard) -> PersonPage {
        match self.station.take_reading(reading(content)) {
            Tap::Read { page, .. } => *page,
            other => panic!("the card is read: {other:?}"),
        }
    }

    /// Fills a form, without submitting it.
    pub fn draft(&self, business: &str, page: &PersonPage, answers: &[(&str, &str)]) -> Id {
        let draft = self
            .station
            .open_draft(business, page.reading, page.person)
            .unwrap_or_else(|failure| panic!("the form opens: {failure:?}"));
        let mut filled: Answers = draft.answers.clone();
        filled.extend(
            answers
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned())),
        );
        self.station
            .save_answers(draft.draft, filled)
            .expect("the answers are saved");
        draft.draft
    }

    /// Adds a page to a draft.
    pub fn add_page(&self, draft: Id, material: &str, shade: u8) {
        self.drop_file(draft, material, "page.png", &picture(shade))
            .unwrap_or_else(|failure| panic!("the page is taken: {failure:?}"));
    }

    /// Drops a file on a draft, whatever is in it.
    pub fn drop_file(
        &self,
        draft: Id,
        material: &str,
        name: &str,
        bytes: &[u8],
    ) -> Result<PagesChanged, Failure> {
        self.station.add_page(draft, material, name, &base64(bytes))
    }

    /// Fills a form and submits it.
    pub fn file(
        &self,
        business: &str,
        page: &PersonPage,
        answers: &[(&str, &str)],
        materials: &[&str],
    ) -> Submitted {
        let draft = self.draft(business, page, answers);
        for (at, material) in materials.iter().enumerate() {
            self.add_page(draft, material, 40 + 60 * at as u8);
        }
        self.station
            .submit(draft)
            .unwrap_or_else(|failure| panic!("it is filed: {failure:?}"))
    }

    /// A case as this desk knows it.
    pub fn case(&self, case: Id) -> CaseView {
        self.station
            .get_case(case)
            .unwrap_or_else(|failure| panic!("the case: {failure:?}"))
    }

    /// Waits until the case stands somewhere; answers where.
    pub fn until(&self, case: Id, there: impl Fn(&CaseStanding) -> bool) -> CaseStanding {
        crate::eventually("the case moves", || {
            let standing = self.case(case).row.standing;
            there(&standing).then_some(standing)
        })
    }

    /// Nothing waits to be sent.
    pub fn has_sent_everything(&self) -> bool {
        let status = self.station.get_status();
        status.unsent_commands == 0 && status.unsent_pages == 0
    }
}

/// What the record of acts leaves for.
pub fn for_the_audit() -> WhatFor {
    WhatFor {
        purpose: "audit".to_owned(),
        words: String::new(),
        second: None,
    }
}

/// Opens a station in a folder, without readers.
pub fn open(folder: &Path) -> Result<Station, station::Error> {
    let options = Options {
        data: folder.to_owned(),
        catalog: CATALOG.into(),
        demo: None,
        readers: false,
    };
    Station::open(options, Arc::new(|_| {}))
}

/// Copies a station's folder as it lies on the disk.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the folder").flatten() {
        let target = to.join(entry.file_name());
        match entry.file_type().expect("a type").is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).expect("a copy")),
        }
    }
}

/// What the reader would hand over for this card.
pub fn reading(content: &drivers::id_card::text::IdCard) -> Reading {
    let text = drivers::id_card::text::encode(content).expect("the card can be written");
    let mut card = drivers::id_card::text::decode(&text).expect("the card is read");
    card.appended_address = content.appended_address.clone();
    Reading {
        reader: "TEST 00 00".into(),
        profile: "test".into(),
        sam_id: None,
        card,
        photo: None,
        raw: text.to_vec(),
        taken_at: Instant::now(),
        fingerprints: None,
        body_number: None,
        read_at: std::time::SystemTime::now(),
        exchange_ms: 0,
    }
}

/// A small picture; another shade is another picture.
pub fn picture(shade: u8) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let page = image::GrayImage::from_fn(420, 594, |x, y| {
        image::Luma([shade.wrapping_add((x * 7 + y * 13) as u8 / 2)])
    });
    image::DynamicImage::ImageLuma8(page)
        .write_to(&mut bytes, image::ImageFormat::Png)
        .expect("a picture is written");
    bytes.into_inner()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A complete registration.
pub const REGISTRATION: &[(&str, &str)] = &[
    ("phone", "13900000000"),
    ("residence", "示范路1号"),
    ("household_type", "10"),
    ("education", "21"),
    ("unemployed_since", "2026-01-31"),
    ("reason", "7"),
    ("declares_unemployed", "yes"),
];

/// A complete hardship recognition of somebody old enough.
pub const HARDSHIP: &[(&str, &str)] = &[
    ("phone", "13900000000"),
    ("residence", "示范路1号"),
    ("category", "B"),
    ("visited_on", "2026-01-20"),
    ("visit_opinion", "入户所见与所述相符"),
];

/// Answers as a map.
pub fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect::<BTreeMap<_, _>>()
}
