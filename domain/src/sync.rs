//! What station and centre say, the log's chain, the feed's checksum. JSON bodies, zstd on the wire.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::heartbeat::Heartbeat;
use crate::new_log::NewLog;
use crate::order::Report;
pub use crate::pace::Pace;
use crate::recovery::EscrowKey;
use crate::{Division, Id, Staff};

pub use crate::lease::{Lease, LeaseMember, LeaseTerms, SignedLease, lease_message};

/// Spoken by both sides; a station may always push, whatever its version.
pub const PROTOCOL: u32 = 1;
/// Commands in one push.
pub const PUSH_LIMIT: usize = 2_000;
/// Compressed bytes of one push.
pub const PUSH_LIMIT_BYTES: usize = 1 << 20;
/// Decoded bytes of one push.
pub const PUSH_DECODED_LIMIT_BYTES: usize = 8 << 20;
/// Facts in one pull.
pub const PULL_LIMIT: usize = 2_000;
/// Bytes of one blob part.
pub const BLOB_PART_BYTES: usize = 256 << 10;
/// The slowest line that is waited for, bytes a second: a lane of several on a village's 64 kbit/s. A body
/// has so much more time as it is long, and who sends or reads more slowly than this is let go.
pub const FLOOR_BYTES_PER_S: u64 = 2 << 10;
/// Bytes of one page.
pub const BLOB_LIMIT_BYTES: u64 = 32 << 20;
/// Bytes of a page's preview.
pub const PREVIEW_LIMIT_BYTES: usize = 32 << 10;
/// Pixels of a preview's longer side.
pub const PREVIEW_SIDE: u32 = 480;
/// Bytes of a stored page in one answer to a station that has lost its own copy.
pub const PAGE_PART_BYTES: usize = 4 << 20;
/// The algorithm byte hashed into links: suite 1, SHA-256 and Ed25519.
pub const SUITE: u8 = 1;

/// The time that so many bytes may take beyond what a request without any may.
pub fn time_for(bytes: usize) -> std::time::Duration {
    std::time::Duration::from_millis(bytes as u64 * 1_000 / FLOOR_BYTES_PER_S)
}

/// 32 bytes as hex: a link of a log.
pub type Link = String;
/// 16 bytes as hex: a feed's running checksum.
pub type Sum = String;

/// One numbered command on its way up. `body` is kept verbatim, never written anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Position in the log, from 1.
    pub n: u64,
    /// The command's id.
    pub id: Id,
    /// The command as its author wrote it (JSON).
    pub body: String,
    /// See [`link`].
    pub link: Link,
    /// Ed25519 over the link's 32 bytes, hex.
    pub signature: String,
}

/// The link of an entry: `H(suite ‖ previous ‖ installation ‖ n ‖ command id ‖ H(body))`.
pub fn link(previous: &str, installation: Id, n: u64, command: Id, body: &str) -> Link {
    let mut hash = Sha256::new();
    hash.update([SUITE]);
    hash.update(hex::decode(previous).unwrap_or_default());
    hash.update(installation.as_bytes());
    hash.update(n.to_be_bytes());
    hash.update(command.as_bytes());
    hash.update(Sha256::digest(body.as_bytes()));
    hex::encode(hash.finalize())
}

/// The link before the first.
pub fn first_link() -> Link {
    "00".repeat(32)
}

/// The checksum of a feed after one more fact.
pub fn sum_after(sum: &str, fact_body: &str) -> Sum {
    let mut hash = Sha256::new();
    hash.update(hex::decode(sum).unwrap_or_default());
    hash.update(fact_body.as_bytes());
    hex::encode(&hash.finalize()[..16])
}

/// The checksum of an empty feed.
pub fn first_sum() -> Sum {
    "00".repeat(16)
}

/// SHA-256 as hex: the name of a blob, the hash of a card's block.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What a data key is sealed to the centre's officers for: one installation's, so that one station's
/// sealed key cannot be passed off as another's.
pub fn recovery_purpose(installation: Id) -> String {
    format!("yizhan recovery 2 {installation}")
}

/// `POST /hello`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// See [`PROTOCOL`].
    pub protocol: u32,
    /// The program's version.
    pub version: String,
    /// Starts counted by the installation.
    pub boots: u64,
    /// Drawn anew at each start: the same number of starts with another one is another machine. None
    /// from a program that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Id>,
    /// Its store was restored from a backup, and has not been heard since: it may have counted fewer
    /// starts than were heard of before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub restored: bool,
    /// How far the feed is folded.
    pub feed: FeedAt,
    /// The log as the station has it.
    pub log: LogAt,
    /// Unsent commands and pages.
    pub unsent: Unsent,
    /// The station's audit: what it says now it can't take back.
    #[serde(default)]
    pub audit: AuditHead,
    /// The serial number of the lease it holds; 0 for none.
    #[serde(default)]
    pub lease: u64,
    /// The address of the catalogue that the station works by, see [`crate::bundle`]; None from a program
    /// that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// How the station is; None from a program that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Heartbeat>,
    /// What became of orders, until the centre is known to have heard of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<Report>,
    /// How long to wait for news, 0 for at once (long poll).
    pub wait_ms: u64,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// A position in a feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedAt {
    /// The last folded fact.
    pub seq: u64,
    /// The checksum there.
    pub sum: Sum,
}

/// A position in a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAt {
    /// The last entry.
    pub last: u64,
    /// Its link.
    pub link: Link,
}

/// What has not left yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// Commands.
    pub commands: u64,
    /// Pages.
    pub pages: u64,
}

/// Where an audit's chain stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// The last record; 0 for none.
    pub n: u64,
    /// Its SM3 hash, hex.
    pub hash: String,
}

/// The answer to [`Hello`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HelloReply {
    /// The centre's clock.
    pub server_time: DateTime<Utc>,
    /// The last entry the centre has.
    pub acked: u64,
    /// Its link; empty from a centre that does not say.
    #[serde(default)]
    pub link: Link,
    /// The last entry in a verified backup.
    pub durable: u64,
    /// The feed's head.
    pub head: u64,
    /// The checksum there; empty from a centre that does not say.
    #[serde(default)]
    pub sum: Sum,
    /// How fast to go.
    pub pace: Pace,
    /// Who may work here, and until when.
    pub lease: SignedLease,
    /// The centre's own audit, for stations to witness.
    #[serde(default)]
    pub audit: AuditHead,
    /// Lowest protocol that may do new work.
    pub minimum_protocol: u32,
    /// Hash of the catalogue in force: what commands name.
    pub catalogue: String,
    /// The same with divisions and policy, as a file; None from a centre that does not send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<crate::bundle::Offer>,
    /// The escrow key in force; a station seals its data key to it.
    #[serde(default)]
    pub escrow: Option<EscrowKey>,
    /// What the station is told to do; unknown ones are ignored.
    #[serde(default)]
    pub orders: Vec<serde_json::Value>,
    /// Another machine speaks with this one's key and log: it goes on in a new log, or not at all.
    #[serde(default, skip_serializing_if = "is_false")]
    pub copied: bool,
    /// Quicker than pulling facts, for a station that is far behind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<crate::snapshot::Offer>,
}

/// `POST /push`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    /// Number of the first entry.
    pub from: u64,
    /// Entries in order.
    pub commands: Vec<Entry>,
}

/// The answer to [`Push`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushReply {
    /// The last entry the centre has.
    pub acked: u64,
}

/// `POST /pull`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pull {
    /// Where the station is.
    pub after: FeedAt,
    /// At most so many.
    pub limit: usize,
}

/// A fact on its way down; `body` is the fact as the centre wrote it (JSON).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedFact {
    /// Dense position.
    pub seq: u64,
    /// See [`crate::Fact`].
    pub body: String,
    /// The running checksum with this one.
    pub sum: Sum,
}

/// The answer to [`Pull`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PullReply {
    /// In order, without gaps.
    pub facts: Vec<FeedFact>,
    /// The feed's head.
    pub head: u64,
}

/// `POST /enrol`, on the port that asks for no certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrol {
    /// The one-time code.
    pub code: String,
    /// PEM request for the client certificate.
    pub request_pem: String,
    /// Ed25519 public key of the log, hex.
    pub log_key: String,
    /// Set when the log goes on from another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_log: Option<NewLog>,
}

/// The answer to [`Enrol`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Enrolled {
    /// The installation's id.
    pub installation: Id,
    /// Its community.
    pub community: Division,
    /// The community's name.
    pub community_name: String,
    /// Client certificate, PEM.
    pub certificate_pem: String,
    /// The city CA, PEM.
    pub ca_pem: String,
    /// Where the mTLS port is.
    pub station_url: String,
    /// Until when the certificate holds.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// The machine's number within its community, from 1; part of its serials. 0 from a centre
    /// that gives none.
    #[serde(default)]
    pub number: u32,
    /// The escrow key in force.
    #[serde(default)]
    pub escrow: Option<EscrowKey>,
    /// Ed25519 public key that signs leases, hex: pinned from now on.
    pub centre_key: String,
}

/// `POST /login`: the first log-in of a staff member on an installation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// Log-in name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// The answer to [`Login`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LoggedIn {
    /// Who.
    pub staff: Staff,
    /// The centre's day.
    pub today: NaiveDate,
    /// See [`LeaseMember::mark`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// `POST /password`: a staff member's new password, from a counter. Answered by [`LoggedIn`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewPassword {
    /// Log-in name.
    pub login: String,
    /// The password until now.
    pub old: String,
    /// The password from now on. Where it is in force already, nothing is changed.
    pub new: String,
}

/// `GET /blob/{sha256}`: how much of it is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobAt {
    /// Bytes received.
    pub have: u64,
    /// Whole, re-hashed and stored.
    pub stored: bool,
}

/// What every refusal of a request says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `area.what`; see `docs/failure-codes.md`.
    pub code: String,
    /// When to try again, where that helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// Where the centre's log ends, when the request did not continue it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acked: Option<u64>,
}
