//! A tray: the place where a virtual card is laid down, served to one virtual reader.
//!
//! pcscd asks every 400 ms whether a card is there, so a card that comes before the last one's
//! absence was seen would be taken for it. [`Tray::insert`] after [`Tray::remove`], and
//! [`Tray::swap`], therefore keep the tray empty until the absence was noticed. [`Tray::replace`]
//! does not: it is the hand that is faster. The reader then does what the drivers of real ones do
//! (libccid): a card that has no power although one was powered must have come anew, so the next
//! question for presence is answered with no, once.

use super::answer::{Outcome, Session};
use super::{Card, Interface, VirtualReader, wire};
use crate::error::VirtualError;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A little more than the interval at which pcscd asks for presence.
const NOTICE: Duration = Duration::from_millis(450);
/// Connections served at once; pcscd needs one.
const CONNECTION_LIMIT: usize = 4;

/// A tray with its socket. Dropping it takes card and socket away.
pub struct Tray {
    shared: Arc<Mutex<Shared>>,
    socket: PathBuf,
    listener: Option<JoinHandle<()>>,
}

struct Shared {
    interface: Interface,
    on_reader: Option<Session>,
    /// Counts the cards, so that an answer that was slow to come is not given for another card.
    turn: u64,
    /// A card left, and no question for presence has come since.
    unseen: bool,
    /// When a question for presence last found the tray empty.
    seen_empty: Option<Instant>,
    /// Comes onto the reader when the absence of the last card was noticed.
    next: Option<Card>,
    /// When the last card left, until its absence was noticed.
    left: Option<Instant>,
    stop: bool,
    connections: Vec<UnixStream>,
}

impl Tray {
    /// Opens the tray of a reader; its socket is `folder/<name>.sock`, the folder private.
    pub fn open(folder: &Path, reader: &VirtualReader) -> Result<Self, VirtualError> {
        let failed = |error: std::io::Error| VirtualError::Tray {
            why: error.to_string(),
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, private).map_err(failed)?;
        let socket = folder.join(format!("{}.sock", reader.name));
        // Left behind by a tray that was killed; two trays for one reader are a mistake.
        if UnixStream::connect(&socket).is_err() {
            let _ = std::fs::remove_file(&socket);
        }
        let listener = UnixListener::bind(&socket).map_err(failed)?;
        let shared = Arc::new(Mutex::new(Shared {
            interface: reader.interface,
            on_reader: None,
            turn: 0,
            unseen: false,
            seen_empty: None,
            next: None,
            left: None,
            stop: false,
            connections: Vec::new(),
        }));
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(format!("tray-{}", reader.name))
            .spawn(move || accept(&listener, &for_thread))
            .map_err(failed)?;
        Ok(Self {
            shared,
            socket,
            listener: Some(thread),
        })
    }

    /// Lays a card down; a card already there is taken away first.
    pub fn insert(&self, card: Card) {
        let mut shared = lock(&self.shared);
        shared.take_away();
        shared.next = Some(card);
        shared.bring_next();
    }

    /// The same as [`Tray::insert`] on an occupied tray: one card out, the next in.
    pub fn swap(&self, card: Card) {
        self.insert(card);
    }

    /// One card out and the next in, without a gap, or after one that may be too short to notice.
    pub fn replace(&self, card: Card) {
        let mut shared = lock(&self.shared);
        shared.take_away();
        (shared.next, shared.left) = (None, None);
        shared.put(card);
    }

    /// Takes the card away.
    pub fn remove(&self) {
        let mut shared = lock(&self.shared);
        shared.next = None;
        shared.take_away();
    }

    /// When the reader was last seen empty.
    #[must_use]
    pub fn seen_empty(&self) -> Option<Instant> {
        lock(&self.shared).seen_empty
    }

    /// Whether a card lies there or is about to.
    #[must_use]
    pub fn holds_card(&self) -> bool {
        let shared = lock(&self.shared);
        shared.on_reader.is_some() || shared.next.is_some()
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        {
            let mut shared = lock(&self.shared);
            shared.stop = true;
            for connection in shared.connections.drain(..) {
                let _ = connection.shutdown(std::net::Shutdown::Both);
            }
        }
        // Wakes the listener, which then sees that it is to stop.
        let woken = UnixStream::connect(&self.socket).is_ok();
        let _ = std::fs::remove_file(&self.socket);
        if let Some(thread) = self.listener.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Answers the poll for presence.
    fn is_present(&mut self) -> bool {
        let present = self.finds_card();
        if !present {
            self.seen_empty = Some(Instant::now());
        }
        present
    }

    fn finds_card(&mut self) -> bool {
        if std::mem::take(&mut self.unseen) && self.on_reader.is_some() {
            return false;
        }
        if self.on_reader.is_none() && self.left.is_some_and(|left| left.elapsed() >= NOTICE) {
            // This very poll still finds the tray empty.
            self.left = None;
            return false;
        }
        self.bring_next();
        self.on_reader.is_some()
    }

    fn bring_next(&mut self) {
        if self.left.is_none()
            && let Some(card) = self.next.take()
        {
            self.put(card);
        }
    }

    fn put(&mut self, card: Card) {
        self.turn += 1;
        self.on_reader = Some(Session::new(card, self.interface));
    }

    fn take_away(&mut self) {
        if self.on_reader.take().is_some() {
            self.left = Some(Instant::now());
            self.unseen = true;
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &UnixListener, shared: &Arc<Mutex<Shared>>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let Ok(for_drop) = stream.try_clone() else {
            continue;
        };
        {
            let mut shared = lock(shared);
            if shared.stop {
                return;
            }
            if shared.connections.len() >= CONNECTION_LIMIT {
                let oldest = shared.connections.remove(0);
                let _ = oldest.shutdown(std::net::Shutdown::Both);
            }
            shared.connections.push(for_drop);
        }
        let shared = Arc::clone(shared);
        std::thread::spawn(move || serve(stream, &shared));
    }
}

/// Answers one connection until it ends.
fn serve(mut stream: UnixStream, shared: &Mutex<Shared>) {
    while let Ok((op, payload)) = wire::read(&mut stream) {
        let (turn, (mut status, mut answer, delay)) = {
            let mut shared = lock(shared);
            (shared.turn, act(op, &payload, &mut shared))
        };
        if !delay.is_zero() {
            // Outside the lock: a slow card must not hold up whoever lays the next one down.
            std::thread::sleep(delay);
            let shared = lock(shared);
            if shared.on_reader.is_none() || shared.turn != turn {
                (status, answer) = (wire::NO_CARD, Vec::new());
            }
        }
        if wire::write(&mut stream, status, &answer).is_err() {
            return;
        }
    }
}

fn act(op: u8, payload: &[u8], shared: &mut Shared) -> (u8, Vec<u8>, Duration) {
    let plain = |status| (status, Vec::new(), Duration::ZERO);
    if op == wire::PRESENCE {
        return plain(if shared.is_present() {
            wire::OK
        } else {
            wire::NO_CARD
        });
    }
    // A card that came unnoticed has no power yet.
    let unpowered = shared.unseen && op != wire::POWER_UP;
    let Some(session) = shared.on_reader.as_mut().filter(|_| !unpowered) else {
        return plain(wire::NO_CARD);
    };
    let outcome = match (op, payload) {
        (wire::POWER_UP, _) => {
            // Whoever powers a card that nobody noticed hides that it is another one.
            shared.unseen = false;
            session.reset();
            Outcome::Answer(session.atr(), Duration::ZERO)
        }
        (wire::POWER_DOWN, _) => Outcome::Answer(Vec::new(), Duration::ZERO),
        (wire::TRANSMIT, apdu) => session.transmit(apdu),
        (wire::CONTROL, [a, b, c, d, bytes @ ..]) => {
            session.control(u32::from_be_bytes([*a, *b, *c, *d]), bytes)
        }
        _ => Outcome::Unsupported,
    };
    match outcome {
        Outcome::Answer(bytes, delay) => (wire::OK, bytes, delay),
        Outcome::Unsupported => plain(wire::UNSUPPORTED),
        Outcome::Torn => {
            shared.take_away();
            plain(wire::NO_CARD)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::Chance;
    use crate::virtual_card::samples;
    use std::io::Write;

    fn tray(folder: &Path) -> (Tray, VirtualReader) {
        let reader = VirtualReader::new("T", Interface::SdtExtended);
        (Tray::open(folder, &reader).unwrap(), reader)
    }

    fn card(key: &str) -> Card {
        Card::new(&samples::find(key).unwrap().card).unwrap()
    }

    fn ask(stream: &mut UnixStream, op: u8) -> u8 {
        wire::write(stream, op, &[]).unwrap();
        wire::read(stream).unwrap().0
    }

    #[test]
    fn a_card_in_the_place_of_another_is_absent_once_and_has_no_power_until_then() {
        let folder = tempfile::tempdir().unwrap();
        let (tray, _) = tray(folder.path());
        let mut reader = UnixStream::connect(folder.path().join("T.sock")).unwrap();
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::NO_CARD);
        tray.insert(card("citizen"));
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::OK);
        assert_eq!(ask(&mut reader, wire::POWER_UP), wire::OK);
        let before = Instant::now();
        tray.replace(card("woman"));
        assert_eq!(ask(&mut reader, wire::TRANSMIT), wire::NO_CARD);
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::NO_CARD);
        assert!(tray.seen_empty().unwrap() > before);
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::OK);
        assert_eq!(ask(&mut reader, wire::TRANSMIT), wire::OK);
        tray.replace(card("hui"));
        // Whoever powers it before anybody asked hides that it is another one.
        assert_eq!(ask(&mut reader, wire::POWER_UP), wire::OK);
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::OK);
        tray.remove();
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::NO_CARD);
    }

    #[test]
    fn hostile_messages_to_a_tray_end_their_connection_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let (tray, _) = tray(folder.path());
        tray.insert(card("citizen"));
        for seed in 0..300 {
            let mut chance = Chance::new(seed);
            let mut stream = UnixStream::connect(folder.path().join("T.sock")).unwrap();
            for _ in 0..4 {
                let (op, len) = (chance.below(8) as u8, chance.below(300));
                let payload = chance.bytes(len);
                let mut bytes = Vec::new();
                wire::write(&mut bytes, op, &payload).unwrap();
                if chance.once_in(3) {
                    bytes = crate::hostile::mutate(&mut chance, &bytes);
                }
                // A tray that hung up on nonsense takes no more of it.
                if stream.write_all(&bytes).is_err() {
                    break;
                }
            }
        }
        let mut reader = UnixStream::connect(folder.path().join("T.sock")).unwrap();
        assert_eq!(ask(&mut reader, wire::PRESENCE), wire::OK);
    }
}
