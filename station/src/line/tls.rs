//! TLS settings: the city's CA as the only root, our certificate, and the time by which the
//! centre's certificate is judged.
//!
//! That time is not simply our clock, which may be days off or at 1970 after a flat battery: it is
//! never earlier than the last time the centre told, and follows the centre's once it is known.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::sync::{Mutex, PoisonError};

use super::LineError;

/// Our clock and what is known of the centre's.
pub struct Clock {
    ours: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// The centre's clock minus ours, seconds; `UNKNOWN` before the first word from it.
    offset_s: AtomicI64,
    /// The latest time that the centre is known to have told, seconds of the epoch.
    high_water_s: AtomicI64,
}

const UNKNOWN: i64 = i64::MIN;

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock")
            .field("centre", &self.centre())
            .finish_non_exhaustive()
    }
}

impl Clock {
    /// A clock around ours, and the latest time the centre told in earlier runs.
    pub fn new(
        ours: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        high_water: Option<DateTime<Utc>>,
    ) -> Clock {
        Clock {
            ours: Box::new(ours),
            offset_s: AtomicI64::new(UNKNOWN),
            high_water_s: AtomicI64::new(high_water.map_or(UNKNOWN, |time| time.timestamp())),
        }
    }

    /// The computer's own clock.
    pub fn system() -> Clock {
        Clock::new(Utc::now, None)
    }

    /// Our clock, right or wrong.
    pub fn ours(&self) -> DateTime<Utc> {
        (self.ours)()
    }

    /// The centre's clock as well as it is known.
    pub fn centre(&self) -> DateTime<Utc> {
        let offset_s = self.offset_s.load(Ordering::Relaxed);
        if offset_s != UNKNOWN {
            return self.ours() + TimeDelta::try_seconds(offset_s).unwrap_or_default();
        }
        let high_water_s = self.high_water_s.load(Ordering::Relaxed);
        let high_water = DateTime::from_timestamp(high_water_s, 0).unwrap_or_default();
        self.ours().max(high_water)
    }

    /// Takes in the centre's time; returns how far it is from ours, seconds.
    pub fn told(&self, server_time: DateTime<Utc>) -> i64 {
        let offset_s = (server_time - self.ours()).num_seconds();
        self.offset_s.store(offset_s, Ordering::Relaxed);
        self.high_water_s
            .fetch_max(server_time.timestamp(), Ordering::Relaxed);
        offset_s
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let since_epoch_s = u64::try_from(self.centre().timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            since_epoch_s,
        )))
    }
}

/// Settings of an enrolled station: the city's CA, and our certificate with its key (PEM).
pub fn mutual(
    ca_pem: &str,
    certificate_pem: &str,
    key_pem: &str,
    clock: Arc<Clock>,
) -> Result<ClientConfig, LineError> {
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(unreadable)?;
    config(clock)?
        .with_root_certificates(roots(ca_pem)?)
        .with_client_auth_cert(certificates(certificate_pem)?, key)
        .map_err(|_| LineError::new("line.bad_certificate"))
}

/// Settings for the enrolment port when the city's CA is at hand (PEM).
pub fn city(ca_pem: &str, clock: Arc<Clock>) -> Result<ClientConfig, LineError> {
    Ok(config(clock)?
        .with_root_certificates(roots(ca_pem)?)
        .with_no_client_auth())
}

/// Settings for the enrolment port without a CA: whoever answers is believed, and remembered in
/// `seen` to be checked against the CA that is handed over.
pub fn first_use(seen: Arc<FirstUse>, clock: Arc<Clock>) -> Result<ClientConfig, LineError> {
    Ok(config(clock)?
        .dangerous()
        .with_custom_certificate_verifier(seen)
        .with_no_client_auth())
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>;

fn config(clock: Arc<Clock>) -> Result<Builder, LineError> {
    ClientConfig::builder_with_details(Arc::new(ring::default_provider()), clock)
        .with_safe_default_protocol_versions()
        .map_err(|_| LineError::new("internal.bug"))
}

/// Certificates of a PEM text; at least one.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, LineError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(LineError::new("line.bad_certificate")),
    }
}

fn roots(ca_pem: &str) -> Result<RootCertStore, LineError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca_pem)? {
        roots
            .add(certificate)
            .map_err(|_| LineError::new("line.bad_certificate"))?;
    }
    Ok(roots)
}

fn unreadable(_: rustls::pki_types::pem::Error) -> LineError {
    LineError::new("line.bad_certificate")
}

/// Believes the first certificate it sees, and remembers it.
#[derive(Debug)]
pub struct FirstUse {
    provider: CryptoProvider,
    seen: Mutex<Option<Seen>>,
}

#[derive(Debug, Clone)]
struct Seen {
    leaf: CertificateDer<'static>,
    rest: Vec<CertificateDer<'static>>,
    name: ServerName<'static>,
}

impl Default for FirstUse {
    fn default() -> FirstUse {
        FirstUse {
            provider: ring::default_provider(),
            seen: Mutex::new(None),
        }
    }
}

impl FirstUse {
    /// Whether what was seen was issued by this CA, for the name we called.
    pub fn issued_by(&self, ca_pem: &str, clock: &Clock) -> Result<bool, LineError> {
        let seen = self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let (Some(seen), Some(now)) = (seen, clock.current_time()) else {
            return Ok(false);
        };
        let provider = Arc::new(self.provider.clone());
        let verifier = WebPkiServerVerifier::builder_with_provider(roots(ca_pem)?.into(), provider)
            .build()
            .map_err(|_| LineError::new("line.bad_certificate"))?;
        Ok(verifier
            .verify_server_cert(&seen.leaf, &seen.rest, &seen.name, &[], now)
            .is_ok())
    }
}

impl ServerCertVerifier for FirstUse {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            // A second connection must meet the same centre.
            Some(before) if before.leaf != *end_entity => {
                Err(rustls::CertificateError::UnknownIssuer.into())
            }
            Some(_) => Ok(ServerCertVerified::assertion()),
            None => {
                *seen = Some(Seen {
                    leaf: end_entity.clone().into_owned(),
                    rest: intermediates
                        .iter()
                        .map(|c| c.clone().into_owned())
                        .collect(),
                    name: server_name.to_owned(),
                });
                Ok(ServerCertVerified::assertion())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Settings under which no centre is believed.
    pub(crate) fn trusting_nobody() -> ClientConfig {
        config(Arc::new(Clock::system()))
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth()
    }

    #[test]
    fn a_clock_at_1970_is_lifted_to_what_the_centre_told_last() {
        let told = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = Clock::new(|| DateTime::from_timestamp(5, 0).unwrap(), Some(told));
        assert_eq!(clock.centre(), told);
    }

    #[test]
    fn once_the_centre_has_spoken_a_clock_in_the_future_is_led_back() {
        let ours = DateTime::from_timestamp(2_000_000_000, 0).unwrap();
        let told = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let clock = Clock::new(move || ours, None);
        assert_eq!(clock.centre(), ours);
        assert_eq!(clock.told(told), -300_000_000);
        assert_eq!(clock.centre(), told);
    }
}
