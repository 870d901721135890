//! An identity card reader on USB that is made of software: the kernel's virtual host controller
//! (`vhci_hcd`) is given a socket, and this side answers its transfers as the reader would. Kernel,
//! usbfs and `nusb` above it are the real ones.
//!
//! ```text
//! to us    command u32 | number u32 | device u32 | direction u32 | endpoint u32 | 28 bytes | data
//! from us  the same head, then status i32 | length i32 | 20 bytes | data
//! ```
//!
//! All big endian; the protocol is the kernel's `Documentation/usb/usbip_protocol.rst`.

use drivers::virtual_card::Module;
use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const ATTACH: &str = "/sys/devices/platform/vhci_hcd.0/attach";
/// A port that was left is free again within this.
const FREE_LIMIT: Duration = Duration::from_secs(10);
const SUBMIT: u32 = 1;
const UNLINK: u32 = 2;
/// What an answer's command is more than its request's.
const ANSWER: u32 = 2;
const HEAD_LEN: usize = 48;
/// Full speed, 12 Mbit a second, as these readers are.
const FULL_SPEED: u32 = 2;
const PACKET_LEN: usize = 64;
const STALL: i32 = -32;
const UNLINKED: i32 = -104;

/// How a reader's endpoints are used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Whole frames on 01 and 82.
    OnePair,
    /// Heads on 02 and 81, bodies on 06 and 85.
    HeadAndBody,
}

/// What goes wrong with the next answer.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Mishap {
    #[default]
    None,
    /// It does not come.
    Silent,
    /// The endpoint halts instead.
    Halted,
    /// Noise and an empty packet come before it.
    Noisy,
}

/// A reader that is plugged in. Dropping it unplugs it.
pub struct Plugged {
    ours: UnixStream,
    state: Arc<Mutex<State>>,
}

struct State {
    module: Module,
    layout: Layout,
    mishap: Mishap,
    asked: Vec<u8>,
    /// Packets that wait to be fetched, by endpoint; `None` halts it.
    packets: HashMap<u32, VecDeque<Option<Vec<u8>>>>,
    /// Transfers that wait for packets: endpoint and number.
    waiting: VecDeque<(u32, u32)>,
}

impl Plugged {
    /// Plugs a reader of a model in, at a port of the virtual controller.
    pub fn new(port: u32, model: (u16, u16), layout: Layout, module: Module) -> Plugged {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let state = Arc::new(Mutex::new(State {
            module,
            layout,
            mishap: Mishap::None,
            asked: Vec::new(),
            packets: HashMap::new(),
            waiting: VecDeque::new(),
        }));
        let (wire, for_thread) = (ours.try_clone().unwrap(), Arc::clone(&state));
        std::thread::spawn(move || serve(wire, model, &for_thread));
        let line = format!("{port} {} {} {FULL_SPEED}", theirs.as_raw_fd(), port + 1);
        // A port that was just left takes a moment to be free.
        let until = Instant::now() + FREE_LIMIT;
        while let Err(error) = std::fs::write(ATTACH, &line) {
            assert!(Instant::now() < until, "{ATTACH}: {error}");
            std::thread::sleep(Duration::from_millis(20));
        }
        Plugged { ours, state }
    }

    /// The next answer has this mishap.
    pub fn let_go_wrong(&self, mishap: Mishap) {
        lock(&self.state).mishap = mishap;
    }
}

impl Drop for Plugged {
    fn drop(&mut self) {
        let _ = self.ours.shutdown(std::net::Shutdown::Both);
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the controller's transfers until the reader is unplugged.
fn serve(mut wire: UnixStream, model: (u16, u16), state: &Mutex<State>) {
    let mut head = [0; HEAD_LEN];
    while wire.read_exact(&mut head).is_ok() {
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
        let (command, number, into, end) = (word(0), word(4), word(12) == 1, word(16));
        let answers = match command {
            SUBMIT => {
                let mut data = vec![0; if into { 0 } else { word(24) as usize }];
                if wire.read_exact(&mut data).is_err() {
                    return;
                }
                let mut state = lock(state);
                match (end, into) {
                    (0, _) => vec![control(number, &head[40..48], model, state.layout)],
                    (end, true) => {
                        state.waiting.push_back((end, number));
                        state.fetched()
                    }
                    (end, false) => {
                        let mut answers = vec![answer(number, 0, data.len(), &[])];
                        state.take_in(end, &data);
                        answers.extend(state.fetched());
                        answers
                    }
                }
            }
            UNLINK => {
                let mut state = lock(state);
                let before = state.waiting.len();
                state.waiting.retain(|(_, waiting)| *waiting != word(20));
                let status = if state.waiting.len() < before {
                    UNLINKED
                } else {
                    0
                };
                let mut answer = answer(number, status, 0, &[]);
                answer[..4].copy_from_slice(&(UNLINK + ANSWER).to_be_bytes());
                vec![answer]
            }
            other => panic!("command {other}"),
        };
        if answers.iter().any(|answer| wire.write_all(answer).is_err()) {
            return;
        }
    }
}

/// An answer to a transfer; for one in, `data` follows.
fn answer(number: u32, status: i32, len: usize, data: &[u8]) -> Vec<u8> {
    let mut answer = vec![0; HEAD_LEN];
    answer[..4].copy_from_slice(&(SUBMIT + ANSWER).to_be_bytes());
    answer[4..8].copy_from_slice(&number.to_be_bytes());
    answer[20..24].copy_from_slice(&status.to_be_bytes());
    answer[24..28].copy_from_slice(&u32::try_from(len).unwrap().to_be_bytes());
    answer.extend_from_slice(data);
    answer
}

impl State {
    /// Bytes of a request. A whole one is answered into the endpoints' packets.
    fn take_in(&mut self, end: u32, data: &[u8]) {
        let apart = self.layout == Layout::HeadAndBody;
        // Bytes on the wrong endpoint are lost, as in the device.
        let right = match (apart, self.asked.len()) {
            (false, _) => 1,
            (true, 0) => 2,
            (true, _) => 6,
        };
        if end != right {
            return;
        }
        self.asked.extend_from_slice(data);
        let whole = self.asked.get(5..7);
        let whole = whole.map(|len| 7 + usize::from(u16::from_be_bytes([len[0], len[1]])));
        if whole.is_none_or(|whole| self.asked.len() < whole) {
            return;
        }
        let frame = self.module.answer(&std::mem::take(&mut self.asked));
        let (first, body) = if apart { (1, 5) } else { (2, 2) };
        match std::mem::take(&mut self.mishap) {
            Mishap::Silent => return,
            Mishap::Halted => return self.put(first, None),
            Mishap::Noisy => {
                self.put(first, Some(b"\xAA\xAA noise".to_vec()));
                self.put(first, Some(Vec::new()));
            }
            Mishap::None => {}
        }
        let (head, rest) = frame.split_at(if apart { 7 } else { 0 });
        for (end, part) in [(first, head), (body, rest)] {
            for packet in part.chunks(PACKET_LEN) {
                let mut packet = packet.to_vec();
                packet.resize(PACKET_LEN, 0);
                self.put(end, Some(packet));
            }
        }
    }

    fn put(&mut self, end: u32, packet: Option<Vec<u8>>) {
        self.packets.entry(end).or_default().push_back(packet);
    }

    /// Answers to the transfers that need not wait any longer.
    fn fetched(&mut self) -> Vec<Vec<u8>> {
        let mut answers = Vec::new();
        let packets = &mut self.packets;
        self.waiting.retain(|(end, number)| {
            let packet = packets.get_mut(end).and_then(VecDeque::pop_front);
            answers.extend(packet.as_ref().map(|packet| match packet {
                Some(packet) => answer(*number, 0, packet.len(), packet),
                None => answer(*number, STALL, 0, &[]),
            }));
            packet.is_none()
        });
        answers
    }
}

/// What the reader says of itself.
fn control(number: u32, setup: &[u8], model: (u16, u16), layout: Layout) -> Vec<u8> {
    let limit = usize::from(u16::from_le_bytes([setup[6], setup[7]]));
    let said = match (setup[1], setup[3]) {
        (6, 1) => Some(device(model)),
        (6, 2) => Some(configuration(layout)),
        // Status; then feature cleared, configuration and interface set.
        (0, _) => Some(vec![0, 0]),
        (1 | 9 | 11, _) => Some(Vec::new()),
        _ => None,
    };
    match said {
        None => answer(number, STALL, 0, &[]),
        Some(mut said) => {
            said.truncate(limit);
            answer(number, 0, said.len(), &said)
        }
    }
}

fn device((vendor, product): (u16, u16)) -> Vec<u8> {
    let mut device = vec![18, 1, 0x10, 0x01, 0, 0, 0, 64];
    device.extend_from_slice(&vendor.to_le_bytes());
    device.extend_from_slice(&product.to_le_bytes());
    device.extend_from_slice(&[0x00, 0x01, 0, 0, 0, 1]);
    device
}

fn configuration(layout: Layout) -> Vec<u8> {
    let ends: &[u8] = match layout {
        Layout::OnePair => &[0x01, 0x82],
        Layout::HeadAndBody => &[0x02, 0x06, 0x81, 0x85],
    };
    let count = u8::try_from(ends.len()).unwrap();
    let mut all = vec![9, 2, 18 + 7 * count, 0, 1, 1, 0, 0x80, 50];
    all.extend_from_slice(&[9, 4, 0, 0, count, 0xFF, 0, 0, 0]);
    for end in ends {
        all.extend_from_slice(&[7, 5, *end, 2, 64, 0, 0]);
    }
    all
}
