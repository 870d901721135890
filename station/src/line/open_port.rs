//! What is asked at the port that wants no certificate, beside enrolment: who answers there, a
//! locked station's recovery, and a new certificate in the place of one that ran out.

use domain::recovery::{
    Asked, Challenge, Deposit, Introduction, Look, Renew, RenewWish, Renewed, Stands,
};
use domain::substitute::{Heard, Word};
use reqwest::Method;

use super::{Line, LineError, Packed, REQUEST_LIMIT};

impl Line {
    /// `GET /centre`: who answers here. Nothing is told.
    pub async fn introduction(&self) -> Result<Introduction, LineError> {
        let request = self.request(Method::GET, "centre");
        self.exchange(request, REQUEST_LIMIT).await
    }

    /// `POST /recovery` with a `domain::recovery::Ask` as text.
    pub async fn ask(&self, ask: String) -> Result<Stands, LineError> {
        self.post("recovery", Packed::new(&Asked { ask })?).await
    }

    /// `POST /recovery/look`
    pub async fn look(&self, look: &Look) -> Result<Stands, LineError> {
        self.post("recovery/look", Packed::new(look)?).await
    }

    /// `POST /renew/challenge`
    pub async fn challenge(&self, wish: &RenewWish) -> Result<Challenge, LineError> {
        self.post("renew/challenge", Packed::new(wish)?).await
    }

    /// `POST /renew`
    pub async fn renew(&self, renew: &Renew) -> Result<Renewed, LineError> {
        self.post("renew", Packed::new(renew)?).await
    }

    /// `POST /substitute`, on the station's own port.
    pub async fn tell_of_substitutes(&self, word: &Word) -> Result<Heard, LineError> {
        self.post("substitute", Packed::new(word)?).await
    }

    /// `POST /deposit`, on the station's own port.
    pub async fn deposit(&self, deposit: &Deposit) -> Result<(), LineError> {
        self.post("deposit", Packed::new(deposit)?).await
    }
}
