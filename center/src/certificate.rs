//! The nothing-unsent certificate: given by the centre when its own log of the station ends where the
//! station said that its log ends, and verified anywhere.

use audit::Event;
use chrono::{SubsecRound, Utc};
use domain::Staff;
use domain::certificate::{CertificateFile, NothingUnsent, certificate_message};
use domain::sync::LogAt;
use ed25519_dalek::{Signature, Signer, VerifyingKey};

use crate::error::{Error, Result};
use crate::store::fleet::Station;
use crate::{Center, database, refusal, store};

/// Certifies a station as it last spoke: `certificate.unsent` when something had not arrived.
pub async fn give(center: &Center, by: &Staff, station: &Station) -> Result<CertificateFile> {
    let unsent = || Error::Refused(&refusal::CERTIFICATE_UNSENT);
    let (said, said_at) = station
        .said
        .as_ref()
        .zip(station.seen_at)
        .ok_or_else(unsent)?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    // Locked, so that no push is half in it.
    let installation = store::installation::lock(&tx, station.installation).await?;
    let installation = installation.ok_or_else(unsent)?;
    let all_here = said.log_last == installation.acked;
    if said.unsent_commands + said.unsent_pages > 0 || !all_here {
        return Err(unsent());
    }
    let certified = NothingUnsent {
        installation: station.installation,
        community: station.community.clone(),
        community_name: center.divisions.name(&station.community),
        number: installation.number.unwrap_or(0),
        log: LogAt {
            last: installation.acked,
            link: installation.link,
        },
        feed: store::feed::head_at(&tx, &station.community).await?,
        said_at: said_at.trunc_subsecs(0),
        issued_at: Utc::now().trunc_subsecs(0),
    };
    let event = Event::CertificateGiven {
        installation: station.installation.0,
        n: certified.log.last,
    };
    store::audit::append(&tx, Some(by), &event).await?;
    tx.commit().await?;
    sign(center, &certified)
}

fn sign(center: &Center, certified: &NothingUnsent) -> Result<CertificateFile> {
    let body = serde_json::to_string(certified).map_err(|error| Error::Fault(error.to_string()))?;
    let (_, key) = center.own_log();
    Ok(CertificateFile {
        words: certified.words(),
        signature: hex::encode(key.sign(&certificate_message(&body)).to_bytes()),
        key: center.public_key(),
        body,
    })
}

/// What is wrong with a certificate's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is no certificate.
    Unreadable,
    /// It was not signed with this key, or changed afterwards.
    Signature,
    /// Its words are not those of what was signed.
    Words,
}

impl Fault {
    /// As the command line says it.
    pub fn name(self) -> &'static str {
        match self {
            Fault::Unreadable => "unreadable",
            Fault::Signature => "signature",
            Fault::Words => "words",
        }
    }
}

/// What a certificate's file says, if it is signed with `key` (Ed25519, hex) and its words are those of
/// what was signed. `key` comes from somewhere else than the file.
pub fn verify(text: &str, key: &str) -> std::result::Result<NothingUnsent, Fault> {
    let file: CertificateFile = serde_json::from_str(text).map_err(|_| Fault::Unreadable)?;
    let message = certificate_message(&file.body);
    if !is_signed(key.trim(), &message, &file.signature) {
        return Err(Fault::Signature);
    }
    let certified: NothingUnsent =
        serde_json::from_str(&file.body).map_err(|_| Fault::Unreadable)?;
    match certified.words() == file.words {
        true => Ok(certified),
        false => Err(Fault::Words),
    }
}

fn is_signed(key: &str, message: &[u8], signature: &str) -> bool {
    let mut bytes = [0; 32];
    let Ok(()) = hex::decode_to_slice(key, &mut bytes) else {
        return false;
    };
    let signature = hex::decode(signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let key = VerifyingKey::from_bytes(&bytes).ok();
    key.zip(signature)
        .is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use domain::sync::FeedAt;
    use domain::{Division, Id};
    use ed25519_dalek::SigningKey;

    use super::*;

    fn certificate() -> (CertificateFile, String) {
        let certified = NothingUnsent {
            installation: Id(uuid::Uuid::from_u128(7)),
            community: Division("320302001005".into()),
            community_name: "永康社区".into(),
            number: 2,
            log: LogAt {
                last: 41,
                link: "ab".repeat(32),
            },
            feed: FeedAt {
                seq: 90,
                sum: "cd".repeat(16),
            },
            said_at: "2026-11-29T08:00:00Z".parse().unwrap(),
            issued_at: "2026-11-29T08:01:00Z".parse().unwrap(),
        };
        let key = SigningKey::from_bytes(&[9; 32]);
        let body = serde_json::to_string(&certified).unwrap();
        let file = CertificateFile {
            words: certified.words(),
            signature: hex::encode(key.sign(&certificate_message(&body)).to_bytes()),
            key: hex::encode(key.verifying_key().as_bytes()),
            body,
        };
        let key = file.key.clone();
        (file, key)
    }

    fn judged(file: &CertificateFile, key: &str) -> std::result::Result<u64, Fault> {
        let text = serde_json::to_string_pretty(file).unwrap();
        verify(&text, key).map(|certified| certified.log.last)
    }

    #[test]
    fn a_certificate_is_verified_and_every_change_to_it_is_found() {
        let (good, key) = certificate();
        assert_eq!(judged(&good, &key), Ok(41));
        let mut changed = good.clone();
        changed.body = changed.body.replace("\"last\":41", "\"last\":42");
        assert_eq!(judged(&changed, &key), Err(Fault::Signature));
        let mut reworded = good.clone();
        reworded.words[1] = reworded.words[1].replace("41", "42");
        assert_eq!(judged(&reworded, &key), Err(Fault::Words));
        // A forger's file is whole by its own key; the key that was got another way tells.
        let forger = hex::encode(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes());
        let mut forged = good.clone();
        forged.key = forger.clone();
        assert_eq!(judged(&forged, &forger), Err(Fault::Signature));
        assert_eq!(judged(&good, "not a key"), Err(Fault::Signature));
        let text = serde_json::to_string(&good).unwrap();
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(verify(&text[..end], &key).is_err(), "cut at {end}");
        }
    }
}
