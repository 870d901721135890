//! A network line that can be cut: a relay on the loopback between a station and the centre. TLS
//! passes through it unread. The demo's switch and the tests of working offline use it.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Doing, Result};

/// A running relay; dropping it closes the line.
pub struct Line {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    /// The far ends: each connection goes to the next one that answers.
    to: Mutex<Vec<SocketAddr>>,
    next: AtomicUsize,
    cut: AtomicBool,
    ended: AtomicBool,
    /// Bytes that may still pass; `u64::MAX` is no limit.
    left: AtomicU64,
    /// Bytes a second in each direction, all connections together; 0 is no limit.
    speed: AtomicU64,
    /// When each direction has carried what it took so far.
    busy_until: [Mutex<Option<Instant>>; 2],
    /// Bytes that have passed to the far end, and back.
    passed: [AtomicU64; 2],
    open: Mutex<Vec<TcpStream>>,
}

impl Line {
    /// Listens on a loopback port (0: any free one) and relays every connection to `to`.
    pub fn start(port: u16, to: SocketAddr) -> Result<Line> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .doing(|| format!("listen on the loopback port {port}"))?;
        let address = listener
            .local_addr()
            .doing(|| "read the line's address".to_owned())?;
        let state = Arc::new(State {
            to: Mutex::new(vec![to]),
            next: AtomicUsize::new(0),
            cut: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            left: AtomicU64::new(u64::MAX),
            speed: AtomicU64::new(0),
            busy_until: Default::default(),
            passed: Default::default(),
            open: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        thread::spawn(move || relay(&listener, &shared));
        Ok(Line { address, state })
    }

    /// Where a station connects.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Relays connections to this end too, as a balancer before two processes would.
    pub fn also(&self, to: SocketAddr) {
        self.state.ends().push(to);
    }

    /// Breaks every connection and refuses new ones.
    pub fn cut(&self) {
        self.state.cut.store(true, Ordering::SeqCst);
        self.state.close_all();
    }

    /// Cuts by itself, wherever that falls, once `bytes` more have passed in both directions.
    pub fn cut_after_bytes(&self, bytes: u64) {
        self.state.left.store(bytes, Ordering::SeqCst);
    }

    /// Carries so many bytes a second in each direction from now on, all connections together.
    pub fn slow_to(&self, bytes_per_s: u64) {
        self.state.speed.store(bytes_per_s, Ordering::SeqCst);
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.state.left.store(u64::MAX, Ordering::SeqCst);
        self.state.cut.store(false, Ordering::SeqCst);
    }

    /// Bytes that have passed to the far end, and back.
    pub fn passed_bytes(&self) -> [u64; 2] {
        let [there, back] = &self.state.passed;
        [there, back].map(|bytes| bytes.load(Ordering::SeqCst))
    }

    /// Whether the line is cut.
    pub fn is_cut(&self) -> bool {
        self.state.cut.load(Ordering::SeqCst)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.state.ended.store(true, Ordering::SeqCst);
        self.state.close_all();
        // Wakes the listening thread, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

impl State {
    fn ends(&self) -> MutexGuard<'_, Vec<SocketAddr>> {
        self.to.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection to the next end that answers.
    fn reach(&self) -> Option<TcpStream> {
        let ends = self.ends().clone();
        let first = self.next.fetch_add(1, Ordering::SeqCst);
        let turns = (0..ends.len()).map(|turn| ends[(first + turn) % ends.len()]);
        turns.filter_map(|end| TcpStream::connect(end).ok()).next()
    }

    /// Both ends of a connection, kept so that a cut can break them.
    fn remember(&self, near: &TcpStream, far: &TcpStream) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that have ended answer an error: forget them.
        open.retain(|stream| stream.peer_addr().is_ok());
        open.push(near.try_clone()?);
        open.push(far.try_clone()?);
        Ok(())
    }

    fn close_all(&self) {
        for stream in self
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .drain(..)
        {
            // An end that is closed already is what we want.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// How many of `read` bytes still pass.
    fn take(&self, read: usize) -> usize {
        let left = self.left.load(Ordering::SeqCst);
        if left == u64::MAX {
            return read;
        }
        let passes = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        self.left.store(left - passes as u64, Ordering::SeqCst);
        passes
    }

    /// Waits as long as a slow line takes for so many bytes, behind what it carries already.
    fn carry_slowly(&self, bytes: usize, way: usize) {
        let speed = self.speed.load(Ordering::SeqCst);
        if speed == 0 {
            return;
        }
        let done = {
            let mut until = self.busy_until[way]
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let from = until.map_or(now, |until| until.max(now));
            let done = from + Duration::from_millis(bytes as u64 * 1_000 / speed);
            *until = Some(done);
            done
        };
        thread::sleep(done.saturating_duration_since(Instant::now()));
    }

    /// How much is read at a time: of a slow line a twentieth of a second.
    fn at_once(&self, most: usize) -> usize {
        match self.speed.load(Ordering::SeqCst) {
            0 => most,
            speed => usize::try_from(speed / 20).map_or(most, |few| few.clamp(1, most)),
        }
    }

    fn is_down(&self) -> bool {
        self.cut.load(Ordering::SeqCst) || self.ended.load(Ordering::SeqCst)
    }
}

fn relay(listener: &TcpListener, state: &Arc<State>) {
    for near in listener.incoming().flatten() {
        if state.ended.load(Ordering::SeqCst) {
            return;
        }
        if state.is_down() {
            continue;
        }
        let Some(far) = state.reach() else {
            continue;
        };
        if join(near, far, state).is_err() {
            continue;
        }
        // A cut between the check and the remembering would have missed it.
        if state.is_down() {
            state.close_all();
        }
    }
}

fn join(near: TcpStream, far: TcpStream, state: &Arc<State>) -> io::Result<()> {
    // A relay must not add its own waiting to small messages.
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    state.remember(&near, &far)?;
    carry(near.try_clone()?, far.try_clone()?, state.clone(), 0);
    carry(far, near, state.clone(), 1);
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: Arc<State>, way: usize) {
    thread::spawn(move || {
        let mut buffer = [0; 16 << 10];
        // Either end may leave at any time; the other then learns it.
        loop {
            let most = state.at_once(buffer.len());
            let Ok(read @ 1..) = from.read(&mut buffer[..most]) else {
                break;
            };
            state.carry_slowly(read, way);
            let passes = state.take(read);
            state.passed[way].fetch_add(passes as u64, Ordering::SeqCst);
            let written = to.write_all(&buffer[..passes]);
            if passes < read {
                state.cut.store(true, Ordering::SeqCst);
                state.close_all();
            }
            if written.is_err() || passes < read {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each connection with the bytes it gets.
    fn echo() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || io::copy(&mut &stream, &mut &stream));
            }
        });
        address
    }

    fn answers(stream: &mut TcpStream) -> bool {
        let mut back = [0; 4];
        stream.write_all(b"ping").is_ok() && stream.read_exact(&mut back).is_ok()
    }

    #[test]
    fn a_cut_line_breaks_what_is_open_and_a_restored_one_carries_again() {
        let line = Line::start(0, echo()).unwrap();
        let mut stream = TcpStream::connect(line.address()).unwrap();
        assert!(answers(&mut stream));
        line.cut();
        assert!(line.is_cut());
        assert!(!answers(&mut stream));
        assert!(!TcpStream::connect(line.address()).is_ok_and(|mut s| answers(&mut s)));
        line.restore();
        assert!(answers(&mut TcpStream::connect(line.address()).unwrap()));
    }

    #[test]
    fn a_line_with_two_ends_uses_both_and_goes_on_with_the_one_that_answers() {
        let line = Line::start(0, echo()).unwrap();
        let gone = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = gone.local_addr().unwrap();
        line.also(address);
        let _first = TcpStream::connect(line.address()).unwrap();
        let _second = TcpStream::connect(line.address()).unwrap();
        gone.accept().expect("one of two comes to the other end");
        drop(gone);
        for _ in 0..4 {
            assert!(answers(&mut TcpStream::connect(line.address()).unwrap()));
        }
    }

    #[test]
    fn a_line_cuts_itself_in_the_middle_of_a_message() {
        let line = Line::start(0, echo()).unwrap();
        let mut stream = TcpStream::connect(line.address()).unwrap();
        line.cut_after_bytes(6);
        let mut back = Vec::new();
        let _ = stream.write_all(b"ping");
        let _ = stream.read_to_end(&mut back);
        assert_eq!(back.len(), 2, "four there, two back");
        assert!(line.is_cut());
    }

    #[test]
    fn a_slow_line_takes_its_time_for_all_connections_together() {
        let line = Line::start(0, echo()).unwrap();
        line.slow_to(20_000);
        let began = Instant::now();
        let both = [0, 1].map(|_| {
            let address = line.address();
            thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.write_all(&[7; 10_000]).unwrap();
                stream.read_exact(&mut [0; 10_000]).unwrap();
            })
        });
        for one in both {
            one.join().unwrap();
        }
        let took = began.elapsed();
        assert!(took > Duration::from_millis(900), "{took:?}");
        assert!(took < Duration::from_millis(4_000), "{took:?}");
    }

    #[test]
    fn an_end_of_sending_is_passed_on_while_the_answer_still_comes() {
        let line = Line::start(0, echo()).unwrap();
        let mut stream = TcpStream::connect(line.address()).unwrap();
        stream.write_all(b"all of it").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut back = String::new();
        stream.read_to_string(&mut back).unwrap();
        assert_eq!(back, "all of it");
    }
}
