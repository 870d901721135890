//! Reading a card's content over each [`Transport`], on an [`Exchange`] of bytes.
//!
//! Not here: PC/SC itself (`pcsc`).

use super::module::{self, Content, Sam, Wanted};
use super::profile::Transport;
use super::sdt::{self, Answer, Command};
use crate::error::CardError;

/// The file of READ BINARY readers comes in blocks of this size, bytes.
const BLOCK_LEN: usize = 256;
/// GET RESPONSE and repeats in one exchange; the longest frame needs 10.
const CHAIN_LIMIT: usize = 40;

/// The two ways bytes travel in a transaction with a card.
pub trait Exchange {
    /// Sends an APDU; the answer ends in SW1 SW2.
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError>;
    /// Sends bytes to the reader itself; `code` is the number given to `CTL_CODE`.
    fn control(&mut self, code: u32, bytes: &[u8]) -> Result<Vec<u8>, CardError>;
}

/// Reads a card the way its reader's profile says.
pub fn read(
    link: &mut dyn Exchange,
    transport: Transport,
    wanted: Wanted,
) -> Result<Content, CardError> {
    match transport {
        // The file holds text and photo and nothing else.
        Transport::ReadBinaryFile => read_file(link),
        _ => module::read_present(&mut Framed { link, transport }, wanted),
    }
}

/// A security module behind a reader's PC/SC connection.
struct Framed<'a> {
    link: &'a mut dyn Exchange,
    transport: Transport,
}

impl Sam for Framed<'_> {
    fn ask(&mut self, command: Command) -> Result<Answer, CardError> {
        ask(self.link, self.transport, command)
    }
}

fn read_file(link: &mut dyn Exchange) -> Result<Content, CardError> {
    let (mut raw, mut want) = (Vec::new(), BLOCK_LEN);
    while raw.len() < want {
        let offset = u16::try_from(raw.len())
            .expect("base_len allows 1284 at most")
            .to_be_bytes();
        let answer = link.transmit(&[0xFF, 0xB0, offset[0], offset[1], 0])?;
        let (data, sw) = split_status(&answer)?;
        match sw {
            // 6282: the file ended before the 256 bytes asked for.
            0x9000 | 0x6282 => raw.extend_from_slice(data),
            _ => return Err(error_of_status(sw)),
        }
        want = sdt::base_len(&raw)?;
        let whole_blocks = raw.len() % BLOCK_LEN == 0 && !data.is_empty();
        if raw.len() < want && !whole_blocks {
            return Err(CardError::FrameTruncated {
                got: raw.len(),
                want,
            });
        }
    }
    // A reader may pad the last block to its full length.
    raw.truncate(want);
    Ok(Content {
        sam_id: None,
        base: sdt::split_base(&raw)?,
        raw,
        appended_address: None,
        fingerprints: None,
        body_number: None,
    })
}

fn ask(
    link: &mut dyn Exchange,
    transport: Transport,
    command: Command,
) -> Result<Answer, CardError> {
    let frame = sdt::encode_request(command);
    let answer = match transport {
        Transport::SdtOverControl { code } => link.control(code, &frame)?,
        Transport::SdtOverApdu {
            cla,
            ins,
            p1,
            p2,
            extended,
        } => {
            // Our requests are 10 bytes, so one length byte is enough for the short form.
            let len = u8::try_from(frame.len()).expect("requests carry no data");
            let mut apdu = vec![cla, ins, p1, p2];
            apdu.extend_from_slice(if extended { &[0, 0] } else { &[] });
            apdu.push(len);
            apdu.extend_from_slice(&frame);
            apdu.extend_from_slice(if extended { &[0, 0] } else { &[0] });
            chain(link, apdu)?
        }
        Transport::ReadBinaryFile => return Err(CardError::NoSecurityModule),
    };
    sdt::decode_answer(&answer)
}

/// Sends an APDU and collects what follows under 61xx and 6Cxx, which pcscd leaves to us.
fn chain(link: &mut dyn Exchange, mut apdu: Vec<u8>) -> Result<Vec<u8>, CardError> {
    let mut whole = Vec::new();
    for _ in 0..CHAIN_LIMIT {
        let answer = link.transmit(&apdu)?;
        let (data, sw) = split_status(&answer)?;
        whole.extend_from_slice(data);
        let [sw1, sw2] = sw.to_be_bytes();
        match sw1 {
            0x90 => return Ok(whole),
            0x61 => apdu = vec![0x00, 0xC0, 0x00, 0x00, sw2],
            0x6C => {
                if let Some(le) = apdu.last_mut() {
                    *le = sw2;
                }
            }
            _ => return Err(error_of_status(sw)),
        }
    }
    Err(CardError::FrameLength {
        announced: whole.len(),
    })
}

fn split_status(answer: &[u8]) -> Result<(&[u8], u16), CardError> {
    match answer {
        [data @ .., sw1, sw2] => Ok((data, u16::from_be_bytes([*sw1, *sw2]))),
        short => Err(CardError::FrameTruncated {
            got: short.len(),
            want: 2,
        }),
    }
}

/// What a status word means where the reader, not the card, answers our pseudo-APDUs.
fn error_of_status(sw: u16) -> CardError {
    match sw {
        // Function, file, instruction or class unknown: nobody there who reads identity cards.
        0x6A81 | 0x6A82 | 0x6A86 | 0x6B00 | 0x6D00 | 0x6E00 => CardError::NoSecurityModule,
        0x6300..=0x65FF | 0x6F00..=0x6FFF => CardError::ReadFailed,
        _ => CardError::StatusUnexpected { sw },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers one APDU after the other from a list, as a recording would.
    struct Replay(Vec<Vec<u8>>, Vec<Vec<u8>>);

    impl Exchange for Replay {
        fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
            self.1.push(apdu.to_vec());
            if self.0.is_empty() {
                Err(CardError::Removed)
            } else {
                Ok(self.0.remove(0))
            }
        }
        fn control(&mut self, _: u32, _: &[u8]) -> Result<Vec<u8>, CardError> {
            Err(CardError::NoSecurityModule)
        }
    }

    fn blocks(photo: bool) -> Vec<Vec<u8>> {
        let base = sdt::join_base(&[0x20; 256], photo.then_some(&[5; 1024]));
        base.chunks(256)
            .map(|block| [block, &[0x90, 0]].concat())
            .collect()
    }

    #[test]
    fn the_file_is_read_in_six_blocks_and_without_photo_in_two() {
        let mut link = Replay(blocks(true), vec![]);
        let content =
            read(&mut link, Transport::ReadBinaryFile, Wanted::default()).map_err(|e| e.code());
        assert_eq!(
            content.map(|c| (c.raw.len(), c.base.photo.is_some())),
            Ok((1284, true))
        );
        assert_eq!(link.1.len(), 6);
        assert_eq!(link.1[5], [0xFF, 0xB0, 0x05, 0x00, 0x00]);
        let mut link = Replay(blocks(false), vec![]);
        assert!(
            read(&mut link, Transport::ReadBinaryFile, Wanted::default())
                .is_ok_and(|c| c.raw.len() == 260)
        );
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        for block in 0..6 {
            for keep in [0, 1, 3] {
                let mut answers = blocks(true);
                answers[block] = [&vec![1; keep][..], &[0x90, 0]].concat();
                let code = match read(
                    &mut Replay(answers, vec![]),
                    Transport::ReadBinaryFile,
                    Wanted::default(),
                ) {
                    Ok(_) => "read",
                    Err(error) => error.code(),
                };
                assert_eq!(code, "card.frame_truncated", "block {block}, {keep} bytes");
            }
        }
    }

    #[test]
    fn status_words_of_plain_readers_say_no_security_module() {
        for sw in [[0x6A, 0x82], [0x6D, 0x00], [0x6A, 0x81], [0x6E, 0x00]] {
            for extended in [false, true] {
                let transport = Transport::SdtOverApdu {
                    cla: 0xFF,
                    ins: 0xFE,
                    p1: 0,
                    p2: 0,
                    extended,
                };
                let result = read(
                    &mut Replay(vec![sw.to_vec()], vec![]),
                    transport,
                    Wanted::default(),
                );
                assert_eq!(result.err(), Some(CardError::NoSecurityModule));
            }
        }
    }

    #[test]
    fn a_card_that_chains_for_ever_is_stopped() {
        let answers = vec![vec![0x61, 0x00]; 1000];
        let apdu = Transport::SdtOverApdu {
            cla: 0xFF,
            ins: 0xFE,
            p1: 0,
            p2: 0,
            extended: false,
        };
        let mut link = Replay(answers, vec![]);
        assert_eq!(
            read(&mut link, apdu, Wanted::default())
                .err()
                .map(|e| e.code()),
            Some("card.frame_length")
        );
        assert_eq!(link.1.len(), CHAIN_LIMIT);
    }
}
