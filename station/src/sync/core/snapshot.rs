//! A first load: what the core does about a snapshot that is offered, and about the one that is on its
//! way. What cannot be used, or is gone, costs a while; then facts are pulled as ever.

use domain::snapshot::{Header, Offer};
use domain::sync::HelloReply;

use super::Core;
use crate::line::LineError;
use crate::store::snapshot_part::Staged;
use crate::sync::effect::Effect;
use crate::sync::event::{Facts, Part, Request, Which};
use crate::sync::lane::Ms;

/// How long a station that has nothing of its feed waits to be offered a snapshot before it pulls.
const OFFER_WAIT_MS: Ms = 3_000;
/// Parts in a row that were not what they should be: then it is no snapshot.
const BAD_PARTS: u32 = 3;

/// What is known of snapshots, beside what is written down.
pub(super) struct Snapshots {
    /// What the last hello offered, when this program can read it.
    offer: Option<Offer>,
    /// The address of one that the centre does not have any more.
    gone: Option<String>,
    /// Nothing is pulled before, unless a hello has been answered meanwhile.
    wait_until: Option<Ms>,
    bad: u32,
    /// How far the feed was at the step before.
    seq: u64,
}

impl Default for Snapshots {
    fn default() -> Snapshots {
        Snapshots {
            offer: None,
            gone: None,
            wait_until: Some(OFFER_WAIT_MS),
            bad: 0,
            seq: 0,
        }
    }
}

impl Snapshots {
    /// A feed that is begun again waits for an offer of what is in force now.
    pub(super) fn look(&mut self, facts: &Facts, now: Ms) {
        if self.seq > 0 && facts.feed.seq == 0 {
            self.offer = None;
            self.wait_until = Some(now + OFFER_WAIT_MS);
        }
        self.seq = facts.feed.seq;
    }

    pub(super) fn heard(&mut self, said_seq: u64, reply: &HelloReply) {
        if said_seq == 0 || self.gone.is_some() {
            self.wait_until = None;
        }
        self.offer = reply.snapshot.clone().filter(Offer::is_readable);
    }

    /// Whether facts are not pulled yet, and until when.
    pub(super) fn waits(&self, facts: &Facts, now: Ms) -> Option<Ms> {
        let hopes = facts.feed.seq == 0 || self.gone.is_some();
        self.wait_until.filter(|until| hopes && *until > now)
    }

    /// What to ask for: of what is on its way, or else of what is offered.
    pub(super) fn next(&self, facts: &Facts) -> Option<Request> {
        if let Some(staged) = on_its_way(facts) {
            let next = staged.header.next(&staged.offer, staged.chunks);
            return Some(next.map_or(Request::Load, |stretch| {
                Request::Part(Part {
                    offer: staged.offer.clone(),
                    chunks: Some(staged.chunks),
                    offset: stretch.offset,
                    len: stretch.len,
                })
            }));
        }
        let offer = self.offer.as_ref()?;
        let useful = offer.seq > facts.feed.seq
            && self.gone.as_ref() != Some(&offer.sha256)
            && facts.refused.as_ref() != Some(&offer.sha256);
        useful.then(|| {
            Request::Part(Part {
                offset: 0,
                len: offer.header_bytes,
                offer: offer.clone(),
                chunks: None,
            })
        })
    }
}

/// What is on its way, unless the feed has come further.
pub(in crate::sync) fn on_its_way(facts: &Facts) -> Option<&Staged> {
    let staged = facts.staged.as_ref();
    staged.filter(|staged| staged.offer.seq > facts.feed.seq)
}

impl Core {
    /// A part of a snapshot was answered.
    pub(super) fn part(
        &mut self,
        facts: &Facts,
        now: Ms,
        asked: &Part,
        answer: Result<Vec<u8>, LineError>,
    ) -> Vec<Effect> {
        let bytes = match answer {
            Ok(bytes) => bytes,
            Err(error) if error.status == Some(404) => return self.gone(now, asked),
            Err(error) if error.is_about_the_request() => return self.bad(now, asked),
            Err(error) => return self.failed(Which::Pull, now, &error),
        };
        let staged = facts.staged.as_ref();
        let same = staged.filter(|staged| staged.offer.sha256 == asked.offer.sha256);
        let kept = match (asked.chunks, same) {
            (None, _) => Header::read(&bytes, &asked.offer)
                .ok()
                .map(|_| Effect::StageSnapshot(asked.offer.clone(), bytes)),
            (Some(first), Some(staged)) if staged.chunks == first => {
                let taken = staged.header.take(first, &bytes);
                taken.map(|chunks| Effect::StageChunks {
                    first,
                    chunks: chunks.into_iter().map(<[u8]>::to_vec).collect(),
                })
            }
            // Something else is on its way by now.
            _ => return Vec::new(),
        };
        match kept {
            Some(kept) => vec![kept, Effect::Changed],
            None => self.bad(now, asked),
        }
    }

    /// A part is written down; or all of it is, and the program was started anew before it was loaded.
    pub(super) fn staged(&mut self, facts: &Facts) -> Vec<Effect> {
        self.snapshots.bad = 0;
        let mut effects = self.succeeded(Which::Pull);
        if on_its_way(facts).is_some_and(Staged::is_whole) {
            effects.extend([Effect::LoadSnapshot, Effect::Changed]);
        }
        effects
    }

    /// It is loaded, or turned out to be none; facts follow in either case.
    pub(super) fn loaded(&mut self) -> Vec<Effect> {
        self.snapshots.offer = None;
        self.known.answer_likely = true;
        vec![Effect::Ring(Which::Hello), Effect::Ring(Which::Pull)]
    }

    /// The centre has withdrawn it: the next hello may offer another.
    fn gone(&mut self, now: Ms, asked: &Part) -> Vec<Effect> {
        self.snapshots.gone = Some(asked.offer.sha256.clone());
        self.snapshots.offer = None;
        self.snapshots.wait_until = Some(now + OFFER_WAIT_MS);
        self.known.answer_likely = true;
        let leave = Effect::LeaveSnapshot { refused: None };
        vec![leave, Effect::Ring(Which::Hello), Effect::Changed]
    }

    /// It is not what it should be: once more, and then never again.
    fn bad(&mut self, now: Ms, asked: &Part) -> Vec<Effect> {
        self.snapshots.bad += 1;
        if self.snapshots.bad < BAD_PARTS {
            return self.failed(Which::Pull, now, &LineError::new("line.bad_answer"));
        }
        self.snapshots.bad = 0;
        self.snapshots.offer = None;
        self.known.answer_likely = true;
        let refused = Some(asked.offer.sha256.clone());
        vec![Effect::LeaveSnapshot { refused }, Effect::Changed]
    }
}
