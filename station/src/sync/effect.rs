//! What the core wants done; what of it is written down is one durable transaction of the store
//! each.

use chrono::{DateTime, Utc};
use domain::snapshot::Offer;
use domain::sync::{FeedFact, Push};
use domain::{Reason, bundle};

use super::event::{Event, Facts, Request, Which};
use super::lane::Ms;
use super::plan;
use crate::error::{Error, Result};
use crate::line::Packed;
use crate::store::{Store, outbox, snapshot_part};

/// What has to be done, in the order given. What fails ends the list: the rest is not done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make this request.
    Ask(Request),
    /// Nothing to do before this time; None: before somebody says so.
    Wait(Option<Ms>),
    /// Write down how much of the log the centre has.
    SetAcked(u64),
    /// Fold these facts, then say [`super::event::Event::Folded`].
    Fold {
        /// In order.
        facts: Vec<FeedFact>,
        /// The feed's head.
        head: u64,
    },
    /// Begin the feed again: what is folded is not what the centre has.
    BeginFeedAgain,
    /// Keep the beginning of this snapshot, then say [`super::event::Event::Staged`].
    StageSnapshot(Offer, Vec<u8>),
    /// Keep these chunks, which are what they should be, then say [`super::event::Event::Staged`].
    StageChunks {
        /// So many are here.
        first: usize,
        /// In order.
        chunks: Vec<Vec<u8>>,
    },
    /// Load the snapshot that is here whole, then say [`super::event::Event::Loaded`].
    LoadSnapshot,
    /// Forget the snapshot that is on its way.
    LeaveSnapshot {
        /// Never ask for this one again.
        refused: Option<String>,
    },
    /// Offer the pages that the centre waits for once more.
    OfferPages,
    /// The centre's log goes no further than ours did when the store was restored.
    ForgetRestored,
    /// Write down why the last try to send failed, and when the next one is.
    NoteTry(Reason, Option<Ms>),
    /// Make a lane look again.
    Ring(Which),
    /// Write down which catalogue is refused and why; None: none is.
    TellCatalogue(Option<(bundle::Offer, Reason)>),
    /// What is shown may be old.
    Changed,
    /// The centre answered as it should, or refused something for itself.
    Up,
    /// The line is down, for this reason, until the next try.
    Down {
        /// `line.…`, or what the centre said of itself.
        reason: Reason,
        /// When the next try is.
        next: Ms,
        /// The centre answered, if only to refuse.
        answered: bool,
    },
    /// The troubles have changed.
    Show,
}

impl Effect {
    /// Carries out what is the store's; false when it is none of the store's business. `wall` gives
    /// a time of the exchange on the wall's clock.
    pub fn write(&self, store: &Store, wall: &dyn Fn(Ms) -> DateTime<Utc>) -> Result<bool> {
        match self {
            Effect::SetAcked(acked) => store.set_acked(*acked)?,
            Effect::Fold { facts, .. } => store.apply_facts(facts)?,
            Effect::BeginFeedAgain => store.begin_feed_again()?,
            Effect::StageSnapshot(offer, bytes) => store.stage_snapshot(offer, bytes)?,
            Effect::StageChunks { first, chunks } => store.stage_chunks(*first, chunks)?,
            Effect::LoadSnapshot => store.load_snapshot()?,
            Effect::LeaveSnapshot { refused } => store.leave_snapshot(refused.as_deref())?,
            Effect::OfferPages => store.offer_pages_again()?,
            Effect::ForgetRestored => store.forget_restored()?,
            Effect::TellCatalogue(refused) => store.tell_catalogue(refused.as_ref())?,
            Effect::NoteTry(reason, next) => store.note_try(reason, next.map(wall))?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl Store {
    /// What the step of an event goes by.
    pub fn sync_facts(&self, event: &Event) -> Result<Facts> {
        let link = match event {
            Event::Hello {
                answer: Ok(reply), ..
            } => self.read(|c| outbox::link_of(c, reply.acked))?,
            _ => None,
        };
        Ok(Facts {
            unsent: self.unsent()?,
            pages_to_fetch: self.pages_to_fetch()?.len(),
            feed: self.feed_at()?,
            log: self.log_at()?,
            link,
            restored: self.restored_last()?,
            staged: self.read(snapshot_part::staged)?,
            refused: self.read(snapshot_part::refused)?,
        })
    }

    /// The next push: what is not acknowledged, within every limit, with its packed form.
    pub fn next_push(&self, limit: usize) -> Result<(Push, Packed)> {
        let mut commands = self.outbox_page(limit, plan::PUSH_BODY_LIMIT_BYTES)?;
        loop {
            let (Some(from), count) = (commands.first().map(|entry| entry.n), commands.len())
            else {
                return Err(Error::Bug("unsent commands, and none to send".to_owned()));
            };
            let push = Push { from, commands };
            let packed = Packed::new(&push)?;
            if plan::push_fits(packed.bytes.len(), packed.decoded_bytes) {
                return Ok((push, packed));
            }
            if count == 1 {
                return Err(Error::coded("outbox.too_large"));
            }
            commands = push.commands;
            commands.truncate(count / 2);
        }
    }
}
