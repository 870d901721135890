//! Every reader of a counter behind one stream of events: the monitor of PC/SC readers, and
//! pollers for the readers that are not PC/SC.
//!
//! Not here: what any of them does (`monitor`, `polled`).

use super::last_card::LastCard;
use super::monitor::{Event, Monitor, Reader, ServiceState};
use super::polled::{Open, Opened, Poller};
use super::profile::{Connection, Device, Profiles};
#[cfg(unix)]
use super::serial;
use super::usb::{self, Claims};
use super::vendor;
#[cfg(not(unix))]
use crate::error::CardError;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Readers of one USB model that are used at once; more are left alone.
const USB_OF_ONE_MODEL: usize = 2;

/// All readers, watched. Dropping it stops the threads.
pub struct Readers {
    monitor: Option<Monitor>,
    pollers: Vec<Poller>,
    thread: Option<JoinHandle<()>>,
}

impl Readers {
    /// Starts watching what the profiles know. Events go to `events`; the threads end when its
    /// receiver is gone.
    pub fn start(profiles: Profiles, events: Sender<Event>) -> std::io::Result<Self> {
        let polled: Vec<(Device, Open)> = profiles.devices().iter().flat_map(openers).collect();
        let merge = Arc::new(Mutex::new((Merge::new(1 + polled.len()), events)));
        let (to_us, of_monitor) = channel();
        let for_thread = Arc::clone(&merge);
        let last = Arc::<LastCard>::default();
        let monitor = Monitor::remembering(profiles, to_us, Arc::clone(&last))?;
        let thread = std::thread::Builder::new()
            .name("id-card-merge".to_string())
            .spawn(move || {
                while let Ok(event) = of_monitor.recv() {
                    if !pass(&for_thread, 0, event) {
                        return;
                    }
                }
            })?;
        let pollers = polled.into_iter().enumerate().map(|(at, (device, open))| {
            let (merge, last) = (Arc::clone(&merge), Arc::clone(&last));
            let tell = Arc::new(move |event| pass(&merge, 1 + at, event));
            Poller::start(&device.name, device.wanted(), open, tell, last)
        });
        Ok(Self {
            monitor: Some(monitor),
            pollers: pollers.collect::<std::io::Result<_>>()?,
            thread: Some(thread),
        })
    }

    /// Gives up the reads that are under way on any reader, see [`Monitor::cancel_read`]. Answers
    /// how many there were.
    pub fn cancel_read(&self) -> usize {
        let pollers = self.pollers.iter().filter(|poller| poller.cancel_read());
        self.monitor.as_ref().map_or(0, Monitor::cancel_read) + pollers.count()
    }

    /// Stops watching; returns when the threads have ended, or after 4 s if a reader holds one.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.pollers.iter().for_each(Poller::ask_to_stop);
        // The monitor holds the other end of the merging thread's channel.
        drop(self.monitor.take());
        self.pollers.clear();
        // Left to itself if the monitor's thread is held by a reader.
        if let Some(thread) = self.thread.take().filter(JoinHandle::is_finished) {
            let _ = thread.join();
        }
    }
}

/// The ways to the readers of a device: of a USB model there may be several, of a port there is one.
fn openers(device: &Device) -> Vec<(Device, Open)> {
    let claims = Claims::default();
    let count = match device.connection {
        Connection::Usb { .. } => USB_OF_ONE_MODEL,
        Connection::Serial { .. } | Connection::Vendor { .. } => 1,
    };
    let open = |_| (device.clone(), opener(device, claims.clone()));
    (0..count).map(open).collect()
}

/// How a device is opened.
fn opener(device: &Device, claims: Claims) -> Open {
    let (device, mut held) = (device.clone(), None);
    Box::new(move || match &device.connection {
        Connection::Usb {
            vendor,
            product,
            layout,
            pause_ms,
        } => {
            let found = usb::find(*vendor, *product)?;
            let Some(found) = claims.choose(&mut held, found, usb::Found::place) else {
                return Ok(None);
            };
            let sam = usb::open(&found, *layout, Duration::from_millis((*pause_ms).into()))?;
            let name = format!("{} ({})", device.name, found.name());
            Ok(Some(Opened { name, sam }))
        }
        #[cfg(unix)]
        Connection::Serial { port, baud } => {
            let sam = serial::open(port, *baud)?;
            let name = format!("{} ({port})", device.name);
            Ok(Some(Opened { name, sam }))
        }
        // Windows' serial readers go through their vendor's library.
        #[cfg(not(unix))]
        Connection::Serial { .. } => Err(CardError::Port),
        Connection::Vendor { program, port } => {
            let sam = Box::new(vendor::Vendor::start(program, &[], *port)?);
            let name = format!("{} (port {port})", device.name);
            Ok(Some(Opened { name, sam }))
        }
    })
}

fn pass(merge: &Mutex<(Merge, Sender<Event>)>, source: usize, event: Event) -> bool {
    let mut held = merge.lock().unwrap_or_else(PoisonError::into_inner);
    let (merge, events) = &mut *held;
    let merged = merge.take(source, event);
    merged.into_iter().all(|event| events.send(event).is_ok())
}

/// Several sources as one; source 0 is the monitor of PC/SC readers.
struct Merge {
    service_down: bool,
    lists: Vec<Vec<Reader>>,
}

impl Merge {
    fn new(sources: usize) -> Self {
        Self {
            service_down: false,
            lists: vec![Vec::new(); sources],
        }
    }

    /// What is told for an event of a source.
    ///
    /// A list of readers says that readers can be used; while the service is down that holds only
    /// for those that need none.
    fn take(&mut self, source: usize, event: Event) -> Vec<Event> {
        match event {
            Event::Readers(list) => {
                if source > 0 && self.lists[source] == list {
                    return Vec::new();
                }
                self.lists[source] = list;
                match self.service_down && self.is_empty() {
                    true => vec![Event::Service(ServiceState::Down)],
                    false => vec![self.list()],
                }
            }
            Event::Service(state) => {
                self.service_down = state == ServiceState::Down;
                if self.service_down {
                    self.lists[0].clear();
                }
                let others = (!self.is_empty()).then(|| self.list());
                std::iter::once(Event::Service(state))
                    .chain(others)
                    .collect()
            }
            other => vec![other],
        }
    }

    fn is_empty(&self) -> bool {
        self.lists.iter().all(Vec::is_empty)
    }

    fn list(&self) -> Event {
        Event::Readers(self.lists.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id_card::monitor::ReaderCondition;

    fn list(names: &[&str]) -> Event {
        let reader = |name: &&str| Reader {
            name: (*name).to_string(),
            state: ReaderCondition::Empty,
        };
        Event::Readers(names.iter().map(reader).collect())
    }

    /// Events in words.
    fn told(events: Vec<Event>) -> Vec<String> {
        let word = |event: Event| match event {
            Event::Readers(list) => list
                .iter()
                .map(|r| r.name.as_str())
                .collect::<Vec<_>>()
                .join("+"),
            Event::Service(state) => format!("{state:?}"),
            other => format!("{other:?}"),
        };
        events.into_iter().map(word).collect()
    }

    #[test]
    fn lists_of_all_sources_are_told_as_one() {
        let mut merge = Merge::new(3);
        let up = merge.take(0, Event::Service(ServiceState::Up));
        assert_eq!(told(up), ["Up"]);
        assert_eq!(told(merge.take(0, list(&["a", "b"]))), ["a+b"]);
        assert_eq!(told(merge.take(2, list(&["usb"]))), ["a+b+usb"]);
        assert_eq!(told(merge.take(1, list(&[]))), Vec::<String>::new());
        assert_eq!(told(merge.take(0, list(&["b"]))), ["b+usb"]);
    }

    #[test]
    fn a_reader_that_needs_no_service_stays_when_the_service_is_gone() {
        let mut merge = Merge::new(2);
        merge.take(0, list(&["a"]));
        merge.take(1, list(&["usb"]));
        let down = Event::Service(ServiceState::Down);
        assert_eq!(told(merge.take(0, down)), ["Down", "usb"]);
        assert_eq!(told(merge.take(1, list(&[]))), ["Down"]);
        assert_eq!(told(merge.take(1, list(&["usb"]))), ["usb"]);
        let up = Event::Service(ServiceState::Up);
        assert_eq!(told(merge.take(0, up)), ["Up", "usb"]);
    }
}
