//! Verification: the first bad record of a chain, and what is wrong with it.
//!
//! One record is wrong in one of a few ways, and the records around it tell which: a hash that does
//! not fit its own content, a number that jumps, a link to another record than the one before. Who
//! rewrites everything behind a change as well is found only by the other side's witnesses.

use crate::file::{self, Chain};
use crate::record::{Head, Record};

/// A head of a chain, as the other side was told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Whose chain.
    pub origin: String,
    /// Where it stood.
    pub head: Head,
    /// When that was, by the witness's clock, milliseconds of the epoch.
    pub at_ms: i64,
}

/// The first bad record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its number; of a missing record, the number it should have.
    pub n: u64,
    /// The line of the file, where there is one.
    pub line: Option<usize>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It cannot be read as a record.
    Unreadable,
    /// Its content is not what its hash was made of.
    Edited,
    /// It was changed and its hash made anew: the record after it remembers another.
    Rewritten,
    /// It is missing, with those up to `last`.
    Deleted {
        /// The last one missing.
        last: u64,
    },
    /// It does not belong: the chain goes on without it.
    Inserted,
    /// It stands before ones that it followed.
    Moved,
    /// It was the end of what is here, but the other side has seen the chain up to `witnessed`.
    Cut {
        /// How far it was seen.
        witnessed: u64,
    },
    /// The other side has seen another record here: what is here was written anew from some point
    /// behind `since`.
    NotAsWitnessed {
        /// The last record that is as the other side saw it; 0 when none is.
        since: u64,
    },
    /// The database was made anew at this record, from a backup or from what was sound, and what the
    /// other side had seen behind it is gone. Told only where nothing else is wrong.
    MadeAnew {
        /// How far the earlier chain was seen.
        witnessed: u64,
    },
}

impl Wrong {
    /// One word for it, by which the pages' words are found.
    pub fn name(&self) -> &'static str {
        match self {
            Wrong::Unreadable => "unreadable",
            Wrong::Edited | Wrong::Rewritten => "edited",
            Wrong::Deleted { .. } => "deleted",
            Wrong::Inserted => "inserted",
            Wrong::Moved => "moved",
            Wrong::Cut { .. } => "cut",
            Wrong::NotAsWitnessed { .. } => "not_as_witnessed",
            Wrong::MadeAnew { .. } => "made_anew",
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n = self.n;
        match &self.wrong {
            Wrong::Unreadable => write!(f, "record {n} cannot be read")?,
            Wrong::Edited => write!(f, "record {n} was edited: its hash is not of its content")?,
            Wrong::Rewritten => write!(
                f,
                "record {n} was edited and hashed anew: the next record names another hash"
            )?,
            Wrong::Deleted { last } if *last == n => write!(f, "record {n} was deleted")?,
            Wrong::Deleted { last } => write!(f, "records {n} to {last} were deleted")?,
            Wrong::Inserted => write!(f, "a record numbered {n} was inserted")?,
            Wrong::Moved => write!(f, "record {n} was moved forward: earlier ones follow it")?,
            Wrong::Cut { witnessed } => write!(
                f,
                "the tail was cut off behind record {}: the other side has seen {witnessed}",
                n.saturating_sub(1)
            )?,
            Wrong::NotAsWitnessed { since } => write!(
                f,
                "record {n} is not the one the other side has seen: rewritten after {since}"
            )?,
            Wrong::MadeAnew { witnessed } => write!(
                f,
                "the database was made anew at record {n}: the other side had seen up to {witnessed} \
                 of the chain before it, which is gone"
            )?,
        }
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

/// Verifies a chain against itself and against what others have seen of it; its head.
///
/// `witnesses` may name other chains too: only those of this origin count. A database that was made anew
/// says so in a record; what was seen before that and is not there any more is [`Wrong::MadeAnew`], and
/// what was seen later and differs is not.
pub fn chain(chain: &Chain, witnesses: &[Witness]) -> Result<Head, Fault> {
    let mut seen: Vec<&Witness> = witnesses
        .iter()
        .filter(|witness| witness.origin == chain.origin)
        .collect();
    seen.sort_by_key(|witness| witness.head.n);
    let mut seen = seen.into_iter().peekable();
    let (mut head, mut agreed) = (Head::EMPTY, 0);
    let mut anew = Anew::default();
    for (at, (line, text)) in chain.records.iter().enumerate() {
        let fits = file::parse(text).filter(|record| fits(record, &head));
        let Some(record) = fits else {
            return Err(judge(chain, at, &head));
        };
        head = record.head();
        anew.mind(&record);
        while let Some(witness) = seen.next_if(|witness| witness.head.n <= head.n) {
            if witness.head.n == head.n && witness.head != head {
                if anew.explains(witness) {
                    continue;
                }
                return Err(Fault {
                    n: head.n,
                    line: Some(*line),
                    wrong: Wrong::NotAsWitnessed { since: agreed },
                });
            }
            agreed = witness.head.n;
        }
    }
    if chain.end.n > head.n {
        return Err(cut(&head, chain.end.n));
    }
    match seen.filter(|witness| !anew.explains(witness)).last() {
        Some(last) => Err(cut(&head, last.head.n)),
        None => anew.fault().map_or(Ok(head), Err),
    }
}

/// Records that tell of a database made anew, and what was lost by it.
#[derive(Default)]
struct Anew {
    /// Number and time of each.
    records: Vec<(u64, i64)>,
    /// The first of them that something was lost by, and how far that had been seen.
    lost: std::cell::Cell<Option<(u64, u64)>>,
}

impl Anew {
    fn mind(&mut self, record: &Record) {
        if matches!(record.kind, "store.rebuilt" | "backup.restored") {
            let time_ms = record.at_ms.max(record.high_water_ms);
            self.records.push((record.n, time_ms));
        }
    }

    /// Whether what a witness saw was lost: the chain was made anew at or before that record, later.
    fn explains(&self, witness: &Witness) -> bool {
        let explains =
            |(n, time_ms): &&(u64, i64)| *n <= witness.head.n && witness.at_ms < *time_ms;
        let Some((n, _)) = self.records.iter().find(explains) else {
            return false;
        };
        let (n, witnessed) = match self.lost.get() {
            Some((first, seen)) => (first.min(*n), seen.max(witness.head.n)),
            None => (*n, witness.head.n),
        };
        self.lost.set(Some((n, witnessed)));
        true
    }

    fn fault(&self) -> Option<Fault> {
        let (n, witnessed) = self.lost.get()?;
        Some(Fault {
            n,
            line: None,
            wrong: Wrong::MadeAnew { witnessed },
        })
    }
}

fn cut(head: &Head, witnessed: u64) -> Fault {
    Fault {
        n: head.n + 1,
        line: None,
        wrong: Wrong::Cut { witnessed },
    }
}

/// Whether a record is the next one, unchanged.
fn fits(record: &Record, head: &Head) -> bool {
    record.n == head.n + 1 && record.previous == head.hash && record.digest() == record.hash
}

/// What is wrong where the chain breaks. `at` is the first place that does not fit behind `head`.
fn judge(chain: &Chain, at: usize, head: &Head) -> Fault {
    let record_at = |at: usize| {
        chain
            .records
            .get(at)
            .and_then(|(_, line)| file::parse(line))
    };
    let line_at = |at: usize| chain.records.get(at).map(|(line, _)| *line);
    let found = |n, at, wrong| Fault {
        n,
        line: line_at(at),
        wrong,
    };
    let next = head.n + 1;
    let Some(record) = record_at(at) else {
        return found(next, at, Wrong::Unreadable);
    };
    let whole = record.digest() == record.hash;
    let after = record_at(at + 1);
    if after.is_some_and(|after| fits(&after, head)) && !is_elsewhere_missing(chain, at, &record) {
        return found(record.n, at, Wrong::Inserted);
    }
    if record.n == next {
        // Self-consistent but behind another record than this one: which of the two was changed?
        let followed = after.is_none_or(|after| after.previous == record.hash);
        return match (whole, followed) {
            (true, true) if at > 0 => found(head.n, at - 1, Wrong::Rewritten),
            (true, _) => found(next, at, Wrong::Rewritten),
            (false, _) => found(next, at, Wrong::Edited),
        };
    }
    if record.n > next {
        let later = chain.records[at + 1..]
            .iter()
            .filter_map(|(_, line)| file::parse(line))
            .any(|later| later.n == next);
        return match later {
            true => found(record.n, at, Wrong::Moved),
            false => Fault {
                n: next,
                line: None,
                wrong: Wrong::Deleted { last: record.n - 1 },
            },
        };
    }
    // A number that was there already: the chain says which of the two belongs.
    let twin_belongs = after.is_some_and(|after| after.previous == record.hash);
    match twin_belongs && record.n == head.n && at > 0 {
        true => found(head.n, at - 1, Wrong::Inserted),
        false => found(record.n, at, Wrong::Inserted),
    }
}

/// Whether a record stands here that is missing where it belongs: it was moved, not inserted.
fn is_elsewhere_missing(chain: &Chain, at: usize, record: &Record) -> bool {
    let mut others = chain
        .records
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != at)
        .filter_map(|(_, (_, line))| file::parse(line));
    !others.any(|other| other.n == record.n)
}
