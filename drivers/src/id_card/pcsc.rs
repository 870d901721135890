//! Reading one card through PC/SC: connect, one transaction, leave the card as it is.
//!
//! Not here: waiting for cards (`monitor`).

use super::profile::{Profile, Profiles};
use super::sdt::SamId;
use super::text::{self, IdCard};
use super::transport::{self, Exchange};
use crate::error::CardError;
use ::pcsc::{
    Card, Context, Disposition, MAX_BUFFER_SIZE_EXTENDED, Protocols, ReaderState, ShareMode, State,
};
use std::ffi::CStr;
use std::time::{Duration, Instant};

/// How often a card that another program holds is tried.
const SHARE_TRIES: u32 = 5;
/// The pause between two tries.
const SHARE_PAUSE: Duration = Duration::from_millis(200);
/// pcscd notices a removal within 400 ms; a failed exchange is given this long to turn out one.
const REMOVAL_NOTICE: Duration = Duration::from_millis(900);

/// A card, read.
#[derive(Clone)]
pub struct Reading {
    /// Name of the reader.
    pub reader: String,
    /// Name of the profile that fitted.
    pub profile: String,
    /// Number of the security module, where the way of reading tells it.
    pub sam_id: Option<SamId>,
    /// The card.
    pub card: IdCard,
    /// The photo as it is on the card: 1024 bytes, WLT. No open decoder exists.
    pub photo: Option<Vec<u8>>,
    /// Lengths, text and photo as they came, 260 or 1284 bytes.
    pub raw: Vec<u8>,
    /// When the last byte had come.
    pub taken_at: Instant,
    /// From connecting to the last byte, milliseconds.
    pub exchange_ms: u32,
}

impl std::fmt::Debug for Reading {
    /// Leaves the content out: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("reader", &self.reader)
            .field("profile", &self.profile)
            .field("kind", &self.card.kind)
            .field("exchange_ms", &self.exchange_ms)
            .finish_non_exhaustive()
    }
}

/// Reads the card on a reader. `atr` is its answer to reset, from the reader's state.
pub fn read(
    context: &Context,
    reader: &CStr,
    atr: &[u8],
    profiles: &Profiles,
) -> Result<Reading, CardError> {
    let name = reader.to_string_lossy().into_owned();
    let profile = profiles
        .find(&name, atr)
        .ok_or(CardError::NoSecurityModule)?;
    let result = exchange(context, reader, profile, &name);
    match result {
        Err(CardError::ReaderTransfer | CardError::Mute) if left_soon(context, reader) => {
            Err(CardError::Removed)
        }
        result => result,
    }
}

fn exchange(
    context: &Context,
    reader: &CStr,
    profile: &Profile,
    name: &str,
) -> Result<Reading, CardError> {
    let started = Instant::now();
    let mut held = connect(context, reader)?;
    let content = {
        let card = held.0.as_mut().ok_or(CardError::Removed)?;
        let transaction = card.transaction().map_err(|error| error_of(&error))?;
        let mut link = Link {
            card: &transaction,
            buffer: vec![0; MAX_BUFFER_SIZE_EXTENDED],
        };
        transport::read(&mut link, profile.transport)?
    };
    let taken_at = Instant::now();
    let mut card = text::decode(&content.base.text)?;
    card.appended_address = content.appended_address;
    let exchange = taken_at.duration_since(started).as_millis();
    Ok(Reading {
        reader: name.to_string(),
        profile: profile.name.clone(),
        sam_id: content.sam_id,
        card,
        photo: content.base.photo,
        raw: content.raw,
        taken_at,
        exchange_ms: u32::try_from(exchange).unwrap_or(u32::MAX),
    })
}

/// A connection that is given back with `LeaveCard`.
///
/// The crate's own drop resets the card. A reset after the card left, with the next one already
/// waiting, leaves pcscd with a card that is not there (5 of 5 tries; with `LeaveCard` 0 of 5).
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

fn connect(context: &Context, reader: &CStr) -> Result<Held, CardError> {
    for _ in 1..SHARE_TRIES {
        match context.connect(reader, ShareMode::Shared, Protocols::ANY) {
            Err(::pcsc::Error::SharingViolation) => std::thread::sleep(SHARE_PAUSE),
            Err(error) => return Err(error_of(&error)),
            Ok(card) => return Ok(Held(Some(card))),
        }
    }
    let card = context.connect(reader, ShareMode::Shared, Protocols::ANY);
    card.map(|card| Held(Some(card)))
        .map_err(|error| error_of(&error))
}

/// Whether the card turns out to be gone.
fn left_soon(context: &Context, reader: &CStr) -> bool {
    let until = Instant::now() + REMOVAL_NOTICE;
    let mut states = [ReaderState::new(reader, State::PRESENT)];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || context.get_status_change(left, &mut states).is_err() {
            return false;
        }
        if !states[0].event_state().contains(State::PRESENT) {
            return true;
        }
        states[0].sync_current_state();
    }
}

struct Link<'card> {
    card: &'card Card,
    buffer: Vec<u8>,
}

impl Exchange for Link<'_> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        let answer = self.card.transmit(apdu, &mut self.buffer);
        answer.map(<[u8]>::to_vec).map_err(|error| error_of(&error))
    }

    fn control(&mut self, code: u32, bytes: &[u8]) -> Result<Vec<u8>, CardError> {
        let answer = self
            .card
            .control(::pcsc::ctl_code(code.into()), bytes, &mut self.buffer);
        match answer {
            Ok(bytes) => Ok(bytes.to_vec()),
            Err(::pcsc::Error::UnsupportedFeature) => Err(CardError::NoSecurityModule),
            Err(error) => Err(error_of(&error)),
        }
    }
}

/// Our word for an error of the PC/SC layer; covers the Linux and the Windows names.
fn error_of(error: &::pcsc::Error) -> CardError {
    use ::pcsc::Error as E;
    match error {
        E::RemovedCard | E::NoSmartcard => CardError::Removed,
        E::SharingViolation => CardError::ReaderInUse,
        E::UnknownReader | E::ReaderUnavailable | E::NoReadersAvailable => CardError::ReaderGone,
        E::UnresponsiveCard | E::UnpoweredCard | E::UnsupportedCard | E::ProtoMismatch => {
            CardError::Mute
        }
        E::NoService
        | E::ServiceStopped
        | E::CommError
        | E::InvalidHandle
        | E::ServerTooBusy
        | E::Shutdown => CardError::ServiceDown,
        _ => CardError::ReaderTransfer,
    }
}
