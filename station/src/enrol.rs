//! Enrolment: a machine makes its keys, shows a one-time code and becomes an installation. And the
//! first log-in of a staff member, which is online too.
//!
//! Both block the calling thread for as long as the exchange takes. The private keys never leave
//! the machine; what is returned here is sealed by `keys`.

use std::sync::Arc;

use domain::new_log::{NewLog, new_log_message};
use domain::sync::{Enrol, Enrolled, LogAt, LoggedIn, Login, NewPassword, sha256_hex};
use ed25519_dalek::{Signer, SigningKey};
use rand::{CryptoRng, RngCore};
use rcgen::{CertificateParams, DnType, KeyPair};
use zeroize::Zeroizing;

use crate::keys::Installation;
use crate::line::tls::{self, Clock, FirstUse};
use crate::line::{Line, LineError, LineSwitch};

/// Codes of this module.
pub const CODES: &[&str] = &[
    "enrol.bad_answer",
    "enrol.ca_differs",
    "enrol.no_ca_file",
    "enrol.unconfirmed",
    "internal.bug",
];

/// A centre that answered and that nobody has confirmed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub centre_url: String,
    /// The CA that it showed, PEM. It did certify who answered.
    pub ca_pem: String,
    /// SHA-256 of it, hex: for a person to compare with what the city published.
    pub fingerprint: String,
    /// The city's name.
    pub city_name: String,
}

/// Asks who answers at `centre_url` (`https://…`, the enrolment port). Nothing is told: whoever
/// answers is believed only once a person has compared the fingerprint.
///
/// Fails with `enrol.ca_differs` when the CA that is shown did not certify who answers.
pub fn find_centre(centre_url: &str, clock: &Arc<Clock>) -> Result<Found, LineError> {
    let seen = Arc::new(FirstUse::default());
    let tls = tls::first_use(Arc::clone(&seen), Arc::clone(clock))?;
    let line = Line::new(centre_url, tls, Arc::new(LineSwitch::default()))?;
    let told = wait(line.introduction())??;
    if !seen.issued_by(&told.ca_pem, clock)? {
        return Err(LineError::new("enrol.ca_differs"));
    }
    Ok(Found {
        centre_url: centre_url.to_owned(),
        fingerprint: fingerprint(&told.ca_pem)?,
        ca_pem: told.ca_pem,
        city_name: told.city_name,
    })
}

/// What an installation is made of.
pub struct Enrolment {
    /// The centre's answer.
    pub enrolled: Enrolled,
    /// Private key of the client certificate, PEM.
    pub key_pem: Zeroizing<String>,
    /// Private key of the log: an Ed25519 seed.
    pub log_key: Zeroizing<[u8; 32]>,
}

/// Enrols this machine at `centre_url` (`https://…`, the enrolment port) with a one-time code. The
/// CA came with the machine, or a person confirmed it.
///
/// Fails with `enrol.bad_code` (the centre's word), `enrol.ca_differs` when the answer is not
/// from the CA that is handed over, `enrol.bad_answer` when the certificate is not for our key.
pub fn request(
    centre_url: &str,
    code: &str,
    ca_pem: &str,
    clock: &Arc<Clock>,
    random: &mut (impl CryptoRng + RngCore),
) -> Result<Enrolment, LineError> {
    enrol(centre_url, code, ca_pem, clock, random, |_| None)
}

/// The same for a log that goes on from another one, behind an entry that both sides have. The one
/// that it leaves signs for it.
///
/// Fails like [`request`], and with `log.gap` or `log.fork` when the centre does not have the entry.
pub fn request_new_log(
    parent: &Installation,
    from: &LogAt,
    code: &str,
    clock: &Arc<Clock>,
    random: &mut (impl CryptoRng + RngCore),
) -> Result<Enrolment, LineError> {
    let signer = SigningKey::from_bytes(&parent.log_key);
    let new_log = |log_key: &str| {
        let said = new_log_message(parent.id, from.last, &from.link, log_key);
        Some(NewLog {
            parent: parent.id,
            n: from.last,
            link: from.link.clone(),
            signature: hex::encode(signer.sign(&said).to_bytes()),
        })
    };
    enrol(
        &parent.centre_url,
        code,
        &parent.ca_pem,
        clock,
        random,
        new_log,
    )
}

fn enrol(
    centre_url: &str,
    code: &str,
    ca_pem: &str,
    clock: &Arc<Clock>,
    random: &mut (impl CryptoRng + RngCore),
    new_log: impl Fn(&str) -> Option<NewLog>,
) -> Result<Enrolment, LineError> {
    let tls = tls::city(ca_pem, Arc::clone(clock))?;
    let line = Line::new(centre_url, tls, Arc::new(LineSwitch::default()))?;
    let (key_pem, request_pem) = certificate_request()?;
    let log_key = SigningKey::generate(random);
    let public = hex::encode(log_key.verifying_key().as_bytes());
    let asked = Enrol {
        code: code.trim().to_owned(),
        request_pem,
        new_log: new_log(&public),
        log_key: public,
    };
    let enrolled = wait(line.enrol(&asked))??;
    if !same_ca(ca_pem, &enrolled.ca_pem)? {
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
    let log_key = Zeroizing::new(log_key.to_bytes());
    Ok(Enrolment {
        enrolled,
        key_pem,
        log_key,
    })
}

impl Enrolment {
    /// The installation that the answer gives, enrolled at `centre_url`.
    pub fn into_installation(self, centre_url: &str) -> Installation {
        let enrolled = self.enrolled;
        Installation {
            id: enrolled.installation,
            community: enrolled.community,
            community_name: enrolled.community_name,
            station_url: enrolled.station_url,
            centre_url: centre_url.to_owned(),
            number: enrolled.number,
            until: enrolled.until,
            certificate_pem: enrolled.certificate_pem,
            key_pem: self.key_pem.to_string(),
            ca_pem: enrolled.ca_pem,
            log_key: *self.log_key,
            centre_key: enrolled.centre_key,
        }
    }
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

/// Changes a staff member's password at the centre; nothing happens there when it has the new one
/// already. `auth.wrong` when it knows neither.
pub fn change_password(
    line: Line,
    login: &str,
    old: &str,
    new: &str,
) -> Result<LoggedIn, LineError> {
    let asked = NewPassword {
        login: login.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
    };
    wait(line.change_password(&asked))?
}

/// SHA-256 of the first certificate of a PEM text, hex.
pub fn fingerprint(pem: &str) -> Result<String, LineError> {
    let certificates = tls::certificates(pem)?;
    Ok(sha256_hex(
        certificates.first().map_or(&[][..], |first| first.as_ref()),
    ))
}

/// A key and the request for its certificate, PEM. The centre writes the subject itself.
pub(crate) fn certificate_request() -> Result<(Zeroizing<String>, String), LineError> {
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

/// Runs one exchange on a thread of its own, and waits for it: who calls may be inside a runtime, as
/// the window's calls are.
pub(crate) fn wait<T: Send>(exchange: impl Future<Output = T> + Send) -> Result<T, LineError> {
    let bug = || LineError::new("internal.bug");
    std::thread::scope(|scope| {
        let exchange = scope.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|_| bug())?;
            Ok(runtime.block_on(exchange))
        });
        exchange.join().map_err(|_| bug())?
    })
}
