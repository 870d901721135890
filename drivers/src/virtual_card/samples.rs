//! Residents who do not exist, one for every kind of card and every awkward name.
//!
//! Their numbers carry area codes 320390–320399, which were never given to a place.

use crate::id_card::text::{IdCard, Kind, Sex, ValidTo};
use crate::social_card::SocialCard;
use crate::social_card::number::with_check_digit;
use chrono::NaiveDate;

/// A resident of the demo.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Short name for code and command lines.
    pub key: &'static str,
    /// What the card shows, one line in Chinese, for the tray.
    pub title: &'static str,
    /// The card.
    pub card: IdCard,
}

/// All sample residents.
#[must_use]
pub fn all() -> Vec<Sample> {
    let mut samples = citizens();
    samples.extend(others());
    samples
}

/// The sample of a key.
#[must_use]
pub fn find(key: &str) -> Option<Sample> {
    all().into_iter().find(|sample| sample.key == key)
}

/// A social-security card of the demo.
#[derive(Debug, Clone)]
pub struct SocialSample {
    /// Short name for code and command lines.
    pub key: &'static str,
    /// What the card shows, one line in Chinese, for the tray.
    pub title: &'static str,
    /// The card.
    pub card: SocialCard,
}

/// The social-security cards: of the plain citizen, and of a name with rare characters.
#[must_use]
pub fn social() -> Vec<SocialSample> {
    let card = |key| find(key).map(|sample| social_of(&sample.card));
    let sample =
        |key, title, card: Option<SocialCard>| card.map(|card| SocialSample { key, title, card });
    let rare = card("rare_name").map(|card| SocialCard {
        // A card of the second generation: no day of expiry, nothing of its place of birth.
        version: Some("2.00".to_string()),
        valid_to: None,
        birth_place: None,
        ..card
    });
    [
        sample("social_card", "社保卡，普通居民", card("citizen")),
        sample("social_rare_name", "社保卡，姓名含生僻字", rare),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The social-security card of a citizen.
fn social_of(citizen: &IdCard) -> SocialCard {
    let (area, order) = (&citizen.id_number[..6], &citizen.id_number[14..17]);
    SocialCard {
        identification: Some(format!("{area}D15600000500{order:0>14}")),
        class: Some("3".to_string()),
        version: Some("3.00".to_string()),
        issuer: Some(format!("9156{area}00000000000000")),
        issued: Some(day(2021, 3, 15)),
        valid_to: Some(day(2031, 3, 15)),
        card_number: Some(format!("ZY0000{order}")),
        id_number: citizen.id_number.clone(),
        name: citizen.name.clone(),
        sex: citizen.sex,
        ethnic_code: citizen.ethnic_code.clone(),
        birth_place: Some(area.to_string()),
        birth: citizen.birth,
    }
}

fn citizens() -> Vec<Sample> {
    let mut moved = citizen("320391", "周样例", Sex::Female, (1984, 7, 19), 126);
    moved.appended_address = Some("江苏省徐州市样例区新村路8号".to_string());
    let mut expired = citizen("320392", "吴到期", Sex::Male, (1969, 11, 3), 315);
    expired.valid_from = day(2000, 5, 6);
    expired.valid_to = ValidTo::Date(day(2020, 5, 6));
    let mut old = citizen("320394", "孙长期", Sex::Male, (1958, 1, 30), 37);
    old.valid_to = ValidTo::LongTerm;
    let mut hui = citizen("320395", "马样本", Sex::Female, (1975, 9, 9), 448);
    hui.ethnic_code = Some("03".to_string());
    let rare = citizen("320393", "𠮷\u{E863}𬭎", Sex::Male, (1991, 2, 28), 551);
    let plain = citizen("320390", "王样本", Sex::Male, (1988, 3, 12), 113);
    let woman = citizen("320396", "李样例", Sex::Female, (1975, 3, 1), 662);
    vec![
        sample("citizen", "普通居民，男", plain),
        sample("woman", "普通居民，女，临近退休", woman),
        sample("moved", "卡内有追加住址", moved),
        sample("expired", "身份证已过期", expired),
        sample("rare_name", "姓名含生僻字", rare),
        sample("long_term", "长期有效", old),
        sample("hui", "少数民族", hui),
    ]
}

fn others() -> Vec<Sample> {
    let permit = |area, name, birth, order, pass: &str| IdCard {
        kind: Kind::HkMacauTaiwan,
        ethnic_code: None,
        pass_number: Some(pass.to_string()),
        issue_count: Some("01".to_string()),
        ..citizen(area, name, Sex::Female, birth, order)
    };
    let newer = foreigner(
        Kind::Foreigner2023,
        "马克样本",
        LONG_NAME,
        "CAN",
        (1983, 4, 21),
    );
    let older = foreigner(
        Kind::Foreigner2017,
        "安娜样本",
        "ANNA SAMPLE",
        "DEU",
        (1980, 2, 29),
    );
    let no_chinese = foreigner(Kind::Foreigner2023, "", "JO X", "FRA", (1995, 10, 2));
    vec![
        sample(
            "hong_kong",
            "港澳居民居住证",
            permit("320397", "陈样本", (1993, 8, 8), 228, "H00000001"),
        ),
        sample(
            "taiwan",
            "台湾居民居住证",
            permit("320398", "林样例", (1979, 12, 25), 346, "00000002"),
        ),
        sample("foreigner_2017", "外国人永久居留证（2017版）", older),
        sample(
            "foreigner_2023",
            "外国人永久居留证（2023版），四十字姓名",
            newer,
        ),
        sample(
            "foreigner_latin",
            "外国人永久居留证（2023版），无中文姓名",
            no_chinese,
        ),
    ]
}

/// Forty characters, more than the first of its two places holds.
const LONG_NAME: &str = "MAXIMILIAN ALEXANDER SAMPLE OF EXAMPLIAS";

fn sample(key: &'static str, title: &'static str, card: IdCard) -> Sample {
    Sample { key, title, card }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("the samples' dates are dates")
}

fn citizen(area: &str, name: &str, sex: Sex, birth: (i32, u32, u32), order: u16) -> IdCard {
    let birth = day(birth.0, birth.1, birth.2);
    // GB 11643: the order is odd for men and even for women.
    debug_assert_eq!(order % 2 == 1, sex == Sex::Male);
    IdCard {
        kind: Kind::Citizen,
        name: name.to_string(),
        english_name: None,
        sex,
        ethnic_code: Some("01".to_string()),
        birth,
        address: Some(format!("江苏省徐州市样例区测试路{order}号")),
        appended_address: None,
        id_number: with_check_digit(&format!("{area}{}{order:03}", birth.format("%Y%m%d"))),
        issuing_authority: Some("徐州市公安局样例分局".to_string()),
        valid_from: day(2018, 6, 1),
        valid_to: ValidTo::Date(day(2038, 6, 1)),
        pass_number: None,
        issue_count: None,
        nationality: None,
        card_version: None,
        renewal_count: None,
        former_number: None,
        raw: Vec::new(),
    }
}

fn foreigner(
    kind: Kind,
    name: &str,
    english: &str,
    nation: &str,
    birth: (i32, u32, u32),
) -> IdCard {
    let newer = kind == Kind::Foreigner2023;
    let card = citizen("320399", name, Sex::Female, birth, 20);
    // Old numbers: nationality, area (4), birth without century, order, check. The check of the
    // sample is not computed: no public source states its rule.
    let old_number = format!("{nation}3203{}01", card.birth.format("%y%m%d"));
    IdCard {
        kind,
        english_name: Some(english.to_string()),
        ethnic_code: None,
        address: None,
        id_number: if newer { card.id_number } else { old_number },
        issuing_authority: (!newer).then(|| "3203".to_string()),
        valid_from: day(2024, 1, 15),
        valid_to: ValidTo::Date(day(2034, 1, 15)),
        nationality: Some(nation.to_string()),
        card_version: (!newer).then(|| "01".to_string()),
        renewal_count: newer.then(|| "01".to_string()),
        ..card
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_number_carries_a_synthetic_area_or_no_area_at_all() {
        for Sample { key, card, .. } in all() {
            if card.id_number.len() == 18 {
                assert!(card.id_number.starts_with("32039"), "{key}");
            } else {
                assert_eq!(card.kind, Kind::Foreigner2017, "{key}");
            }
        }
        for SocialSample { key, card, .. } in social() {
            assert!(card.id_number.starts_with("32039"), "{key}");
        }
    }

    #[test]
    fn the_samples_hold_what_the_tests_need() {
        assert!(
            Kind::ALL
                .into_iter()
                .all(|kind| all().iter().any(|s| s.card.kind == kind))
        );
        assert_eq!(LONG_NAME.len(), 40);
        let rare = find("rare_name").unwrap().card.name;
        assert!(rare.chars().any(|c| c > '\u{FFFF}'));
        assert!(rare.chars().any(|c| ('\u{E000}'..='\u{F8FF}').contains(&c)));
    }
}
