//! What a virtual card on a virtual reader answers to each APDU; pure.
//!
//! - [`module`]: the security module of a reader for identity cards.
//! - [`social`]: a social-security card.
//!
//! Not here: sockets and presence (`tray`).

mod module;
mod social;

use super::card::Content;
use super::{Card, Interface};
use module::Module;
use social::{Said, Social};
use std::time::Duration;

/// READ BINARY block size, bytes.
const BLOCK_LEN: usize = 256;
/// The control code of our own convention, as pcscd passes it on: `CTL_CODE(3500)` on Linux.
pub const CONTROL_CODE: u32 = 0x4200_0000 + 3500;
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

fn at_once(bytes: &[u8]) -> Outcome {
    Outcome::Answer(bytes.to_vec(), Duration::ZERO)
}

/// A card on a reader of a kind, between power-up and power-down.
pub struct Session {
    card: Card,
    interface: Interface,
    /// The rest of an answer, for GET RESPONSE, and how often it was fetched.
    rest: Vec<u8>,
    fetched: usize,
    module: Module,
    social: Social,
}

impl Session {
    /// A card that has just got power.
    pub fn new(card: Card, interface: Interface) -> Self {
        Self {
            card,
            interface,
            rest: Vec::new(),
            fetched: 0,
            module: Module::default(),
            social: Social::default(),
        }
    }

    /// Forgets what was done, as power-up does.
    pub fn reset(&mut self) {
        *self = Self::new(self.card.clone(), self.interface);
    }

    /// The answer to reset. Over contacts a plain one for T=0; over an antenna that of a
    /// contactless reader, with the number of the card and 90 00 where the reader answers with
    /// these.
    pub fn atr(&self) -> Vec<u8> {
        let numbered = self.interface == Interface::ReadBinary
            && !self.card.faults.plain_atr
            && matches!(self.card.content, Content::Identity(_));
        let mut atr = match self.interface {
            Interface::Contact => return b"\x3B\x65\x00\x00YZ-VC".to_vec(),
            _ if numbered => {
                let mut atr = vec![0x3B, 0x8B, 0x80, 0x01, 0x80];
                atr.extend_from_slice(&self.card.uid());
                atr.extend_from_slice(&[0x90, 0x00]);
                atr
            }
            _ => vec![0x3B, 0x80, 0x80, 0x01],
        };
        atr.push(atr[1..].iter().fold(0, |sum, byte| sum ^ byte));
        atr
    }

    /// Answers an APDU.
    pub fn transmit(&mut self, apdu: &[u8]) -> Outcome {
        let has_module = !self.card.faults.no_sam;
        match (self.interface, apdu) {
            (Interface::ReadBinary, [0xFF, 0xB0, high, low, _]) => match has_module {
                true => self.read_file(usize::from(u16::from_be_bytes([*high, *low]))),
                false => at_once(&[0x6A, 0x82]),
            },
            (Interface::SdtShort | Interface::SdtExtended, [0xFF, 0xFE, 0, 0, rest @ ..])
                if has_module =>
            {
                let frame = match (self.interface, rest) {
                    (Interface::SdtShort, [len, frame @ .., _]) if *len != 0 => frame,
                    (Interface::SdtExtended, [0, _, _, frame @ .., _, _]) => frame,
                    _ => return at_once(&[0x67, 0x00]),
                };
                self.module_over_apdu(frame)
            }
            (Interface::SdtShort, [0x00, 0xC0, 0, 0, _]) if !self.rest.is_empty() => self.fetch(),
            // A reader's own commands reach no card.
            (_, [0xFF, ..]) => at_once(&[0x6D, 0x00]),
            _ => self.by_the_card(apdu),
        }
    }

    /// Answers bytes to the reader itself.
    pub fn control(&mut self, code: u32, bytes: &[u8]) -> Outcome {
        let ours = self.interface == Interface::SdtControl && code == CONTROL_CODE;
        if !ours || self.card.faults.no_sam {
            return Outcome::Unsupported;
        }
        self.module.answer(&self.card, bytes, false)
    }

    /// What the card itself says, without anybody's module.
    fn by_the_card(&mut self, apdu: &[u8]) -> Outcome {
        let (faults, contacts) = (&self.card.faults, self.interface == Interface::Contact);
        match (&self.card.content, apdu) {
            (Content::Social(raw), _) => match self.social.answer(raw, apdu, contacts, faults) {
                Said::Answer(bytes) => at_once(&bytes),
                Said::Name(_) if faults.torn => Outcome::Torn,
                Said::Name(bytes) if faults.short_frame => at_once(&bytes[bytes.len() - 9..]),
                Said::Name(bytes) => Outcome::Answer(bytes, faults.delay),
            },
            // The number of the chip is all an identity card tells to a plain reader.
            (Content::Identity(_), [0x00, 0x36, 0, 0, 8]) if faults.status.is_none() => {
                at_once(&[&self.card.uid()[..], &[0x90, 0x00]].concat())
            }
            (Content::Identity(_), _) => at_once(&faults.status.unwrap_or(0x6D00).to_be_bytes()),
            (Content::Other, [0x00, 0xA4, ..]) => at_once(&[0x6A, 0x82]),
            (Content::Other, _) => at_once(&[0x6E, 0x00]),
        }
    }

    fn read_file(&self, offset: usize) -> Outcome {
        let (faults, Content::Identity(identity)) = (&self.card.faults, &self.card.content) else {
            return at_once(&[0x6A, 0x82]);
        };
        let block = offset / BLOCK_LEN;
        // No source says how such readers pass on their module's failures: 6F 00 is assumed.
        if faults.sw3.is_some() {
            return at_once(&[0x6F, 0x00]);
        }
        if faults.torn && block == TORN_BLOCK {
            return Outcome::Torn;
        }
        let file = identity.base(faults);
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
        // Over short APDUs the card is pulled while the answer is fetched.
        let later = self.interface == Interface::SdtShort;
        let Outcome::Answer(mut answer, delay) = self.module.answer(&self.card, frame, later)
        else {
            return Outcome::Torn;
        };
        if later && answer.len() > BLOCK_LEN {
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
        at_once(&answer)
    }
}

#[cfg(test)]
mod tests;
