//! What a virtual card answers to each APDU; pure.
//!
//! Not here: sockets and presence (`tray`).

use super::{Card, Interface};
use crate::id_card::sdt::{self, Command};
use std::time::Duration;

/// The module's number of all virtual readers: `05.99-20260001-0000000001-0000000001`.
const SAM_ID: [u8; 16] = [5, 0, 99, 0, 0x21, 0x26, 0x35, 1, 1, 0, 0, 0, 1, 0, 0, 0];
/// READ BINARY block size, bytes.
const BLOCK_LEN: usize = 256;
/// The control code of our own convention, as pcscd passes it on: `CTL_CODE(3500)` on Linux.
const CONTROL_CODE: u32 = 0x4200_0000 + 3500;
/// The block during which a torn card is pulled.
const TORN_BLOCK: usize = 3;

/// What comes of an APDU.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The answer, after a pause.
    Answer(Vec<u8>, Duration),
    /// The card was pulled.
    Torn,
    /// The reader does not do this.
    Unsupported,
}

/// A card on a reader of a kind, between power-up and power-down.
pub struct Session {
    card: Card,
    interface: Interface,
    /// The rest of an answer, for GET RESPONSE, and how often it was fetched.
    rest: Vec<u8>,
    fetched: usize,
    selected: bool,
    /// A real module does not find a card again that was read and not lifted.
    done: bool,
}

impl Session {
    /// A card that has just got power.
    pub fn new(card: Card, interface: Interface) -> Self {
        Self {
            card,
            interface,
            rest: Vec::new(),
            fetched: 0,
            selected: false,
            done: false,
        }
    }

    /// Forgets what was done, as power-up does.
    pub fn reset(&mut self) {
        *self = Self::new(self.card.clone(), self.interface);
    }

    /// The answer to reset: T=1, with the number of the card and 90 00 where the reader answers
    /// with these.
    pub fn atr(&self) -> Vec<u8> {
        let faults = &self.card.faults;
        let mut atr = if self.interface == Interface::ReadBinary && !faults.plain_atr {
            let mut atr = vec![0x3B, 0x8B, 0x80, 0x01, 0x80];
            atr.extend_from_slice(&self.card.uid());
            atr.extend_from_slice(&[0x90, 0x00]);
            atr
        } else {
            vec![0x3B, 0x80, 0x80, 0x01]
        };
        atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
        atr
    }

    /// Answers an APDU.
    pub fn transmit(&mut self, apdu: &[u8]) -> Outcome {
        let at_once = |bytes: &[u8]| Outcome::Answer(bytes.to_vec(), Duration::ZERO);
        match (self.interface, apdu) {
            (Interface::ReadBinary, [0xFF, 0xB0, high, low, _]) => {
                if self.card.faults.no_sam {
                    return at_once(&[0x6A, 0x82]);
                }
                self.read_file(usize::from(u16::from_be_bytes([*high, *low])))
            }
            (Interface::SdtShort | Interface::SdtExtended, [0xFF, 0xFE, 0, 0, rest @ ..])
                if !self.card.faults.no_sam =>
            {
                let frame = match (self.interface, rest) {
                    (Interface::SdtShort, [len, frame @ .., _]) if *len != 0 => frame,
                    (Interface::SdtExtended, [0, _, _, frame @ .., _, _]) => frame,
                    _ => return at_once(&[0x67, 0x00]),
                };
                self.module_over_apdu(frame)
            }
            (Interface::SdtShort, [0x00, 0xC0, 0, 0, _]) if !self.rest.is_empty() => self.fetch(),
            _ => at_once(&[0x6D, 0x00]),
        }
    }

    /// Answers bytes to the reader itself.
    pub fn control(&mut self, code: u32, bytes: &[u8]) -> Outcome {
        let ours = self.interface == Interface::SdtControl && code == CONTROL_CODE;
        if !ours || self.card.faults.no_sam {
            return Outcome::Unsupported;
        }
        self.module(bytes)
    }

    fn base(&self) -> Vec<u8> {
        let photo = (!self.card.faults.no_photo).then_some(&self.card.photo);
        sdt::join_base(&self.card.text, photo)
    }

    fn read_file(&self, offset: usize) -> Outcome {
        let faults = &self.card.faults;
        let block = offset / BLOCK_LEN;
        // No source says how such readers pass on their module's failures: 6F 00 is assumed.
        if faults.sw3.is_some() {
            return Outcome::Answer(vec![0x6F, 0x00], Duration::ZERO);
        }
        if faults.torn && block == TORN_BLOCK {
            return Outcome::Torn;
        }
        let file = self.base();
        let end = file.len().min(offset + BLOCK_LEN);
        let mut answer = file.get(offset..end).unwrap_or_default().to_vec();
        if faults.short_frame && block == TORN_BLOCK {
            answer.truncate(100);
        }
        answer.extend_from_slice(&[0x90, 0x00]);
        let delay = if block == 0 {
            faults.delay
        } else {
            Duration::ZERO
        };
        Outcome::Answer(answer, delay)
    }

    fn module_over_apdu(&mut self, frame: &[u8]) -> Outcome {
        let Outcome::Answer(mut answer, delay) = self.module(frame) else {
            return Outcome::Torn;
        };
        if self.interface == Interface::SdtShort && answer.len() > BLOCK_LEN {
            self.rest = answer;
            self.fetched = 0;
            return Outcome::Answer(vec![0x61, 0x00], delay);
        }
        answer.extend_from_slice(&[0x90, 0x00]);
        Outcome::Answer(answer, delay)
    }

    /// The next 256 bytes of a long answer.
    fn fetch(&mut self) -> Outcome {
        if self.card.faults.torn && self.fetched == TORN_BLOCK {
            return Outcome::Torn;
        }
        self.fetched += 1;
        let left = self.rest.split_off(self.rest.len().min(BLOCK_LEN));
        let mut answer = std::mem::replace(&mut self.rest, left);
        let more = u8::try_from(self.rest.len()).unwrap_or(0);
        let status = if self.rest.is_empty() {
            [0x90, 0x00]
        } else {
            [0x61, more]
        };
        answer.extend_from_slice(&status);
        Outcome::Answer(answer, Duration::ZERO)
    }

    /// What the security module says to a frame.
    fn module(&mut self, frame: &[u8]) -> Outcome {
        let faults = self.card.faults.clone();
        let say = |sw3, data: &[u8]| Outcome::Answer(sdt::encode_answer(sw3, data), Duration::ZERO);
        let command = match sdt::decode_request(frame) {
            Ok(bytes) => Command::from_bytes(bytes),
            Err(crate::CardError::FrameChecksum) => return say(0x10, &[]),
            Err(_) => return say(0x11, &[]),
        };
        if let (Some(command), Some(sw3)) = (command, faults.sw3)
            && command == step_of(sw3)
        {
            return say(sw3, &[]);
        }
        match command {
            Some(Command::Reset | Command::Status) => say(sdt::OK, &[]),
            Some(Command::SamId) => say(sdt::OK, &SAM_ID),
            Some(Command::Find) if self.done => say(0x80, &[]),
            Some(Command::Find) => say(sdt::FOUND, &[0; 4]),
            Some(Command::Select) => {
                self.selected = true;
                say(sdt::OK, &[0; 8])
            }
            Some(Command::ReadBase) if !self.selected => say(0x41, &[]),
            Some(Command::ReadBase) => self.read_base(),
            Some(Command::ReadAppended) => match &self.card.appended_address {
                None => say(sdt::ABSENT, &[]),
                Some(address) => say(sdt::OK, &padded(address)),
            },
            Some(Command::ReadBaseFinger | Command::ReadBodyNumber) | None => say(0x21, &[]),
        }
    }

    fn read_base(&mut self) -> Outcome {
        let faults = &self.card.faults;
        // Over short APDUs the card is pulled while the answer is fetched.
        if faults.torn && self.interface != Interface::SdtShort {
            return Outcome::Torn;
        }
        self.done = true;
        let mut frame = sdt::encode_answer(sdt::OK, &self.base());
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

/// The step at which a module would answer this SW3.
fn step_of(sw3: u8) -> Command {
    match sw3 {
        0x60 | 0x66 | 0x80 => Command::Find,
        0x31 | 0x32 | 0x81 => Command::Select,
        0x91 => Command::ReadAppended,
        _ => Command::ReadBase,
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
