//! Fetching the records: selecting the application, its files, and reading record by record.
//!
//! ```text
//! 00 A4 04 00 0F <AID>          the application       9000 or 61xx; anything else: not there
//! 00 A4 02 00 02 EF 05          a file                or 00 A4 00 00 02 EF 05
//! 00 B2 id 00 len+2             a record by its identifier, in the file selected
//! 00 B2 no SFI<<3|4 00          a record by its number, where a card does not know the form above
//! ```
//!
//! Over T=0 a card answers 61xx (fetch xx bytes with GET RESPONSE) and 6Cxx (ask again for xx
//! bytes), which pcscd hands through to us. No command carries data and asks for some at once, so
//! the same bytes are right for T=0 and T=1.

use super::records::{self, File, ITEMS, Item};
use crate::error::CardError;
use crate::id_card::transport::Exchange;

/// `sx1.sh.社会保障`, the last part in GBK.
pub const AID: [u8; 15] = [
    0x73, 0x78, 0x31, 0x2E, 0x73, 0x68, 0x2E, 0xC9, 0xE7, 0xBB, 0xE1, 0xB1, 0xA3, 0xD5, 0xCF,
];
/// Exchanges for one command; an honest card needs three.
const CHAIN_LIMIT: usize = 8;

const DONE: u16 = 0x9000;
/// The security status is not satisfied: the card wants to be opened by a PSAM first.
const SECURITY_STATUS: u16 = 0x6982;
/// There is no such record.
const NO_RECORD: u16 = 0x6A83;

/// How the records of a file are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Identifier,
    Number,
}

/// The thirteen records as [`records::decode`] takes them; `None` without the application.
pub(super) fn read(link: &mut dyn Exchange) -> Result<Option<Vec<u8>>, CardError> {
    let (_, status) = send(link, &select(0x04, &AID))?;
    if status != DONE {
        return Ok(None);
    }
    let mut raw = Vec::new();
    for file in [File::Card, File::Holder] {
        let mut form = select_file(link, file)?;
        for item in ITEMS.iter().filter(|item| item.file == file) {
            match read_record(link, item, &mut form)? {
                Some(record) => raw.extend(record),
                None => raw.extend([item.id, 0]),
            }
        }
    }
    Ok(Some(raw))
}

fn select(p1: u8, name: &[u8]) -> Vec<u8> {
    let len = u8::try_from(name.len()).expect("names have 2 or 15 bytes");
    [&[0x00, 0xA4, p1, 0x00, len], name].concat()
}

fn short_id(file: File) -> u8 {
    match file {
        File::Card => 5,
        File::Holder => 6,
    }
}

/// Selects a file; a card that refuses both forms is asked by number and short file identifier.
fn select_file(link: &mut dyn Exchange, file: File) -> Result<Form, CardError> {
    for p1 in [0x02, 0x00] {
        let (_, status) = send(link, &select(p1, &[0xEF, short_id(file)]))?;
        if status == DONE {
            return Ok(Form::Identifier);
        }
    }
    Ok(Form::Number)
}

/// A record, whole and of the item asked for; `None` when the card lacks it or keeps it to itself
/// and it is not needed.
fn read_record(
    link: &mut dyn Exchange,
    item: &Item,
    form: &mut Form,
) -> Result<Option<Vec<u8>>, CardError> {
    let (mut record, mut status) = send(link, &read_command(item, *form))?;
    // Wrong parameters, command or file: a card that does not know the form.
    if *form == Form::Identifier && matches!(status, 0x6981 | 0x6A81 | 0x6A82 | 0x6A86 | 0x6B00) {
        *form = Form::Number;
        (record, status) = send(link, &read_command(item, *form))?;
    }
    match status {
        DONE => {
            let (_, rest) = records::split_record(&record, item)?;
            if !rest.is_empty() {
                return Err(CardError::ContentLength { got: record.len() });
            }
            Ok(Some(record))
        }
        NO_RECORD => Ok(None),
        SECURITY_STATUS if item.is_needed() => Err(CardError::NeedsPsam),
        SECURITY_STATUS => Ok(None),
        sw => Err(CardError::StatusUnexpected { sw }),
    }
}

fn read_command(item: &Item, form: Form) -> [u8; 5] {
    match form {
        Form::Identifier => [0x00, 0xB2, item.id, 0x00, item.len + 2],
        Form::Number => [0x00, 0xB2, item.number, short_id(item.file) << 3 | 4, 0x00],
    }
}

/// Sends a command and collects what follows under 61xx and 6Cxx: data and the last status word.
fn send(link: &mut dyn Exchange, command: &[u8]) -> Result<(Vec<u8>, u16), CardError> {
    let (mut whole, mut next) = (Vec::new(), command.to_vec());
    for _ in 0..CHAIN_LIMIT {
        let answer = link.transmit(&next)?;
        let [data @ .., sw1, sw2] = &answer[..] else {
            return Err(CardError::FrameTruncated {
                got: answer.len(),
                want: 2,
            });
        };
        whole.extend_from_slice(data);
        match (*sw1, next.len()) {
            (0x61, _) => next = vec![0x00, 0xC0, 0x00, 0x00, *sw2],
            // Only a command without data ends in the length it asks for.
            (0x6C, 5) => next[4] = *sw2,
            _ => return Ok((whole, u16::from_be_bytes([*sw1, *sw2]))),
        }
    }
    Err(CardError::FrameLength {
        announced: whole.len(),
    })
}

#[cfg(test)]
mod tests;
