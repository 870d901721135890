//! The check digit of a citizen's number (GB 11643; ISO 7064, MOD 11-2).

/// Seventeen digits with their check digit appended. Anything but digits gives nonsense.
#[must_use]
pub fn with_check_digit(digits: &str) -> String {
    let sum = digits
        .bytes()
        .fold(0, |sum, digit| (sum + u32::from(digit & 0x0F)) * 2 % 11);
    let check = char::from_digit((12 - sum) % 11, 11).expect("below eleven");
    format!("{digits}{}", if check == 'a' { 'X' } else { check })
}

/// Whether these characters are shaped like a citizen's number: 17 digits, then a digit or X.
#[must_use]
pub fn is_citizens(number: &str) -> bool {
    let [digits @ .., last] = number.as_bytes() else {
        return false;
    };
    digits.len() == 17
        && digits.iter().all(u8::is_ascii_digit)
        && (last.is_ascii_digit() || matches!(last, b'X' | b'x'))
}

/// Whether a number shaped like a citizen's ends in the digit it must end in.
#[must_use]
pub fn checks(number: &str) -> bool {
    is_citizens(number) && with_check_digit(&number[..17]).eq_ignore_ascii_case(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example_gets_its_check_digit() {
        assert_eq!(with_check_digit("11010519491231002"), "11010519491231002X");
        assert!(checks("11010519491231002X") && checks("11010519491231002x"));
    }

    #[test]
    fn every_single_wrong_digit_and_every_swap_of_neighbours_is_found() {
        let right = with_check_digit("32039019880312113");
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut wrong = right.clone().into_bytes();
                wrong[at] = digit;
                let wrong = String::from_utf8(wrong).unwrap();
                assert_eq!(checks(&wrong), wrong == right, "{wrong}");
            }
            let mut swapped = right.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            assert_eq!(checks(&swapped), swapped == right, "{swapped}");
        }
    }

    #[test]
    fn what_is_no_citizens_number_is_told_by_its_shape() {
        for other in [
            "",
            "X",
            "1234567890123456",
            "USA199001010000001",
            "１10105194912310026",
        ] {
            assert!(!is_citizens(other) && !checks(other), "{other}");
        }
    }
}
