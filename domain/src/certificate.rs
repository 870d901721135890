//! The centre's word that a station has nothing unsent: for the day a machine is replaced, a station is
//! closed, or somebody asks whether everything has arrived. Verifiable without a network by whoever has
//! the centre's public key.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::sync::{FeedAt, LogAt, Unsent};
use crate::{Division, Id};

/// What is certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NothingUnsent {
    /// Which machine.
    pub installation: Id,
    /// Its community.
    pub community: Division,
    /// That community's name.
    pub community_name: String,
    /// The machine's number there; 0 where it has none.
    pub number: u32,
    /// The last entry of its log; the centre has all up to it.
    pub log: LogAt,
    /// The end of its community's feed.
    pub feed: FeedAt,
    /// When the station said that nothing is unsent.
    pub said_at: DateTime<Utc>,
    /// When this was certified.
    pub issued_at: DateTime<Utc>,
}

/// `POST /certificate`: a station says that it has nothing unsent, and asks for the centre's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NothingLeft {
    /// The end of its log.
    pub log: LogAt,
    /// What has not left: nothing, or it is refused.
    pub unsent: Unsent,
}

/// A certificate as a file: words for people, and what was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateFile {
    /// The same in words. Not signed itself: it must be what the body says, see
    /// [`NothingUnsent::words`].
    pub words: Vec<String>,
    /// [`NothingUnsent`] word for word (JSON).
    pub body: String,
    /// Ed25519 over [`certificate_message`], hex.
    pub signature: String,
    /// The centre's public key, hex. Who verifies compares it with one got another way.
    pub key: String,
}

/// What is signed: the body under a label of its own.
pub fn certificate_message(body: &str) -> Vec<u8> {
    [b"yizhan nothing unsent 1\n", body.as_bytes()].concat()
}

impl NothingUnsent {
    /// For people, in both languages.
    pub fn words(&self) -> Vec<String> {
        let at = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let mut whose = format!("{} {}", self.community_name, self.community);
        if self.number > 0 {
            // Writing to a string cannot fail.
            let _ = write!(whose, " #{}", self.number);
        }
        let (last, link) = (self.log.last, &self.log.link);
        let (said, issued) = (at(self.said_at), at(self.issued_at));
        vec![
            format!("无积压证明：{whose}"),
            format!(
                "截至 {said}，该机报告没有未发送的办件和材料；市中心已收到其第 1 至 {last} 件。此后的办件和\
                 未提交的草稿不在本证明之内。"
            ),
            format!("Nothing unsent: {whose}"),
            format!(
                "At {said} this machine said that no filing and no page is unsent; the centre has its \
                 entries 1 to {last}. Later entries, and drafts that were not submitted, are not covered."
            ),
            format!("installation {}", self.installation),
            format!("link {link}"),
            format!("feed {} {}", self.feed.seq, self.feed.sum),
            format!("issued {issued}"),
        ]
    }
}
