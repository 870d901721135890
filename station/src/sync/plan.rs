//! What to do next, decided from what is known. Nothing here reads a clock, a store or a line.

use domain::sync::{
    BLOB_PART_BYTES, BlobAt, HelloReply, PUSH_DECODED_LIMIT_BYTES, PUSH_LIMIT, PUSH_LIMIT_BYTES,
    Pace, Unsent,
};

use super::lane::{Due, Lane, Ms};
use crate::line::LineError;

/// The longest wait of a long poll.
pub const HELLO_WAIT_MS: u64 = 25_000;
/// Bytes of command bodies taken from the outbox for one push; as text in JSON they grow.
pub const PUSH_BODY_LIMIT_BYTES: usize = PUSH_DECODED_LIMIT_BYTES / 2;
/// More than this between two clocks is told to the person at the counter.
pub const CLOCK_OFF_LIMIT_S: i64 = 60;
/// How fast to go before the centre has said.
pub const OWN_PACE: Pace = Pace {
    after_ms: 0,
    batch: PUSH_LIMIT,
    push_after_ms: 0,
    blob_bytes_per_s: None,
};
/// The pause between two hellos that brought nothing although they came back early.
pub const HELLO_PAUSE_MS: Ms = 1_000;

/// Refusals of a push that say where the centre's log ends. Where it ends just before our push and
/// the push was refused all the same, going on from there would go in circles.
const CONTRADICTIONS: &[&str] = &["log.conflict", "log.gap"];
/// Another entry stands at our place in the centre's log: going on behind it would lose ours.
const FORK: &str = "log.fork";
/// The next entry does not follow from the centre's last one, which is another one than ours.
const SEAM: &str = "log.signature";

/// What the worker knows when it plans.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What has not left yet.
    pub unsent: Unsent,
    /// Pages that have rotted here and that the centre has.
    pub pages_to_fetch: usize,
    /// The last fact folded here.
    pub seq: u64,
    /// The last fact there is, as far as the centre told.
    pub head: u64,
    /// Something was acknowledged since the last pull, so its answer is likely there.
    pub answer_likely: bool,
    /// The centre's log does not fit ours: nothing is pushed until a person has looked.
    pub conflict: bool,
    /// A snapshot is offered or on its way.
    pub snapshot: bool,
    /// The store came from a backup, and the centre has not said yet where its log stands.
    pub restored: bool,
}

/// The patience of the three lanes that are planned; hello always wants to go.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// Commands up.
    pub push: Lane,
    /// Facts down.
    pub pull: Lane,
    /// Pages up.
    pub pages: Lane,
}

/// When each lane acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Commands up.
    pub push: Due,
    /// Facts down.
    pub pull: Due,
    /// Pages up.
    pub pages: Due,
}

/// The next requests.
pub fn plan(known: &Known, lanes: &Lanes, now: Ms) -> Plan {
    let push = known.unsent.commands > 0 && !known.conflict && !known.restored;
    let pull = known.head > known.seq || known.answer_likely || known.snapshot;
    Plan {
        push: lanes.push.due(push, now),
        pull: lanes.pull.due(pull, now),
        pages: lanes
            .pages
            .due(known.unsent.pages > 0 || known.pages_to_fetch > 0, now),
    }
}

/// What a hello's answer means for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogNews {
    /// As we thought.
    Same,
    /// The centre has only this many: it lost some, which must be sent again.
    Acked(u64),
    /// The centre has entries we never wrote: this is a copy or an old backup.
    Conflict,
}

/// Compares the centre's word with our log. `acked_then` is what we knew when the hello left: fewer
/// than that is a centre that lost some, fewer than what a push achieved meanwhile is old news.
///
/// More than we knew is no news either: after a copied disk those entries may be the other copy's.
/// Only a push, where the links are compared, says that ours are there. `ours` is our link where the
/// centre's log ends: another one there is another log.
pub fn log_news(reply: &HelloReply, last: u64, ours: Option<&str>, acked_then: u64) -> LogNews {
    let is_another = |ours: &str| !reply.link.is_empty() && reply.link != ours;
    match reply.acked {
        theirs if theirs > last || ours.is_some_and(is_another) => LogNews::Conflict,
        theirs if theirs < acked_then => LogNews::Acked(theirs),
        _ => LogNews::Same,
    }
}

/// Whether the log of a store that was restored with `last` entries goes on where the centre's ends,
/// or the centre has some that this store has lost: then this log would fork, and needs a new one.
pub fn restored_fits(reply: &HelloReply, last: u64) -> bool {
    reply.acked <= last
}

/// How long to wait before the next hello: at once after a wait that was used up or brought
/// something, else a moment, so that a centre that can't wait is not asked in circles.
pub fn hello_pause_ms(reply: &HelloReply, took_ms: Ms, brought_news: bool) -> Ms {
    let own = if brought_news || took_ms >= HELLO_PAUSE_MS {
        0
    } else {
        HELLO_PAUSE_MS
    };
    own.max(reply.pace.after_ms.min(super::lane::PAUSE_ASKED_MAX_MS))
}

/// The commands of one push: what the centre's pace allows, within what the protocol allows.
pub fn push_limit(pace: usize, shrunk: usize) -> usize {
    pace.clamp(1, PUSH_LIMIT).min(shrunk.max(1))
}

/// Whether a packed push may be sent as it is.
pub fn push_fits(packed_bytes: usize, decoded_bytes: usize) -> bool {
    packed_bytes <= PUSH_LIMIT_BYTES && decoded_bytes <= PUSH_DECODED_LIMIT_BYTES
}

/// What follows a push of the entries `from..from + count`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterPush {
    /// The centre has entries up to here.
    Acked(u64),
    /// The centre's log ends elsewhere than we thought: go on from there.
    GoOnFrom(u64),
    /// Try again with half of them.
    Fewer,
    /// The logs contradict each other: a person must look.
    Conflict,
    /// Later.
    Later,
}

/// Decides what follows a push. `last` is the last entry of our log. Only what was pushed counts as
/// acknowledged: the links of what lies behind it were not compared.
pub fn after_push(
    from: u64,
    count: usize,
    last: u64,
    answer: &Result<u64, LineError>,
) -> AfterPush {
    match answer {
        Ok(acked) if *acked >= from && *acked <= last => {
            AfterPush::Acked((*acked).min(from + count as u64 - 1))
        }
        Ok(acked) if *acked > last => AfterPush::Conflict,
        Ok(acked) if *acked + 1 < from => AfterPush::GoOnFrom(*acked),
        Ok(_) => AfterPush::Later,
        Err(error) if error.reason.code == FORK => AfterPush::Conflict,
        Err(error) if CONTRADICTIONS.contains(&error.reason.code.as_str()) => match error.acked {
            Some(acked) if acked <= last && acked + 1 != from => AfterPush::GoOnFrom(acked),
            _ => AfterPush::Conflict,
        },
        Err(error) if error.reason.code == SEAM && count == 1 => AfterPush::Conflict,
        // A page that fails as a whole is taken apart until the one that fails stands alone.
        Err(error) if error.is_about_the_request() && count > 1 => AfterPush::Fewer,
        Err(_) => AfterPush::Later,
    }
}

/// What to send of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Nothing: the centre has it whole.
    Stored,
    /// These bytes.
    Send {
        /// First byte.
        offset: u64,
        /// Number of bytes.
        len: usize,
    },
    /// The centre has all bytes and yet no page, or more bytes than there are.
    Wrong,
}

/// The next part of a page of `size_bytes`.
pub fn next_part(size_bytes: u64, at: &BlobAt) -> Part {
    if at.stored {
        return Part::Stored;
    }
    match size_bytes.checked_sub(at.have) {
        None | Some(0) => Part::Wrong,
        Some(left) => {
            let len = left.min(BLOB_PART_BYTES as u64) as usize;
            Part::Send {
                offset: at.have,
                len,
            }
        }
    }
}

/// The difference of two clocks as told to people: only when it matters.
pub fn clock_off_s(offset_s: i64) -> Option<i64> {
    (offset_s.abs() > CLOCK_OFF_LIMIT_S).then_some(offset_s)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
