//! One connection: a request is read, answered, and the line closed. Also the ways in which a line
//! breaks.

use super::answer::{self, Answer, Body};
use super::{State, lock};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The longest request, bytes.
const REQUEST_LIMIT: usize = 64 << 10;
/// Nobody waits longer for the rest of a request.
const READ_LIMIT: Duration = Duration::from_secs(10);
/// Parts of a slow page.
const PARTS: usize = 20;

/// A request, as far as a scanner looks at it.
pub struct Request {
    pub method: String,
    pub path: String,
    pub host: String,
    pub body: String,
}

/// Serves one connection to its end.
pub fn serve(
    stream: TcpStream,
    tls: Option<Arc<rustls::ServerConfig>>,
    state: &Mutex<State>,
    stop: &AtomicBool,
) {
    let _ = stream.set_read_timeout(Some(READ_LIMIT));
    let line = stream.try_clone();
    let secure = tls.map(|tls| rustls::ServerConnection::new(tls).map(|c| (c, stream.try_clone())));
    let served = match secure {
        Some(Ok((connection, Ok(stream)))) => {
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let served = talk(&mut stream, state, stop);
            stream.conn.send_close_notify();
            let _ = stream.flush();
            served
        }
        Some(_) => return,
        None => talk(&mut &stream, state, stop),
    };
    if let (Err(error), Ok(line)) = (served, line) {
        tracing::debug!(kind = ?error.kind(), "a line of the virtual scanner broke");
        let _ = line.shutdown(Shutdown::Both);
    }
}

fn talk(
    stream: &mut (impl Read + Write),
    state: &Mutex<State>,
    stop: &AtomicBool,
) -> io::Result<()> {
    let Some(request) = read(stream)? else {
        return Ok(());
    };
    let page_time = {
        let state = lock(state);
        let is_page = request.path.ends_with("NextDocument");
        if is_page {
            state.behaviour.page_time
        } else {
            Duration::ZERO
        }
    };
    std::thread::sleep(page_time);
    let answer = {
        let mut state = lock(state);
        let answer = answer::to(&mut state, &request);
        let line = format!("{} {} {}", request.method, request.path, answer.code);
        state.log.push(line);
        answer
    };
    write(stream, &answer, stop)
}

/// Reads a request; `None` when the other side says nothing.
fn read(stream: &mut impl Read) -> io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Request::new(&mut headers);
        let parsed = head
            .parse(&bytes)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        if let httparse::Status::Complete(at) = parsed {
            let header = |name: &str| {
                let found = head
                    .headers
                    .iter()
                    .find(|h| h.name.eq_ignore_ascii_case(name));
                found.map(|h| String::from_utf8_lossy(h.value).into_owned())
            };
            let length = header("content-length").and_then(|text| text.parse().ok());
            let whole = at.saturating_add(length.unwrap_or(0));
            if bytes.len() >= whole {
                let body = String::from_utf8_lossy(&bytes[at..whole]).into_owned();
                return Ok(Some(Request {
                    method: head.method.unwrap_or_default().to_string(),
                    path: head.path.unwrap_or_default().to_string(),
                    host: header("host").unwrap_or_default(),
                    body,
                }));
            }
        }
        if bytes.len() > REQUEST_LIMIT {
            return Err(io::ErrorKind::InvalidData.into());
        }
        match stream.read(&mut part)? {
            0 if bytes.is_empty() => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&part[..count]),
        }
    }
}

fn write(stream: &mut impl Write, answer: &Answer, stop: &AtomicBool) -> io::Result<()> {
    let cut = || Err(io::ErrorKind::ConnectionAborted.into());
    match &answer.body {
        Body::Refused => return cut(),
        Body::Silence => {
            hold(stop);
            return cut();
        }
        _ => {}
    }
    let bytes = answer.body.bytes();
    let length = match answer.body {
        Body::Announced(length) => length,
        _ => bytes.len() as u64,
    };
    let mut head = format!("HTTP/1.1 {} -\r\nConnection: close\r\n", answer.code);
    head += &format!(
        "Content-Length: {length}\r\nContent-Type: {}\r\n",
        answer.kind
    );
    if let Some(location) = &answer.location {
        head += &format!("Location: {location}\r\n");
    }
    head += "\r\n";
    stream.write_all(head.as_bytes())?;
    let half = bytes.len() / 2;
    match answer.body {
        Body::Dropped(_) | Body::Announced(_) => {
            stream.write_all(&bytes[..half])?;
            stream.flush()?;
            cut()
        }
        Body::Stalled(_) => {
            stream.write_all(&bytes[..half])?;
            stream.flush()?;
            hold(stop);
            cut()
        }
        Body::Slow(_, pause) => {
            for part in bytes.chunks(bytes.len().div_ceil(PARTS).max(1)) {
                stream.write_all(part)?;
                stream.flush()?;
                std::thread::sleep(pause);
            }
            Ok(())
        }
        _ => stream.write_all(bytes).and_then(|()| stream.flush()),
    }
}

/// Keeps a line open without a word until the scanner is switched off.
fn hold(stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(20));
    }
}
