//! TLS for the two ports of stations. The station's port asks for a certificate of the city's own
//! CA; who is speaking is read from that certificate and from nothing else.

use std::io::BufReader;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, crypto};

use crate::ca::Identity;
use crate::error::{Error, Result};

/// A server that takes only clients of the city's CA.
pub fn mutual(identity: Arc<InForce>, ca_pem: &str) -> Result<ServerConfig> {
    let mut roots = RootCertStore::empty();
    for root in certificates(ca_pem)? {
        roots.add(root).map_err(told)?;
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(told)?;
    let builder = builder()?.with_client_cert_verifier(verifier);
    Ok(builder.with_cert_resolver(identity))
}

/// A server that asks for no certificate.
pub fn open(identity: Arc<InForce>) -> Result<ServerConfig> {
    let builder = builder()?.with_no_client_auth();
    Ok(builder.with_cert_resolver(identity))
}

/// The certificate that a port shows, and that another takes the place of while it serves: connections
/// that are open go on.
#[derive(Debug)]
pub struct InForce(RwLock<Arc<CertifiedKey>>);

impl InForce {
    /// Begins with this one.
    pub fn new(identity: &Identity) -> Result<InForce> {
        Ok(InForce(RwLock::new(certified(identity)?)))
    }

    /// Shows another from now on; one that does not fit its key takes no place.
    pub fn replace(&self, identity: &Identity) -> Result<()> {
        let fresh = certified(identity)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What is shown, DER.
    pub fn der(&self) -> Vec<u8> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        shown.cert.first().map_or_else(Vec::new, |der| der.to_vec())
    }
}

impl ResolvesServerCert for InForce {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(shown.clone())
    }
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>> {
    let provider = Arc::new(crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(told)
}

fn certified(identity: &Identity) -> Result<Arc<CertifiedKey>> {
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(told)?;
    let chain = certificates(&identity.certificate_pem)?;
    let provider = crypto::ring::default_provider();
    let certified = CertifiedKey::from_der(chain, key, &provider).map_err(told)?;
    Ok(Arc::new(certified))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_reader_iter(BufReader::new(pem.as_bytes()))
        .collect::<std::result::Result<_, _>>()
        .map_err(told)
}

fn told(error: impl std::fmt::Display) -> Error {
    Error::Certificate(error.to_string())
}
