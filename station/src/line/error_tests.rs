//! What staff are told when the line fails, against a real TLS listener on loopback.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::*;
use crate::line::listener::{City, Issued, NOW};
use crate::line::tls::{self, Clock, FirstUse};
use crate::line::{Line, LineSwitch};

const STORED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{\"have\":3,\"stored\":true}";
const REVOKED: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\ncontent-length: 26\r\n\r\n{\"code\":\"station.revoked\"}";

fn outcome(address: SocketAddr, tls: rustls::ClientConfig) -> Result<bool, LineError> {
    let switch = Arc::new(LineSwitch::default());
    let line = Line::new(&format!("https://{address}"), tls, switch).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(line.blob_at("00")).map(|at| at.stored)
}

fn mutual(city: &City, own: &Issued, clock: Clock) -> rustls::ClientConfig {
    tls::mutual(&city.pem, &own.certificate, &own.key, Arc::new(clock)).unwrap()
}

fn code(answer: Result<bool, LineError>) -> String {
    answer.unwrap_err().reason.code
}

#[test]
fn a_station_in_good_standing_gets_its_answer() {
    let city = City::new();
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), STORED);
    let tls = mutual(&city, &city.issue(NOW, 2), Clock::system());
    assert_eq!(outcome(address, tls), Ok(true));
}

#[test]
fn a_revoked_station_is_told_so_by_alert_and_by_answer() {
    let city = City::new();
    let own = city.issue(NOW, 7);
    let by_list = city.serve(&city.issue(NOW, 1), vec![city.revoke(7)], STORED);
    assert_eq!(
        code(outcome(by_list, mutual(&city, &own, Clock::system()))),
        "station.revoked"
    );
    let by_answer = city.serve(&city.issue(NOW, 1), Vec::new(), REVOKED);
    let error = outcome(by_answer, mutual(&city, &own, Clock::system())).unwrap_err();
    assert_eq!(
        (error.reason.code.as_str(), error.status),
        ("station.revoked", Some(403))
    );
    assert!(!error.is_about_the_request());
}

#[test]
fn an_expired_certificate_is_told_and_whose_it_is() {
    let city = City::new();
    let (good, old) = (city.issue(NOW, 1), city.issue((2020, 2021), 2));
    let whose = |address, tls| {
        let error = outcome(address, tls).unwrap_err();
        (error.reason.code, error.reason.with.get("whose").cloned())
    };
    let expired = |whose: &str| {
        (
            "line.certificate_expired".to_owned(),
            Some(whose.to_owned()),
        )
    };
    let address = city.serve(&good, Vec::new(), STORED);
    assert_eq!(
        whose(address, mutual(&city, &old, Clock::system())),
        expired("station")
    );
    let address = city.serve(&old, Vec::new(), STORED);
    assert_eq!(
        whose(address, mutual(&city, &good, Clock::system())),
        expired("centre")
    );
}

#[test]
fn a_certificate_of_another_city_is_another_centre() {
    let city = City::new();
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), STORED);
    // Another city, and the same one after it lost its CA and made a new one of the same name.
    for other in [City::named("two"), City::new()] {
        // We are unknown there; they are unknown here.
        let unknown = mutual(&city, &other.issue(NOW, 2), Clock::system());
        assert_eq!(code(outcome(address, unknown)), "line.other_centre");
        let unbelieved = mutual(&other, &city.issue(NOW, 3), Clock::system());
        assert_eq!(code(outcome(address, unbelieved)), "line.other_centre");
    }
}

#[test]
fn a_station_without_a_certificate_is_told_that() {
    let city = City::new();
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), STORED);
    let tls = tls::city(&city.pem, Arc::new(Clock::system())).unwrap();
    assert_eq!(code(outcome(address, tls)), "line.bad_certificate");
}

#[test]
fn a_flat_battery_does_not_keep_a_station_off_the_line() {
    let city = City::new();
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), STORED);
    let own = city.issue(NOW, 2);
    let told: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let flat = |high_water| Clock::new(|| DateTime::UNIX_EPOCH, high_water);
    let without = outcome(address, mutual(&city, &own, flat(None)));
    assert_eq!(code(without), "line.certificate_not_yet_valid");
    assert_eq!(
        outcome(address, mutual(&city, &own, flat(Some(told)))),
        Ok(true)
    );
}

#[test]
fn nobody_at_the_other_end_and_a_call_that_breaks_off_are_told_apart() {
    let city = City::new();
    let own = city.issue(NOW, 2);
    let tls = || mutual(&city, &own, Clock::system());
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    assert_eq!(code(outcome(free, tls())), "line.unreachable");
    let cut = &STORED[..STORED.len() - 5];
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), cut);
    assert_eq!(code(outcome(address, tls())), "line.interrupted");
    let page = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\noops";
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), page);
    assert_eq!(code(outcome(address, tls())), "line.bad_answer");
}

#[test]
fn a_centre_that_accepts_and_stays_silent_is_a_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let city = City::new();
    let tls = mutual(&city, &city.issue(NOW, 2), Clock::system());
    assert_eq!(code(outcome(address, tls)), "line.timeout");
}

#[test]
fn on_first_use_whoever_answers_is_believed_and_checked_against_the_ca_handed_over() {
    let (city, other) = (City::new(), City::new());
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), STORED);
    let clock = Arc::new(Clock::system());
    let seen = Arc::new(FirstUse::default());
    let tls = tls::first_use(Arc::clone(&seen), Arc::clone(&clock)).unwrap();
    // The listener wants a certificate, which is past the point in question.
    assert_eq!(code(outcome(address, tls)), "line.bad_certificate");
    assert_eq!(seen.issued_by(&city.pem, &clock), Ok(true));
    assert_eq!(seen.issued_by(&other.pem, &clock), Ok(false));
    assert_eq!(FirstUse::default().issued_by(&city.pem, &clock), Ok(false));
}
