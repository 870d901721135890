//! A code that is printed and typed in again: 130 random bits in 26 characters of base 32 and one
//! that checks them, in nine groups of three. The alphabet is Crockford's, so I, L and O are read as 1, 1
//! and 0, and case does not matter. The check is the hybrid system of ISO/IEC 7064 with 32 characters: every
//! single wrong character is noticed, and nearly every exchange of two neighbours.

use rand::Rng;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::Secret;
use crate::suite::Suite;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters that carry the bits.
const CARRYING: usize = 26;
const GROUP: usize = 3;

/// A code. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct PrintedCode(Zeroizing<[u8; CARRYING]>);

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misread {
    /// Too few or too many characters.
    Length {
        /// Characters that count.
        found: usize,
    },
    /// A character that no code has.
    Character(char),
    /// All are possible, but together they do not fit: one is wrong, or two are exchanged.
    Check,
}

impl PrintedCode {
    /// Characters of a code, without the hyphens.
    pub const CHARACTERS: usize = CARRYING + 1;

    /// A new one.
    pub fn random() -> PrintedCode {
        let mut values = Zeroizing::new([0; CARRYING]);
        values
            .iter_mut()
            .for_each(|value| *value = OsRng.gen_range(0..32));
        PrintedCode(values)
    }

    /// As it is printed: `XXX-XXX-…`.
    pub fn to_text(&self) -> Zeroizing<String> {
        let all = self.0.iter().copied().chain([check_of(self.0.as_slice())]);
        let mut text = Zeroizing::new(String::with_capacity(Self::CHARACTERS * 4 / GROUP));
        for (at, value) in all.enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(value)]));
        }
        text
    }

    /// As somebody typed it: spaces, hyphens and case do not matter.
    pub fn read(text: &str) -> Result<PrintedCode, Misread> {
        let mut values = Zeroizing::new([0; PrintedCode::CHARACTERS]);
        let mut found = 0;
        for character in text.chars() {
            if character.is_whitespace() || matches!(character, '-' | '–' | '—' | '－' | '_') {
                continue;
            }
            let value = value_of(character).ok_or(Misread::Character(character))?;
            if let Some(place) = values.get_mut(found) {
                *place = value;
            }
            found += 1;
        }
        if found != Self::CHARACTERS {
            return Err(Misread::Length { found });
        }
        let mut carrying = Zeroizing::new([0; CARRYING]);
        carrying.copy_from_slice(&values[..CARRYING]);
        match check_of(carrying.as_slice()) == values[CARRYING] {
            true => Ok(PrintedCode(carrying)),
            false => Err(Misread::Check),
        }
    }

    /// A key for one purpose. 130 random bits need no slow hash.
    pub fn key(&self, suite: Suite, salt: &[u8], purpose: &str) -> Secret {
        suite.hkdf(salt, self.0.as_slice(), purpose.as_bytes())
    }
}

impl std::fmt::Debug for PrintedCode {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrintedCode")
    }
}

fn value_of(character: char) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        'I' | 'L' => '1',
        'O' => '0',
        other => other,
    };
    let at = ALPHABET
        .iter()
        .position(|known| char::from(*known) == upper)?;
    u8::try_from(at).ok()
}

/// ISO/IEC 7064, hybrid, M = 32.
fn check_of(values: &[u8]) -> u8 {
    let carry = values.iter().fold(32u16, |carry, value| {
        let sum = (carry + u16::from(*value)) % 32;
        let sum = if sum == 0 { 32 } else { sum };
        sum * 2 % 33
    });
    let check = (33 - carry) % 32;
    u8::try_from(check).expect("below 32")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_it_was_printed_however_it_was_typed() {
        let code = PrintedCode::random();
        let text = code.to_text();
        assert_eq!((text.len(), text.matches('-').count()), (35, 8));
        let typed = text.to_lowercase().replace('-', " ");
        assert_eq!(PrintedCode::read(&typed), Ok(code.clone()));
        let look_alikes = text.replace('1', "l").replace('0', "O");
        assert_eq!(PrintedCode::read(&look_alikes), Ok(code.clone()));
        let again = PrintedCode::read(&text).unwrap();
        let key = |code: &PrintedCode| code.key(Suite::One, b"salt", "wrap");
        assert_eq!(key(&again), key(&code));
        assert_ne!(key(&again), key(&PrintedCode::random()));
    }

    #[test]
    fn every_single_wrong_character_is_noticed() {
        let text = PrintedCode::random().to_text().replace('-', "");
        for at in 0..text.len() {
            for other in ALPHABET {
                let mut typed = text.clone().into_bytes();
                if typed[at] == *other {
                    continue;
                }
                typed[at] = *other;
                let typed = String::from_utf8(typed).unwrap();
                assert_eq!(PrintedCode::read(&typed), Err(Misread::Check), "{at}");
            }
        }
    }

    #[test]
    fn nearly_every_exchange_of_neighbours_is_noticed() {
        let (mut tried, mut missed) = (0, 0);
        for _ in 0..200 {
            let text = PrintedCode::random().to_text().replace('-', "");
            for at in 0..text.len() - 1 {
                let mut typed = text.clone().into_bytes();
                if typed[at] == typed[at + 1] {
                    continue;
                }
                typed.swap(at, at + 1);
                tried += 1;
                missed += u32::from(PrintedCode::read(&String::from_utf8(typed).unwrap()).is_ok());
            }
        }
        assert!(missed * 100 < tried, "{missed} of {tried}");
    }

    #[test]
    fn what_is_wrong_with_a_typed_code_is_said() {
        let text = PrintedCode::random().to_text();
        assert_eq!(
            PrintedCode::read(&text[1..]),
            Err(Misread::Length { found: 26 })
        );
        assert_eq!(
            PrintedCode::read(&format!("{}A", *text)),
            Err(Misread::Length { found: 28 })
        );
        assert_eq!(PrintedCode::read("U"), Err(Misread::Character('U')));
        assert_eq!(PrintedCode::read(""), Err(Misread::Length { found: 0 }));
        assert_eq!(format!("{:?}", PrintedCode::random()), "PrintedCode");
    }
}
