//! Raw answers of HTTP through the client that reads them: cut at every byte, made up, and damaged.
//! No page that is not whole, no hang, no memory.

use super::*;
use crate::document::Format;
use crate::document::escl::address::{base, next_document};
use crate::document::escl::{session, understand};
use crate::hostile::{self, Chance};
use crate::virtual_scanner::{Behaviour, VirtualScanner};
use image::ImageFormat;
use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// Inputs of each kind where nobody says how many: each is two connections.
const INPUTS: u64 = 200;
const SHORT: Duration = Duration::from_secs(2);

/// Says the same bytes to whoever comes.
struct Parrot {
    address: SocketAddr,
    says: Arc<Mutex<Vec<u8>>>,
    stop: Arc<AtomicBool>,
}

impl Parrot {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let says: Arc<Mutex<Vec<u8>>> = Arc::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (words, stopped) = (Arc::clone(&says), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let words = words.lock().unwrap().clone();
                answer(stream, &words);
            }
        });
        Self {
            address,
            says,
            stop,
        }
    }

    fn say(&self, bytes: &[u8]) {
        *self.says.lock().unwrap() = bytes.to_vec();
    }
}

impl Drop for Parrot {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(mut stream: TcpStream, words: &[u8]) {
    let mut part = [0; 2048];
    let _ = stream.read(&mut part);
    let _ = stream.write_all(words);
    let _ = stream.shutdown(std::net::Shutdown::Write);
    // What was not read of a request would turn the end into a reset.
    let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
    while matches!(stream.read(&mut part), Ok(count) if count > 0) {}
}

/// A client that runs on the thread of the test, whose memory is counted.
struct Client {
    parrot: Parrot,
    line: Line,
    runtime: tokio::runtime::Runtime,
}

impl Client {
    fn start() -> Self {
        let parrot = Parrot::start();
        let line = Line::new(base(&parrot.address.to_string()).unwrap(), None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        Self {
            parrot,
            line,
            runtime,
        }
    }

    /// What a scanner that says this can do.
    fn caps(&self, said: &[u8]) -> Result<(), ScanFault> {
        self.parrot.say(said);
        let url = below(&self.line.base, "ScannerCapabilities");
        let answer = self.line.ask(Method::GET, url, String::new());
        self.runtime
            .block_on(answer)
            .and_then(|answer| understand(&answer).map(drop))
    }

    /// The page of a scanner that says this.
    fn page(&self, said: &[u8]) -> Result<(Vec<u8>, Format), ScanFault> {
        self.parrot.say(said);
        self.runtime.block_on(async {
            let url = next_document(&below(&self.line.base, "ScanJobs/1"));
            let response = self.line.open(url, SHORT).await?;
            if !response.status().is_success() {
                self.line.words(response).await?;
                return Err(ScanFault::NotReady);
            }
            let bytes = self.line.page(response, SHORT, |_| ()).await?;
            session::form(&bytes).map(|format| (bytes, format))
        })
    }
}

/// A page of a few hundred bytes.
fn small_page() -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let picture = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([(x * 30 + y) as u8]));
    picture.write_to(&mut out, ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// The page in each way that HTTP has of telling where it ends.
fn framings(page: &[u8]) -> [Vec<u8>; 3] {
    let head = |framing: &str| format!("HTTP/1.1 200 OK\r\n{framing}\r\n").into_bytes();
    let length = head(&format!("Content-Length: {}\r\n", page.len()));
    let (first, rest) = page.split_at(page.len() / 3);
    let size = |part: &[u8]| format!("{:x}\r\n", part.len()).into_bytes();
    let end = b"\r\n".to_vec();
    let chunks = [
        head("Transfer-Encoding: chunked\r\n"),
        [size(first), first.to_vec(), end.clone()].concat(),
        [size(rest), rest.to_vec(), end].concat(),
        b"0\r\n\r\n".to_vec(),
    ];
    [
        [length, page.to_vec()].concat(),
        chunks.concat(),
        [head(""), page.to_vec()].concat(),
    ]
}

/// What a good scanner says it can do, with its head.
fn capabilities() -> Vec<u8> {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    let url = scanner.url();
    let place = url["http://".len()..].split('/').next().unwrap();
    let mut stream = TcpStream::connect(place).unwrap();
    let asked = "GET /eSCL/ScannerCapabilities HTTP/1.1\r\nHost: x\r\n\r\n";
    stream.write_all(asked.as_bytes()).unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    said
}

#[test]
fn a_page_and_its_head_cut_at_every_byte_are_refused_in_every_framing() {
    let client = Client::start();
    let page = small_page();
    for whole in framings(&page) {
        assert_eq!(client.page(&whole), Ok((page.clone(), Format::Jpeg)));
        for cut in 0..whole.len() {
            match client.page(&whole[..cut]) {
                // The last line feeds of chunking may be missing: the page itself is whole then.
                Ok((got, _)) => assert!(got == page && cut + 7 >= whole.len(), "{cut}"),
                Err(fault) => assert!(fault.code().starts_with("scan."), "{cut}"),
            }
        }
    }
}

#[test]
fn what_a_scanner_says_it_can_do_is_refused_when_it_is_cut_at_any_byte() {
    let client = Client::start();
    let whole = capabilities();
    assert_eq!(client.caps(&whole), Ok(()));
    for cut in 0..whole.len() {
        assert!(client.caps(&whole[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn hostile_answers_of_http_do_no_harm() {
    let client = Client::start();
    let page = small_page();
    let [length, chunked, closed] = framings(&page);
    let job = b"HTTP/1.1 201 Created\r\nLocation: /eSCL/ScanJobs/1\r\nContent-Length: 0\r\n\r\n";
    let wait = b"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno";
    let good = capabilities();
    let samples = [
        good.clone(),
        length.clone(),
        chunked,
        closed,
        job.to_vec(),
        wait.to_vec(),
    ];
    let words = [
        "HTTP/1.1 ",
        "HTTP/1.0 ",
        "HTTP/9.9 ",
        "200 OK",
        "100 Continue",
        "101 Switching Protocols",
        "204 No Content",
        "304 Not Modified",
        "503",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "\r",
        "Content-Length: ",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Connection: keep-alive",
        "Location: /eSCL/ScanJobs/2",
        "Retry-After: ",
        "Content-Encoding: gzip",
        ": ",
        "0",
        "5",
        "1a",
        ";x=y",
        "-1",
        "99999999999999999999",
        "ffffffffffffffff",
        "\0",
        "\u{FFFD}",
        "<?xml version='1.0'?>",
        "<scan:ScannerCapabilities>",
    ];
    let make = |chance: &mut Chance| {
        let count = chance.below(40);
        let mut said: Vec<u8> = match chance.once_in(2) {
            true => b"HTTP/1.1 200 OK\r\n".to_vec(),
            false => Vec::new(),
        };
        for _ in 0..count {
            said.extend_from_slice(chance.of(&words).as_bytes());
            if chance.once_in(12) {
                said.extend_from_slice(&page);
            }
        }
        said
    };
    hostile::times(hostile::inputs(INPUTS), &samples, make, 4 << 20, |said| {
        let _ = client.caps(said);
        if let Ok((bytes, _)) = client.page(said) {
            assert!(session::form(&bytes).is_ok());
        }
    });
    // It was heard all the time.
    assert_eq!(client.caps(&good), Ok(()));
    assert_eq!(client.page(&length), Ok((page, Format::Jpeg)));
}
