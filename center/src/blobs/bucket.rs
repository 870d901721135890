//! A bucket that speaks S3: an object store of the city's own, or a cloud's.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{Certificate, ClientOptions, ObjectStore, RetryConfig};

use crate::config::Bucket;
use crate::error::{Doing, Result};

/// A request to the store, a page's bytes included.
const LIMIT: Duration = Duration::from_secs(20);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A store that is away this long is said to the station, which comes again.
const RETRY_LIMIT: Duration = Duration::from_secs(10);

pub fn open(bucket: &Bucket) -> Result<Arc<dyn ObjectStore>> {
    let mut client = ClientOptions::new()
        .with_timeout(LIMIT)
        .with_connect_timeout(CONNECT_LIMIT)
        .with_allow_http(bucket.endpoint.starts_with("http://"));
    if let Some(ca) = &bucket.ca {
        for certificate in certificates(ca)? {
            client = client.with_root_certificate(certificate);
        }
    }
    let retry = RetryConfig {
        max_retries: 3,
        retry_timeout: RETRY_LIMIT,
        ..RetryConfig::default()
    };
    let store = AmazonS3Builder::new()
        .with_endpoint(&bucket.endpoint)
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.access_key)
        .with_secret_access_key(&bucket.secret_key)
        .with_client_options(client)
        .with_retry(retry)
        .build()?;
    Ok(match bucket.prefix.as_str() {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    })
}

fn certificates(path: &Path) -> Result<Vec<Certificate>> {
    let pem = std::fs::read(path).doing("read", path)?;
    Ok(Certificate::from_pem_bundle(&pem)?)
}
