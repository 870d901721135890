//! Looking for devices: every finder in its turn, then every device that is new or had a fault is asked
//! what it can do.
//!
//! Drivers refuse the second one who opens a device, and a list of scanners opens them all. So no
//! finder is asked while a device is at work: what is known stays, and the look is made up for after
//! it. A finder that fails keeps what it found before, with what it failed with.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use drivers::ScanFault;

use super::News;
use super::sources::{Begin, Found, Known, Reach, Shared, Sources, State};

impl Sources {
    /// Looks for devices in the background; after the look that is under way, or when the device at
    /// work has ended. Takes up to 20 s, after which the status is told.
    pub fn look(&self) {
        self.shared.look_soon();
    }
}

impl Shared {
    /// Looks in the background.
    pub fn look_soon(self: &Arc<Shared>) {
        {
            let mut state = self.state();
            if state.looking || state.work.is_some() {
                state.look_again = true;
                return;
            }
            (state.looking, state.look_again) = (true, false);
        }
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new().name("device-list".to_owned());
        let look = move || {
            shared.look();
            shared.look_if_wished();
        };
        if thread.spawn(look).is_err() {
            self.state().looking = false;
        }
    }

    /// Makes up for a look that could not be had.
    pub fn look_if_wished(self: &Arc<Shared>) {
        let wished = {
            let mut state = self.state();
            let free = !state.looking && state.work.is_none();
            free && std::mem::take(&mut state.look_again)
        };
        if wished {
            self.look_soon();
        }
    }

    /// Asks every finder, then every scanner that is new or had a fault what it can do.
    pub fn look(&self) {
        let chosen = self.state().chosen.clone();
        for (at, finder) in self.finders.iter().enumerate() {
            let alone = self.opening();
            if self.is_at_work() {
                break;
            }
            let found = unharmed(|| finder.find(&chosen));
            self.state().take_in(at, found);
            drop(alone);
        }
        self.state().looking = false;
        (self.tell)(News::Status);
        (self.tell)(News::Devices);
        self.ask();
    }

    /// Whether a device is at work; what is not looked at for it is made up for.
    fn is_at_work(&self) -> bool {
        let mut state = self.state();
        let at_work = state.work.is_some();
        state.look_again |= at_work;
        at_work
    }

    /// What the feeder question is answered from; the device is opened for it. One that answers has
    /// no fault any more.
    fn ask(&self) {
        let asked: Vec<Found> = {
            let state = self.state();
            let open = |known: &&Known| known.caps.is_none() || known.fault.is_some();
            let asked = state.known.iter().filter(open);
            asked.map(|known| known.found.clone()).collect()
        };
        for found in asked {
            let Reach::Pages(open) = &found.reach else {
                continue;
            };
            let alone = self.opening();
            // A device at work must not be opened twice.
            if self.is_at_work() {
                return;
            }
            let caps = unharmed(|| open(Begin::GoOn).and_then(|mut source| source.caps()));
            if let Some(known) = self.state().find_mut(&found.id) {
                match caps {
                    Ok(caps) => (known.caps, known.fault) = (Some(caps), None),
                    Err(fault) => known.fault = Some(fault),
                }
            }
            drop(alone);
            (self.tell)(News::Status);
            (self.tell)(News::Devices);
        }
    }
}

/// A driver that panics has crashed, and nothing else has.
fn unharmed<T>(work: impl FnOnce() -> Result<T, ScanFault>) -> Result<T, ScanFault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(ScanFault::Crashed))
}

impl State {
    /// Takes in what a finder found, or that it failed. A camera is not asked what it can do: that it is
    /// listed again is its good news.
    fn take_in(&mut self, finder: usize, found: Result<Vec<Found>, ScanFault>) {
        let own = |known: &mut Known| known.finder == finder;
        let mut before: Vec<Known> = self.known.extract_if(.., own).collect();
        match found {
            Ok(found) => {
                self.troubles.remove(&finder);
                let known = found.into_iter().map(|found| {
                    let old = before.iter().position(|old| old.found.id == found.id);
                    match old.map(|at| before.swap_remove(at)) {
                        Some(old) => Known {
                            fault: old.fault.filter(|_| matches!(found.reach, Reach::Pages(_))),
                            caps: old.caps,
                            last: old.last,
                            ..Known::new(finder, found)
                        },
                        None => Known::new(finder, found),
                    }
                });
                self.known.extend(known);
            }
            Err(ScanFault::NoScanner | ScanFault::NoCamera) => {
                self.troubles.remove(&finder);
            }
            Err(fault) => {
                for known in &mut before {
                    known.fault = Some(fault.clone());
                }
                self.known.append(&mut before);
                self.troubles.insert(finder, fault);
            }
        }
        self.known.sort_by_key(|known| known.finder);
    }
}

#[cfg(test)]
#[path = "looking_tests.rs"]
mod tests;
