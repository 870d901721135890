//! The wire between reader driver and tray.
//!
//! ```text
//! request   op u8      | length u32 big endian | payload
//! answer    status u8  | length u32 big endian | payload
//! ```
//!
//! The driver asks, the tray answers, one at a time per connection.

use std::io::{Read, Result, Write};

/// Is a card there? Answer without payload, [`OK`] or [`NO_CARD`].
pub const PRESENCE: u8 = 1;
/// Power the card or reset it; the answer is its ATR.
pub const POWER_UP: u8 = 2;
/// Take the power away.
pub const POWER_DOWN: u8 = 3;
/// An APDU; the answer ends in SW1 SW2.
pub const TRANSMIT: u8 = 4;
/// Control code, u32 big endian, and bytes to the reader itself.
pub const CONTROL: u8 = 5;

/// Done.
pub const OK: u8 = 0;
/// There is no card.
pub const NO_CARD: u8 = 1;
/// The reader does not do this.
pub const UNSUPPORTED: u8 = 2;

/// The longest payload, bytes: an extended answer and the control code.
pub const PAYLOAD_LIMIT: usize = 65_600;

/// Reads one message: its first byte and its payload.
pub fn read(from: &mut impl Read) -> Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    if len > PAYLOAD_LIMIT {
        return Err(std::io::ErrorKind::InvalidData.into());
    }
    let mut payload = vec![0; len];
    from.read_exact(&mut payload)?;
    Ok((head[0], payload))
}

/// Writes one message in one call, so that it never waits for half of itself.
pub fn write(to: &mut impl Write, first: u8, payload: &[u8]) -> Result<()> {
    let len = u32::try_from(payload.len()).map_err(|_| std::io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(payload.len() + 5);
    bytes.push(first);
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(payload);
    to.write_all(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    #[test]
    fn a_message_survives_the_way_and_every_truncation_is_refused() {
        let mut bytes = Vec::new();
        write(&mut bytes, TRANSMIT, b"apdu").unwrap();
        assert_eq!(read(&mut &bytes[..]).unwrap(), (TRANSMIT, b"apdu".to_vec()));
        for cut in 0..bytes.len() {
            assert!(read(&mut &bytes[..cut]).is_err(), "{cut}");
        }
        assert!(read(&mut &[1, 0xFF, 0, 0, 0][..]).is_err());
    }

    #[test]
    fn hostile_messages_on_the_wire_are_refused_or_read() {
        let mut sample = Vec::new();
        write(&mut sample, CONTROL, &[7; 40]).unwrap();
        let made_up = |chance: &mut hostile::Chance| {
            let mut bytes = chance.bytes(5);
            // Lengths near the limit, and far over it.
            bytes[1] &= *chance.of(&[0, 0, 0, 0xFF]);
            bytes[2] &= *chance.of(&[0, 1, 0xFF]);
            let rest = chance.below(300);
            bytes.extend(chance.bytes(rest));
            bytes
        };
        hostile::parser(&[sample], made_up, 2 * PAYLOAD_LIMIT, |bytes| {
            if let Ok((_, payload)) = read(&mut &bytes[..]) {
                assert!(payload.len() + 5 <= bytes.len());
            }
        });
    }
}
