//! Frame ↔ bytes. `[length, u32 little endian][sealed bytes][check, 8 bytes][zeros to a multiple of
//! 8]`. The sealed bytes are an envelope of `seal` over the frame's JSON, for this installation,
//! segment and offset alone, so that no frame can be moved. The check is the beginning of SHA-256
//! over offset, length and sealed bytes: it tells a torn tail without a key.

use domain::Id;
use sha2::{Digest, Sha256};

use super::Frame;
use crate::error::Result;
use crate::keys::Secret;

/// Frames begin at multiples of this.
pub const ALIGNED: usize = 8;
const LENGTH_BYTES: usize = 4;
const CHECK_BYTES: usize = 8;
/// A command with all its answers is far smaller; a length beyond this is garbage.
const SEALED_LIMIT_BYTES: usize = 8 << 20;

/// What frames are sealed with.
pub struct Sealing {
    installation: Id,
    key: crypto::Key,
}

impl Sealing {
    /// For one installation's journal.
    pub fn new(installation: Id, key: &Secret) -> Sealing {
        Sealing {
            installation,
            key: crypto::Key::new(key, crypto::Suite::default()),
        }
    }

    /// The bytes of a frame at an offset of a segment.
    pub fn pack(&self, frame: &Frame, segment: u64, offset: u64) -> Result<Vec<u8>> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(frame)?);
        let sealed = self.key.seal(self.purpose(segment, offset), &plain);
        let length = u32::try_from(sealed.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes();
        let check = check(offset, &length, &sealed);
        let mut bytes = [length.as_slice(), &sealed, &check].concat();
        bytes.resize(bytes.len().next_multiple_of(ALIGNED), 0);
        Ok(bytes)
    }

    /// The frame that stands whole at `offset` of a segment's bytes, and where the next one would.
    pub fn unpack(&self, bytes: &[u8], segment: u64, offset: usize) -> Option<(Frame, usize)> {
        let (sealed, next) = whole_at(bytes, offset)?;
        let plain = self
            .key
            .open(self.purpose(segment, offset as u64), sealed)?;
        let plain = zeroize::Zeroizing::new(plain);
        Some((serde_json::from_slice(&plain).ok()?, next))
    }

    fn purpose(&self, segment: u64, offset: u64) -> String {
        format!("yizhan journal 1 {} {segment} {offset}", self.installation)
    }
}

/// The sealed bytes at `offset`, where their check says that they are whole.
pub fn whole_at(bytes: &[u8], offset: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(offset..)?;
    let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
    let sealed_len = u32::from_le_bytes(*length) as usize;
    if sealed_len == 0 || sealed_len > SEALED_LIMIT_BYTES {
        return None;
    }
    let (sealed, rest) = rest.split_at_checked(sealed_len)?;
    let stored = rest.first_chunk::<CHECK_BYTES>()?;
    if *stored != check(offset as u64, length, sealed) {
        return None;
    }
    let end = offset + LENGTH_BYTES + sealed_len + CHECK_BYTES;
    Some((sealed, end.next_multiple_of(ALIGNED)))
}

fn check(offset: u64, length: &[u8; LENGTH_BYTES], sealed: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hash = Sha256::new();
    hash.update(offset.to_le_bytes());
    hash.update(length);
    hash.update(sealed);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash.finalize()[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealing(installation: u128) -> Sealing {
        let key = zeroize::Zeroizing::new([7; 32]);
        Sealing::new(Id(uuid::Uuid::from_u128(installation)), &key)
    }

    fn frame() -> Frame {
        Frame::Installation {
            sealed: "a canary".into(),
        }
    }

    #[test]
    fn a_frame_opens_only_where_it_was_written() {
        let bytes = sealing(1).pack(&frame(), 2, 0).unwrap();
        assert!(!bytes.windows(6).any(|part| part == b"canary"));
        assert_eq!(
            sealing(1).unpack(&bytes, 2, 0),
            Some((frame(), bytes.len()))
        );
        assert_eq!(sealing(1).unpack(&bytes, 3, 0), None, "another segment");
        assert_eq!(sealing(9).unpack(&bytes, 2, 0), None, "another station");
        let moved = [vec![0; ALIGNED], bytes].concat();
        assert_eq!(sealing(1).unpack(&moved, 2, ALIGNED), None, "another place");
    }

    #[test]
    fn every_truncation_and_every_flipped_byte_is_refused() {
        let bytes = sealing(1).pack(&frame(), 2, 0).unwrap();
        let (_, padding) = bytes.split_at(bytes.len() - ALIGNED);
        let padded = padding.iter().rev().take_while(|byte| **byte == 0).count();
        for at in 0..bytes.len() - padded {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(sealing(1).unpack(&changed, 2, 0), None, "byte {at}");
            assert_eq!(sealing(1).unpack(&bytes[..at], 2, 0), None, "cut at {at}");
        }
    }
}
