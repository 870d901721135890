//! A network line that can be cut: a relay on the loopback between a station and the centre. TLS
//! passes through it unread. The demo's switch and the tests of working offline use it.

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::{Doing, Result};

/// A running relay; dropping it closes the line.
pub struct Line {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    to: SocketAddr,
    cut: AtomicBool,
    ended: AtomicBool,
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
            to,
            cut: AtomicBool::new(false),
            ended: AtomicBool::new(false),
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

    /// Breaks every connection and refuses new ones.
    pub fn cut(&self) {
        self.state.cut.store(true, Ordering::SeqCst);
        self.state.close_all();
    }

    /// Lets new connections through again.
    pub fn restore(&self) {
        self.state.cut.store(false, Ordering::SeqCst);
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
        let Ok(far) = TcpStream::connect(state.to) else {
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

fn join(near: TcpStream, far: TcpStream, state: &State) -> io::Result<()> {
    // A relay must not add its own waiting to small messages.
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    state.remember(&near, &far)?;
    carry(near.try_clone()?, far.try_clone()?);
    carry(far, near);
    Ok(())
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        // Either end may leave at any time; the other then learns it.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
        let _ = from.shutdown(Shutdown::Read);
    });
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

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
