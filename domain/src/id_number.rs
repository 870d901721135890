//! Document numbers: GB 11643 citizen numbers (also on residence permits of residents from Hong
//! Kong, Macau and Taiwan, and on foreigners' cards since 2023), and the 15-character number of
//! foreigners' cards issued before.

use chrono::{Datelike, NaiveDate};

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

/// Digits in a row that are nobody's telephone number: a document's, an account's.
const LONG_RUN: usize = 15;
/// Year of the earliest birth that is looked for: days and codes side by side give earlier ones.
const EARLIEST: i32 = 1900;

/// Whether a text holds what could be somebody's document number: a long run of digits, also in full
/// width, or a citizen number in groups.
pub fn stands_in(text: &str) -> bool {
    let folded: Vec<char> = text.chars().map(narrow).collect();
    let long = folded
        .split(|c| !c.is_ascii_digit())
        .any(|run| run.len() >= LONG_RUN);
    let apart = |c: &&char| matches!(c, ' ' | '-' | '·' | '.');
    let joined: Vec<char> = folded.iter().filter(|c| !apart(c)).copied().collect();
    let whole = |window: &[char]| {
        let parsed = parse(&window.iter().collect::<String>());
        parsed.is_ok_and(|parsed| parsed.birth.year() >= EARLIEST)
    };
    long || joined.windows(18).any(whole)
}

/// A character of full width as the usual one; `x` as the check character that it stands for.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32).unwrap_or(c),
        'x' | 'Ｘ' | 'ｘ' => 'X',
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_words_is_found_however_it_is_written() {
        for text in [
            "11010519491231002X",
            "核对 11010519491231002x 的档案",
            "110105 19491231 002X",
            "110105-19491231-002X",
            "号码１１０１０５１９４９１２３１００２Ｘ",
            "旧证 110105491231002",
            "账号 6222020200112233445",
        ] {
            assert!(stands_in(text), "{text}");
        }
        for text in [
            "",
            "审计局来函 2026-11-23 第 12 号",
            "电话 13900000000，社区 320302001005",
            "320302001005-E00001",
            "2026-11-23 09:00 320302001005",
            "11010519491231",
        ] {
            assert!(!stands_in(text), "{text}");
        }
    }

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
