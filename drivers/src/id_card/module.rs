//! The steps with a security module, whatever its answers travel over: look, select, read.
//!
//! Not here: frames (`sdt`), the ways they travel (`transport` for PC/SC, `pump` for bytes in a
//! stream, `vendor` for another process).

use super::sdt::{self, Answer, Base, BodyNumber, Command, SamId};
use crate::error::CardError;
use std::time::Duration;

/// The module wants at least this between two looks.
pub const FIND_PAUSE: Duration = Duration::from_millis(300);
/// How often a card that has just arrived is looked for.
const FIND_TRIES: u32 = 3;

/// A security module that can be asked.
pub trait Sam {
    /// Asks for one thing. An SW3 that means failure is an answer, not an error.
    fn ask(&mut self, command: Command) -> Result<Answer, CardError>;
}

/// What is read beyond text, photo and the added address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The fingerprint block, by 30 10; a module that does not know it is asked by 30 01.
    pub fingerprints: bool,
    /// The number of the card's body, by 30 05; left out where the module does not know it.
    pub body_number: bool,
}

/// What a card holds, still in bytes.
pub struct Content {
    /// Number of the security module, if the way of reading tells it.
    pub sam_id: Option<SamId>,
    /// Text and photo.
    pub base: Base,
    /// `len text photo` as it came, bytes.
    pub raw: Vec<u8>,
    /// An address written later.
    pub appended_address: Option<String>,
    /// The fingerprint block, if it was wanted and is there.
    pub fingerprints: Option<Vec<u8>>,
    /// The number of the card's body, if it was wanted and told.
    pub body_number: Option<BodyNumber>,
}

/// The module's own number.
///
/// Modules exist that do not tell it; any real fault of theirs shows in the next step.
pub fn sam_id(sam: &mut dyn Sam) -> Result<Option<SamId>, CardError> {
    match sam.ask(Command::SamId)? {
        Answer { sw3: sdt::OK, data } => Ok(SamId::try_from(&data[..]).ok()),
        _ => Ok(None),
    }
}

/// Looks once; whether there is a card.
pub fn find(sam: &mut dyn Sam) -> Result<bool, CardError> {
    let answer = sam.ask(Command::Find)?;
    match answer.sw3 {
        sdt::FOUND => Ok(true),
        sdt::NOT_FOUND => Ok(false),
        sw3 => Err(sdt::error_of(sw3)),
    }
}

/// Looks for a card that is known to lie there, selects and reads it.
pub fn read_present(sam: &mut dyn Sam, wanted: Wanted) -> Result<Content, CardError> {
    let sam_id = sam_id(sam)?;
    for left in (0..FIND_TRIES).rev() {
        if find(sam)? {
            break;
        }
        if left == 0 {
            return Err(CardError::NotFound);
        }
        std::thread::sleep(FIND_PAUSE);
    }
    read_found(sam, wanted, sam_id)
}

/// Selects and reads the card that was just found.
pub fn read_found(
    sam: &mut dyn Sam,
    wanted: Wanted,
    sam_id: Option<SamId>,
) -> Result<Content, CardError> {
    sam.ask(Command::Select)?.expect_sw3(sdt::OK)?;
    let (base, raw, fingerprints) = read_base(sam, wanted.fingerprints)?;
    let appended = sam.ask(Command::ReadAppended)?;
    let appended_address = match appended.sw3 {
        // Modules older than appended addresses do not know the command.
        sdt::ABSENT | sdt::COMMAND_UNKNOWN => None,
        // Any other failure leaves open where the person lives now, so the read has failed.
        _ => sdt::appended_address(&appended.expect_sw3(sdt::OK)?)?,
    };
    let body_number = match wanted.body_number {
        true => body_number(sam)?,
        false => None,
    };
    Ok(Content {
        sam_id,
        base,
        raw,
        appended_address,
        fingerprints,
        body_number,
    })
}

type BaseRead = (Base, Vec<u8>, Option<Vec<u8>>);

fn read_base(sam: &mut dyn Sam, fingerprints: bool) -> Result<BaseRead, CardError> {
    if fingerprints {
        let answer = sam.ask(Command::ReadBaseFinger)?;
        if answer.sw3 != sdt::COMMAND_UNKNOWN {
            let data = answer.expect_sw3(sdt::OK)?;
            let (base, finger) = sdt::split_base_finger(&data)?;
            // The same bytes, so the same hash, as a read without fingerprints gives.
            let photo = u16::from_be_bytes([data[2], data[3]]);
            let end = 6 + sdt::TEXT_LEN + usize::from(photo);
            let raw = [&data[..4], &data[6..end]].concat();
            return Ok((base, raw, finger));
        }
    }
    let raw = sam.ask(Command::ReadBase)?.expect_sw3(sdt::OK)?;
    Ok((sdt::split_base(&raw)?, raw, None))
}

/// The number of the body of the card that was read last; `None` where the module does not tell.
pub fn body_number(sam: &mut dyn Sam) -> Result<Option<BodyNumber>, CardError> {
    let answer = sam.ask(Command::ReadBodyNumber)?;
    match answer.sw3 {
        sdt::ABSENT | sdt::COMMAND_UNKNOWN => Ok(None),
        // The length is not published either; a number of another length is left out.
        _ => Ok(BodyNumber::try_from(&answer.expect_sw3(sdt::OK)?[..]).ok()),
    }
}

#[cfg(test)]
mod tests;
