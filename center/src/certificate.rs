//! The nothing-unsent certificate: given by the centre when its own log of the station ends where the
//! station said that its log ends, and verified anywhere.

use audit::Event;
use chrono::{DateTime, SubsecRound, Utc};
use domain::certificate::{CertificateFile, NothingUnsent, certificate_message};
use domain::sync::LogAt;
use domain::{Id, Staff};
use ed25519_dalek::{Signature, Signer, VerifyingKey};

use crate::error::{Error, Result};
use crate::{Center, database, refusal, store};

/// What a station said of itself.
pub struct Said {
    /// The last entry of its log.
    pub log_last: u64,
    /// That entry's link; None where the station is not the one who asks.
    pub link: Option<String>,
    /// What had not left.
    pub unsent: u64,
    /// When.
    pub at: DateTime<Utc>,
}

/// Certifies a station by what it said; `by` is None when it asks itself. `certificate.unsent` when
/// something has not arrived: by the station's word, or because a case of its log waits for a page here;
/// `log.fork` when another entry stands here where its log ends.
pub async fn give(
    center: &Center,
    by: Option<&Staff>,
    installation: Id,
    said: Option<Said>,
) -> Result<CertificateFile> {
    let unsent = || Error::Refused(&refusal::CERTIFICATE_UNSENT);
    let said = said.ok_or_else(unsent)?;
    let mut client = center.database.decide().await?;
    let tx = database::begin(&mut client).await?;
    // Locked, so that no push is half in it.
    let found = store::installation::lock(&tx, installation).await?;
    let found = found.ok_or_else(unsent)?;
    let community = found.community.clone().ok_or_else(unsent)?;
    let ends_here = said.log_last == found.acked;
    if ends_here && said.link.is_some_and(|link| link != found.link) {
        return Err(Error::Refused(&refusal::LOG_FORK));
    }
    let waits = store::cases::wait_for_pages_of(&tx, installation, &community).await?;
    if said.unsent > 0 || !ends_here || waits {
        return Err(unsent());
    }
    let certified = NothingUnsent {
        installation,
        community_name: center.divisions.name(&community),
        number: found.number.unwrap_or(0),
        log: LogAt {
            last: found.acked,
            link: found.link,
        },
        feed: store::feed::head_at(&tx, &community).await?,
        community,
        said_at: said.at.trunc_subsecs(0),
        issued_at: Utc::now().trunc_subsecs(0),
    };
    let event = Event::CertificateGiven {
        installation: installation.0,
        n: certified.log.last,
    };
    store::audit::append(&tx, by, &event).await?;
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
    use domain::Division;
    use domain::sync::FeedAt;
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
