//! What staff are told when the line fails, against a real TLS listener on loopback.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SerialNumber,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::ring};

use super::*;
use crate::line::tls::{self, Clock, FirstUse};
use crate::line::{Line, LineSwitch};

const STORED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\n{\"have\":3,\"stored\":true}";
const REVOKED: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\ncontent-length: 26\r\n\r\n{\"code\":\"station.revoked\"}";

/// A certificate authority.
struct City {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key, PEM.
struct Issued {
    certificate: String,
    key: String,
}

impl City {
    fn new() -> City {
        City::named("one")
    }

    fn named(name: &str) -> City {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).unwrap().pem();
        City {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Valid in these years, for loopback, with this serial number.
    fn issue(&self, years: (i32, i32), serial: u64) -> Issued {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        params.serial_number = Some(SerialNumber::from(serial));
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Issued {
            certificate,
            key: key.serialize_pem(),
        }
    }

    fn revoke(&self, serial: u64) -> CertificateRevocationListDer<'static> {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(serial),
            revocation_time: date_time_ymd(2020, 1, 1),
            reason_code: Some(RevocationReason::CessationOfOperation),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2090, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().der().clone()
    }

    /// Serves each connection with `answer`, as long as the test runs.
    fn serve(
        &self,
        own: &Issued,
        lists: Vec<CertificateRevocationListDer<'static>>,
        answer: &'static [u8],
    ) -> SocketAddr {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(ring::default_provider());
        let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
            .with_crls(lists)
            .build()
            .unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients)
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap(),
            )
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                serve_one(StreamOwned::new(connection, stream.unwrap()), answer);
            }
        });
        address
    }
}

fn serve_one(mut stream: StreamOwned<ServerConnection, TcpStream>, answer: &[u8]) {
    let mut request = [0; 4096];
    if stream.read(&mut request).is_ok_and(|length| length > 0) {
        let _ = stream.write_all(answer);
        stream.conn.send_close_notify();
    }
    // An alert is still to be sent; closing at once would overtake it with a reset.
    let _ = stream.conn.write_tls(&mut stream.sock);
    let _ = stream.sock.shutdown(Shutdown::Write);
    let _ = stream.sock.set_read_timeout(Some(Duration::from_secs(2)));
    while stream
        .sock
        .read(&mut request)
        .is_ok_and(|length| length > 0)
    {}
}

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

const NOW: (i32, i32) = (2020, 2090);

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
