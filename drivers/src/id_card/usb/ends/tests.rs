//! Frames over fake endpoints that deliver a virtual module's answers in packets.

use super::*;
use crate::id_card::module::{self, Sam, Wanted};
use crate::id_card::pump::Pump;
use crate::id_card::sdt::Command;
use crate::id_card::text;
use crate::virtual_card::{Card, Module, samples};
use std::collections::VecDeque;

fn end(address: u8) -> BulkEnd {
    BulkEnd {
        address,
        packet_len: 64,
    }
}

#[test]
fn the_endpoints_tell_which_kind_of_reader_it_is() {
    let four = [0x81, 0x02, 0x85, 0x06].map(end);
    let two = [0x83, 0x01].map(end);
    let pair = |out, into| {
        Some(Plan::OnePair {
            out: end(out),
            into: end(into),
        })
    };
    let apart = Some(Plan::HeadAndBody {
        out: [0x02, 0x06].map(end),
        into: [0x81, 0x85].map(end),
    });
    assert_eq!(Plan::choose(UsbLayout::Auto, &four), apart);
    assert_eq!(Plan::choose(UsbLayout::OnePair, &four), pair(0x02, 0x81));
    assert_eq!(Plan::choose(UsbLayout::Auto, &two), pair(0x01, 0x83));
    assert_eq!(Plan::choose(UsbLayout::HeadAndBody, &two), None);
    assert_eq!(Plan::choose(UsbLayout::Auto, &two[..1]), None);
    assert_eq!(Plan::choose(UsbLayout::Auto, &[]), None);
}

/// A reader with its module; answers come in packets of 64 bytes filled up with zeros.
struct Reader {
    module: Module,
    apart: bool,
    asked: Vec<u8>,
    packets: [VecDeque<Vec<u8>>; 2],
    /// The body of the next answer does not come.
    lose_body: bool,
}

impl Reader {
    fn new(apart: bool) -> Self {
        let module = Module::new();
        module.lay(Card::new(&samples::find("moved").unwrap().card).unwrap());
        Self {
            module,
            apart,
            asked: Vec::new(),
            packets: [VecDeque::new(), VecDeque::new()],
            lose_body: false,
        }
    }

    fn put(&mut self, end: usize, bytes: &[u8]) {
        for packet in bytes.chunks(64) {
            let mut packet = packet.to_vec();
            packet.resize(64, 0);
            self.packets[end].push_back(packet);
        }
    }
}

impl Ends for Reader {
    fn write(&mut self, end: usize, bytes: &[u8], _: Instant) -> Result<(), CardError> {
        self.asked.extend_from_slice(bytes);
        if self.apart {
            // Head and body are told apart by the endpoint, as the device does.
            assert_eq!((end, bytes.len()), if end == 0 { (0, 7) } else { (1, 3) });
            if end == 0 {
                return Ok(());
            }
        }
        let answer = self.module.answer(&std::mem::take(&mut self.asked));
        if self.apart {
            let (head, body) = answer.split_at(HEAD_LEN);
            self.put(0, head);
            if !std::mem::take(&mut self.lose_body) {
                self.put(1, body);
            }
        } else {
            self.put(0, &answer);
        }
        Ok(())
    }

    fn read(&mut self, end: usize, _: Instant) -> Result<Vec<u8>, CardError> {
        Ok(self.packets[end].pop_front().unwrap_or_default())
    }
}

fn name(sam: &mut dyn Sam) -> String {
    let content = module::read_present(sam, Wanted::default()).unwrap();
    assert!(content.appended_address.is_some());
    text::decode(&content.base.text).unwrap().name
}

#[test]
fn a_card_is_read_over_both_kinds_of_endpoints() {
    let want = samples::find("moved").unwrap().card.name;
    assert_eq!(name(&mut Pump::new(OnePair(Reader::new(false)))), want);
    let apart = HeadAndBody::new(Reader::new(true), Duration::ZERO);
    assert_eq!(name(&mut Pump::new(apart)), want);
}

#[test]
fn an_answer_whose_body_is_lost_is_truncated_and_the_next_is_whole() {
    let mut reader = Reader::new(true);
    reader.lose_body = true;
    let mut pump = Pump::new(HeadAndBody::new(reader, Duration::ZERO));
    let lost = pump.ask(Command::SamId).unwrap_err();
    assert_eq!(lost.code(), "card.frame_truncated");
    assert_eq!(name(&mut pump), samples::find("moved").unwrap().card.name);
}
