//! Answers of HTTP that are cut, damaged, or no answers at all: no page that is not whole, no hang.

use super::settings;
use crate::pull::scan;
use drivers::document::escl::Escl;
use drivers::document::escl::pin::MemoryPins;
use drivers::document::{PaperSource, Source};
use drivers::virtual_scanner::{Behaviour, VirtualScanner};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A part of a request, and the bytes that are said to it.
type Words = Vec<(&'static str, Vec<u8>)>;

/// Speaks the bytes it is told to, whatever is asked; for a path it knows, those of that path.
struct Parrot {
    address: SocketAddr,
    says: Arc<Mutex<Words>>,
    stop: Arc<AtomicBool>,
}

impl Parrot {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let says: Arc<Mutex<Words>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (words, stopped) = (Arc::clone(&says), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let words = words.lock().unwrap().clone();
                std::thread::spawn(move || answer(stream, words.as_slice()));
            }
        });
        Self {
            address,
            says,
            stop,
        }
    }

    fn say(&self, path: &'static str, bytes: Vec<u8>) {
        let mut says = self.says.lock().unwrap();
        says.retain(|(known, _)| *known != path);
        says.insert(0, (path, bytes));
    }

    fn client(&self) -> Escl {
        let pins = Arc::new(MemoryPins::default());
        Escl::at(&self.address.to_string(), pins).unwrap()
    }
}

impl Drop for Parrot {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(mut stream: TcpStream, words: &[(&'static str, Vec<u8>)]) {
    let mut asked = Vec::new();
    let mut part = [0; 2048];
    while !asked.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return,
            Ok(count) => asked.extend_from_slice(&part[..count]),
        }
    }
    let line = String::from_utf8_lossy(&asked)
        .lines()
        .next()
        .unwrap_or_default()
        .to_string();
    if let Some((_, bytes)) = words.iter().find(|(path, _)| line.contains(path)) {
        let _ = stream.write_all(bytes);
    }
    // What was not read of a request would turn the end into a reset.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    while matches!(stream.read(&mut part), Ok(count) if count > 0) {}
}

/// What a good scanner answers: capabilities, and a page.
fn good() -> (Vec<u8>, Vec<u8>) {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    scanner.load(1);
    let url = scanner.url();
    let authority = url["http://".len()..]
        .split('/')
        .next()
        .unwrap()
        .to_string();
    let mut stream = TcpStream::connect(&authority).unwrap();
    write!(
        stream,
        "GET /eSCL/ScannerCapabilities HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    .unwrap();
    let mut capabilities = Vec::new();
    stream.read_to_end(&mut capabilities).unwrap();
    let pins = Arc::new(MemoryPins::default());
    let mut client = Escl::at(&url, pins).unwrap();
    let (mut pages, _) = scan(&mut client, &settings(PaperSource::Flatbed));
    (capabilities, pages.remove(0).bytes)
}

#[test]
fn a_page_that_is_cut_anywhere_in_any_framing_is_refused() {
    let (capabilities, page) = good();
    let parrot = Parrot::start();
    parrot.say("ScannerCapabilities", capabilities);
    let job = "HTTP/1.1 201 Created\r\nLocation: /eSCL/ScanJobs/1\r\nContent-Length: 0\r\n\r\n";
    parrot.say("POST", job.as_bytes().to_vec());
    parrot.say(
        "DELETE",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec(),
    );
    let head = |framing: &str| format!("HTTP/1.1 200 OK\r\n{framing}\r\n").into_bytes();
    let length = head(&format!("Content-Length: {}\r\n", page.len()));
    let size = format!("{:x}\r\n", page.len()).into_bytes();
    let chunked = head("Transfer-Encoding: chunked\r\n");
    let framings = [
        [length, page.clone()].concat(),
        [chunked, size, page.clone(), b"\r\n0\r\n\r\n".to_vec()].concat(),
        [head(""), page.clone()].concat(),
    ];
    let mut client = parrot.client();
    for whole in framings {
        parrot.say("NextDocument", whole.clone());
        let (pages, code) = scan(&mut client, &settings(PaperSource::Flatbed));
        assert_eq!((pages.len(), code), (1, None));
        assert!(pages[0].bytes == page);
        // Every place in the head and at the end, and some between.
        let ends = whole.len() - 3..whole.len();
        let cuts = (0..80)
            .step_by(3)
            .chain((80..whole.len()).step_by(2500))
            .chain(ends);
        for cut in cuts {
            parrot.say("NextDocument", whole[..cut].to_vec());
            let (pages, code) = scan(&mut client, &settings(PaperSource::Flatbed));
            // The last line feeds of chunking may be missing: the page itself is whole then.
            let is_whole = pages.first().is_some_and(|one| one.bytes == page);
            assert!(
                is_whole || (pages.is_empty() && code.is_some()),
                "{cut}: {code:?}"
            );
            assert!(!is_whole || cut + 7 >= whole.len(), "{cut}");
        }
    }
}

#[test]
fn what_is_hardly_http_is_told_by_a_code_in_time() {
    let (capabilities, _) = good();
    let text = String::from_utf8(capabilities.clone()).unwrap();
    let (_, body) = text.split_once("\r\n\r\n").unwrap();
    let parrot = Parrot::start();
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "X: a\r\n".repeat(10_000));
    for (said, good) in [
        (String::new(), false),
        ("\0\0\0\0".to_string(), false),
        ("SSH-2.0-OpenSSH_9\r\n".to_string(), false),
        ("HTTP/1.1 999999 X\r\n\r\n".to_string(), false),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n".to_string(),
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n".to_string(),
            false,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"
                .to_string(),
            false,
        ),
        (long, false),
        (many, false),
        ("HTTP/1.1 204 No Content\r\n\r\n".to_string(), false),
        // Sloppy, but to be understood.
        (format!("HTTP/1.0 200 OK\r\n\r\n{body}"), true),
        (
            format!("HTTP/1.1 200\r\nConnection: close\r\n\r\n{body}"),
            true,
        ),
        (
            format!("HTTP/1.1 200 OK\r\nServer : x\r\nBad Header\r\n\r\n{body}"),
            true,
        ),
        (
            format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{body}"),
            true,
        ),
    ] {
        parrot.say("ScannerCapabilities", said.clone().into_bytes());
        let started = Instant::now();
        let caps = parrot.client().caps();
        let told = &said[..said.len().min(60)];
        assert_eq!(caps.is_ok(), good, "{told:?}: {caps:?}");
        assert!(started.elapsed() < Duration::from_secs(5), "{told:?}");
    }
}
