//! A counter under the hand of a test, with real readers: cards from a tray travel through a private
//! pcscd. It needs a process of its own, see [`SOCKET`].

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use station::view::{PersonPage, Tap};
use station::{Demo, Event, Options, Station};

use crate::desk::{CATALOG, PASSWORD};

/// Where libpcsclite looks for its service; it reads this once per process.
pub const SOCKET: &str = "PCSCLITE_CSOCK_NAME";
/// No event takes longer.
const LIMIT: Duration = Duration::from_secs(15);

/// A station with a tray, and what it told.
pub struct Counter {
    /// The station behind it.
    pub station: Station,
    events: Mutex<Receiver<Event>>,
}

impl Counter {
    /// Opens the desk of a folder, logged in, with a tray in another; the reader is there then.
    pub fn open(folder: &Path, tray: &Path, driver: &Path) -> Counter {
        let (sender, events) = channel();
        let demo = Demo {
            tray: tray.to_owned(),
            driver: driver.to_owned(),
        };
        let options = Options {
            data: folder.to_owned(),
            catalog: CATALOG.into(),
            demo: Some(demo),
            readers: true,
        };
        let notify = Arc::new(move |event| drop(sender.send(event)));
        let station = Station::open(options, notify);
        let station = station.unwrap_or_else(|error| panic!("the station opens: {error}"));
        station
            .log_in("zhang", PASSWORD)
            .expect("the password is right");
        let counter = Counter {
            station,
            events: Mutex::new(events),
        };
        counter.until_reader("reader.ready");
        counter
    }

    /// The next event within a time.
    pub fn next(&self, limit: Duration) -> Option<Event> {
        let events = self.events.lock().expect("one test");
        events.recv_timeout(limit).ok()
    }

    /// The first tap that `pick` takes.
    pub fn tap<T>(&self, what: &str, pick: impl Fn(Tap) -> Option<T>) -> T {
        let until = Instant::now() + LIMIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let event = self.next(left).unwrap_or_else(|| panic!("no tap: {what}"));
            if let Event::Tap(tap) = event
                && let Some(found) = pick(tap)
            {
                return found;
            }
        }
    }

    /// The next reading, and how long it was on its way through the desk; a failure ends the test.
    pub fn read(&self) -> (PersonPage, f64) {
        self.tap("a reading", |tap| match tap {
            Tap::Read { page, took_ms, .. } => Some((*page, took_ms)),
            Tap::Failed { reason } => panic!("{reason:?}"),
            Tap::Own { .. } | Tap::Removed => None,
        })
    }

    /// Waits until a card is gone.
    pub fn removed(&self) {
        self.tap("a removal", |tap| matches!(tap, Tap::Removed).then_some(()));
    }

    /// Lifts the card.
    pub fn lift(&self) {
        self.station.lift_card().expect("it is lifted");
        self.removed();
    }

    /// Waits until the corner says this of the reader.
    pub fn until_reader(&self, code: &str) {
        crate::eventually(code, || {
            (self.station.get_status().reader.reason.code == code).then_some(())
        });
    }
}
