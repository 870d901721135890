//! What the security module of a virtual reader says to a frame about the card that lies there.

use super::Outcome;
use crate::id_card::sdt::{self, Command};
use crate::virtual_card::Card;
use crate::virtual_card::card::{Content, Identity};
use std::time::Duration;

/// The module's number of all virtual readers: `05.99-20260001-0000000001-0000000001`.
const SAM_ID: [u8; 16] = [5, 0, 99, 0, 0x21, 0x26, 0x35, 1, 1, 0, 0, 0, 1, 0, 0, 0];

/// The module's state from the card's arrival on.
#[derive(Default)]
pub(super) struct Module {
    selected: bool,
    /// A real module does not find a card again that was read and not lifted.
    done: bool,
}

fn say(sw3: u8, data: &[u8]) -> Outcome {
    Outcome::Answer(sdt::encode_answer(sw3, data), Duration::ZERO)
}

impl Module {
    /// The answer to a frame. With `torn_later` a card to be torn is pulled by the caller, while
    /// the answer is fetched.
    pub(super) fn answer(&mut self, card: &Card, frame: &[u8], torn_later: bool) -> Outcome {
        let faults = &card.faults;
        let command = match sdt::decode_request(frame) {
            Ok(bytes) => Command::from_bytes(bytes),
            Err(crate::CardError::FrameChecksum) => return say(0x10, &[]),
            Err(_) => return say(0x11, &[]),
        };
        if let (Some(command), Some(sw3)) = (command, faults.sw3)
            && (command == step_of(sw3) || command == fuller(step_of(sw3)))
        {
            return say(sw3, &[]);
        }
        match (command, &card.content) {
            (Some(Command::Reset | Command::Status), _) => say(sdt::OK, &[]),
            (Some(Command::SamId), _) => say(sdt::OK, &SAM_ID),
            (Some(Command::Find), Content::Identity(_)) if !self.done => say(sdt::FOUND, &[0; 4]),
            (Some(Command::Find), _) => say(0x80, &[]),
            (Some(command), Content::Identity(identity)) => {
                if faults.torn && is_reading(command) && !torn_later {
                    return Outcome::Torn;
                }
                self.about(command, identity, card)
            }
            (Some(Command::Select), _) => say(0x81, &[]),
            (Some(_), _) => say(0x41, &[]),
            (None, _) => say(0x21, &[]),
        }
    }

    fn about(&mut self, command: Command, identity: &Identity, card: &Card) -> Outcome {
        let faults = &card.faults;
        match command {
            Command::ReadBaseFinger | Command::ReadBodyNumber if faults.old_module => {
                say(0x21, &[])
            }
            Command::Select if self.done => say(0x81, &[]),
            Command::Select => {
                self.selected = true;
                say(sdt::OK, &[0; 8])
            }
            _ if !self.selected => say(0x41, &[]),
            Command::ReadBase | Command::ReadBaseFinger => self.content(command, identity, card),
            Command::ReadAppended => match &identity.appended_address {
                None => say(sdt::ABSENT, &[]),
                Some(address) => say(sdt::OK, &padded(address)),
            },
            Command::ReadBodyNumber => say(sdt::OK, &card.body_number()),
            Command::Reset | Command::Status | Command::SamId | Command::Find => say(sdt::OK, &[]),
        }
    }

    fn content(&mut self, command: Command, identity: &Identity, card: &Card) -> Outcome {
        let faults = &card.faults;
        let data = match command {
            Command::ReadBaseFinger => identity.base_and_fingers(faults),
            _ => identity.base(faults),
        };
        self.done = true;
        let mut frame = sdt::encode_answer(sdt::OK, &data);
        if faults.bad_checksum
            && let Some(sum) = frame.last_mut()
        {
            *sum ^= 0x5A;
        }
        if faults.short_frame {
            frame.truncate(frame.len() - 7);
        }
        Outcome::Answer(frame, faults.delay)
    }
}

fn is_reading(command: Command) -> bool {
    matches!(command, Command::ReadBase | Command::ReadBaseFinger)
}

/// The step at which a module would answer this SW3.
fn step_of(sw3: u8) -> Command {
    match sw3 {
        0x60 | 0x66 | 0x80 => Command::Find,
        0x31 | 0x32 | 0x81 => Command::Select,
        0x91 => Command::ReadAppended,
        0x37 => Command::ReadBaseFinger,
        _ => Command::ReadBase,
    }
}

/// A card that fails to be read fails with fingerprints and without.
fn fuller(step: Command) -> Command {
    match step {
        Command::ReadBase => Command::ReadBaseFinger,
        Command::ReadBaseFinger => Command::ReadBase,
        other => other,
    }
}

/// 70 bytes UTF-16LE, the form assumed for appended addresses.
fn padded(address: &str) -> Vec<u8> {
    let units = address
        .encode_utf16()
        .chain(std::iter::repeat(0x20))
        .take(35);
    units.flat_map(u16::to_le_bytes).collect()
}
