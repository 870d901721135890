//! What a station has waiting after days offline: a fixed mix of filings by synthetic residents.
//!
//! Of twenty commands fourteen register somebody new, four ask for hardship recognition of somebody
//! just registered (with a page that is still to come), one registers a resident of the next
//! community, and one files again what was filed (refused).

use chrono::{DateTime, Days, NaiveDate, Utc};
use domain::command::Submit;
use domain::identity::Evidence;
use domain::sync::sha256_hex;
use domain::{
    Act, Command, Division, Document, DocumentKind, Id, Identity, Page, Sex, Staff, id_number,
};

use crate::Failed;

/// Residents of one station's numbers.
const RESIDENTS: u64 = 2_000;

const REGISTRATION: [(&str, &str); 7] = [
    ("phone", "13900000000"),
    ("residence", "示范路1号"),
    ("household_type", "10"),
    ("education", "21"),
    ("unemployed_since", "2026-10-31"),
    ("reason", "7"),
    ("declares_unemployed", "yes"),
];
const HARDSHIP: [(&str, &str); 5] = [
    ("phone", "13900000000"),
    ("residence", "示范路1号"),
    ("category", "B"),
    ("visited_on", "2026-11-20"),
    ("visit_opinion", "情况属实"),
];

/// The author of a station's commands.
pub struct Author {
    /// Which station, from 0.
    pub station: u64,
    /// Its community.
    pub community: Division,
    /// Who works there.
    pub staff: Staff,
    /// When the commands were made.
    pub at: DateTime<Utc>,
}

impl Author {
    /// The `order`-th command, from 0.
    pub fn command(&self, order: u64) -> Result<Command, Failed> {
        let (round, turn) = (order / 20, order % 20);
        let first = round * 20;
        let (business, who) = match turn {
            0..14 => ("unemployment_registration", self.resident(first + turn)),
            14..18 => ("hardship_recognition", self.resident(first + turn - 14)),
            18 => (
                "unemployment_registration",
                self.station.wrapping_add(1) * RESIDENTS + first + 1_000,
            ),
            _ => ("unemployment_registration", self.resident(first)),
        };
        let hardship = business == "hardship_recognition";
        let answers = if hardship {
            &HARDSHIP[..]
        } else {
            &REGISTRATION
        };
        let act = Submit {
            business: business.into(),
            community: self.community.clone(),
            serial: format!("{}-{:06}", self.community, order + 1),
            identity: identity(who)?,
            evidence: Evidence::CardRead {
                reader: "BENCH 00 00".into(),
                sam_id: None,
                block_sha256: "00".repeat(32),
                read_at: None,
            },
            answers: answers
                .iter()
                .map(|(field, answer)| ((*field).into(), (*answer).into()))
                .collect(),
            changes: Vec::new(),
            pages: hardship.then(|| self.page(order)).into_iter().collect(),
        };
        let id = uuid::Uuid::from_u128(
            (0x0199_0000_0000_u128 + u128::from(order)) << 80
                | 0x7000 << 64
                | 0x8000 << 48
                | u128::from(self.station),
        );
        Ok(Command {
            id: Id(id),
            after: None,
            replaces: None,
            by: self.staff.clone(),
            acted_on: self.at.date_naive(),
            made_at: self.at,
            catalogue: String::new(),
            act: Act::Submit(act),
        })
    }

    fn resident(&self, order: u64) -> u64 {
        self.station * RESIDENTS + order
    }

    fn page(&self, order: u64) -> Page {
        Page {
            material: "household_book".into(),
            sha256: sha256_hex(format!("{}/{order}", self.station).as_bytes()),
            size_bytes: 400_000,
            media_type: "image/jpeg".into(),
        }
    }
}

/// The resident with this number: old enough to be a hardship case, and born in no real area.
fn identity(who: u64) -> Result<Identity, Failed> {
    let (area, rest) = (who % 10, who / 10);
    let (day, sequence) = (rest % 2_000, rest / 2_000);
    let birth = NaiveDate::from_ymd_opt(1967, 1, 1).ok_or("a day")? + Days::new(day);
    let digits = format!("32039{area}{}{sequence:03}", birth.format("%Y%m%d"));
    let check = id_number::check_character(&digits).ok_or("digits")?;
    Ok(Identity {
        document: Document {
            kind: DocumentKind::CitizenCard,
            number: format!("{digits}{check}"),
        },
        name: format!("王示范{who}"),
        latin_name: None,
        sex: [Sex::Female, Sex::Male][(sequence % 2) as usize],
        ethnic: Some("01".into()),
        birth,
        address: format!("江苏省徐州市示范路{}号", who % 997),
        issuer: "示范市公安局".into(),
        valid_from: NaiveDate::from_ymd_opt(2016, 1, 1),
        valid_to: None,
        nationality: None,
    })
}
