//! Our eSCL client and scanners that sign their own certificates.

use crate::pull::{self, numbers, scan};
use drivers::document::escl::Escl;
use drivers::document::escl::pin::{Fingerprint, MemoryPins, PinFile, Pins};
use drivers::document::{PaperSource, Settings, Source};
use drivers::virtual_scanner::{Behaviour, VirtualScanner};
use std::io;
use std::sync::Arc;

/// A certificate that a scanner made for itself.
fn own_certificate() -> Arc<rustls::ServerConfig> {
    let made = rcgen::generate_simple_self_signed(vec!["scanner.local".to_string()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    Arc::new(config)
}

fn settings() -> Settings {
    Settings {
        source: PaperSource::Feeder,
        dpi: 75,
        ..Settings::default()
    }
}

/// The `host:port` that a scanner's fingerprint is kept under.
fn name(scanner: &VirtualScanner) -> String {
    let url = scanner.url();
    let rest = url.split_once("://").unwrap().1;
    rest.split_once('/').unwrap().0.to_string()
}

#[test]
fn a_certificate_is_believed_on_first_use_and_held_to_after_that() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pins");
    let pins = || Arc::new(PinFile::new(file.clone()));
    let scanner = VirtualScanner::start_secure(Behaviour::default(), own_certificate()).unwrap();
    scanner.load(4);
    for want in [vec![1, 2], vec![3, 4]] {
        // Every start of the program reads the file anew.
        let mut client = Escl::at(&scanner.url(), pins()).unwrap();
        let mut job = client.start(&settings()).unwrap();
        let pages = [pull::page(&mut *job), pull::page(&mut *job)];
        assert_eq!(numbers(&pages), want);
    }
    let kept = pins().find(&name(&scanner)).unwrap();
    assert_ne!(kept, Fingerprint([0; 32]));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
}

#[test]
fn another_certificate_than_the_first_is_refused_before_anything_is_asked() {
    let scanner = VirtualScanner::start_secure(Behaviour::default(), own_certificate()).unwrap();
    let pins = Arc::new(MemoryPins::default());
    pins.keep(&name(&scanner), Fingerprint([7; 32])).unwrap();
    let (pages, code) = scan(
        &mut Escl::at(&scanner.url(), pins.clone()).unwrap(),
        &settings(),
    );
    assert_eq!((pages.len(), code), (0, Some("scan.certificate_changed")));
    assert!(scanner.log().is_empty());
    assert_eq!(pins.find(&name(&scanner)), Some(Fingerprint([7; 32])));
}

#[test]
fn a_certificate_is_not_kept_for_what_does_not_speak_like_a_scanner() {
    let behaviour = Behaviour {
        capabilities: Some((200, "<html></html>".to_string())),
        ..Behaviour::default()
    };
    let scanner = VirtualScanner::start_secure(behaviour, own_certificate()).unwrap();
    let pins = Arc::new(MemoryPins::default());
    let fault = Escl::at(&scanner.url(), pins.clone()).unwrap().caps();
    assert_eq!(fault.unwrap_err().code(), "scan.not_escl");
    assert_eq!(pins.find(&name(&scanner)), None);
}

struct NoRoom;

impl Pins for NoRoom {
    fn find(&self, _: &str) -> Option<Fingerprint> {
        None
    }

    fn keep(&self, _: &str, _: Fingerprint) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn forget(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_fingerprint_that_cannot_be_kept_is_said() {
    let scanner = VirtualScanner::start_secure(Behaviour::default(), own_certificate()).unwrap();
    let fault = Escl::at(&scanner.url(), Arc::new(NoRoom)).unwrap().caps();
    assert_eq!(fault.unwrap_err().code(), "scan.pin_not_kept");
}

#[test]
fn a_scanner_that_sends_us_to_https_is_followed_and_pinned_there() {
    let secure = VirtualScanner::start_secure(Behaviour::default(), own_certificate()).unwrap();
    secure.load(1);
    let behaviour = Behaviour {
        capabilities: Some((301, format!("{}/ScannerCapabilities", secure.url()))),
        ..Behaviour::default()
    };
    let plain = VirtualScanner::start(behaviour).unwrap();
    let pins = Arc::new(MemoryPins::default());
    let mut client = Escl::at(&plain.url(), pins.clone()).unwrap();
    let (pages, code) = scan(&mut client, &settings());
    assert_eq!((numbers(&pages), code), (vec![1], None));
    assert!(client.address().starts_with("https://"));
    assert!(pins.find(&name(&secure)).is_some());
}

#[test]
fn a_plain_line_where_a_secure_one_is_expected_is_told_apart_from_nobody_there() {
    let scanner = VirtualScanner::start(Behaviour::default()).unwrap();
    let url = scanner.url().replace("http://", "https://");
    let fault = Escl::at(&url, Arc::new(MemoryPins::default()))
        .unwrap()
        .caps();
    assert_eq!(fault.unwrap_err().code(), "scan.tls");
}
