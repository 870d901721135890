//! Another catalogue: what the core does when the centre names one that this station does not have.
//! Facts go first, a failure delays none, and one that cannot be used is not asked for for ever.

use domain::Reason;
use domain::bundle::Offer;
use domain::sync::HelloReply;

use super::Core;
use crate::sync::effect::Effect;
use crate::sync::event::NoCatalogue;
use crate::sync::lane::{Due, Ms, PAUSE_ASKED_MAX_MS};

/// How often one that comes damaged is asked for.
const TRIES: u32 = 3;
/// Between two tries, at least.
const PAUSE_MS: Ms = 60_000;
/// Not what its address says, again and again.
const DAMAGED: &str = "catalog.damaged";

/// What is known of catalogues. Without an address that the station keeps nothing is asked for.
#[derive(Default)]
pub(super) struct Catalogues {
    is_kept: bool,
    /// What the centre named last, and this station took.
    pointed: Option<String>,
    offer: Option<Offer>,
    /// What this program cannot use, or was not the centre's: named under another signature it may be.
    refused: Option<(Offer, Reason)>,
    /// The refusal is written down.
    told: bool,
    tries: u32,
    not_before: Ms,
}

impl Catalogues {
    /// The answer to a hello; what has to be written down.
    pub(super) fn heard(&mut self, reply: &HelloReply) -> Option<Effect> {
        let offer = reply.bundle.clone().filter(Offer::is_sane);
        if offer != self.offer {
            (self.tries, self.not_before) = (0, 0);
            self.offer = offer;
        }
        let named = self.offer.as_ref()?;
        let refused = self.refused.as_ref().filter(|(offer, _)| offer == named);
        if let (Some(refused), false) = (refused, self.told) {
            self.told = true;
            return Some(Effect::TellCatalogue(Some(refused.clone())));
        }
        let is_ours = self.pointed.as_ref() == Some(&named.sha256);
        (is_ours && std::mem::take(&mut self.told)).then_some(Effect::TellCatalogue(None))
    }

    /// When to ask for what was named.
    pub(super) fn due(&self, now: Ms) -> Due {
        let wanted = self.wanted().is_some();
        match self.not_before {
            _ if !wanted => Due::Idle,
            until if until > now => Due::At(until),
            _ => Due::Now,
        }
    }

    /// What to ask for.
    pub(super) fn wanted(&self) -> Option<&Offer> {
        let offer = self.offer.as_ref().filter(|_| self.is_kept)?;
        let refused = self.refused.as_ref().map(|(offer, _)| offer);
        let done = self.pointed.as_ref() == Some(&offer.sha256) || refused == Some(offer);
        (!done).then_some(offer)
    }
}

impl Core {
    /// This station keeps catalogues: what the centre named last, and what was refused before. One that
    /// came damaged may come whole the next time somebody works here; it stays told until then.
    pub fn keeps_catalogues(&mut self, pointed: Option<String>, refused: Option<(Offer, Reason)>) {
        self.catalogues = Catalogues {
            is_kept: true,
            told: refused.is_some(),
            pointed,
            refused: refused.filter(|(_, reason)| reason.code != DAMAGED),
            ..Catalogues::default()
        };
    }

    /// One was asked for.
    pub(super) fn catalogue(
        &mut self,
        now: Ms,
        offer: &Offer,
        answer: Result<(), NoCatalogue>,
    ) -> Vec<Effect> {
        let jitter = (self.jitter() * 0.5 * PAUSE_MS as f64) as Ms;
        let known = &mut self.catalogues;
        match answer {
            Ok(()) => {
                known.pointed = Some(offer.sha256.clone());
                known.tries = 0;
                let told = std::mem::take(&mut known.told);
                let tell = told.then_some(Effect::TellCatalogue(None));
                tell.into_iter().chain([Effect::Changed]).collect()
            }
            Err(NoCatalogue::Refused(reason)) => self.refuse(offer, reason),
            Err(NoCatalogue::Damaged) => {
                known.tries += 1;
                known.not_before = now + PAUSE_MS * Ms::from(known.tries);
                match known.tries < TRIES {
                    true => Vec::new(),
                    false => self.refuse(offer, Reason::new(DAMAGED)),
                }
            }
            // The line tells of its own troubles, and of a disk that is full others do.
            Err(NoCatalogue::Later(asked)) => {
                let pause = asked.unwrap_or(0).clamp(PAUSE_MS, PAUSE_ASKED_MAX_MS);
                known.not_before = now + pause + jitter;
                Vec::new()
            }
        }
    }

    fn refuse(&mut self, offer: &Offer, reason: Reason) -> Vec<Effect> {
        let refused = (offer.clone(), reason);
        self.catalogues.refused = Some(refused.clone());
        self.catalogues.told = true;
        vec![Effect::TellCatalogue(Some(refused)), Effect::Show]
    }
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
