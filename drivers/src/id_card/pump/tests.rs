//! The pump against a fake endpoint: padding, cuts, noise, late and broken answers, silence.

use super::*;
use crate::error::CardError;
use crate::hostile::Chance;
use crate::id_card::module::{self, Wanted};
use crate::id_card::text;
use crate::virtual_card::{Card, Module, samples};
use std::collections::VecDeque;

/// What the far end does with an answer before it comes.
type Deliver = fn(Vec<u8>, &mut Chance) -> Vec<Vec<u8>>;

/// A virtual module behind a pipe that delivers in a way of its own. Nothing queued is silence,
/// which here takes no time.
struct Far {
    module: Module,
    deliver: Deliver,
    queue: VecDeque<Vec<u8>>,
    chance: Chance,
    asked: Vec<Command>,
}

impl Far {
    fn new(key: &str, deliver: Deliver) -> Pump<Far> {
        let module = Module::new();
        module.lay(Card::new(&samples::find(key).unwrap().card).unwrap());
        Pump::new(Far {
            module,
            deliver,
            queue: VecDeque::new(),
            chance: Chance::new(7),
            asked: Vec::new(),
        })
    }
}

impl Pipe for Far {
    fn send(&mut self, frame: &[u8], _: Instant) -> Result<(), CardError> {
        let command = sdt::decode_request(frame).map(Command::from_bytes);
        self.asked.push(command.unwrap().unwrap());
        let answer = self.module.answer(frame);
        self.queue.extend((self.deliver)(answer, &mut self.chance));
        Ok(())
    }
    fn receive(&mut self, _: Instant) -> Result<Vec<u8>, CardError> {
        Ok(self.queue.pop_front().unwrap_or_default())
    }
}

/// Reads the card and answers who it is.
fn read(far: &mut Pump<Far>) -> Result<String, &'static str> {
    let wanted = Wanted {
        fingerprints: true,
        body_number: true,
    };
    let content = module::read_present(far, wanted).map_err(|error| error.code())?;
    assert_eq!(content.raw.len(), 1284);
    assert!(content.body_number.is_some() && content.sam_id.is_some());
    Ok(text::decode(&content.base.text).unwrap().id_number)
}

fn number(key: &str) -> String {
    samples::find(key).unwrap().card.id_number
}

/// Packets of a size, the last one filled with zeros.
fn padded(answer: Vec<u8>, size: usize) -> Vec<Vec<u8>> {
    let fill = |packet: &[u8]| {
        let mut packet = packet.to_vec();
        packet.resize(size, 0);
        packet
    };
    answer.chunks(size).map(fill).collect()
}

#[test]
fn a_card_is_read_however_its_answers_are_cut_and_padded() {
    let ways: [Deliver; 7] = [
        |answer, _| vec![answer],
        |answer, _| answer.chunks(1).map(<[u8]>::to_vec).collect(),
        |answer, _| padded(answer, 64),
        |answer, _| padded(answer, 512),
        |answer, _| padded(answer, 4096),
        |answer, chance| {
            let noise = chance.bytes(20);
            vec![noise, vec![0xAA], answer, vec![0; 64], vec![0xAA, 0xAA]]
        },
        |mut answer, chance| {
            let mut parts = Vec::new();
            while !answer.is_empty() {
                let rest = answer.split_off((1 + chance.below(200)).min(answer.len()));
                parts.push(std::mem::replace(&mut answer, rest));
            }
            parts
        },
    ];
    for (at, deliver) in ways.into_iter().enumerate() {
        let read = read(&mut Far::new("moved", deliver));
        assert_eq!(read, Ok(number("moved")), "way {at}");
    }
}

#[test]
fn what_lay_in_the_pipe_before_is_thrown_away() {
    let mut far = Far::new("citizen", |answer, _| vec![answer]);
    let stale = sdt::encode_answer(sdt::OK, &[1; 16]);
    far.pipe.queue.extend([stale, vec![0; 64]]);
    assert_eq!(read(&mut far), Ok(number("citizen")));
}

#[test]
fn a_broken_answer_is_named_and_the_next_one_is_whole_again() {
    let far = || Far::new("citizen", |answer, _| vec![answer]);
    let cases: [(Deliver, &str); 4] = [
        (
            |mut answer, _| {
                *answer.last_mut().unwrap() ^= 1;
                vec![answer]
            },
            "card.frame_checksum",
        ),
        (
            |mut answer, _| {
                answer[5] = 0xFF;
                vec![answer]
            },
            "card.frame_length",
        ),
        (
            |answer, _| vec![answer[..answer.len() - 1].to_vec()],
            "card.frame_truncated",
        ),
        (|_, _| vec![], "reader.timeout"),
    ];
    for (broken, code) in cases {
        let mut far = far();
        far.pipe.deliver = broken;
        assert_eq!(read(&mut far), Err(code));
        far.pipe.deliver = |answer, _| vec![answer];
        assert_eq!(read(&mut far), Ok(number("citizen")), "after {code}");
    }
}

#[test]
fn every_truncation_of_an_answer_is_refused() {
    let base = sdt::join_base(&[0x20; 256], None);
    let whole = sdt::encode_answer(sdt::OK, &base);
    for cut in 0..whole.len() {
        let mut far = Far::new("citizen", |_, _| vec![]);
        far.unsure = false;
        far.pipe.queue.push_back(whole[..cut].to_vec());
        let code = far.ask(Command::ReadBase).unwrap_err().code();
        assert!(
            ["card.frame_truncated", "reader.timeout"].contains(&code),
            "{cut}: {code}"
        );
    }
}

#[test]
fn an_answer_that_comes_too_late_is_not_taken_for_the_next_one() {
    let mut far = Far::new("citizen", |answer, _| vec![answer]);
    assert!(module::find(&mut far).unwrap());
    far.ask(Command::Select).unwrap();
    // The content is asked for and does not come in time.
    far.pipe.deliver = |_, _| vec![];
    assert_eq!(far.ask(Command::ReadBase).unwrap_err(), CardError::Timeout);
    // It comes together with the answer to the next request, before that.
    far.pipe.deliver = |answer, _| {
        let late = sdt::encode_answer(sdt::OK, &sdt::join_base(&[0x20; 256], None));
        vec![late, answer]
    };
    let answer = far.ask(Command::SamId).unwrap();
    assert_eq!(answer.data.len(), 16);
}

#[test]
fn a_pipe_that_never_falls_silent_ends_in_a_time_limit() {
    struct Chatter(Chance);
    impl Pipe for Chatter {
        fn send(&mut self, _: &[u8], _: Instant) -> Result<(), CardError> {
            Ok(())
        }
        fn receive(&mut self, until: Instant) -> Result<Vec<u8>, CardError> {
            std::thread::sleep(Duration::from_millis(1));
            match Instant::now() < until {
                true => Ok(self.0.bytes(64)),
                false => Ok(Vec::new()),
            }
        }
    }
    let started = Instant::now();
    let mut pump = Pump::new(Chatter(Chance::new(1)));
    assert!(pump.ask(Command::Find).is_err());
    assert!(started.elapsed() < QUIET_LIMIT + Command::Find.limit() + Duration::from_millis(500));
}

#[test]
fn hostile_streams_never_panic_and_are_not_kept() {
    struct Given(VecDeque<Vec<u8>>);
    impl Pipe for Given {
        fn send(&mut self, _: &[u8], _: Instant) -> Result<(), CardError> {
            Ok(())
        }
        fn receive(&mut self, _: Instant) -> Result<Vec<u8>, CardError> {
            Ok(self.0.pop_front().unwrap_or_default())
        }
    }
    let card = |key: &str| Card::new(&samples::find(key).unwrap().card).unwrap();
    let samples: Vec<Vec<u8>> = ["citizen", "foreigner_2023"]
        .map(|key| {
            let module = Module::new();
            module.lay(card(key));
            let ask = |command| module.answer(&sdt::encode_request(command));
            [
                Command::Find,
                Command::Select,
                Command::ReadBase,
                Command::ReadAppended,
            ]
            .map(ask)
            .concat()
        })
        .to_vec();
    let made_up = |chance: &mut Chance| {
        let mut stream = Vec::new();
        for _ in 0..chance.below(6) {
            let data = match chance.below(4) {
                0 => sdt::join_base(&[0x41; 256], Some(&[7; 1024])),
                1 => sdt::join_base_finger(&[0x41; 256], None, Some(&[7; 1024])),
                _ => {
                    let len = chance.below(80);
                    chance.bytes(len)
                }
            };
            let sw3 = *chance.of(&[0x90, 0x9F, 0x80, 0x91, 0x21, 0x41, 0x00]);
            let frame = sdt::encode_answer(sw3, &data);
            let cut = match chance.once_in(3) {
                true => chance.below(frame.len()),
                false => frame.len(),
            };
            stream.extend_from_slice(&frame[..cut]);
            let len = chance.below(70);
            stream.extend(match chance.once_in(2) {
                true => vec![0; len],
                false => chance.bytes(len),
            });
        }
        stream
    };
    crate::hostile::parser(&samples, made_up, 1 << 17, |bytes| {
        let mut pump = Pump::new(Given(VecDeque::new()));
        pump.unsure = bytes.len() % 2 == 0;
        for command in [Command::Find, Command::Select, Command::ReadBaseFinger] {
            pump.pipe.0.extend(bytes.chunks(64).map(<[u8]>::to_vec));
            let _ = pump.ask(command);
        }
    });
}
