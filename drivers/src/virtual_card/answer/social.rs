//! What a virtual social-security card answers: its file system, over contacts (T=0) and over an
//! antenna.

use crate::social_card::AID;
use crate::social_card::records::{self, File, ITEMS, Item};
use crate::virtual_card::Faults;

/// What selecting the application answers: a made-up template of 30 bytes with the name in it.
const FCI: [u8; 30] =
    *b"\x6F\x1C\x84\x0Fsx1.sh.\xC9\xE7\xBB\xE1\xB1\xA3\xD5\xCF\xA5\x09\x88\x01\x05\x50\x04YZhn";

/// The state of the card between power-up and power-down.
#[derive(Default)]
pub(super) struct Social {
    application: bool,
    file: Option<File>,
    /// What GET RESPONSE fetches.
    waiting: Vec<u8>,
}

/// What comes of a command.
pub(super) enum Said {
    /// Data and status word.
    Answer(Vec<u8>),
    /// The holder's name was asked for: the place where faults strike.
    Name(Vec<u8>),
}

impl Social {
    /// Answers a command. `raw` are the card's records; with `contacts` the card speaks T=0.
    pub(super) fn answer(
        &mut self,
        raw: &[u8],
        apdu: &[u8],
        contacts: bool,
        faults: &Faults,
    ) -> Said {
        let status = |sw: u16| Said::Answer(sw.to_be_bytes().to_vec());
        let waiting = std::mem::take(&mut self.waiting);
        match apdu {
            [0x00, 0xC0, 0, 0, le] if contacts && !waiting.is_empty() => {
                match usize::from(*le) == waiting.len() {
                    true => Said::Answer([&waiting[..], &[0x90, 0x00]].concat()),
                    false => {
                        let len = waiting.len() as u8;
                        self.waiting = waiting;
                        Said::Answer(vec![0x6C, len])
                    }
                }
            }
            [0x00, 0xA4, 0x04, 0x00, 15, name @ ..] if *name == AID => {
                *self = Self {
                    application: true,
                    ..Self::default()
                };
                self.tell(FCI.to_vec(), contacts)
            }
            [0x00, 0xA4, 0x04, ..] => status(0x6A82),
            _ if !self.application => status(0x6985),
            [0x00, 0xA4, 0x02 | 0x00, 0x00, 2, 0xEF, id] if !faults.by_number_only => {
                self.file = match id {
                    5 => Some(File::Card),
                    6 => Some(File::Holder),
                    _ => return status(0x6A82),
                };
                status(0x9000)
            }
            [0x00, 0xA4, ..] => status(0x6A86),
            [0x00, 0xB2, p1, p2, le] => self.record(raw, [*p1, *p2, *le], contacts, faults),
            [0x00, ..] => status(0x6D00),
            _ => status(0x6E00),
        }
    }

    fn record(&self, raw: &[u8], asked: [u8; 3], contacts: bool, faults: &Faults) -> Said {
        let [p1, p2, le] = asked;
        let status = |sw: u16| Said::Answer(sw.to_be_bytes().to_vec());
        let found = match p2 {
            0x00 if faults.by_number_only => return status(0x6A86),
            0x00 => {
                let Some(file) = self.file else {
                    return status(0x6986);
                };
                ITEMS.iter().find(|item| item.file == file && item.id == p1)
            }
            0x2C => numbered(File::Card, p1),
            0x34 => numbered(File::Holder, p1),
            _ => return status(0x6A86),
        };
        let Some(item) = found else {
            return status(0x6A83);
        };
        if let Some(sw) = faults.status.filter(|_| item.file == File::Holder) {
            return status(sw);
        }
        let Some(record) = record_of(raw, item) else {
            return status(0x6A83);
        };
        // Over T=0 the terminal must name the very length; over the antenna 0 means all.
        if contacts && usize::from(le) != record.len() {
            return Said::Answer(vec![0x6C, record.len() as u8]);
        }
        let answer = [&record[..], &[0x90, 0x00]].concat();
        match item.field {
            "name" => Said::Name(answer),
            _ => Said::Answer(answer),
        }
    }

    /// Data after a command that carried some: over T=0 it has to be fetched.
    fn tell(&mut self, data: Vec<u8>, contacts: bool) -> Said {
        if contacts {
            let len = data.len() as u8;
            self.waiting = data;
            return Said::Answer(vec![0x61, len]);
        }
        Said::Answer([&data[..], &[0x90, 0x00]].concat())
    }
}

fn numbered(file: File, number: u8) -> Option<&'static Item> {
    ITEMS
        .iter()
        .find(|item| item.file == file && item.number == number)
}

/// An item's record, tag and length included.
fn record_of(raw: &[u8], wanted: &Item) -> Option<Vec<u8>> {
    let mut rest = raw;
    for item in &ITEMS {
        let (value, after) = records::split_record(rest, item).ok()?;
        if item == wanted {
            let len = u8::try_from(value.len()).ok().filter(|len| *len > 0)?;
            return Some([&[item.id, len], value].concat());
        }
        rest = after;
    }
    None
}
