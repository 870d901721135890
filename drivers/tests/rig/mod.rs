//! A private pcscd with trays and a running monitor, and the checks the cases share.

use drivers::id_card::monitor::{Event, Monitor, ReaderCondition, Reading, ServiceState};
use drivers::id_card::pcsc;
use drivers::id_card::profile::Profiles;
use drivers::virtual_card::{Card, Faults, Interface, Pcscd, Tray, VirtualReader, samples};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// No event of these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything between a virtual card and a reading. Dropped in this order.
pub struct Rig {
    monitor: Option<Monitor>,
    pub events: Receiver<Event>,
    pub pcscd: Pcscd,
    pub trays: Vec<Tray>,
    pub readers: Vec<VirtualReader>,
}

impl Rig {
    /// Starts daemon, trays and monitor and waits until all readers are listed.
    pub fn start(folder: &Path, readers: &[VirtualReader]) -> Self {
        Self::start_with(folder, readers, Profiles::embedded())
    }

    /// The same with other profiles.
    pub fn start_with(folder: &Path, readers: &[VirtualReader], profiles: Profiles) -> Self {
        let trays = readers
            .iter()
            .map(|reader| Tray::open(folder, reader).unwrap())
            .collect();
        let pcscd = Pcscd::start(folder, &driver(), readers).unwrap();
        let (sender, events) = channel();
        let monitor = Monitor::start(profiles, sender).unwrap();
        let rig = Self {
            monitor: Some(monitor),
            events,
            pcscd,
            trays,
            readers: readers.to_vec(),
        };
        rig.wait_readers(readers.len());
        rig
    }

    /// The next event that `pick` takes; others pass by.
    pub fn wait<T>(&self, what: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(event) => {
                    if let Some(found) = pick(event) {
                        return found;
                    }
                }
                Err(error) => panic!("waiting for {what}: {error}"),
            }
        }
    }

    pub fn wait_readers(&self, count: usize) {
        self.wait(&format!("{count} readers"), |event| match event {
            Event::Readers(list) => (list.len() == count).then_some(()),
            _ => None,
        });
    }

    pub fn wait_service(&self, state: ServiceState) {
        self.wait(&format!("service {state:?}"), |event| match event {
            Event::Service(now) => (now == state).then_some(()),
            _ => None,
        });
    }

    /// The reading of the card on a reader, and whether it is the last one's; any failure ends
    /// the test.
    pub fn wait_read(&self, reader: usize) -> (Reading, bool) {
        let name = self.readers[reader].friendly_name();
        self.wait("a reading", |event| match event {
            Event::Card { reading, same_card } if reading.reader().starts_with(&name) => {
                Some((reading, same_card))
            }
            Event::Failed { reader, error } => panic!("{reader}: {error}"),
            _ => None,
        })
    }

    /// The reading of the identity card on a reader.
    pub fn wait_card(&self, reader: usize) -> pcsc::Reading {
        match self.wait_read(reader).0 {
            Reading::Identity(reading) => reading,
            other => panic!("{other:?}"),
        }
    }

    /// The code of the failure on a reader; a reading ends the test.
    pub fn wait_failure(&self, reader: usize) -> &'static str {
        let name = self.readers[reader].friendly_name();
        self.wait("a failure", |event| match event {
            Event::Failed { reader, error } if reader.starts_with(&name) => Some(error.code()),
            Event::Card { reading, .. } => panic!("read {reading:?}"),
            _ => None,
        })
    }

    /// Waits until a reader is told to be in a condition.
    pub fn wait_condition(&self, reader: usize, state: ReaderCondition) {
        let name = self.readers[reader].friendly_name();
        self.wait("a condition", |event| match event {
            Event::Readers(list) => list
                .iter()
                .any(|reader| reader.name.starts_with(&name) && reader.state == state)
                .then_some(()),
            _ => None,
        });
    }

    pub fn wait_removed(&self, reader: usize) {
        let name = self.readers[reader].friendly_name();
        self.wait("a removal", |event| match event {
            Event::Removed { reader } if reader.starts_with(&name) => Some(()),
            _ => None,
        });
    }

    /// Lays a faulty card down and answers the code it fails with; takes it away again.
    pub fn failure_of(&self, reader: usize, faults: Faults) -> &'static str {
        self.failure_with(reader, card("citizen").with(faults))
    }

    /// The same with any card.
    pub fn failure_with(&self, reader: usize, card: Card) -> &'static str {
        self.trays[reader].insert(card);
        let code = self.wait_failure(reader);
        self.trays[reader].remove();
        self.wait_removed(reader);
        code
    }

    pub fn monitor(&self) -> &Monitor {
        self.monitor.as_ref().unwrap()
    }

    /// Another monitor, once the first was stopped.
    pub fn start_monitor(&mut self) {
        let (sender, events) = channel();
        self.events = events;
        self.monitor = Some(Monitor::start(Profiles::embedded(), sender).unwrap());
    }

    pub fn stop_monitor(&mut self) {
        self.monitor.take().unwrap().stop();
    }
}

/// The card of a sample resident.
pub fn card(key: &str) -> Card {
    Card::new(&samples::find(key).unwrap().card).unwrap()
}

/// The card of a sample of the social-security cards.
pub fn social_card(at: usize) -> Card {
    Card::social(&samples::social()[at].card).unwrap()
}

/// One reader of each interface for identity cards.
pub fn one_of_each() -> Vec<VirtualReader> {
    let name = |at: usize| format!("R{at}");
    let readers = Interface::ALL.iter().enumerate();
    readers
        .map(|(at, interface)| VirtualReader::new(&name(at), *interface))
        .collect()
}

/// Names the built reader driver, where somebody has built it already.
pub const DRIVER: &str = "YIZHAN_TEST_READER_DRIVER";

/// The built reader driver, beside this test in the target folder.
pub fn driver() -> PathBuf {
    if let Some(built) = std::env::var_os(DRIVER) {
        return built.into();
    }
    let test = std::env::current_exe().unwrap();
    let driver = test.parent().unwrap().parent().unwrap().join("libifd.so");
    // Cargo builds no library for a test of another package, and an old one may lie there.
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_string());
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "-p", "ifd"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    build.env(
        "CARGO_TARGET_DIR",
        driver.parent().unwrap().parent().unwrap(),
    );
    assert!(build.status().unwrap().success());
    driver
}
