//! A card that is waited for as a second factor: for two minutes the next identity card is taken as its
//! owner's own, kept for one minute, given away once. It never becomes a resident's reading.

use std::time::{Duration, Instant};

use domain::Reason;
use drivers::id_card::pcsc;

use crate::keys::OwnCard;

const WAIT: Duration = Duration::from_secs(120);
const KEPT: Duration = Duration::from_secs(60);

/// Whether a card is waited for, or there.
#[derive(Default)]
pub(super) enum Own {
    /// Cards are residents'.
    #[default]
    NotWanted,
    /// Waited for since then.
    Wanted(Instant),
    /// Laid down then.
    There(OwnCard, Instant),
}

impl Own {
    /// Waits for one from now on; one that is there is forgotten.
    pub fn want(&mut self, now: Instant) {
        *self = Own::Wanted(now);
    }

    /// Waits no longer, and forgets one that is there: the next card is a resident's.
    pub fn forget(&mut self) {
        *self = Own::NotWanted;
    }

    pub fn is_wanted(&self, now: Instant) -> bool {
        matches!(self, Own::Wanted(since) if now.duration_since(*since) < WAIT)
    }

    /// Takes a card that is waited for: why it cannot serve, or None when it does. Nothing at all
    /// when none is waited for.
    pub fn lay(&mut self, read: &pcsc::Reading, now: Instant) -> Option<Option<Reason>> {
        if !self.is_wanted(now) {
            return None;
        }
        Some(match OwnCard::of(read) {
            Some(card) => {
                *self = Own::There(card, now);
                None
            }
            None => Some(Reason::new("auth.card_no_photo")),
        })
    }

    /// Gives it away.
    pub fn take(&mut self, now: Instant) -> Option<OwnCard> {
        match std::mem::take(self) {
            Own::There(card, laid) if now.duration_since(laid) < KEPT => Some(card),
            _ => None,
        }
    }
}
