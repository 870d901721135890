//! A security module in a reader that is not PC/SC, with the place where a card is laid down.
//!
//! It answers frames, whatever they travel over: the far end of USB pipes, serial ports and other
//! processes in tests and proofs. Like a real module it does not find a card again that was read
//! and not lifted, and still answers for its body number and its added address.

use super::answer::{CONTROL_CODE, Outcome, Session};
use super::{Card, Interface, samples};
use crate::id_card::sdt::{self, Command};
use std::sync::{Arc, Mutex, PoisonError};

/// A module; its clones are the same one.
#[derive(Clone)]
pub struct Module(Arc<Mutex<State>>);

struct State {
    card: Option<Session>,
    /// Answers for the module itself while there is no card.
    idle: Session,
}

impl Default for Module {
    fn default() -> Self {
        Self::new()
    }
}

impl Module {
    /// A module without a card.
    #[must_use]
    pub fn new() -> Self {
        let nobody = Card::new(&samples::all()[0].card).expect("the samples fit their places");
        Self(Arc::new(Mutex::new(State {
            card: None,
            idle: Session::new(nobody, Interface::SdtControl),
        })))
    }

    /// Lays a card down, in the place of one that is there.
    pub fn lay(&self, card: Card) {
        self.state().card = Some(Session::new(card, Interface::SdtControl));
    }

    /// Takes the card away.
    pub fn lift(&self) {
        self.state().card = None;
    }

    /// The answer to a frame, after the time the card takes; a card that is pulled in the middle
    /// is gone and the answer is SW3 41.
    #[must_use]
    pub fn answer(&self, frame: &[u8]) -> Vec<u8> {
        let outcome = self.state().act(frame);
        match outcome {
            Outcome::Answer(answer, delay) => {
                std::thread::sleep(delay);
                answer
            }
            Outcome::Torn => {
                self.lift();
                sdt::encode_answer(0x41, &[])
            }
            // A reader without a module is silent.
            Outcome::Unsupported => Vec::new(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn act(&mut self, frame: &[u8]) -> Outcome {
        if let Some(card) = &mut self.card {
            return card.control(CONTROL_CODE, frame);
        }
        let command = sdt::decode_request(frame)
            .ok()
            .and_then(Command::from_bytes);
        let sw3 = match command {
            Some(Command::Find) => sdt::NOT_FOUND,
            Some(Command::Select) => 0x81,
            Some(
                Command::ReadBase
                | Command::ReadBaseFinger
                | Command::ReadAppended
                | Command::ReadBodyNumber,
            ) => 0x41,
            _ => return self.idle.control(CONTROL_CODE, frame),
        };
        Outcome::Answer(sdt::encode_answer(sw3, &[]), std::time::Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_found_once_and_again_after_it_was_lifted() {
        let module = Module::new();
        let ask = |command| {
            let answer = module.answer(&sdt::encode_request(command));
            sdt::decode_answer(&answer).unwrap().sw3
        };
        let card = || Card::new(&samples::all()[0].card).unwrap();
        assert_eq!((ask(Command::Find), ask(Command::Select)), (0x80, 0x81));
        assert_eq!(ask(Command::SamId), sdt::OK);
        for _ in 0..2 {
            module.lay(card());
            assert_eq!((ask(Command::Find), ask(Command::Select)), (0x9F, 0x90));
            assert_eq!(ask(Command::ReadBase), sdt::OK);
            assert_eq!((ask(Command::Find), ask(Command::Select)), (0x80, 0x81));
            assert_eq!(ask(Command::ReadBodyNumber), sdt::OK);
            assert_eq!(ask(Command::ReadAppended), sdt::ABSENT);
            module.lift();
            assert_eq!(ask(Command::ReadBodyNumber), 0x41);
        }
    }
}
