//! Enrolment: a machine makes its keys, shows a one-time code and becomes an installation. And the
//! first log-in of a staff member, which is online too.
//!
//! Both block the calling thread for as long as the exchange takes. The private keys never leave
//! the machine; what is returned here is sealed by `keys`.

use std::sync::Arc;

use domain::sync::{Enrol, Enrolled, LoggedIn, Login, sha256_hex};
use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngCore};
use rcgen::{CertificateParams, DnType, KeyPair};
use zeroize::Zeroizing;

use crate::line::tls::{self, Clock, FirstUse};
use crate::line::{Line, LineError, LineSwitch};

/// Codes of this module.
pub const CODES: &[&str] = &["enrol.bad_answer", "enrol.ca_differs", "internal.bug"];

/// Why the centre's enrolment port is believed.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The city's CA came with the machine, as a PEM text.
    City(String),
    /// Whoever answers is believed once; [`Enrolment::ca_fingerprint`] is shown so that a person
    /// can compare it with what the city published.
    FirstUse,
}

/// What an installation is made of.
pub struct Enrolment {
    /// The centre's answer.
    pub enrolled: Enrolled,
    /// Private key of the client certificate, PEM.
    pub key_pem: Zeroizing<String>,
    /// Private key of the log: an Ed25519 seed.
    pub log_key: Zeroizing<[u8; 32]>,
    /// SHA-256 of the city's CA certificate, hex.
    pub ca_fingerprint: String,
}

/// Enrols this machine at `centre_url` (`https://…`, the enrolment port) with a one-time code.
///
/// Fails with `enrol.bad_code` (the centre's word), `enrol.ca_differs` when the answer is not
/// from the CA that is handed over, `enrol.bad_answer` when the certificate is not for our key.
pub fn request(
    centre_url: &str,
    code: &str,
    trust: &Trust,
    clock: &Arc<Clock>,
    random: &mut (impl CryptoRng + RngCore),
) -> Result<Enrolment, LineError> {
    let seen = Arc::new(FirstUse::default());
    let tls = match trust {
        Trust::City(ca_pem) => tls::city(ca_pem, Arc::clone(clock))?,
        Trust::FirstUse => tls::first_use(Arc::clone(&seen), Arc::clone(clock))?,
    };
    let line = Line::new(centre_url, tls, Arc::new(LineSwitch::default()))?;
    let (key_pem, request_pem) = certificate_request()?;
    let log_key = SigningKey::generate(random);
    let asked = Enrol {
        code: code.trim().to_owned(),
        request_pem,
        log_key: hex::encode(log_key.verifying_key().as_bytes()),
    };
    let enrolled = wait(line.enrol(&asked))??;
    let known = match trust {
        Trust::City(ca_pem) => same_ca(ca_pem, &enrolled.ca_pem)?,
        Trust::FirstUse => seen.issued_by(&enrolled.ca_pem, clock)?,
    };
    if !known {
        return Err(LineError::new("enrol.ca_differs"));
    }
    // Settings are only made when key and certificate belong together.
    tls::mutual(
        &enrolled.ca_pem,
        &enrolled.certificate_pem,
        &key_pem,
        Arc::clone(clock),
    )
    .map_err(|_| LineError::new("enrol.bad_answer"))?;
    let ca_fingerprint = fingerprint(&enrolled.ca_pem)?;
    let log_key = Zeroizing::new(log_key.to_bytes());
    Ok(Enrolment {
        enrolled,
        key_pem,
        log_key,
        ca_fingerprint,
    })
}

/// Asks the centre whether this is a staff member of the station, over an enrolled station's line.
/// The line is used up: its connections live as long as this call.
pub fn login(line: Line, login: &str, password: &str) -> Result<LoggedIn, LineError> {
    let asked = Login {
        login: login.to_owned(),
        password: password.to_owned(),
    };
    wait(line.login(&asked))?
}

/// SHA-256 of the first certificate of a PEM text, hex.
pub fn fingerprint(pem: &str) -> Result<String, LineError> {
    let certificates = tls::certificates(pem)?;
    Ok(sha256_hex(
        certificates.first().map_or(&[][..], |first| first.as_ref()),
    ))
}

/// A key and the request for its certificate, PEM. The centre writes the subject itself.
fn certificate_request() -> Result<(Zeroizing<String>, String), LineError> {
    let bug = |_| LineError::new("internal.bug");
    let key = KeyPair::generate().map_err(bug)?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "installation");
    let request = params.serialize_request(&key).map_err(bug)?;
    Ok((
        Zeroizing::new(key.serialize_pem()),
        request.pem().map_err(bug)?,
    ))
}

/// Whether the CA that came with the machine is among those handed over.
fn same_ca(ours_pem: &str, theirs_pem: &str) -> Result<bool, LineError> {
    let theirs = tls::certificates(theirs_pem)?;
    Ok(tls::certificates(ours_pem)?
        .iter()
        .any(|ours| theirs.contains(ours)))
}

/// Runs one exchange on the calling thread.
fn wait<T>(exchange: impl Future<Output = T>) -> Result<T, LineError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| LineError::new("internal.bug"))?;
    Ok(runtime.block_on(exchange))
}
