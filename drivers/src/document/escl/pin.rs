//! A scanner's certificate, believed on first use and held to after that.
//!
//! Scanners sign their certificates themselves, so no authority can vouch for them. What can be
//! known is that it is the same machine as yesterday: its certificate's fingerprint is kept
//! ([`Pins`]), and another one is refused until the old one is forgotten, as it is when the
//! administrator takes the scanner away.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A file of pins with more lines is not read further.
const PIN_LIMIT: usize = 1000;

/// What was damaged pins to nothing that can be shown, and so refuses.
const NOBODYS: Fingerprint = Fingerprint([0; 32]);

/// SHA-256 of a certificate in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Fingerprint {
    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }
}

/// Where the fingerprints of scanners' certificates are kept.
pub trait Pins: Send + Sync {
    /// The fingerprint kept for a scanner, by its `host:port`.
    fn find(&self, scanner: &str) -> Option<Fingerprint>;
    /// Keeps the fingerprint of a scanner seen for the first time.
    fn keep(&self, scanner: &str, pin: Fingerprint) -> io::Result<()>;
    /// Forgets the fingerprint of a scanner: the next certificate it shows is its first.
    fn forget(&self, scanner: &str) -> io::Result<()>;
}

/// Fingerprints kept while the program runs.
#[derive(Debug, Default)]
pub struct MemoryPins(Mutex<HashMap<String, Fingerprint>>);

impl Pins for MemoryPins {
    fn find(&self, scanner: &str) -> Option<Fingerprint> {
        let pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.get(scanner).copied()
    }

    fn keep(&self, scanner: &str, pin: Fingerprint) -> io::Result<()> {
        let mut pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.insert(scanner.to_string(), pin);
        Ok(())
    }

    fn forget(&self, scanner: &str) -> io::Result<()> {
        let mut pins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pins.remove(scanner);
        Ok(())
    }
}

/// Fingerprints kept in a file, one line each: `host:port fingerprint`.
#[derive(Debug)]
pub struct PinFile(PathBuf);

impl PinFile {
    /// The file need not exist yet; its folder must.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Pins for PinFile {
    fn find(&self, scanner: &str) -> Option<Fingerprint> {
        let text = match std::fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            // It may hold another one: it refuses like a damaged line.
            Err(error) => {
                tracing::warn!(%error, "the scanners' certificates cannot be read");
                return Some(NOBODYS);
            }
        };
        let mut lines = text.lines().take(PIN_LIMIT);
        lines.find_map(|line| {
            let (name, pin) = line.split_once(' ')?;
            let pin = Fingerprint::parse(pin.trim()).unwrap_or(NOBODYS);
            (name == scanner).then_some(pin)
        })
    }

    fn keep(&self, scanner: &str, pin: Fingerprint) -> io::Result<()> {
        use std::io::Write as _;
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(&self.0)?;
        file.write_all(format!("{scanner} {pin}\n").as_bytes())?;
        file.sync_all()
    }

    fn forget(&self, scanner: &str) -> io::Result<()> {
        use std::io::Write as _;
        let text = match std::fs::read_to_string(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            text => text?,
        };
        let own = |line: &&str| {
            line.split_once(' ')
                .is_some_and(|(name, _)| name == scanner)
        };
        if !text.lines().any(|line| own(&line)) {
            return Ok(());
        }
        // Whole or not at all: a file that is cut would believe every other scanner anew.
        let beside = self.0.with_extension("new");
        let mut file = std::fs::File::create(&beside)?;
        for line in text.lines().filter(|line| !own(line)) {
            writeln!(file, "{line}")?;
        }
        file.sync_all()?;
        std::fs::rename(beside, &self.0)
    }
}

/// Checks certificates against a fingerprint, or notes the first one.
#[derive(Debug)]
pub struct FirstUse {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    pin: Option<Fingerprint>,
    changed: bool,
}

impl FirstUse {
    /// `known` is the fingerprint kept, if there is one.
    pub fn new(provider: Arc<CryptoProvider>, known: Option<Fingerprint>) -> Self {
        let seen = Mutex::new(Seen {
            pin: known,
            changed: false,
        });
        Self { provider, seen }
    }

    /// The fingerprint that was seen or is held to.
    pub fn pin(&self) -> Option<Fingerprint> {
        self.seen().pin
    }

    /// Whether another certificate than that was shown.
    pub fn is_changed(&self) -> bool {
        self.seen().changed
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for FirstUse {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Fingerprint(Sha256::digest(end_entity).into());
        let mut seen = self.seen();
        if *seen.pin.get_or_insert(shown) == shown {
            return Ok(ServerCertVerified::assertion());
        }
        seen.changed = true;
        let why = CertificateError::ApplicationVerificationFailure;
        Err(Error::InvalidCertificate(why))
    }

    // The signatures prove that the other side holds the certificate's key.

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_written_and_read() {
        let pin = Fingerprint(std::array::from_fn(|at| at as u8 * 7));
        assert_eq!(Fingerprint::parse(&pin.to_string()), Some(pin));
        for wrong in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_keeps_what_was_seen_first_and_a_damaged_line_refuses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pins");
        let pins = PinFile::new(path.clone());
        assert_eq!(pins.find("a:443"), None);
        let (one, two) = (Fingerprint([1; 32]), Fingerprint([2; 32]));
        pins.keep("a:443", one).unwrap();
        pins.keep("b:443", two).unwrap();
        let again = PinFile::new(path.clone());
        assert_eq!(
            (again.find("a:443"), again.find("b:443")),
            (Some(one), Some(two))
        );
        again.forget("a:443").unwrap();
        again.forget("nobody:443").unwrap();
        assert_eq!(
            (again.find("a:443"), again.find("b:443")),
            (None, Some(two))
        );
        std::fs::write(&path, "a:443 damaged\n").unwrap();
        assert_eq!(again.find("a:443"), Some(NOBODYS));
        std::fs::write(&path, b"b:443 \xff\n").unwrap();
        assert_eq!(
            again.find("a:443"),
            Some(NOBODYS),
            "believed anew by nobody"
        );
        assert!(
            PinFile::new(folder.path().join("no/pins"))
                .keep("a", one)
                .is_err()
        );
    }
}
