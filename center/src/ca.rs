//! The city's own certificate authority: one root, the centre's server certificate, and 30-day
//! client certificates for stations.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use domain::Id;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use time::{Duration, OffsetDateTime};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::{Doing, Error, Result};
use crate::keys::write_private;
use crate::refusal;

/// How long a station's certificate holds, unless the configuration says otherwise.
pub const CLIENT_DAYS: i64 = 30;
/// How long the server's holds; a new one is made at each start, and before that one ends.
const SERVER_DAYS: i64 = 397;
const ROOT_DAYS: i64 = 3650;
/// Certificates hold from a while ago: stations' clocks go wrong.
const EARLIER: Duration = Duration::days(2);

/// The root with its key.
pub struct Ca {
    issuer: Issuer<'static, KeyPair>,
    /// The root, PEM: what stations pin.
    pub pem: String,
}

/// A client certificate.
pub struct Certified {
    /// PEM.
    pub pem: String,
    /// Until when it holds.
    pub until: DateTime<Utc>,
}

/// A certificate with its key, PEM.
#[derive(PartialEq, Eq)]
pub struct Identity {
    /// Chain.
    pub certificate_pem: String,
    /// PKCS#8.
    pub key_pem: String,
}

impl Ca {
    /// Opens the authority of a folder, making it on first use.
    pub fn open_or_make(dir: &Path) -> Result<Ca> {
        let (key_path, root_path) = (dir.join("keys/ca.key.pem"), dir.join("ca.pem"));
        if !root_path.exists() {
            let key = KeyPair::generate().map_err(told)?;
            let root = root_params()?.self_signed(&key).map_err(told)?;
            write_private(&key_path, key.serialize_pem().as_bytes())?;
            write_private(&root_path, root.pem().as_bytes())?;
        }
        let pem = fs::read_to_string(&root_path).doing("read", &root_path)?;
        let key = fs::read_to_string(&key_path).doing("read", &key_path)?;
        let key = KeyPair::from_pem(&key).map_err(told)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(told)?;
        Ok(Ca { issuer, pem })
    }

    /// A server certificate for loopback and the name by which stations come.
    pub fn server(&self, host: &str) -> Result<Identity> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        if !names.iter().any(|name| name == host) {
            names.push(host.to_owned());
        }
        let mut params = CertificateParams::new(names).map_err(told)?;
        params.distinguished_name = named("yizhan-center");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        valid_for(&mut params, SERVER_DAYS);
        let key = KeyPair::generate().map_err(told)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(told)?;
        Ok(Identity {
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        })
    }

    /// A client certificate for an installation, for so many days. Only the public key of the request is used; what
    /// it asks to be called is not.
    pub fn client(&self, request_pem: &str, installation: Id, days: i64) -> Result<Certified> {
        let mut request = CertificateSigningRequestParams::from_pem(request_pem)
            .map_err(|_| Error::Refused(&refusal::ENROL_BAD_REQUEST))?;
        let mut params = CertificateParams::default();
        params.distinguished_name = named(&installation.to_string());
        let urn = format!("urn:uuid:{installation}");
        params.subject_alt_names = vec![SanType::URI(urn.try_into().map_err(told)?)];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let until = valid_for(&mut params, days);
        request.params = params;
        let certificate = request
            .signed_by(&self.issuer)
            .map_err(|_| Error::Refused(&refusal::ENROL_BAD_REQUEST))?;
        let until = DateTime::from_timestamp(until.unix_timestamp(), 0);
        Ok(Certified {
            pem: certificate.pem(),
            until: until.ok_or(Error::Certificate("an end beyond all calendars".to_owned()))?,
        })
    }

    /// SHA-256 of the root, hex: what a person compares before a station believes us.
    pub fn fingerprint(&self) -> Result<String> {
        Ok(domain::sync::sha256_hex(&self.der()?))
    }

    /// The root, DER.
    pub fn der(&self) -> Result<Vec<u8>> {
        let (_, root) = x509_parser::pem::parse_x509_pem(self.pem.as_bytes())
            .map_err(|error| Error::Certificate(error.to_string()))?;
        Ok(root.contents)
    }
}

/// When a certificate ends, DER.
pub fn end_of(certificate_der: &[u8]) -> Option<DateTime<Utc>> {
    let (_, certificate) = X509Certificate::from_der(certificate_der).ok()?;
    DateTime::from_timestamp(certificate.validity().not_after.timestamp(), 0)
}

/// The installation that a client certificate names, if it names one.
pub fn installation_of(certificate_der: &[u8]) -> Option<Id> {
    let (_, certificate) = X509Certificate::from_der(certificate_der).ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    name.as_str().ok()?.parse().ok()
}

fn root_params() -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new()).map_err(told)?;
    params.distinguished_name = named("Yizhan city CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for(&mut params, ROOT_DAYS);
    Ok(params)
}

/// Returns the end.
fn valid_for(params: &mut CertificateParams, days: i64) -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - EARLIER;
    params.not_after = now + Duration::days(days);
    params.not_after
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn told(error: rcgen::Error) -> Error {
    Error::Certificate(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_certificate_names_its_installation_whatever_the_request_says() {
        let dir = tempfile::tempdir().unwrap();
        crate::keys::make_folder(&dir.path().join("keys")).unwrap();
        let ca = Ca::open_or_make(dir.path()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut wish = CertificateParams::new(vec!["somebody.else".to_owned()]).unwrap();
        wish.distinguished_name = named("somebody else");
        let request = wish.serialize_request(&key).unwrap().pem().unwrap();
        let id = Id(uuid::Uuid::now_v7());
        let pem = ca.client(&request, id, CLIENT_DAYS).unwrap().pem;
        let der = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap().1;
        assert_eq!(installation_of(&der.contents), Some(id));
        assert!(ca.client("no request", id, CLIENT_DAYS).is_err());
    }
}
