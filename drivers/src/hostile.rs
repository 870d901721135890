//! Hostile input for parsers, in tests only: made-up and damaged bytes by the thousand, from a seed
//! that a failure prints, each within a limit of time and memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// The longest one input may take.
const TIME_LIMIT: Duration = Duration::from_secs(1);
/// Inputs of each kind, where `YIZHAN_HOSTILE_INPUTS` does not say another number.
const INPUTS: u64 = 2_000;

/// A small generator (xorshift64*): the same seed gives the same inputs everywhere.
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `limit`, which is at least 1.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.bits() >> 16) as usize % limit
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// Bytes of no meaning.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.bits() as u8).collect()
    }

    /// One of a list.
    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// A damaged copy: bits turned, bytes set to what parsers trip over, parts cut, doubled or moved.
pub fn mutate(chance: &mut Chance, sample: &[u8]) -> Vec<u8> {
    const EDGES: [u8; 8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF, b'<', b'"'];
    let mut bytes = sample.to_vec();
    for _ in 0..=chance.below(8) {
        if bytes.is_empty() {
            return chance.bytes(3);
        }
        let at = chance.below(bytes.len());
        let len = 1 + chance.below((bytes.len() - at).min(64));
        match chance.below(7) {
            0 => bytes[at] ^= 1 << chance.below(8),
            1 => bytes[at] = *chance.of(&EDGES),
            2 => bytes.truncate(at),
            3 => drop(bytes.drain(at..at + len)),
            4 => {
                let part = bytes[at..at + len].to_vec();
                bytes.splice(at..at, part);
            }
            5 => {
                let noise = chance.bytes(len);
                bytes[at..at + len].copy_from_slice(&noise);
            }
            _ => bytes.splice(at..at, [*chance.of(&EDGES)]).for_each(drop),
        }
    }
    bytes
}

/// Gives a parser thousands of inputs that `make` makes up and as many damaged samples. A panic, an
/// input that takes over a second, or one for which over `memory_limit` bytes are held at once
/// fails, with the seed that makes the same input again.
pub fn parser(
    samples: &[Vec<u8>],
    make: impl Fn(&mut Chance) -> Vec<u8>,
    memory_limit: usize,
    parse: impl Fn(&[u8]),
) {
    times(inputs(INPUTS), samples, make, memory_limit, parse);
}

/// How many inputs of each kind: what `YIZHAN_HOSTILE_INPUTS` says, else this.
pub fn inputs(otherwise: u64) -> u64 {
    let said = std::env::var("YIZHAN_HOSTILE_INPUTS").ok();
    said.and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// The same with so many inputs of each kind.
pub fn times(
    inputs: u64,
    samples: &[Vec<u8>],
    make: impl Fn(&mut Chance) -> Vec<u8>,
    memory_limit: usize,
    parse: impl Fn(&[u8]),
) {
    for seed in 0..inputs {
        let mut chance = Chance::new(seed);
        one(seed, "made up", &make(&mut chance), memory_limit, &parse);
        let sample = chance.of(samples).clone();
        let damaged = mutate(&mut chance, &sample);
        one(seed, "damaged", &damaged, memory_limit, &parse);
    }
}

fn one(seed: u64, kind: &str, input: &[u8], memory_limit: usize, parse: impl Fn(&[u8])) {
    let told = Told(seed, kind);
    let began = Instant::now();
    let held = peak_of(|| parse(input));
    let took = began.elapsed();
    assert!(took < TIME_LIMIT, "{kind} input of seed {seed}: {took:?}");
    assert!(
        held < memory_limit,
        "{kind} input of seed {seed}: {held} bytes held"
    );
    drop(told);
}

/// Says which input it was when the parser panics.
struct Told<'a>(u64, &'a str);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the {} input of seed {} did it", self.1, self.0);
        }
    }
}

/// The most bytes that this thread held at once while `act` ran, beyond those it held before.
pub fn peak_of(act: impl FnOnce()) -> usize {
    HELD.set(0);
    PEAK.set(0);
    act();
    usize::try_from(PEAK.get()).unwrap_or(0)
}

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting per thread.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call goes to the system's allocator unchanged; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Makes a PNG claim to be a square picture of this side and depth; its header's checksum is right,
/// so that nothing but the claim is wrong.
pub fn claim(png: &mut [u8], side: u32, depth: u8) {
    png[16..20].copy_from_slice(&side.to_be_bytes());
    png[20..24].copy_from_slice(&side.to_be_bytes());
    png[24] = depth;
    checked(png);
}

/// Puts the checksum of a PNG's header right.
pub fn checked(png: &mut [u8]) {
    let mut sum = u32::MAX;
    for byte in &png[12..29] {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xEDB8_8320 & (0u32.wrapping_sub(sum & 1)));
        }
    }
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
}
