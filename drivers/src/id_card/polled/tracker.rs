//! What the answers of a polled reader mean: a card came, was read, still lies there, or left.
//!
//! After a read a module does not find the same card again until it is lifted, so "still there" is
//! asked by the number of the card's body (30 05), which also tells a swapped card, or, where the
//! module does not know that, by the added address (30 03). The rules are those of vendors' own
//! programs; no standard states them.

use crate::error::CardError;
use crate::id_card::module::{self, Content, Sam, Wanted};
use crate::id_card::sdt::{self, BodyNumber, Command, SamId};

/// A card that was read has left when this many looks in a row miss it.
const MISS_LIMIT: u32 = 2;

/// What a look brought.
pub enum Change {
    /// A card lies there; the next look reads it.
    Found,
    /// It was read.
    Read(Box<Content>),
    /// It could not be read.
    Failed(CardError),
    /// It left.
    Left,
}

/// What is known of the card.
#[derive(Default)]
enum State {
    #[default]
    Empty,
    Found,
    /// It was read and told; what its presence is asked by is found out at the next look.
    Told,
    Read {
        /// What the card's presence is asked by.
        by: Command,
        body: Option<BodyNumber>,
        misses: u32,
    },
    /// It could not be read and is not tried again before it is lifted.
    Failed,
    /// The module itself reports a failure; told once.
    Faulty(CardError),
}

/// Follows one reader.
#[derive(Default)]
pub struct Tracker {
    state: State,
    /// The module says nothing at all to 30 05: it is not waited for a second time.
    silent: bool,
}

impl Tracker {
    /// Whether a card lies there, as far as is known.
    pub fn holds_card(&self) -> bool {
        matches!(
            self.state,
            State::Told | State::Read { .. } | State::Failed | State::Faulty(_)
        )
    }

    /// Whether the next look should follow at once.
    pub fn is_hurried(&self) -> bool {
        matches!(self.state, State::Found)
    }

    /// Looks once. An error is the reader's, not the card's.
    pub fn look(
        &mut self,
        sam: &mut dyn Sam,
        wanted: Wanted,
        sam_id: Option<SamId>,
    ) -> Result<Vec<Change>, CardError> {
        match self.state {
            State::Empty => self.look_for(sam),
            State::Found => self.read(sam, wanted, sam_id),
            State::Told => self.get_to_know(sam),
            State::Read { by, body, misses } => self.look_after(sam, by, body, misses),
            // One that is lifted and laid down again is a new try.
            State::Failed => match self.find(sam)? {
                Ok(true) => Ok(Vec::new()),
                // One whose read was given up may be read all the same, and is not found again.
                Ok(false) if lies_there(sam)? => Ok(Vec::new()),
                Ok(false) | Err(_) => {
                    self.state = State::Empty;
                    Ok(vec![Change::Left])
                }
            },
            State::Faulty(_) => self.look_again(sam),
        }
    }

    /// Whether the module still has the failure that was told.
    fn look_again(&mut self, sam: &mut dyn Sam) -> Result<Vec<Change>, CardError> {
        let found = self.find(sam)?;
        if matches!((&self.state, &found), (State::Faulty(known), Err(error)) if known == error) {
            return Ok(Vec::new());
        }
        let mut changes = vec![Change::Left];
        self.state = match found {
            Ok(false) => State::Empty,
            Ok(true) => {
                changes.push(Change::Found);
                State::Found
            }
            Err(error) => {
                changes.push(Change::Failed(error.clone()));
                State::Faulty(error)
            }
        };
        Ok(changes)
    }

    /// The reader's error outside, the module's inside.
    fn find(&self, sam: &mut dyn Sam) -> Result<Result<bool, CardError>, CardError> {
        let answer = sam.ask(Command::Find)?;
        Ok(match answer.sw3 {
            sdt::FOUND => Ok(true),
            sdt::NOT_FOUND => Ok(false),
            sw3 => Err(sdt::error_of(sw3)),
        })
    }

    fn look_for(&mut self, sam: &mut dyn Sam) -> Result<Vec<Change>, CardError> {
        match self.find(sam)? {
            Ok(false) => Ok(Vec::new()),
            Ok(true) => {
                self.state = State::Found;
                Ok(vec![Change::Found])
            }
            Err(error) => {
                self.state = State::Faulty(error.clone());
                Ok(vec![Change::Failed(error)])
            }
        }
    }

    fn read(
        &mut self,
        sam: &mut dyn Sam,
        wanted: Wanted,
        sam_id: Option<SamId>,
    ) -> Result<Vec<Change>, CardError> {
        self.state = State::Failed;
        let content = match module::read_found(sam, wanted, sam_id) {
            Ok(content) => content,
            Err(error) => return Ok(vec![Change::Failed(error)]),
        };
        // It is told before anything more is asked: a module may be silent to the next question.
        self.state = match content.body_number {
            Some(body) => State::Read {
                by: Command::ReadBodyNumber,
                body: Some(body),
                misses: 0,
            },
            None => State::Told,
        };
        Ok(vec![Change::Read(Box::new(content))])
    }

    /// Asks for the number of the card's body, which tells a swapped card. Where there is none, the
    /// card may have been swapped already, so it is looked after at once.
    fn get_to_know(&mut self, sam: &mut dyn Sam) -> Result<Vec<Change>, CardError> {
        let body = match self.silent {
            true => Ok(None),
            false => module::body_number(sam),
        };
        self.silent |= body == Err(CardError::Timeout);
        match body {
            Err(CardError::ReaderGone) => Err(CardError::ReaderGone),
            Ok(Some(body)) => {
                let (by, body) = (Command::ReadBodyNumber, Some(body));
                self.state = State::Read {
                    by,
                    body,
                    misses: 0,
                };
                Ok(Vec::new())
            }
            // A failure says nothing here.
            _ => self.look_after(sam, Command::ReadAppended, None, 0),
        }
    }

    fn look_after(
        &mut self,
        sam: &mut dyn Sam,
        by: Command,
        body: Option<BodyNumber>,
        misses: u32,
    ) -> Result<Vec<Change>, CardError> {
        let answer = sam.ask(by)?;
        let there = matches!(answer.sw3, sdt::OK | sdt::ABSENT);
        let other = |known: BodyNumber| answer.sw3 == sdt::OK && answer.data != known.0;
        let misses = if there { 0 } else { misses + 1 };
        let swapped = body.is_some_and(other);
        // A module finds a card that it has not read, so what it finds now is another one.
        let found = !there && self.find(sam)? == Ok(true);
        if found {
            self.state = State::Found;
            return Ok(vec![Change::Left, Change::Found]);
        }
        if swapped || misses >= MISS_LIMIT {
            self.state = State::Empty;
            return Ok(vec![Change::Left]);
        }
        self.state = State::Read { by, body, misses };
        Ok(Vec::new())
    }
}

/// Whether the card that was read last still lies there.
fn lies_there(sam: &mut dyn Sam) -> Result<bool, CardError> {
    let answer = sam.ask(Command::ReadAppended)?;
    Ok(matches!(answer.sw3, sdt::OK | sdt::ABSENT))
}
