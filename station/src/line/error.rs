//! Why an exchange with the centre failed. `reqwest` says "connection error" for nearly all of it,
//! so the chain of causes is walked down to the one that a person can act on.

use std::error::Error as StdError;
use std::io::{Error as IoError, ErrorKind};
use std::time::Duration;

use domain::Reason;
use rustls::{AlertDescription, CertificateError, Error as TlsError};

/// Codes that the line gives by itself; others are passed on from the centre.
pub const CODES: &[&str] = &[
    "line.answer_too_large",
    "line.bad_address",
    "line.bad_answer",
    "line.bad_certificate",
    "line.busy",
    "line.certificate_expired",
    "line.certificate_not_yet_valid",
    "line.connecting",
    "line.cut",
    "line.interrupted",
    "line.other_centre",
    "line.refused",
    "line.server_error",
    "line.timeout",
    "line.tls",
    "line.unreachable",
    "line.up",
    "station.revoked",
];

/// A failed exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// `line.…`, `station.revoked`, or the code the centre gave.
    pub reason: Reason,
    /// The HTTP status, when the centre answered at all.
    pub status: Option<u16>,
    /// When the centre wants the next try.
    pub retry_after: Option<Duration>,
    /// Where the centre's log ends, on `log.conflict`.
    pub acked: Option<u64>,
}

impl LineError {
    /// An error without an answer.
    pub fn new(code: &str) -> LineError {
        LineError {
            reason: Reason::new(code),
            status: None,
            retry_after: None,
            acked: None,
        }
    }

    /// What a request's error comes down to.
    pub fn of(error: &reqwest::Error) -> LineError {
        LineError {
            reason: cause(error),
            ..LineError::new("")
        }
    }

    /// Whether our own certificate has run out: a new one can be asked for.
    pub fn is_about_our_certificate(&self) -> bool {
        let whose = self.reason.with.get("whose").map(String::as_str);
        self.reason.code == "line.certificate_expired" && whose == Some("station")
    }

    /// Whether this is about the request itself, so that another one may well succeed.
    pub fn is_about_the_request(&self) -> bool {
        let code = &self.reason.code;
        self.status
            .is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 429))
            && !code.starts_with("station.")
            && !code.starts_with("auth.")
    }

    /// Whether it broke or took too long on its way: with fewer bytes it may get through. Not where no
    /// connection was had at all.
    pub fn is_slow(&self) -> bool {
        let had_none = self.reason.with.contains_key("step");
        let broke = matches!(
            self.reason.code.as_str(),
            "line.timeout" | "line.interrupted"
        );
        self.status == Some(408) || (self.status.is_none() && broke && !had_none)
    }
}

impl std::fmt::Display for LineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason.code)
    }
}

impl StdError for LineError {}

impl From<LineError> for crate::error::Error {
    fn from(error: LineError) -> crate::error::Error {
        let wait = error.retry_after.map(|wait| wait.as_secs());
        crate::error::Error::reason(match wait {
            Some(seconds) => error.reason.with("seconds", seconds),
            None => error.reason,
        })
    }
}

fn cause(error: &reqwest::Error) -> Reason {
    if let Some(tls) = find(error, tls_error) {
        return of_tls(tls);
    }
    let kind = find(error, |cause| cause.downcast_ref::<IoError>()).map(IoError::kind);
    match kind {
        _ if error.is_builder() => Reason::new("line.bad_address"),
        _ if error.is_timeout() && error.is_connect() => {
            Reason::new("line.timeout").with("step", "connect")
        }
        _ if error.is_timeout() => Reason::new("line.timeout"),
        Some(
            ErrorKind::ConnectionRefused
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown,
        ) => Reason::new("line.unreachable"),
        Some(_) if !error.is_connect() => Reason::new("line.interrupted"),
        _ if error.is_connect() => Reason::new("line.unreachable"),
        _ => Reason::new("line.interrupted"),
    }
}

/// The first cause in the chain that `pick` accepts.
fn find<'a, T>(
    error: &'a (dyn StdError + 'static),
    pick: impl Fn(&'a (dyn StdError + 'static)) -> Option<T>,
) -> Option<T> {
    let mut at = Some(error);
    while let Some(cause) = at {
        if let Some(found) = pick(cause) {
            return Some(found);
        }
        at = cause.source();
    }
    None
}

/// An `io::Error` skips the error it wraps when asked for its source, so both are looked at.
fn tls_error<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a TlsError> {
    if let Some(tls) = cause.downcast_ref::<TlsError>() {
        return Some(tls);
    }
    let mut inner = cause.downcast_ref::<IoError>()?.get_ref()? as &(dyn StdError + 'static);
    loop {
        if let Some(tls) = inner.downcast_ref::<TlsError>() {
            return Some(tls);
        }
        inner = inner.downcast_ref::<IoError>()?.get_ref()?;
    }
}

/// What a TLS error means: an alert is the centre's word about us, `InvalidCertificate` our word
/// about the centre.
fn of_tls(error: &TlsError) -> Reason {
    match error {
        TlsError::AlertReceived(alert) => of_alert(*alert),
        TlsError::InvalidCertificate(why) => of_certificate(why),
        other => Reason::new("line.tls").with("why", short(&format!("{other:?}"))),
    }
}

fn of_alert(alert: AlertDescription) -> Reason {
    match alert {
        AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => Reason::new("station.revoked"),
        AlertDescription::CertificateExpired => {
            Reason::new("line.certificate_expired").with("whose", "station")
        }
        // A CA of the same name with another key shows as a signature that does not fit.
        AlertDescription::UnknownCA | AlertDescription::DecryptError => {
            Reason::new("line.other_centre")
        }
        AlertDescription::BadCertificate
        | AlertDescription::CertificateRequired
        | AlertDescription::UnsupportedCertificate => Reason::new("line.bad_certificate"),
        other => Reason::new("line.tls").with("why", format!("{other:?}")),
    }
}

fn of_certificate(why: &CertificateError) -> Reason {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Reason::new("line.certificate_expired").with("whose", "centre")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Reason::new("line.certificate_not_yet_valid")
        }
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::NotValidForName
        | CertificateError::NotValidForNameContext { .. } => Reason::new("line.other_centre"),
        other => Reason::new("line.tls").with("why", short(&format!("{other:?}"))),
    }
}

/// The name at the head of a debug text: particulars are for people, not for dumps.
fn short(debug: &str) -> String {
    debug
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric())
        .collect()
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
