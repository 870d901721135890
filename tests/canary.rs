//! Residents made up to be looked for: names, numbers and words that must not be found in anything
//! a thief of the computer could read.

use std::path::{Path, PathBuf};

use drivers::id_card::text::{IdCard, Sex};
use drivers::virtual_card::samples;
use memchr::memmem::Finder;

/// A resident, and what they say at the counter.
pub struct Canary {
    /// Name on the card.
    pub name: &'static str,
    /// Citizen number.
    pub number: String,
    /// Where they live.
    pub address: &'static str,
    /// Telephone number.
    pub phone: &'static str,
    /// What is written into the form about them.
    pub words: &'static str,
}

/// Two of them: one with a card, one whose identity is typed.
pub fn all() -> [Canary; 2] {
    [
        Canary {
            name: "甄鹂雀",
            number: number("32039019700412146"),
            address: "金丝雀巷一百零八号",
            phone: "13917263548",
            words: "她说笼中鸟也要吃饭",
        },
        Canary {
            name: "雀乌鸫",
            number: number("32039119790923381"),
            address: "画眉弄七十三号乙",
            phone: "13928374659",
            words: "他说乌鸫不会开口",
        },
    ]
}

fn number(digits: &str) -> String {
    let check = domain::id_number::check_character(digits).expect("digits");
    format!("{digits}{check}")
}

impl Canary {
    /// The card in their hand.
    pub fn card(&self) -> IdCard {
        let mut card = samples::find("citizen").expect("a sample").card;
        card.name = self.name.into();
        card.id_number = self.number.clone();
        card.sex = match self.number.as_bytes()[16] % 2 {
            0 => Sex::Female,
            _ => Sex::Male,
        };
        let day = |from: usize, len: usize| {
            self.number[from..from + len]
                .parse::<u32>()
                .expect("digits")
        };
        let birth = chrono::NaiveDate::from_ymd_opt(day(6, 4) as i32, day(10, 2), day(12, 2));
        card.birth = birth.expect("a day");
        card.address = Some(self.address.into());
        card
    }

    /// What must not be found.
    pub fn secrets(&self) -> [&str; 5] {
        [
            self.name,
            &self.number,
            self.address,
            self.phone,
            self.words,
        ]
    }
}

/// What was looked at, and what was found.
#[derive(Debug, Default)]
pub struct Search {
    /// Files that were read.
    pub files: u64,
    /// Their bytes in all.
    pub bytes: u64,
    /// Where which secret lies open, and how it is written.
    pub hits: Vec<String>,
}

/// Reads every file in the folders, names of files included, for the secrets as UTF-8, as UTF-16
/// (little endian) and as GBK.
pub fn search(folders: &[PathBuf], secrets: &[&str]) -> Search {
    let needles: Vec<(String, Vec<u8>)> = secrets
        .iter()
        .flat_map(|secret| written(secret).map(|(how, bytes)| (format!("{secret} ({how})"), bytes)))
        .collect();
    let finders: Vec<(&str, Finder)> = needles
        .iter()
        .map(|(what, bytes)| (what.as_str(), Finder::new(bytes)))
        .collect();
    let mut search = Search::default();
    for folder in folders {
        look(folder, &finders, &mut search);
    }
    search
}

/// One secret in each way of writing.
pub fn written(secret: &str) -> [(&'static str, Vec<u8>); 3] {
    let wide = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (gbk, _, unknown) = encoding_rs::GBK.encode(secret);
    assert!(!unknown, "{secret} can be written in GBK");
    [
        ("UTF-8", secret.as_bytes().to_vec()),
        ("UTF-16", wide),
        ("GBK", gbk.into_owned()),
    ]
}

fn look(place: &Path, finders: &[(&str, Finder)], search: &mut Search) {
    let shown = place.display().to_string();
    let mut find = |bytes: &[u8]| {
        let found = finders.iter().filter(|(_, f)| f.find(bytes).is_some());
        search
            .hits
            .extend(found.map(|(what, _)| format!("{what} in {shown}")));
    };
    find(shown.as_bytes());
    // Sockets and the like hold nothing; what is gone meanwhile, neither.
    let Ok(kind) = std::fs::symlink_metadata(place) else {
        return;
    };
    if kind.is_file() {
        let bytes = std::fs::read(place).unwrap_or_else(|error| panic!("{shown}: {error}"));
        find(&bytes);
        search.files += 1;
        search.bytes += bytes.len() as u64;
    } else if kind.is_dir() {
        for entry in std::fs::read_dir(place).expect("a folder").flatten() {
            look(&entry.path(), finders, search);
        }
    }
}
