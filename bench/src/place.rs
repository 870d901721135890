//! A station of its own for a measurement, in a folder that goes with it, and synthetic residents.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use domain::{Division, Id, Staff, id_number};
use drivers::id_card::text::IdCard;
use drivers::virtual_card::samples;
use station::catalog::Shelf;
use station::desk::Desk;
use station::door::{self, Founder};
use station::keys::{Cost, Installation};
use tempfile::TempDir;

use crate::Failed;

/// The station's community.
pub const COMMUNITY: &str = "320302001005";
const LOGIN: &str = "bench";
const PASSWORD: &str = "correct horse";

/// An open desk in a folder of its own, on the disk that holds this repository's build.
pub struct Place {
    /// The desk.
    pub desk: Desk,
    /// Its folder.
    pub folder: TempDir,
}

impl Place {
    /// A new one. Folders for temporary files may lie in memory, where a sync costs nothing.
    pub fn new() -> Result<Place, Failed> {
        let program = std::env::current_exe()?;
        let beside = program.parent().unwrap_or(Path::new("."));
        let folder = tempfile::Builder::new()
            .prefix("bench-")
            .tempdir_in(beside)?;
        let shelf = shelf()?;
        let founder = Founder {
            login: LOGIN,
            password: PASSWORD,
            staff: staff(),
            mark: None,
        };
        // The journal lies beside the station's own folder, and goes with it.
        let own = folder.path().join("station");
        std::fs::create_dir(&own)?;
        door::found(&own, &installation(), &founder, Cost::CHEAP, &shelf)?;
        let desk = door::unlock(&own, LOGIN, PASSWORD, &shelf, now()?)?;
        Ok(Place { desk, folder })
    }
}

/// The moment at which everything is done.
pub fn now() -> Result<DateTime<Utc>, Failed> {
    Ok("2026-11-23T01:00:00Z".parse()?)
}

/// The card of the resident with this number, of more than ten thousand.
pub fn card(order: u32) -> Result<IdCard, Failed> {
    let mut card = samples::find("citizen").ok_or("no sample card")?.card;
    let birth = NaiveDate::from_ymd_opt(1966, 1, 1).ok_or("a day")?;
    let birth = birth + chrono::Days::new(u64::from(order / 900));
    let digits = format!("320390{}{:03}", birth.format("%Y%m%d"), 100 + order % 900);
    let check = id_number::check_character(&digits).ok_or("digits")?;
    card.id_number = format!("{digits}{check}");
    card.birth = birth;
    const NAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
    card.name = format!("{}示范{order}", NAMES[order as usize % NAMES.len()]);
    Ok(card)
}

/// The catalogue of this tree.
pub fn shelf() -> Result<Shelf, Failed> {
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    Ok(Shelf::load(&catalog)?)
}

/// Who works here.
pub fn staff() -> Staff {
    Staff {
        id: Id(uuid::Uuid::from_u128(8)),
        name: "张协理".into(),
        area: Division(COMMUNITY.into()),
    }
}

/// The machine.
pub fn installation() -> Installation {
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
