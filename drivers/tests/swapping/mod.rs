//! The swapping hands, one thread for each reader, and what they found.

mod seen;
mod service;

use crate::rig::driver;
use drivers::id_card::monitor::Monitor;
use drivers::id_card::profile::Profiles;
use drivers::social_card::number::with_check_digit;
use drivers::virtual_card::{Card, Faults, Interface, Pcscd, Tray, VirtualReader, samples};
use seen::Seen;
use service::Service;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Readers; a monitor watches no more.
const READERS: usize = 15;
/// How long a card lies still after its reader was seen empty, to have to be read.
const STILL: Duration = Duration::from_millis(1000);
/// A swap that was not noticed by then will never be.
const UNNOTICED: Duration = Duration::from_millis(1500);
/// A reading that is under way when its card leaves may come this much later.
const LATE: Duration = Duration::from_millis(1000);
/// A reader must say that it is empty this long after its card left.
const EMPTY: Duration = Duration::from_millis(1500);

/// How one card makes room for the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// At once.
    NoGap,
    /// At once, while the first is being read.
    DuringRead,
    /// At once, after the first was pulled in the middle of its content.
    Torn,
    /// At once, after lying there so shortly that it may never have been seen.
    Glimpse,
    /// After a gap of up to 900 ms.
    Gap,
}

const WAYS: [Way; 5] = [
    Way::NoGap,
    Way::DuringRead,
    Way::Gap,
    Way::Torn,
    Way::Glimpse,
];

/// A card that lay on a reader.
pub struct Laid {
    pub number: String,
    pub reader: usize,
    pub way: Way,
    pub at: Instant,
    pub left: Instant,
    /// It lay still for long enough to be read.
    pub held: bool,
    /// When its reader was seen empty before it, if it was.
    pub seen_empty: Option<Instant>,
}

/// Swaps so many cards and checks what was told.
pub fn run(folder: &Path, swaps: usize) {
    let readers: Vec<_> = (0..READERS).map(reader).collect();
    let trays: Vec<_> = readers
        .iter()
        .map(|reader| Tray::open(folder, reader).unwrap())
        .collect();
    let _pcscd = Pcscd::start(folder, &driver(), &readers).unwrap();
    let (sender, events) = channel();
    let monitor = Monitor::start(Profiles::embedded(), sender).unwrap();
    let (seen, readers) = (&Seen::default(), &readers);
    let service = &Service::new();
    let began = Instant::now();
    let laid: Vec<Laid> = std::thread::scope(|scope| {
        scope.spawn(move || seen.listen(&events, readers));
        seen.wait_readers(READERS);
        let each = swaps.div_ceil(READERS);
        let hands = trays.iter().enumerate().map(|(at, tray)| {
            let reader = service.reader(&readers[at].friendly_name());
            scope.spawn(move || Hand::new(at, tray, seen, reader).swap(each))
        });
        let hands: Vec<_> = hands.collect();
        let laid = hands.into_iter().flat_map(|hand| hand.join().unwrap());
        let laid = laid.collect();
        // The listener ends with the last sender.
        monitor.stop();
        laid
    });
    seen.judge(&laid, began.elapsed());
}

fn reader(at: usize) -> VirtualReader {
    const INTERFACES: [Interface; 5] = [
        Interface::SdtExtended,
        Interface::ReadBinary,
        Interface::SdtShort,
        Interface::SdtControl,
        Interface::Contact,
    ];
    VirtualReader::new(&format!("S{at:02}"), INTERFACES[at % INTERFACES.len()])
}

/// One hand, with its reader.
struct Hand<'a> {
    at: usize,
    tray: &'a Tray,
    seen: &'a Seen,
    reader: service::Reader<'a>,
    laid: Vec<Laid>,
    chance: u64,
}

impl<'a> Hand<'a> {
    fn new(at: usize, tray: &'a Tray, seen: &'a Seen, reader: service::Reader<'a>) -> Self {
        Self {
            at,
            tray,
            seen,
            reader,
            laid: Vec::new(),
            chance: (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        }
    }

    /// So many swaps, then an empty tray.
    fn swap(mut self, count: usize) -> Vec<Laid> {
        let mut still = Faults::default();
        self.lay(Way::NoGap, &still, true);
        for swap in 0..count {
            let way = WAYS[(swap + self.at) % WAYS.len()];
            match way {
                Way::NoGap => {}
                Way::DuringRead => {
                    still.delay = Duration::from_millis(600);
                    self.lay(way, &still, false);
                    still.delay = Duration::ZERO;
                    self.seen.wait_reading(self.at, 2 * STILL);
                    self.pause(500);
                }
                Way::Torn => {
                    still.torn = true;
                    self.lay(way, &still, false);
                    still.torn = false;
                    self.pause(900);
                }
                Way::Glimpse => {
                    self.lay(way, &still, false);
                    self.pause(500);
                }
                Way::Gap => {
                    self.lift();
                    self.pause(900);
                }
            }
            self.lay(way, &still, true);
            if swap % 8 == 7 {
                self.rest();
            }
        }
        self.rest();
        self.laid
    }

    /// Lays the next card down; if it is to be read, until it had to be.
    fn lay(&mut self, way: Way, faults: &Faults, for_reading: bool) {
        self.lift_in_the_books();
        let (number, card) = card(self.at, self.laid.len());
        let at = Instant::now();
        self.tray.replace(card.with(faults.clone()));
        let mut laid = Laid {
            number,
            reader: self.at,
            way,
            at,
            left: at,
            held: for_reading,
            seen_empty: None,
        };
        while for_reading && laid.seen_empty.is_none() && at.elapsed() < UNNOTICED {
            // At once, if the service has seen none of the cards since it last saw none.
            laid.seen_empty = self.reader.is_empty().then(Instant::now);
            std::thread::sleep(Duration::from_millis(10));
        }
        if for_reading {
            std::thread::sleep(STILL);
            self.pause(900);
        }
        self.laid.push(laid);
    }

    fn lift(&mut self) {
        self.lift_in_the_books();
        self.tray.remove();
    }

    fn lift_in_the_books(&mut self) {
        if let Some(last) = self.laid.last_mut().filter(|last| last.left == last.at) {
            last.left = Instant::now();
        }
    }

    /// An empty tray must be told as one.
    fn rest(&mut self) {
        self.lift();
        std::thread::sleep(EMPTY);
        self.seen.must_be_empty(self.at);
        assert!(self.reader.is_empty(), "the service sees a ghost");
    }

    fn pause(&mut self, limit_ms: u64) {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        std::thread::sleep(Duration::from_millis(self.chance % limit_ms));
    }
}

/// A card nobody else has, and its number.
fn card(reader: usize, serial: usize) -> (String, Card) {
    let days = chrono::Days::new(serial as u64 * 7);
    let birth = chrono::NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + days;
    let area = 320_390 + reader % 10;
    let order = 2 * (reader / 10) + 1;
    let number = with_check_digit(&format!("{area}{}{order:03}", birth.format("%Y%m%d")));
    let card = match reader % 5 {
        4 => {
            let mut content = samples::social()[0].card.clone();
            (content.id_number, content.birth) = (number.clone(), birth);
            Card::social(&content)
        }
        _ => {
            let mut content = samples::find("citizen").unwrap().card;
            (content.id_number, content.birth) = (number.clone(), birth);
            Card::new(&content)
        }
    };
    (number, card.unwrap())
}
