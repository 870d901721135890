//! The catalogue in force as stations load it: packed when the centre opens, kept by its address, named
//! under the centre's signature in each hello's answer.

use domain::bundle::{Bundle, Offer, message};
use ed25519_dalek::{Signer, SigningKey};

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::store::blob::digest;
use crate::{Center, database, store};

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
