//! What the core is told, and what it is told it with.

use domain::snapshot::Offer;
use domain::sync::{FeedAt, HelloReply, Link, LogAt, PullReply, Unsent};
use domain::{Reason, bundle};

use super::lane::Ms;
use crate::line::LineError;
use crate::store::snapshot_part::Staged;

/// The lanes, which don't block one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Which {
    /// Where both sides are, and the long poll.
    Hello,
    /// Commands up.
    Push,
    /// Facts down.
    Pull,
    /// Pages up.
    Pages,
}

/// What the store says at the moment of a step.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What has not left yet.
    pub unsent: Unsent,
    /// Pages that have rotted here and that the centre has.
    pub pages_to_fetch: usize,
    /// How far the feed is folded.
    pub feed: FeedAt,
    /// The last entry of the log.
    pub log: LogAt,
    /// Our link at the entry where the centre's log ends, as the hello that was answered just now says.
    pub link: Option<Link>,
    /// Where the log of a store that came from a backup stood, until the centre has said that its
    /// own goes no further.
    pub restored: Option<u64>,
    /// A snapshot on its way.
    pub staged: Option<Staged>,
    /// The address of a snapshot that is not asked for again.
    pub refused: Option<String>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// Time has passed, or something may have moved: what is there to do?
    Look(Which),
    /// Somebody waits: a pause of our own choice counts no more.
    Hurry(Which),
    /// A hello was answered, and what had to be kept of it is kept.
    Hello {
        /// What was said and known when it left.
        said: Said,
        /// The answer.
        answer: Result<Box<HelloReply>, LineError>,
        /// How long it took.
        took_ms: Ms,
    },
    /// A push of the entries from `from` on was answered with the end of the centre's log.
    Push {
        /// Number of the first entry.
        from: u64,
        /// Number of entries.
        count: usize,
        /// The answer.
        answer: Result<u64, LineError>,
    },
    /// A pull was answered.
    Pull(Result<PullReply, LineError>),
    /// The facts of a pull are folded.
    Folded {
        /// The feed's head, as the pull said.
        head: u64,
    },
    /// A part of a snapshot was answered.
    Part {
        /// What was asked for.
        part: Part,
        /// The answer: as many bytes as were asked for.
        answer: Result<Vec<u8>, LineError>,
    },
    /// What came of a snapshot is written down; or it is here whole, and is to be loaded.
    Staged,
    /// A snapshot is loaded, or turned out to be none.
    Loaded,
    /// The catalogue that the centre named was asked for, and tried.
    Catalogue {
        /// Which.
        offer: bundle::Offer,
        /// Whether it is here now.
        answer: Result<(), NoCatalogue>,
    },
    /// An exchange of this lane went well, or failed.
    Ended(Which, Result<(), LineError>),
}

/// What a hello said, as far as its answer is compared with it.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// The last fact folded.
    pub seq: u64,
    /// The last entry acknowledged.
    pub acked: u64,
}

/// Why a catalogue that was asked for is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoCatalogue {
    /// Other bytes than its address says.
    Damaged,
    /// It is none for this program, or not the centre's.
    Refused(Reason),
    /// It did not come, or could not be kept; the pause that the centre asks for.
    Later(Option<Ms>),
}

/// A part of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Of which one.
    pub offer: Offer,
    /// The chunks that are here; None asks for the header.
    pub chunks: Option<usize>,
    /// The first byte.
    pub offset: u64,
    /// How many.
    pub len: u64,
}

/// A request to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A hello that waits so long for news.
    Hello {
        /// 0 for an answer at once.
        wait_ms: u64,
    },
    /// So many entries of the outbox, at most.
    Push {
        /// Their number.
        limit: usize,
    },
    /// The facts behind what is folded.
    Pull {
        /// So many at a time.
        limit: usize,
    },
    /// A part of a snapshot.
    Part(Part),
    /// The catalogue that the centre named.
    Catalogue(bundle::Offer),
    /// No request: a snapshot is here whole, say [`Event::Staged`].
    Load,
    /// Pages.
    Pages,
}
