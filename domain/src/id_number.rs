//! Document numbers: GB 11643 citizen numbers (also on residence permits of residents from Hong
//! Kong, Macau and Taiwan, and on foreigners' cards since 2023), and the 15-character number of
//! foreigners' cards issued before.

use chrono::NaiveDate;

use crate::identity::Sex;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not 18 characters of the alphabet (17 digits and a digit or `X`).
    #[error("not 17 digits and a check character")]
    Shape,
    /// Digits 7–14 are no date.
    #[error("no such date of birth")]
    Date,
    /// ISO 7064 MOD 11-2 fails.
    #[error("check character is wrong")]
    Check,
}

/// What an 18-character number says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Digits 7–14.
    pub birth: NaiveDate,
    /// Parity of digit 17.
    pub sex: Sex,
}

/// The check character of 17 digits; None when they are no digits.
pub fn check_character(digits: &str) -> Option<char> {
    if digits.len() != 17 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = digits
        .bytes()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    Some(char::from(CHECKS[(sum % 11) as usize]))
}

/// Reads an 18-character number (GB 11643).
pub fn parse(number: &str) -> Result<Parsed, Fault> {
    if number.len() != 18 || !number.is_ascii() {
        return Err(Fault::Shape);
    }
    let check = check_character(&number[..17]).ok_or(Fault::Shape)?;
    let last = number.as_bytes()[17];
    if !last.is_ascii_digit() && last != b'X' {
        return Err(Fault::Shape);
    }
    let birth = NaiveDate::parse_from_str(&number[6..14], "%Y%m%d").map_err(|_| Fault::Date)?;
    if char::from(last) != check {
        return Err(Fault::Check);
    }
    let male = (number.as_bytes()[16] - b'0') % 2 == 1;
    Ok(Parsed {
        birth,
        sex: if male { Sex::Male } else { Sex::Female },
    })
}

/// The number with its middle hidden: first 6 and last 4 stay, as on official notices. A short
/// number keeps its first 3 and last 2.
pub fn mask(number: &str) -> String {
    let chars: Vec<char> = number.chars().collect();
    let (head, tail) = if chars.len() >= 18 { (6, 4) } else { (3, 2) };
    if chars.len() <= head + tail {
        return "*".repeat(chars.len());
    }
    let hidden = chars.len() - head - tail;
    chars[..head]
        .iter()
        .chain(&vec!['*'; hidden])
        .chain(&chars[chars.len() - tail..])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example_is_read() {
        let parsed = parse("11010519491231002X").unwrap();
        assert_eq!(parsed.birth, NaiveDate::from_ymd_opt(1949, 12, 31).unwrap());
        assert_eq!(parsed.sex, Sex::Female);
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        let good = "11010519491231002X";
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut bytes = good.as_bytes().to_vec();
                if bytes[at] == digit {
                    continue;
                }
                bytes[at] = digit;
                let wrong = String::from_utf8(bytes).unwrap();
                assert!(parse(&wrong).is_err(), "{wrong} passed");
            }
        }
    }

    #[test]
    fn every_truncation_is_refused() {
        let good = "11010519491231002X";
        for end in 0..18 {
            assert_eq!(parse(&good[..end]), Err(Fault::Shape));
        }
    }

    #[test]
    fn a_masked_number_shows_six_and_four() {
        assert_eq!(mask("11010519491231002X"), "110105********002X");
        assert_eq!(mask("AB1234567890123"), "AB1**********23");
        assert_eq!(mask("123"), "***");
    }
}
