//! The threads that read cards: one for a reader at most, ending when there is nothing to read.
//!
//! Which kind of card it is turns out here: the reader's profile says how identity cards are read;
//! where there is none, or it finds no identity card, the card is asked for the social-security
//! application.

use super::slots::Job;
use super::{Reading, Shared};
use crate::error::CardError;
use crate::id_card::atr::Atr;
use crate::id_card::pcsc;
use crate::id_card::profile::Profiles;
use crate::id_card::transport::Exchange;
use crate::social_card;
use ::pcsc::{Context, Scope};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

/// Reads a card, and the ones that are laid on the same reader meanwhile, on a thread of its own.
pub(super) fn start(job: Job, shared: &Arc<Shared>) {
    let (mine, theirs) = (job.clone(), Arc::clone(shared));
    let started = std::thread::Builder::new()
        .name("card".to_string())
        .spawn(move || work(mine, &theirs));
    if let Err(error) = started {
        tracing::error!(%error, "no thread to read a card");
        shared.slots.finish(&job, Err(CardError::ReaderTransfer));
    }
}

fn work(job: Job, shared: &Shared) {
    let mut next = Some(job);
    while let Some(job) = next {
        // In a debug build the PC/SC crate panics at codes it does not know.
        let result = catch_unwind(AssertUnwindSafe(|| read(&job, &shared.profiles)));
        let result = result.unwrap_or_else(|_| {
            tracing::error!("reading a card ended in a panic");
            Err(CardError::ReaderTransfer)
        });
        if let Err(error) = &result {
            let reader = job.reader.to_string_lossy();
            tracing::info!(%reader, code = error.code(), "card not read");
        }
        next = shared.slots.finish(&job, result);
    }
}

/// Reads with a context of its own: calls of one context wait for one another.
fn read(job: &Job, profiles: &Profiles) -> Result<Reading, CardError> {
    let context = Context::establish(Scope::User).map_err(|error| pcsc::error_of(&error))?;
    let (name, started) = (job.reader.to_string_lossy(), Instant::now());
    let on_antenna = Atr::parse(&job.atr).is_some_and(|atr| atr.is_contactless());
    let profile = profiles.find(&name, &job.atr);
    let read = pcsc::on_card(&context, &job.reader, &job.ticket, |link| {
        let identity = profile.map(|profile| pcsc::read_on(link, &name, profile, started));
        match identity {
            Some(Ok(reading)) => Ok(Reading::Identity(reading)),
            Some(Err(error)) if !may_be_another_card(&error) => Err(error),
            Some(Err(error)) => match social(link, &name, started) {
                // The reader passes nothing on to a card it did not find.
                Ok(None) | Err(CardError::ReaderTransfer | CardError::Mute) => Err(error),
                Ok(Some(reading)) => Ok(reading),
                Err(error) => Err(error),
            },
            None => social(link, &name, started)?.ok_or(match on_antenna {
                true => CardError::NoSecurityModule,
                false => CardError::UnknownCardType,
            }),
        }
    });
    match read {
        // The chip of an identity card does not answer as such readers expect.
        Err(CardError::ReaderTransfer | CardError::Mute) if profile.is_none() && on_antenna => {
            Err(CardError::NoSecurityModule)
        }
        read => read,
    }
}

fn social(
    link: &mut dyn Exchange,
    reader: &str,
    started: Instant,
) -> Result<Option<Reading>, CardError> {
    Ok(social_card::read(link, reader, started)?.map(Reading::Social))
}

/// Whether the card may well be no identity card: the module did not find or know one.
fn may_be_another_card(error: &CardError) -> bool {
    matches!(
        error,
        CardError::NotFound | CardError::UnknownCardType | CardError::NoSecurityModule
    )
}
