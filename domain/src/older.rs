//! For the simulator of the exchange: a program from before, which does not know every change there is.
//! Only in a build with debug assertions; in a release every program knows what it knows.

use crate::Change;

#[cfg(debug_assertions)]
thread_local! {
    static UNKNOWN: std::cell::Cell<&'static [&'static str]> = const { std::cell::Cell::new(&[]) };
}

/// From now on this thread reads facts as a program does that has never heard of these kinds of change.
#[cfg(debug_assertions)]
pub fn knows_nothing_of(kinds: &'static [&'static str]) {
    UNKNOWN.set(kinds);
}

/// A change as this program reads it.
#[cfg(debug_assertions)]
pub(crate) fn read(change: Change) -> Change {
    let unknown = UNKNOWN.get();
    if unknown.is_empty() {
        return change;
    }
    match serde_json::to_value(&change) {
        Ok(value)
            if value["kind"]
                .as_str()
                .is_some_and(|kind| unknown.contains(&kind)) =>
        {
            Change::Unknown(value)
        }
        _ => change,
    }
}

/// A change as this program reads it: as it is.
#[cfg(not(debug_assertions))]
pub(crate) fn read(change: Change) -> Change {
    change
}
