//! A secret of 32 bytes in three shares, any two of which give it back (Shamir, over GF(2^8) with
//! the polynomial of AES). One share tells nothing: for every secret there is a line through it.
//!
//! ```text
//! version (1) = 1 ‖ number (1) = 1..3 ‖ set (8) ‖ y (32) ‖ check (16) ‖ sum (4)
//! ```
//!
//! `set` is the same in all shares of one split; `check` is a keyed hash under the secret itself, so
//! a share that was changed is found out when it is used; `sum` (SHA-256, public) already names a share
//! that was typed or kept wrongly, before a second one is there.

use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::Secret;
use crate::suite::Suite;

/// Shares of one split.
pub const SHARES: u8 = 3;
/// Shares that are enough.
pub const NEEDED: usize = 2;
/// Bytes of a share.
pub const SHARE_BYTES: usize = 62;
const VERSION: u8 = 1;

/// One officer's share. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Share {
    number: u8,
    set: [u8; 8],
    y: Secret,
    check: [u8; 16],
}

/// Why shares give no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// One share twice.
    SameShare,
    /// Shares of two different splits.
    OtherSet,
    /// A share was changed.
    Changed,
}

/// Splits a secret.
pub fn split(secret: &Secret) -> [Share; SHARES as usize] {
    let slope = crate::random_secret();
    let mut set = [0; 8];
    OsRng.fill_bytes(&mut set);
    let check = check_of(secret, &set);
    [1, 2, 3].map(|number| {
        let mut y = Zeroizing::new([0; 32]);
        for (at, out) in y.iter_mut().enumerate() {
            *out = secret[at] ^ times(slope[at], number);
        }
        Share {
            number,
            set,
            y,
            check,
        }
    })
}

/// The secret from two shares of one split.
pub fn join(one: &Share, two: &Share) -> Result<Secret, Refused> {
    if one.set != two.set {
        return Err(Refused::OtherSet);
    }
    if one.number == two.number {
        return Err(Refused::SameShare);
    }
    // The line through (x1, y1) and (x2, y2) meets x = 0 at (x2·y1 + x1·y2) / (x1 + x2).
    let divisor = inverse(one.number ^ two.number);
    let mut secret = Zeroizing::new([0; 32]);
    for (at, out) in secret.iter_mut().enumerate() {
        let sum = times(one.y[at], two.number) ^ times(two.y[at], one.number);
        *out = times(sum, divisor);
    }
    let check = check_of(&secret, &one.set);
    match check == one.check && check == two.check {
        true => Ok(secret),
        false => Err(Refused::Changed),
    }
}

impl Share {
    /// Which of the three, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Names the split, 16 hex digits.
    pub fn set(&self) -> String {
        hex::encode(self.set)
    }

    /// The layout above.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(SHARE_BYTES));
        bytes.extend([VERSION, self.number]);
        bytes.extend(self.set);
        bytes.extend(self.y.iter());
        bytes.extend(self.check);
        let sum = sum_of(&bytes);
        bytes.extend(sum);
        bytes
    }

    /// From the layout above; None for anything else, a changed byte included.
    pub fn read(bytes: &[u8]) -> Option<Share> {
        let bytes: &[u8; SHARE_BYTES] = bytes.try_into().ok()?;
        let (body, sum) = bytes.split_at(SHARE_BYTES - 4);
        if sum != sum_of(body) || body[0] != VERSION || !(1..=SHARES).contains(&body[1]) {
            return None;
        }
        Some(Share {
            number: body[1],
            set: body[2..10].try_into().ok()?,
            y: Zeroizing::new(body[10..42].try_into().ok()?),
            check: body[42..].try_into().ok()?,
        })
    }
}

impl std::fmt::Debug for Share {
    /// Without what it holds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Share({} of {})", self.number, self.set())
    }
}

fn check_of(secret: &Secret, set: &[u8; 8]) -> [u8; 16] {
    let hash = Suite::One.hmac(secret.as_slice(), &[b"yizhan share 1", set]);
    let mut check = [0; 16];
    check.copy_from_slice(&hash[..16]);
    check
}

fn sum_of(body: &[u8]) -> [u8; 4] {
    let hash = Suite::One.hash(&[b"yizhan share 1", body]);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, without a branch or a table that would
/// depend on the factors.
fn times(a: u8, b: u8) -> u8 {
    let (mut a, mut product) = (a, 0);
    for bit in 0..8 {
        product ^= a & ((b >> bit) & 1).wrapping_neg();
        let carry = (a >> 7).wrapping_neg();
        a = (a << 1) ^ (carry & 0x1B);
    }
    product
}

/// a^254, which is 1/a (and 0 for 0).
fn inverse(a: u8) -> u8 {
    (0..6).fold(times(a, a), |power, _| {
        let more = times(power, a);
        times(more, more)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_the_one_of_aes_and_every_element_but_zero_has_an_inverse() {
        // FIPS 197, section 4.2.
        assert_eq!((times(0x57, 0x83), times(0x57, 0x13)), (0xC1, 0xFE));
        for a in 1..=255 {
            assert_eq!(times(a, inverse(a)), 1, "{a}");
        }
    }

    #[test]
    fn any_two_of_three_give_the_secret_in_either_order() {
        let secret = crate::random_secret();
        let shares = split(&secret);
        for one in &shares {
            for two in shares.iter().filter(|two| two.number != one.number) {
                assert_eq!(join(one, two).unwrap(), secret);
            }
            assert_eq!(join(one, one), Err(Refused::SameShare));
        }
    }

    #[test]
    fn one_share_is_as_likely_for_any_other_secret() {
        // The same share belongs to a split of every secret: the slope that leads there exists.
        let share = &split(&Zeroizing::new([7; 32]))[1];
        for guess in 0..=255u8 {
            let slope = times(share.y[0] ^ guess, inverse(share.number));
            assert_eq!(guess ^ times(slope, share.number), share.y[0]);
        }
    }

    #[test]
    fn shares_of_two_splits_do_not_mix() {
        let secret = crate::random_secret();
        let (one, two) = (split(&secret), split(&secret));
        assert_eq!(join(&one[0], &two[1]), Err(Refused::OtherSet));
    }

    #[test]
    fn a_share_whose_bytes_were_changed_is_refused_when_it_is_read() {
        let bytes = split(&crate::random_secret())[0].to_bytes();
        assert_eq!(bytes.len(), SHARE_BYTES);
        for at in 0..SHARE_BYTES * 8 {
            let mut changed = bytes.clone();
            changed[at / 8] ^= 1 << (at % 8);
            assert!(Share::read(&changed).is_none(), "bit {at}");
        }
        for end in 0..SHARE_BYTES {
            assert!(Share::read(&bytes[..end]).is_none(), "cut at {end}");
        }
    }

    /// By somebody who makes the sum fit again: every bit of every field, and both partners.
    #[test]
    fn a_share_that_was_forged_with_a_fitting_sum_is_found_out_when_it_is_used() {
        let secret = crate::random_secret();
        let shares = split(&secret);
        for (at, partner) in [(0, 1), (0, 2), (2, 0)] {
            let body = shares[at].to_bytes();
            for bit in 0..(SHARE_BYTES - 4) * 8 {
                let mut forged = body[..SHARE_BYTES - 4].to_vec();
                forged[bit / 8] ^= 1 << (bit % 8);
                let sum = sum_of(&forged);
                forged.extend(sum);
                let Some(forged) = Share::read(&forged) else {
                    continue;
                };
                for outcome in [
                    join(&forged, &shares[partner]),
                    join(&shares[partner], &forged),
                ] {
                    assert!(outcome.is_err(), "bit {bit} of share {at}");
                }
            }
        }
    }

    #[test]
    fn a_share_says_nothing_of_what_it_holds() {
        let share = &split(&Zeroizing::new([7; 32]))[0];
        let shown = format!("{share:?}");
        assert_eq!(shown, format!("Share(1 of {})", share.set()));
    }
}
