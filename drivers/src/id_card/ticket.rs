//! What a read and whoever waits for it tell one another: that it is given up, and that it lives.

use crate::error::CardError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A read that somebody waits for.
pub struct Ticket {
    given_up: AtomicBool,
    /// The card is ours: another program cannot be what is waited for.
    has_card: AtomicBool,
    /// The last sign of life.
    heard: Mutex<Instant>,
}

impl Default for Ticket {
    fn default() -> Self {
        Self {
            given_up: AtomicBool::new(false),
            has_card: AtomicBool::new(false),
            heard: Mutex::new(Instant::now()),
        }
    }
}

impl Ticket {
    /// Nobody waits any more.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
    }

    /// Whether nobody waits any more.
    pub fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::SeqCst)
    }

    /// The read begins: the card has to be had first.
    pub fn awaits_card(&self) {
        self.has_card.store(false, Ordering::SeqCst);
        self.sign();
    }

    /// The card, or the reader with it, has answered.
    pub fn heard(&self) {
        self.has_card.store(true, Ordering::SeqCst);
        self.sign();
    }

    /// What a silence of this length means; nothing while it is shorter.
    pub fn silent_for(&self, limit: Duration) -> Option<CardError> {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.elapsed() < limit {
            return None;
        }
        Some(match self.has_card.load(Ordering::SeqCst) {
            true => CardError::Timeout,
            false => CardError::ReaderInUse,
        })
    }

    fn sign(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}
