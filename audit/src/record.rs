//! One record and its hash.

use sm3::{Digest, Sm3};
use uuid::Uuid;

/// An SM3 hash (GB/T 32905).
pub type Hash = [u8; 32];
/// A keyed pseudonym: of a person's document number, or of a case's id.
pub type About = [u8; 16];

/// The hash before the first record.
pub const FIRST: Hash = [0; 32];
/// The layout below, version 1, hashed by SM3.
const LAYOUT: u8 = 1;

/// A position in a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The last record; 0 for an empty chain.
    pub n: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// Of a chain without records.
    pub const EMPTY: Head = Head { n: 0, hash: FIRST };
}

/// One record, borrowed from where it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Position, from 1.
    pub n: u64,
    /// By the writer's clock, milliseconds of the epoch. It may be wrong, and go back.
    pub at_ms: i64,
    /// Time since the computer started, milliseconds; goes on while it sleeps.
    pub running_ms: u64,
    /// Starts of the computer counted by the writer.
    pub boots: u64,
    /// The latest time known to have passed, milliseconds of the epoch. Never goes back.
    pub high_water_ms: i64,
    /// Staff id; None for the program itself, and before anybody logged in.
    pub who: Option<Uuid>,
    /// What happened, `area.what`; see [`crate::Event`].
    pub kind: &'a str,
    /// Whom it is about, as a keyed pseudonym.
    pub about: Option<About>,
    /// Particulars without personal data: a JSON object on one line.
    pub details: &'a str,
    /// The hash of the record before.
    pub previous: Hash,
    /// See [`Record::digest`].
    pub hash: Hash,
}

impl Record<'_> {
    /// The hash that this content should have: SM3 over, in this order and big-endian,
    ///
    /// | bytes | what |
    /// | --- | --- |
    /// | 1 | layout, 1 |
    /// | 8 | `n` |
    /// | 8 | `at_ms`, two's complement |
    /// | 8 | `running_ms` |
    /// | 8 | `boots` |
    /// | 8 | `high_water_ms`, two's complement |
    /// | 16 | `who`, zeros for None |
    /// | 1 + 16 | 1 and `about`, or 0 and zeros |
    /// | 32 | `previous` |
    /// | 2 + k | length of `kind`, `kind` in UTF-8 |
    /// | 4 + d | length of `details`, `details` in UTF-8 |
    pub fn digest(&self) -> Hash {
        const FIXED: usize = 112;
        let mut head = [0; FIXED];
        head[0] = LAYOUT;
        head[1..9].copy_from_slice(&self.n.to_be_bytes());
        head[9..17].copy_from_slice(&self.at_ms.to_be_bytes());
        head[17..25].copy_from_slice(&self.running_ms.to_be_bytes());
        head[25..33].copy_from_slice(&self.boots.to_be_bytes());
        head[33..41].copy_from_slice(&self.high_water_ms.to_be_bytes());
        head[41..57].copy_from_slice(self.who.unwrap_or_default().as_bytes());
        head[57] = u8::from(self.about.is_some());
        head[58..74].copy_from_slice(&self.about.unwrap_or_default());
        head[74..106].copy_from_slice(&self.previous);
        head[106..108].copy_from_slice(&length16(self.kind));
        let mut hash = Sm3::new();
        hash.update(&head[..108]);
        hash.update(self.kind.as_bytes());
        hash.update(length32(self.details));
        hash.update(self.details.as_bytes());
        hash.finalize().into()
    }

    /// The same record behind `previous`, with its hash.
    pub fn chained(mut self, previous: &Head) -> Self {
        self.n = previous.n + 1;
        self.previous = previous.hash;
        self.hash = self.digest();
        self
    }

    /// Where a chain stands that ends with this one.
    pub fn head(&self) -> Head {
        Head {
            n: self.n,
            hash: self.hash,
        }
    }
}

fn length16(text: &str) -> [u8; 2] {
    u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes()
}

fn length32(text: &str) -> [u8; 4] {
    u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record<'static> {
        let bare = Record {
            n: 0,
            at_ms: 1_764_000_000_000,
            running_ms: 5_000,
            boots: 3,
            high_water_ms: 1_764_000_000_000,
            who: Some(Uuid::from_bytes([7; 16])),
            kind: "case.submitted",
            about: Some([9; 16]),
            details: "{}",
            previous: FIRST,
            hash: FIRST,
        };
        bare.chained(&Head::EMPTY)
    }

    #[test]
    fn sm3_gives_the_standards_own_example() {
        // GB/T 32905-2016, annex A, example 1.
        let expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
        assert_eq!(hex::encode(Sm3::digest(b"abc")), expected);
    }

    #[test]
    fn every_field_is_part_of_the_hash() {
        let (first, about) = (record(), Some([0; 16]));
        let others = [
            Record { n: 2, ..first },
            Record { at_ms: 1, ..first },
            Record {
                running_ms: 1,
                ..first
            },
            Record { boots: 4, ..first },
            Record {
                high_water_ms: 1,
                ..first
            },
            Record { who: None, ..first },
            Record {
                kind: "case.submitte",
                ..first
            },
            Record {
                about: None,
                ..first
            },
            Record { about, ..first },
            Record {
                details: "{ }",
                ..first
            },
            Record {
                previous: [1; 32],
                ..first
            },
        ];
        let mut seen = std::collections::BTreeSet::from([first.digest()]);
        for other in others {
            assert!(seen.insert(other.digest()), "{other:?}");
        }
    }

    #[test]
    fn a_character_that_moves_from_one_text_to_the_next_is_noticed() {
        let one = Record {
            kind: "ab",
            details: "c",
            ..record()
        };
        let other = Record {
            kind: "a",
            details: "bc",
            ..record()
        };
        assert_ne!(one.digest(), other.digest());
    }
}
