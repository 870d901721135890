//! The read that is under way on a polled reader, and how it is given up from another thread.

use crate::error::CardError;
use crate::id_card::module::Sam;
use crate::id_card::sdt::{Answer, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The read that somebody waits for, if there is one. Its end and a cancel both take it out, under
/// one lock: who comes second finds nothing.
#[derive(Default)]
pub struct Awaited(Mutex<Option<Read>>);

/// A read under way.
pub struct Read {
    reader: String,
    given_up: Arc<AtomicBool>,
}

/// A read begins; the answer is true once it is given up.
pub fn begin(awaited: &mut Option<Read>, reader: &str) -> Arc<AtomicBool> {
    let given_up = Arc::<AtomicBool>::default();
    *awaited = Some(Read {
        reader: reader.to_string(),
        given_up: Arc::clone(&given_up),
    });
    given_up
}

impl Awaited {
    /// What is awaited; nothing is given up while this is held.
    pub fn lock(&self) -> MutexGuard<'_, Option<Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the read up and tells of its reader. Whether there was one.
    pub fn give_up(&self, tell: impl FnOnce(&str)) -> bool {
        let mut awaited = self.lock();
        let Some(read) = awaited.take() else {
            return false;
        };
        read.given_up.store(true, Ordering::SeqCst);
        tell(&read.reader);
        true
    }
}

/// A module that is asked nothing more once the read is given up.
pub struct Interruptible<'a> {
    pub sam: &'a mut dyn Sam,
    pub given_up: Option<&'a AtomicBool>,
}

impl Sam for Interruptible<'_> {
    fn ask(&mut self, command: Command) -> Result<Answer, CardError> {
        match self.given_up.is_some_and(|it| it.load(Ordering::SeqCst)) {
            // Nobody hears of this failure.
            true => Err(CardError::Removed),
            false => self.sam.ask(command),
        }
    }
}
