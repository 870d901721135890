//! Facts read on a thread of their own while those before them are folded: half of a first load is
//! reading JSON and hashing it.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, Scope};

use domain::Fact;
use domain::sync::{FeedFact, sum_after};

/// Facts read in one go. Fewer are not worth a thread.
const CHUNK: usize = 256;
/// Chunks that may wait to be folded.
const AHEAD: usize = 8;

/// A fact as it was read.
pub struct Read<'a> {
    /// As it came.
    pub fed: &'a FeedFact,
    /// What it says; None when that cannot be read.
    pub fact: Option<Fact>,
    /// Whether it goes on where the one before it ends.
    pub follows: bool,
}

/// Facts in their order.
pub enum Facts<'a> {
    /// Read when they are asked for.
    Here(&'a [FeedFact], usize),
    /// Read elsewhere.
    Ahead(Receiver<Vec<Read<'a>>>, std::vec::IntoIter<Read<'a>>),
}

impl<'a> Facts<'a> {
    /// Starts to read.
    pub fn new<'s>(scope: &'s Scope<'s, '_>, facts: &'a [FeedFact]) -> Facts<'a>
    where
        'a: 's,
    {
        if facts.len() <= CHUNK {
            return Facts::Here(facts, 0);
        }
        let (send, receive) = sync_channel(AHEAD);
        let reading = Builder::new().spawn_scoped(scope, move || {
            for from in (0..facts.len()).step_by(CHUNK) {
                let until = facts.len().min(from + CHUNK);
                let chunk = (from..until).map(|at| read(facts, at)).collect();
                // Nobody takes it any more once a fact was refused.
                if send.send(chunk).is_err() {
                    return;
                }
            }
        });
        match reading {
            Ok(_) => Facts::Ahead(receive, Vec::new().into_iter()),
            Err(_) => Facts::Here(facts, 0),
        }
    }
}

impl<'a> Iterator for Facts<'a> {
    type Item = Read<'a>;

    fn next(&mut self) -> Option<Read<'a>> {
        match self {
            Facts::Here(facts, at) => {
                let now = *at;
                *at += 1;
                (now < facts.len()).then(|| read(facts, now))
            }
            Facts::Ahead(receive, chunk) => loop {
                if let Some(next) = chunk.next() {
                    return Some(next);
                }
                *chunk = receive.recv().ok()?.into_iter();
            },
        }
    }
}

fn read(facts: &[FeedFact], at: usize) -> Read<'_> {
    let fed = &facts[at];
    let before = at.checked_sub(1).and_then(|before| facts.get(before));
    Read {
        fed,
        fact: Fact::read(&fed.body).ok(),
        follows: before.is_some_and(|before| {
            fed.seq == before.seq + 1 && sum_after(&before.sum, &fed.body) == fed.sum
        }),
    }
}
