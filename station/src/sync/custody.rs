//! What the exchange does for the installation's own keys: a new certificate before the old one runs
//! out, and the data key sealed to the city's officers, with a copy of the key file for the centre.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use domain::recovery::{Deposit, EscrowKey, Renew, RenewWish, hash, renewal};
use domain::substitute::{Heard, Word};
use ed25519_dalek::{Signer, SigningKey};

use super::exchange::Exchange;
use super::lane::{Ms, PAUSE_ASKED_MAX_MS};
use crate::enrol::certificate_request;
use crate::error::{Error, Result};
use crate::keys::Installation;
use crate::line::{Line, LineError, tls};

/// A certificate is renewed so many days before its end.
const RENEW_DAYS: i64 = 10;
/// After a renewal, the next one at the earliest.
const RETRY_MS: Ms = 600_000;
/// The same when the certificate has run out already, so that nothing else can be done.
const RETRY_EXPIRED_MS: Ms = 20_000;
/// After a failure to tell of substitutes, the next try at the earliest.
const SUBSTITUTES_RETRY_MS: Ms = 60_000;
/// Meta key: hash of the deposit that the centre has.
pub const META_DEPOSITED: &str = "deposited";

/// Writes an installation's new certificate down, durably.
pub type Keep = Arc<dyn Fn(&Installation) -> Result<()> + Send + Sync>;
/// Seals the data key to an escrow key where it is not yet, and says what to hand in.
pub type Entrust = Arc<dyn Fn(&EscrowKey) -> Result<Deposit> + Send + Sync>;

/// What is to be told of substitutes now; None for nothing.
pub type Say = Arc<dyn Fn() -> Result<Option<Word>> + Send + Sync>;
/// Takes the answer to that in.
pub type Hear = Arc<dyn Fn(&Word, &Heard) -> Result<()> + Send + Sync>;

/// What the exchange says of substitutes, and takes in.
pub struct Substitutes {
    /// See [`Say`].
    pub word: Say,
    /// See [`Hear`].
    pub heard: Hear,
}

/// The installation, and what may be done with its keys.
pub struct Custody {
    /// As enrolled, or with its newest certificate.
    pub installation: Mutex<Installation>,
    /// See [`Keep`].
    pub keep: Keep,
    /// See [`Entrust`].
    pub entrust: Entrust,
    /// See [`Substitutes`].
    pub substitutes: Substitutes,
}

impl Exchange {
    /// Renews the certificate when it is time to. A failure is said in the log: until the end there is
    /// time, and after it the line says what is wrong.
    pub(super) async fn renew_if_due(&self, expired: bool) {
        let Some(custody) = &self.setup.custody else {
            return;
        };
        let installation = custody
            .installation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let soon = self.setup.clock.centre() + TimeDelta::days(RENEW_DAYS);
        let due = expired || installation.until.is_none_or(|until| until < soon);
        let pause = if expired { RETRY_EXPIRED_MS } else { RETRY_MS };
        let tried = self.renewal_tried.get();
        let again = tried.is_none_or(|tried| self.now() >= tried + pause);
        if !due || !again || self.custody_rests() || installation.centre_url.is_empty() {
            return;
        }
        self.renewal_tried.set(Some(self.now()));
        match self.renew(custody, installation).await {
            Ok(()) => tracing::info!("the certificate was renewed"),
            Err(error) => self.custody_failed(&error, "the certificate was not renewed"),
        }
    }

    async fn renew(&self, custody: &Custody, mut installation: Installation) -> Result<()> {
        let (clock, switch) = (self.setup.clock.clone(), self.setup.line.switch().clone());
        let tls = tls::city(&installation.ca_pem, clock.clone())?;
        let line = Line::new(&installation.centre_url, tls, switch)?;
        let wish = RenewWish {
            installation: installation.id,
        };
        let challenge = line.challenge(&wish).await?;
        clock.told(challenge.server_time);
        let (key_pem, request_pem) = certificate_request()?;
        let said = renewal(installation.id, &challenge.nonce, &request_pem);
        let signature = SigningKey::from_bytes(&installation.log_key).sign(&said);
        let renew = Renew {
            installation: installation.id,
            nonce: challenge.nonce,
            request_pem,
            signature: hex::encode(signature.to_bytes()),
        };
        let renewed = line.renew(&renew).await?;
        // Only a certificate that fits its key takes the place of one that works.
        let (ca, certificate) = (&installation.ca_pem, &renewed.certificate_pem);
        tls::mutual(ca, certificate, &key_pem, clock.clone())
            .map_err(|_| LineError::new("enrol.bad_answer"))?;
        installation.certificate_pem = renewed.certificate_pem;
        installation.key_pem = key_pem.to_string();
        installation.until = Some(renewed.until);
        installation.number = renewed.number;
        (custody.keep)(&installation)?;
        self.setup.line.certify(&installation, clock)?;
        *custody
            .installation
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = installation;
        Ok(())
    }

    /// Seals the data key to the escrow key in force and hands the key file's copy in, where the
    /// centre does not have it as it is.
    pub(super) async fn entrust(&self, key: Option<&EscrowKey>) {
        let (Some(custody), Some(key)) = (&self.setup.custody, key) else {
            return;
        };
        if self.custody_rests() {
            return;
        }
        if let Err(error) = self.hand_in(custody, key).await {
            self.custody_failed(&error, "the key file's copy was not handed in");
        }
    }

    /// Tells who was let in, hands a new code in, and asks who may be let in, where it is time to.
    pub(super) async fn tell_of_substitutes(&self) {
        let Some(custody) = &self.setup.custody else {
            return;
        };
        let tried = self.substitutes_tried.get();
        let soon = tried.is_some_and(|tried| self.now() < tried + SUBSTITUTES_RETRY_MS);
        if soon || self.custody_rests() {
            return;
        }
        match self.ask_of_substitutes(&custody.substitutes).await {
            Ok(()) => self.substitutes_tried.set(None),
            Err(error) => {
                self.substitutes_tried.set(Some(self.now()));
                self.custody_failed(&error, "nothing was told of substitutes");
            }
        }
    }

    /// Whether the centre asked for a pause in all this, and it is not over.
    pub(super) fn custody_rests(&self) -> bool {
        self.now() < self.custody_rests.get()
    }

    /// Says so in the log, and rests as long as the centre asked for: all stations that it asked at a
    /// time do not come back at a time.
    pub(super) fn custody_failed(&self, error: &Error, what: &str) {
        tracing::warn!(code = error.code(), "{what}");
        if let Some(asked) = error.retry_after() {
            let asked_ms = Ms::try_from(asked.as_millis()).unwrap_or(Ms::MAX);
            let rest_ms = asked_ms.min(PAUSE_ASKED_MAX_MS) as f64 * (1.0 + 0.5 * self.jitter());
            self.custody_rests.set(self.now() + rest_ms as Ms);
        }
    }

    async fn ask_of_substitutes(&self, substitutes: &Substitutes) -> Result<()> {
        let Some(word) = (substitutes.word)()? else {
            return Ok(());
        };
        let heard = self.setup.line.tell_of_substitutes(&word).await?;
        (substitutes.heard)(&word, &heard)
    }

    async fn hand_in(&self, custody: &Custody, key: &EscrowKey) -> Result<()> {
        let deposit = (custody.entrust)(key)?;
        let name = hash(&serde_json::to_string(&deposit)?);
        let store = &self.setup.store;
        if store.meta(META_DEPOSITED)?.as_deref() == Some(name.as_str()) {
            return Ok(());
        }
        self.setup.line.deposit(&deposit).await?;
        store.set_meta(META_DEPOSITED, &name)
    }
}
