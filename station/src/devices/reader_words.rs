//! The card readers in words, from what is known of them.

use chrono::Utc;
use domain::Reason;
use drivers::CardError;
use drivers::id_card::monitor::{Reader, ReaderCondition, ServiceState};

use super::readers::Seen;
use crate::view::{DeviceDone, DeviceStatus};

/// The readers in words: of several, the one where most happens.
pub fn status(seen: &Seen) -> DeviceStatus {
    let without = |code| DeviceStatus {
        ready: false,
        reason: Reason::new(code),
        name: None,
    };
    if seen.off {
        return without("reader.off");
    }
    let words = seen
        .readers
        .iter()
        .map(|reader| (words_of(reader, seen), reader));
    match (words.min_by_key(|((rank, ..), _)| *rank), seen.service) {
        // A reader that is there can be used: it needs no service that is down.
        (Some(((_, code, ready), reader)), _) => DeviceStatus {
            ready,
            reason: Reason::new(code),
            name: Some(reader.name.clone()),
        },
        (None, None) => without("reader.starting"),
        (None, Some(ServiceState::Down)) => without("reader.service_stopped"),
        (None, Some(ServiceState::Up)) => without("reader.none"),
    }
}

pub(super) fn done(ok: bool, reason: Reason, took_ms: Option<u32>) -> DeviceDone {
    DeviceDone {
        at: Utc::now(),
        ok,
        reason,
        took_ms,
    }
}

/// Rank (the least is shown), code, ready.
pub(super) fn words_of(reader: &Reader, seen: &Seen) -> (u8, &'static str, bool) {
    let no_module = seen.failed.get(&reader.name) == Some(&CardError::NoSecurityModule);
    match reader.state {
        ReaderCondition::Reading => (0, "reader.reading", true),
        ReaderCondition::Card if no_module => (2, "reader.no_security_module", false),
        ReaderCondition::Card => (1, "reader.card_present", true),
        ReaderCondition::Mute => (3, "reader.card_mute", true),
        ReaderCondition::Empty => (4, "reader.ready", true),
        ReaderCondition::InUse => (5, "reader.in_use", false),
        ReaderCondition::Unavailable => (6, "reader.unavailable", false),
    }
}
