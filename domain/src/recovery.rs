//! Recovery of an installation's data key through the city's key officers: what a locked station
//! asks, what it gets, and the code that is compared over the phone.
//!
//! The texts travel verbatim, over the line or as a file: [`hash`] is taken of the bytes as they
//! were written. No key is in any of them but sealed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Division, Id, Staff};

/// Bytes of a request or an answer as text: small enough for a QR code of a request.
pub const TEXT_LIMIT_BYTES: usize = 16 << 10;
/// Characters of what a person writes into a request.
pub const WORDS_LIMIT: usize = 60;
/// Hours that a request stands, and that an answer may be used.
pub const HOURS: i64 = 24;
/// Data keys of one station at once: the one in force, and the one to come.
pub const SEALED_LIMIT: usize = 2;
/// Bytes of a sealed data key; suite 2's is the longest.
pub const SEALED_LIMIT_BYTES: usize = 512;
/// Bytes of a deposited key file.
pub const DEPOSIT_LIMIT_BYTES: usize = 64 << 10;

/// The centre's public escrow key, to which stations seal their data key. Two of three key
/// officers open it together; nobody has its private half.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscrowKey {
    /// Sixteen hex digits that name it (`crypto::BoxPublicKey::id`).
    pub id: String,
    /// Suite and public key, hex (`crypto::BoxPublicKey::to_bytes`).
    pub public: String,
}

impl EscrowKey {
    /// SHA-256 of suite and public key, hex: shown in groups, and compared with what the city
    /// published.
    pub fn fingerprint(&self) -> String {
        crate::sync::sha256_hex(&hex::decode(&self.public).unwrap_or_default())
    }
}

/// `POST /deposit`: what the centre keeps for a station whose key file may be lost: the file
/// without the wraps of its staff. Nothing in it opens without the escrow key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deposit {
    /// The escrow key that the data key in it is sealed to.
    pub escrow_key: String,
    /// The data key sealed to it for [`crate::sync::recovery_purpose`], hex; while it is being
    /// changed also the one to come.
    pub sealed: Vec<String>,
    /// The key file without wraps (JSON).
    pub file: String,
}

/// Why a station cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Cause {
    /// Nobody here knows their password.
    ForgottenPassword,
    /// The card that the city asks for at the log-in is lost, or was replaced by a new one.
    LostCard,
    /// The machine's own secret is gone: a new board, a cleared TPM, a new system.
    MachineSecretGone,
    /// The key file and its copy are gone.
    KeyFileMissing,
    /// All who could log in have left.
    StaffLeft,
    /// The disk is in another computer.
    DiskMoved,
    /// A backup was restored on a new computer.
    NewComputer,
}

/// A locked station's request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Made by the station.
    pub id: Id,
    /// Which machine.
    pub installation: Id,
    /// The escrow key that `sealed` is for; None, and nothing sealed, when the key file is gone and
    /// the centre's deposit has to serve.
    pub escrow_key: Option<String>,
    /// The data key sealed to it for [`crate::sync::recovery_purpose`], hex; while it is being
    /// changed also the one to come.
    pub sealed: Vec<String>,
    /// Suite and public key made for this request, hex: the answer is sealed to it.
    pub to: String,
    /// What happened.
    pub cause: Cause,
    /// Who asks, as they wrote it.
    pub by: String,
    /// Who is to get a new password: a log-in name the centre knows at this station.
    pub login: String,
    /// What else they say.
    pub note: String,
    /// By the station's clock, for people to read.
    pub made_at: DateTime<Utc>,
}

/// `POST /recovery` on the port that asks for no certificate: an [`Ask`] as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The text.
    pub ask: String,
}

/// `POST /recovery/look`: what became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Which.
    pub request: Id,
    /// Its [`hash`].
    pub hash: String,
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stands", rename_all = "snake_case")]
pub enum Stands {
    /// Waiting for officers.
    Waiting {
        /// How many have approved.
        approvals: u32,
    },
    /// An officer refused it.
    Refused {
        /// Why, in their words.
        reason: String,
    },
    /// Nobody decided in time, or the answer was not fetched in time.
    Expired,
    /// Opened: an [`Answer`] as text.
    Answered {
        /// The text.
        answer: String,
    },
}

/// The answer to a request. The data key in it opens with the request's private key *and* the
/// release code that the second officer reads to the station over the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The request.
    pub request: Id,
    /// Its [`hash`].
    pub hash: String,
    /// A [`Release`] (JSON) sealed to the request's key with [`answer_purpose`], hex.
    pub sealed: String,
    /// The deposited key file, where the station has none.
    pub file: Option<String>,
}

/// What is inside an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Who may set a new password, as the centre knows them at this station.
    pub staff: Staff,
    /// Their log-in name.
    pub login: String,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Salt of the release code (argon2id, [`RELEASE_MEMORY_KIB`], [`RELEASE_PASSES`]), hex.
    pub salt: String,
    /// What was sealed, each under the release code with purpose [`RELEASE_PURPOSE`], hex.
    pub keys: Vec<String>,
}

/// Memory of argon2id over a release code, KiB.
pub const RELEASE_MEMORY_KIB: u32 = 64 * 1024;
/// Passes over it.
pub const RELEASE_PASSES: u32 = 3;
/// What the data key in a [`Release`] is sealed for.
pub const RELEASE_PURPOSE: &str = "yizhan recovery release 1";
/// Digits of a release code.
pub const RELEASE_DIGITS: usize = 8;

/// Whether this is what a station may send as its sealed data keys.
pub fn are_sealed(sealed: &[String]) -> bool {
    let fits = |one: &String| one.len() <= 2 * SEALED_LIMIT_BYTES && hex::decode(one).is_ok();
    sealed.len() <= SEALED_LIMIT && sealed.iter().all(fits)
}

/// SHA-256 of a text as it travels, hex.
pub fn hash(text: &str) -> String {
    crate::sync::sha256_hex(text.as_bytes())
}

/// What an answer is sealed for: this very request.
pub fn answer_purpose(hash: &str) -> String {
    format!("yizhan recovery answer 1 {hash}")
}

/// The code that both sides read to each other: 16 digits of a request's [`hash`] in groups of
/// four. Whoever swaps the key in a request changes it.
pub fn spoken_code(hash: &str) -> String {
    let bytes = hex::decode(hash).unwrap_or_default();
    let mut eight = [0; 8];
    let length = bytes.len().min(8);
    eight[..length].copy_from_slice(&bytes[..length]);
    let digits = format!("{:016}", u64::from_be_bytes(eight) % 10_000_000_000_000_000);
    let groups: Vec<_> = (0..4).map(|at| &digits[at * 4..at * 4 + 4]).collect();
    groups.join(" ")
}

/// The digits of a code as somebody typed it: blanks and dashes do not matter.
pub fn digits(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_digit).collect()
}

/// `POST /renew/challenge` on the port that asks for no certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenewWish {
    /// Whose certificate.
    pub installation: Id,
}

/// Its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// To be signed within minutes.
    pub nonce: String,
    /// The centre's clock.
    pub server_time: DateTime<Utc>,
}

/// `POST /renew`: a new certificate for who holds the log's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {
    /// Whose.
    pub installation: Id,
    /// From the challenge.
    pub nonce: String,
    /// PEM request for the client certificate, with a new key.
    pub request_pem: String,
    /// Ed25519 of the log's key over [`renewal`], hex.
    pub signature: String,
}

/// What is signed to renew a certificate.
pub fn renewal(installation: Id, nonce: &str, request_pem: &str) -> Vec<u8> {
    let request = crate::sync::sha256_hex(request_pem.as_bytes());
    format!("yizhan renewal 1 {installation} {nonce} {request}").into_bytes()
}

/// The answer to [`Renew`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renewed {
    /// The new client certificate, PEM.
    pub certificate_pem: String,
    /// Until when it holds.
    pub until: DateTime<Utc>,
    /// The machine's number within its community.
    pub number: u32,
}

/// `GET /centre` on the port that asks for no certificate: who answers here, before anything is
/// told to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The city CA, PEM.
    pub ca_pem: String,
    /// The city.
    pub city: Division,
    /// Its name.
    pub city_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spoken_code_is_sixteen_digits_and_follows_every_change_of_the_text() {
        let code = spoken_code(&hash("a request"));
        assert_eq!(code.len(), 19);
        assert_eq!(digits(&code).len(), 16);
        assert_ne!(code, spoken_code(&hash("a requesT")));
        assert_eq!(spoken_code("no hash"), "0000 0000 0000 0000");
    }
}
