//! The catalogue in force as stations load it: packed when the centre opens, kept by its address, named
//! under the centre's signature in each hello's answer.

use std::sync::PoisonError;

use domain::bundle::{Bundle, Offer, message};
use ed25519_dalek::{Signer, SigningKey};

use crate::database::{self, Tx};
use crate::error::{Error, Result};
use crate::store::blob::digest;
use crate::{Center, store};

/// Catalogues that are kept though no station works by them.
const NEWEST: i64 = 5;

/// What is named, and the file.
#[derive(Clone)]
pub(crate) struct InForce {
    /// As a hello's answer says it.
    pub offer: Offer,
    /// The file.
    pub body: Vec<u8>,
}

impl InForce {
    /// Packs and signs; refuses a catalogue that no station would take.
    pub fn of(bundle: &Bundle, key: &SigningKey) -> Result<InForce> {
        let body = bundle
            .pack()
            .map_err(|error| Error::Catalog(error.to_string()))?;
        let sha256 = bundle.sha256().to_owned();
        Ok(InForce {
            offer: Offer {
                signature: hex::encode(key.sign(&message(&sha256)).to_bytes()),
                size_bytes: body.len() as u64,
                sha256,
            },
            body,
        })
    }

    /// Keeps it for every process of the centre. What was packed otherwise before, by another release,
    /// stays so: each process answers with the same bytes.
    pub async fn keep(&mut self, tx: &Tx<'_>) -> Result<()> {
        let unchecked = || Error::Fault("an address unchecked".to_owned());
        let sha256 = digest(&self.offer.sha256).ok_or_else(unchecked)?;
        store::bundle::keep(tx, &sha256, &self.body).await?;
        if let Some(body) = store::bundle::find(tx, &sha256).await? {
            self.offer.size_bytes = body.len() as u64;
            self.body = body;
        }
        Ok(())
    }
}

impl Center {
    /// Lets go of catalogues that nobody works by any more.
    pub async fn forget_catalogues(&self) -> Result<u64> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let forgotten = store::bundle::forget(&tx, NEWEST).await?;
        tx.commit().await?;
        Ok(forgotten)
    }

    /// What a hello's answer names: what was named last by any process of the centre, so that a station
    /// that comes to one and then to another is not sent from catalogue to catalogue.
    pub(crate) fn named(&self) -> Offer {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.clone().unwrap_or_else(|| self.bundle.offer.clone())
    }

    /// Looks what was named last. Another than ours is said, for whoever started this process with it.
    pub(crate) async fn look_what_is_named(&self) -> Result<()> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let Some((sha256, size_bytes)) = store::bundle::named_last(&tx).await? else {
            return Ok(());
        };
        let sha256 = hex::encode(sha256);
        let other = (sha256 != self.bundle.offer.sha256).then(|| {
            let (_, key) = self.own_log();
            let signature = hex::encode(key.sign(&message(&sha256)).to_bytes());
            Offer {
                signature,
                size_bytes,
                sha256,
            }
        });
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = other
            .as_ref()
            .filter(|other| Some(*other) != named.as_ref())
        {
            tracing::warn!(
                named = other.sha256,
                ours = self.bundle.offer.sha256,
                "another process of this centre has named a newer catalogue; this one still decides by its own: \
                 start it again with the same files"
            );
        }
        *named = other;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ed25519_dalek::{Signature, Verifier};

    use super::*;

    #[test]
    fn the_shipped_catalogue_is_packed_small_and_signed() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
        let bundle = crate::catalog::files(&root).unwrap();
        let key = SigningKey::from_bytes(&[9; 32]);
        let made = InForce::of(&bundle, &key).unwrap();
        assert!(made.offer.is_sane());
        // A village's line carries it in seconds.
        assert!(made.body.len() < 256 << 10, "{} bytes", made.body.len());
        let mut signature = [0; 64];
        hex::decode_to_slice(&made.offer.signature, &mut signature).unwrap();
        let signed = key.verifying_key().verify(
            &message(&made.offer.sha256),
            &Signature::from_bytes(&signature),
        );
        assert!(signed.is_ok());
        assert_eq!(
            Bundle::read(&made.body, &made.offer.sha256).unwrap(),
            bundle
        );
    }
}
