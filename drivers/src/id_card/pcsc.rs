//! Reading one card through PC/SC: connect, one transaction, leave the card as it is.
//!
//! Not here: waiting for cards (`monitor`).

use super::profile::{Profile, Profiles};
use super::ticket::Ticket;
use super::transport::{self, Exchange};
use crate::error::CardError;
use ::pcsc::{
    Card, Context, Disposition, MAX_BUFFER_SIZE_EXTENDED, Protocols, ReaderState, ShareMode, State,
};
use std::ffi::CStr;
use std::time::{Duration, Instant};

pub use super::reading::Reading;

/// How often a card that another program holds is tried.
const SHARE_TRIES: u32 = 5;
/// The pause between two tries.
const SHARE_PAUSE: Duration = Duration::from_millis(200);
/// pcscd notices a removal within 400 ms; a failed exchange is given this long to turn out one.
const REMOVAL_NOTICE: Duration = Duration::from_millis(900);
/// Meanwhile it is asked this often whether anybody still waits for the answer.
const REMOVAL_LOOK: Duration = Duration::from_millis(50);

/// Reads the identity card on a reader. `atr` is its answer to reset, from the reader's state.
pub fn read(
    context: &Context,
    reader: &CStr,
    atr: &[u8],
    profiles: &Profiles,
) -> Result<Reading, CardError> {
    let (name, started) = (reader.to_string_lossy(), Instant::now());
    let profile = profiles
        .find(&name, atr)
        .ok_or(CardError::NoSecurityModule)?;
    on_card(context, reader, &Ticket::default(), |link| {
        read_on(link, &name, profile, started)
    })
}

/// Reads the identity card at the other end; `started` is when it was connected to.
pub(crate) fn read_on(
    link: &mut dyn Exchange,
    reader: &str,
    profile: &Profile,
    started: Instant,
) -> Result<Reading, CardError> {
    let content = transport::read(link, profile.transport, profile.wanted())?;
    Reading::new(reader, &profile.name, content, started)
}

/// Connects to the card on a reader and talks to it in one transaction.
///
/// Once the ticket is given up nothing more is sent; the answer means nothing then. When another
/// program reset the card meanwhile, it is all done a second time. The service has no limits of time:
/// who waits for the answer watches the ticket.
pub(crate) fn on_card<T>(
    context: &Context,
    reader: &CStr,
    ticket: &Ticket,
    mut talk: impl FnMut(&mut dyn Exchange) -> Result<T, CardError>,
) -> Result<T, CardError> {
    let mut once = || {
        ticket.awaits_card();
        let mut held = connect(context, reader, ticket)?;
        let card = held.0.as_mut().ok_or(CardError::Removed)?;
        let transaction = card.transaction().map_err(|error| error_of(&error))?;
        ticket.heard();
        talk(&mut Link {
            card: &transaction,
            buffer: vec![0; MAX_BUFFER_SIZE_EXTENDED],
            ticket,
        })
    };
    let mut result = once();
    if matches!(result, Err(CardError::ReaderDisturbed)) {
        // Windows itself looks at a card that has just come, and resets it.
        result = once();
    }
    match result {
        Err(error @ (CardError::ReaderTransfer | CardError::Mute)) => {
            Err(why_failed(context, reader, ticket).unwrap_or(error))
        }
        result => result,
    }
}

/// A connection that is given back with `LeaveCard`.
///
/// The crate's own drop resets the card. A reset when another card was swapped in makes pcscd lose
/// that card, and with another driver (vpcd) see one that is not there; with `LeaveCard` neither
/// happens. A test shows the first.
struct Held(Option<Card>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(card) = self.0.take()
            && let Err((card, error)) = card.disconnect(Disposition::LeaveCard)
        {
            // Only a dead service gets here; its handle is dead too, so the reset goes nowhere.
            tracing::debug!(%error, "disconnect failed");
            drop(card);
        }
    }
}

fn connect(context: &Context, reader: &CStr, ticket: &Ticket) -> Result<Held, CardError> {
    for tries_left in (0..SHARE_TRIES).rev() {
        match context.connect(reader, ShareMode::Shared, Protocols::ANY) {
            Err(::pcsc::Error::SharingViolation) if tries_left > 0 && !ticket.is_given_up() => {
                std::thread::sleep(SHARE_PAUSE);
            }
            card => {
                return card
                    .map(|card| Held(Some(card)))
                    .map_err(|error| error_of(&error));
            }
        }
    }
    Err(CardError::ReaderInUse)
}

/// What turns out to be behind an exchange that failed: the card, the reader or the service gone.
/// Not looked into once the read is given up: the next card on the reader waits for this thread.
fn why_failed(context: &Context, reader: &CStr, ticket: &Ticket) -> Option<CardError> {
    let until = Instant::now() + REMOVAL_NOTICE;
    let mut states = [ReaderState::new(reader, State::PRESENT)];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || ticket.is_given_up() {
            return None;
        }
        let changed = context.get_status_change(left.min(REMOVAL_LOOK), &mut states);
        if let Err(error) = changed
            && error != ::pcsc::Error::Timeout
        {
            let gone = [CardError::ServiceDown, CardError::ReaderGone];
            return Some(error_of(&error)).filter(|error| gone.contains(error));
        }
        if !states[0].event_state().contains(State::PRESENT) {
            return Some(CardError::Removed);
        }
        states[0].sync_current_state();
    }
}

struct Link<'a> {
    card: &'a Card,
    buffer: Vec<u8>,
    ticket: &'a Ticket,
}

impl Link<'_> {
    /// Nobody hears of this failure: who gave the read up has been told otherwise.
    fn go_on(&self) -> Result<(), CardError> {
        match self.ticket.is_given_up() {
            true => Err(CardError::Removed),
            false => Ok(()),
        }
    }
}

impl Exchange for Link<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.go_on()?;
        let answer = self.card.transmit(apdu, &mut self.buffer);
        self.ticket.heard();
        answer.map(<[u8]>::to_vec).map_err(|error| error_of(&error))
    }

    fn control(&mut self, code: u32, bytes: &[u8]) -> Result<Vec<u8>, CardError> {
        self.go_on()?;
        let answer = self
            .card
            .control(::pcsc::ctl_code(code.into()), bytes, &mut self.buffer);
        self.ticket.heard();
        match answer {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(::pcsc::Error::UnsupportedFeature) => Err(CardError::NoSecurityModule),
            Err(error) => Err(error_of(&error)),
        }
    }
}

/// Our word for an error of the PC/SC layer; covers the Linux and the Windows names.
pub(crate) fn error_of(error: &::pcsc::Error) -> CardError {
    use ::pcsc::Error as E;
    match error {
        E::RemovedCard | E::NoSmartcard => CardError::Removed,
        E::SharingViolation => CardError::ReaderInUse,
        E::ResetCard => CardError::ReaderDisturbed,
        E::UnknownReader | E::ReaderUnavailable | E::NoReadersAvailable => CardError::ReaderGone,
        E::UnresponsiveCard | E::UnpoweredCard | E::UnsupportedCard | E::ProtoMismatch => {
            CardError::Mute
        }
        E::NoService
        | E::ServiceStopped
        | E::CommError
        | E::InvalidHandle
        | E::ServerTooBusy
        | E::Shutdown
        // libpcsclite's word for a service that hangs up on a new client: it dies, or polkit forbids.
        | E::SecurityViolation => CardError::ServiceDown,
        _ => CardError::ReaderTransfer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::pcsc::Error as E;

    #[test]
    fn the_names_of_both_systems_mean_the_same_failures() {
        for (errors, code) in [
            (&[E::RemovedCard, E::NoSmartcard][..], "card.removed"),
            (&[E::SharingViolation], "reader.in_use"),
            (&[E::ResetCard], "reader.disturbed"),
            // Windows has a name for each way a reader goes; pcsc-lite uses the first.
            (
                &[
                    E::UnknownReader,
                    E::ReaderUnavailable,
                    E::NoReadersAvailable,
                ],
                "reader.gone",
            ),
            (
                &[
                    E::UnresponsiveCard,
                    E::UnpoweredCard,
                    E::UnsupportedCard,
                    E::ProtoMismatch,
                ],
                "card.mute",
            ),
            // pcsc-lite: the first four. Windows: the next, when the last reader goes.
            (
                &[
                    E::NoService,
                    E::CommError,
                    E::InvalidHandle,
                    E::SecurityViolation,
                    E::ServiceStopped,
                    E::Shutdown,
                ],
                "reader.service_down",
            ),
            (
                &[
                    E::NotTransacted,
                    E::UnknownError,
                    E::InsufficientBuffer,
                    E::CommDataLost,
                ],
                "reader.transfer",
            ),
        ] {
            for error in errors {
                assert_eq!(error_of(error).code(), code, "{error:?}");
            }
        }
    }
}
