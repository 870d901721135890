//! Bugs that a test can plant, to see that the simulator of the exchange catches each. They are
//! there only in a build with debug assertions; in a release nothing can be planted and the
//! question costs nothing.

/// A bug that others have shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// Numbers of a feed from a sequence, given before the head is locked: readers skip facts.
    CursorBySequence,
    /// A push is acknowledged although its commit failed.
    AckBeforeCommit,
    /// What begins the feed again clears the outbox with it.
    ResetClearsOutbox,
    /// The last value written wins.
    LastWriterWins,
    /// A rejected command is answered with an error, so that its log stands still.
    RejectionStops,
    /// State is read before the people it is about are locked.
    ReadBeforeLock,
}

#[cfg(debug_assertions)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Planted>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in what this thread does from now on; None takes it out.
#[cfg(debug_assertions)]
pub fn plant(bug: Option<Planted>) {
    PLANTED.set(bug);
}

/// Whether this bug is planted here.
#[cfg(debug_assertions)]
pub fn is(bug: Planted) -> bool {
    PLANTED.get() == Some(bug)
}

/// Whether this bug is planted here: never.
#[cfg(not(debug_assertions))]
pub const fn is(_: Planted) -> bool {
    false
}
