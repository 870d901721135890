//! TLS for the two ports of stations. The station's port asks for a certificate of the city's own
//! CA; who is speaking is read from that certificate and from nothing else.

use std::io::BufReader;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ServerConfig, crypto};

use crate::ca::Identity;
use crate::error::{Error, Result};

/// A server that takes only clients of the city's CA.
pub fn mutual(identity: &Identity, ca_pem: &str) -> Result<ServerConfig> {
    let mut roots = RootCertStore::empty();
    for root in certificates(ca_pem)? {
        roots.add(root).map_err(told)?;
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(told)?;
    let (chain, key) = parts(identity)?;
    builder()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(told)
}

/// A server that asks for no certificate.
pub fn open(identity: &Identity) -> Result<ServerConfig> {
    let (chain, key) = parts(identity)?;
    builder()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(told)
}

fn builder() -> Result<rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier>> {
    let provider = Arc::new(crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(told)
}

type Parts = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn parts(identity: &Identity) -> Result<Parts> {
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).map_err(told)?;
    Ok((certificates(&identity.certificate_pem)?, key))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_reader_iter(BufReader::new(pem.as_bytes()))
        .collect::<std::result::Result<_, _>>()
        .map_err(told)
}

fn told(error: impl std::fmt::Display) -> Error {
    Error::Certificate(error.to_string())
}
