//! Synthetic residents by the million: names as common as they are, numbers of the synthetic area.

use chrono::NaiveDate;
use domain::{Division, Document, DocumentKind, Id, Identity, Person, Sex, id_number};

use crate::Failed;
use crate::place::COMMUNITY;

/// One in this many lives in the station's own community.
const HERE_EACH: u32 = 500;

/// One of a million residents: common surnames and given names as often as they are.
pub fn resident(order: u32) -> Result<Person, Failed> {
    const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙马胡朱郭何罗高林王李张刘陈单曾解仇区查盖翟覃乐";
    const GIVEN: &str =
        "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文斌鑫宇浩凯欣怡晨阳子涵雨桐梓轩";
    let mixed = u64::from(order).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let pick = |from: &str, bits: u32| {
        let all: Vec<char> = from.chars().collect();
        all[(mixed >> bits) as usize % all.len()]
    };
    let mut name = format!("{}{}", pick(SURNAMES, 8), pick(GIVEN, 20));
    if !mixed.is_multiple_of(6) {
        name.push(pick(GIVEN, 34));
    }
    // Nineteen thousand days, and fifty-three residents a day.
    let birth = NaiveDate::from_ymd_opt(1950, 1, 1).ok_or("a day")?;
    let birth = birth + chrono::Days::new(u64::from(order % 19_000));
    let digits = format!("320390{}{:03}", birth.format("%Y%m%d"), order / 19_000);
    let check = id_number::check_character(&digits).ok_or("digits")?;
    let home = match order.is_multiple_of(HERE_EACH) {
        true => COMMUNITY,
        false => "320302001006",
    };
    Ok(Person {
        id: Id(uuid::Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(order),
        )),
        identity: Identity {
            document: Document {
                kind: DocumentKind::CitizenCard,
                number: format!("{digits}{check}"),
            },
            name,
            latin_name: None,
            sex: Sex::Male,
            ethnic: Some("01".into()),
            birth,
            address: "江苏省徐州市示范路1号".into(),
            issuer: "示范市公安局".into(),
            valid_from: NaiveDate::from_ymd_opt(2016, 1, 1),
            valid_to: None,
            nationality: None,
        },
        home: Division(home.into()),
        known: [
            ("phone".to_owned(), format!("139{order:08}")),
            ("residence".to_owned(), "示范路1号".to_owned()),
        ]
        .into(),
        conflicts: Vec::new(),
        standings: Default::default(),
        employments: Vec::new(),
        life: Vec::new(),
        frozen: false,
        formerly: Vec::new(),
        merged_into: None,
    })
}
