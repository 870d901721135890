//! An identity typed by hand, where no reader could read the card: checked as far as a document can
//! be checked by what is printed on it. That it was typed stays with the command ([`Evidence`]).

use chrono::NaiveDate;

use crate::id_number;
use crate::identity::{Document, DocumentKind, Evidence, Identity, Sex};
use crate::reason::Reason;

/// The longest name on any of the documents, characters.
const NAME_LIMIT: usize = 50;
/// The longest address, as on the chip.
const ADDRESS_LIMIT: usize = 70;
/// The longest reason, characters.
const REASON_LIMIT: usize = 100;

/// What was typed, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed<'a> {
    /// Which document lies there.
    pub kind: DocumentKind,
    /// Its number.
    pub number: &'a str,
    /// The name.
    pub name: &'a str,
    /// Sex, where it was chosen.
    pub sex: Option<Sex>,
    /// Date of birth, where a whole one was typed.
    pub birth: Option<NaiveDate>,
    /// The address; may be empty.
    pub address: &'a str,
    /// Why no card was read.
    pub reason: &'a str,
}

/// What can be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Sex as the number says it.
    pub sex: Option<Sex>,
    /// Date of birth as the number says it.
    pub birth: Option<NaiveDate>,
    /// Field and what is wrong with it, in the form's order.
    pub faults: Vec<(&'static str, Reason)>,
}

/// Checks what was typed; with no fault it is an identity.
#[must_use]
pub fn check(typed: &Typed<'_>, today: NaiveDate) -> (Checked, Option<(Identity, Evidence)>) {
    let number = normal_number(typed.number);
    let said = match typed.kind {
        DocumentKind::Foreigner2017 => old_foreigner(&number).map(|()| None),
        _ => id_number::parse(&number)
            .map(Some)
            .map_err(|fault| match fault {
                id_number::Fault::Check => "identity.bad_check_character",
                _ => "identity.bad_number",
            }),
    };
    let mut faults = Vec::new();
    let mut fault = |field, code: &str| faults.push((field, Reason::new(code)));
    let parsed = match said {
        Ok(parsed) => parsed,
        Err(code) => {
            fault("number", code);
            None
        }
    };
    let name = typed.name.trim();
    if name.is_empty() {
        fault("name", "identity.no_name");
    } else if !is_name(name) {
        fault("name", "identity.bad_name");
    }
    match (typed.sex, parsed) {
        (None, _) => fault("sex", "identity.no_sex"),
        (Some(sex), Some(parsed)) if sex != parsed.sex => fault("sex", "identity.bad_sex"),
        _ => {}
    }
    match (typed.birth, parsed) {
        (None, _) => fault("birth", "identity.no_birth"),
        (Some(birth), _) if birth > today => fault("birth", "identity.born_later"),
        (Some(birth), Some(parsed)) if birth != parsed.birth => {
            fault("birth", "identity.bad_birth");
        }
        _ => {}
    }
    if typed.address.chars().count() > ADDRESS_LIMIT {
        faults.push((
            "address",
            Reason::new("answer.too_long").with("limit", ADDRESS_LIMIT),
        ));
    }
    let reason = typed.reason.trim();
    if reason.is_empty() {
        faults.push(("reason", Reason::new("identity.no_reason")));
    } else if reason.chars().count() > REASON_LIMIT {
        faults.push((
            "reason",
            Reason::new("answer.too_long").with("limit", REASON_LIMIT),
        ));
    }
    let checked = Checked {
        sex: parsed.map(|parsed| parsed.sex),
        birth: parsed.map(|parsed| parsed.birth),
        faults,
    };
    let whole = match (checked.faults.is_empty(), typed.sex, typed.birth) {
        (true, Some(sex), Some(birth)) => Some((sex, birth)),
        _ => None,
    };
    let identity = whole.map(|(sex, birth)| Identity {
        document: Document {
            kind: typed.kind,
            number,
        },
        name: name.to_owned(),
        latin_name: None,
        sex,
        ethnic: None,
        birth,
        address: typed.address.trim().to_owned(),
        issuer: String::new(),
        valid_from: None,
        valid_to: None,
        nationality: None,
    });
    let evidence = Evidence::Typed {
        reason: reason.to_owned(),
    };
    (checked, identity.map(|identity| (identity, evidence)))
}

/// Upper case, no blanks, no dashes: as it stands on the card.
#[must_use]
pub fn normal_number(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c {
            // Full-width digits and letters of a Chinese keyboard.
            '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
                char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c)
            }
            c => c,
        })
        .flat_map(char::to_uppercase)
        .collect()
}

/// 15 characters: three letters of the country, then digits. Its last digit is a check of which no
/// rule is published, so it is not checked.
fn old_foreigner(number: &str) -> Result<(), &'static str> {
    let fits = number.is_ascii()
        && number.len() == 15
        && number[..3].bytes().all(|b| b.is_ascii_uppercase())
        && number[3..].bytes().all(|b| b.is_ascii_digit());
    fits.then_some(()).ok_or("identity.bad_number")
}

/// Letters of any script with what stands between them; at least two for a Chinese name.
fn is_name(name: &str) -> bool {
    let letters = name.chars().filter(|c| is_letter(*c)).count();
    let between = |c: char| {
        matches!(
            c,
            '·' | '•' | '．' | '・' | '‧' | '-' | '\'' | ' ' | '.' | ','
        )
    };
    letters >= 2
        && name.chars().count() <= NAME_LIMIT
        && name.chars().all(|c| is_letter(c) || between(c))
}

/// Private-use characters are letters here: cards carry rare names in them.
fn is_letter(c: char) -> bool {
    let private = matches!(
        c,
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}'
    );
    c.is_alphabetic() || private
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "11010519491231002X";

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn typed() -> Typed<'static> {
        Typed {
            kind: DocumentKind::CitizenCard,
            number: NUMBER,
            name: "王样本",
            sex: Some(Sex::Female),
            birth: Some(day(1949, 12, 31)),
            address: "示范路1号",
            reason: "card_damaged",
        }
    }

    fn codes(typed: &Typed<'_>) -> Vec<(&'static str, String)> {
        let (checked, _) = check(typed, day(2026, 11, 28));
        let code = |(field, reason): (&'static str, Reason)| (field, reason.code);
        checked.faults.into_iter().map(code).collect()
    }

    #[test]
    fn what_fits_together_is_an_identity_that_says_it_was_typed() {
        let messy = Typed {
            number: " 110105 19491231 002ｘ",
            name: " 王样本 ",
            ..typed()
        };
        let (checked, whole) = check(&messy, day(2026, 11, 28));
        assert_eq!(checked.faults, []);
        let (identity, evidence) = whole.unwrap();
        assert_eq!(identity.document.number, NUMBER);
        assert_eq!(identity.name, "王样本");
        assert!(!evidence.is_read());
    }

    #[test]
    fn every_contradiction_is_told_at_its_field() {
        type Row = (Typed<'static>, &'static str, &'static str);
        let table: Vec<Row> = vec![
            (
                Typed {
                    number: "320390194912310021",
                    ..typed()
                },
                "number",
                "identity.bad_check_character",
            ),
            (
                Typed {
                    number: "11010519491231",
                    ..typed()
                },
                "number",
                "identity.bad_number",
            ),
            (
                Typed {
                    sex: Some(Sex::Male),
                    ..typed()
                },
                "sex",
                "identity.bad_sex",
            ),
            (
                Typed {
                    sex: None,
                    ..typed()
                },
                "sex",
                "identity.no_sex",
            ),
            (
                Typed {
                    birth: Some(day(1949, 12, 30)),
                    ..typed()
                },
                "birth",
                "identity.bad_birth",
            ),
            (
                Typed {
                    birth: Some(day(2027, 1, 1)),
                    ..typed()
                },
                "birth",
                "identity.born_later",
            ),
            (
                Typed {
                    birth: None,
                    ..typed()
                },
                "birth",
                "identity.no_birth",
            ),
            (
                Typed {
                    name: " ",
                    ..typed()
                },
                "name",
                "identity.no_name",
            ),
            (
                Typed {
                    name: "王1",
                    ..typed()
                },
                "name",
                "identity.bad_name",
            ),
            (
                Typed {
                    reason: "",
                    ..typed()
                },
                "reason",
                "identity.no_reason",
            ),
        ];
        for (typed, field, code) in table {
            assert_eq!(codes(&typed), [(field, code.to_owned())], "{typed:?}");
        }
    }

    #[test]
    fn rare_characters_and_foreign_names_are_names() {
        for name in [
            "𠮷\u{E863}𬭎",
            "王\u{F0000}",
            "\u{FFFFD}\u{100000}\u{10FFFD}",
            "阿依古丽·买买提",
            "ANNA-MARIA O'SAMPLE",
        ] {
            assert_eq!(codes(&Typed { name, ..typed() }), [], "{name}");
        }
        // What is no character at all is none here either.
        for name in ["王\u{FFFFE}", "王样\u{10FFFF}"] {
            assert_eq!(codes(&Typed { name, ..typed() })[0].1, "identity.bad_name");
        }
    }

    #[test]
    fn the_old_foreigners_number_has_its_own_form() {
        let foreign = Typed {
            kind: DocumentKind::Foreigner2017,
            number: "DEU320090010112",
            ..typed()
        };
        assert_eq!(codes(&foreign), []);
        for end in 0..15 {
            let number = &foreign.number[..end];
            let short = Typed {
                number,
                ..foreign.clone()
            };
            assert_eq!(codes(&short)[0].1, "identity.bad_number", "{end}");
        }
    }
}
