//! Where each field stands in the text block, per kind; offsets and lengths in bytes.

use super::{CardError, Kind, TEXT_LEN};

/// A field of some layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    EnglishName,
    Sex,
    Ethnic,
    Birth,
    Address,
    Number,
    Authority,
    ValidFrom,
    ValidTo,
    Pass,
    IssueCount,
    Nationality,
    Version,
    RenewalCount,
    Former,
}

/// A place of a field. A field may have two, the text running on from one to the next.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    pub field: Field,
    pub at: usize,
    pub len: usize,
}

/// The unit that says the kind.
const FLAG_AT: usize = 248;

const fn slot(field: Field, at: usize, len: usize) -> Slot {
    Slot { field, at, len }
}

/// 220..248 and 250..256 are reserved.
const CITIZEN: &[Slot] = &[
    slot(Field::Name, 0, 30),
    slot(Field::Sex, 30, 2),
    slot(Field::Ethnic, 32, 4),
    slot(Field::Birth, 36, 16),
    slot(Field::Address, 52, 70),
    slot(Field::Number, 122, 36),
    slot(Field::Authority, 158, 30),
    slot(Field::ValidFrom, 188, 16),
    slot(Field::ValidTo, 204, 16),
];

/// 32..36 (a citizen's ethnic group), 242..248 and 250..256 are reserved.
const HK_MACAU_TAIWAN: &[Slot] = &[
    slot(Field::Name, 0, 30),
    slot(Field::Sex, 30, 2),
    slot(Field::Birth, 36, 16),
    slot(Field::Address, 52, 70),
    slot(Field::Number, 122, 36),
    slot(Field::Authority, 158, 30),
    slot(Field::ValidFrom, 188, 16),
    slot(Field::ValidTo, 204, 16),
    slot(Field::Pass, 220, 18),
    slot(Field::IssueCount, 238, 4),
];

/// 250..256 is reserved.
const FOREIGNER_2017: &[Slot] = &[
    slot(Field::EnglishName, 0, 120),
    slot(Field::Sex, 120, 2),
    slot(Field::Number, 122, 30),
    slot(Field::Nationality, 152, 6),
    slot(Field::Name, 158, 30),
    slot(Field::ValidFrom, 188, 16),
    slot(Field::ValidTo, 204, 16),
    slot(Field::Birth, 220, 16),
    slot(Field::Version, 236, 4),
    slot(Field::Authority, 240, 8),
];

/// 158..188 is reserved. The name in Latin letters is cut in two: 35 units and 11.
const FOREIGNER_2023: &[Slot] = &[
    slot(Field::Name, 0, 30),
    slot(Field::Sex, 30, 2),
    slot(Field::RenewalCount, 32, 4),
    slot(Field::Birth, 36, 16),
    slot(Field::EnglishName, 52, 70),
    slot(Field::Number, 122, 36),
    slot(Field::ValidFrom, 188, 16),
    slot(Field::ValidTo, 204, 16),
    slot(Field::EnglishName, 220, 22),
    slot(Field::Nationality, 242, 6),
    slot(Field::Former, 250, 6),
];

/// The slots of a kind.
pub fn slots(kind: Kind) -> &'static [Slot] {
    match kind {
        Kind::Citizen => CITIZEN,
        Kind::HkMacauTaiwan => HK_MACAU_TAIWAN,
        Kind::Foreigner2017 => FOREIGNER_2017,
        Kind::Foreigner2023 => FOREIGNER_2023,
    }
}

/// The kind a block says it is.
pub fn kind_of(block: &[u8; TEXT_LEN]) -> Kind {
    match [block[FLAG_AT], block[FLAG_AT + 1]] {
        [b'J', 0] => Kind::HkMacauTaiwan,
        [b'I', 0] => Kind::Foreigner2017,
        [b'Y', 0] => Kind::Foreigner2023,
        _ => Kind::Citizen,
    }
}

/// Writes the flag.
pub fn set_kind(kind: Kind, block: &mut [u8; TEXT_LEN]) {
    block[FLAG_AT] = match kind {
        Kind::Citizen => b' ',
        Kind::HkMacauTaiwan => b'J',
        Kind::Foreigner2017 => b'I',
        Kind::Foreigner2023 => b'Y',
    };
}

/// The bytes of a field, its slots joined before anything is trimmed: the cut of a long name may
/// fall on an inner space.
pub fn gather(kind: Kind, field: Field, block: &[u8; TEXT_LEN]) -> Vec<u8> {
    let of_field = slots(kind).iter().filter(|slot| slot.field == field);
    of_field
        .flat_map(|slot| &block[slot.at..slot.at + slot.len])
        .copied()
        .collect()
}

/// Writes a field into its slots; refuses a text that does not fit.
pub fn scatter(
    kind: Kind,
    field: Field,
    text: &str,
    block: &mut [u8; TEXT_LEN],
) -> Result<(), CardError> {
    let mut units = text.encode_utf16();
    for slot in slots(kind).iter().filter(|slot| slot.field == field) {
        for place in block[slot.at..slot.at + slot.len].chunks_exact_mut(2) {
            let Some(unit) = units.next() else {
                return Ok(());
            };
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
    match units.next() {
        None => Ok(()),
        Some(_) => Err(CardError::FieldTooLong {
            field: name_of(field),
        }),
    }
}

fn name_of(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::EnglishName => "english_name",
        Field::Sex => "sex",
        Field::Ethnic => "ethnic_code",
        Field::Birth => "birth",
        Field::Address => "address",
        Field::Number => "id_number",
        Field::Authority => "issuing_authority",
        Field::ValidFrom => "valid_from",
        Field::ValidTo => "valid_to",
        Field::Pass => "pass_number",
        Field::IssueCount => "issue_count",
        Field::Nationality => "nationality",
        Field::Version => "card_version",
        Field::RenewalCount => "renewal_count",
        Field::Former => "former_number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_fields_of_a_layout_overlap_and_none_covers_the_flag() {
        for kind in Kind::ALL {
            let mut owner = [false; TEXT_LEN];
            owner[FLAG_AT..FLAG_AT + 2].fill(true);
            for slot in slots(kind) {
                for taken in &mut owner[slot.at..slot.at + slot.len] {
                    assert!(!std::mem::replace(taken, true), "{kind:?} {:?}", slot.field);
                }
            }
        }
    }
}
