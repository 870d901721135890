//! What the centre orders one station to do, under the centre's signature and for one installation
//! alone, and what the station reports of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sync::{LogAt, Unsent};
use crate::{Division, Id};

/// Lines of one log extract.
pub const EXTRACT_LINES: usize = 400;
/// Bytes of one log extract: a hello takes no more beside everything else in it.
pub const EXTRACT_BYTES: usize = 40 << 10;

/// An [`Order`] under the centre's signature. `body` is kept verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOrder {
    /// The order (JSON).
    pub body: String,
    /// Ed25519 over [`order_message`], hex.
    pub signature: String,
}

/// What is signed: the body under a label of its own, so that it can't stand for anything else.
pub fn order_message(body: &str) -> Vec<u8> {
    [b"yizhan order 1\n", body.as_bytes()].concat()
}

/// What one installation has to do, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id: what was carried out is not carried out again.
    pub id: Id,
    /// The only installation it is for.
    pub installation: Id,
    /// When it was given.
    pub given_at: DateTime<Utc>,
    /// What to do.
    pub what: What,
}

/// What to do. A station ignores what it does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// Send the last lines of what the program noted; nobody's data.
    LogExtract {},
    /// Load the feed anew from the beginning. What was done here and not sent stays.
    Resync {},
    /// Destroy the keys, then the data.
    Wipe {
        /// Also while something has not been sent, which is lost with it.
        even_if_unsent: bool,
    },
    /// Serve another community: send everything, then go on there in a new log with an empty record.
    Remap {
        /// Which.
        community: Division,
        /// Its name.
        community_name: String,
        /// The one-time code for the new log. Only this machine's log key makes it good.
        code: String,
        /// Those who work for the old community go along.
        with_staff: bool,
    },
    /// An order that was given before is taken back: what of it can still be stopped is stopped. The
    /// report is about that order.
    Withdraw {
        /// Which.
        order: Id,
    },
}

impl What {
    /// As it is kept and shown.
    pub fn name(&self) -> &'static str {
        match self {
            What::LogExtract {} => "log_extract",
            What::Resync {} => "resync",
            What::Wipe { .. } => "wipe",
            What::Remap { .. } => "remap",
            What::Withdraw { .. } => "withdraw",
        }
    }
}

/// What became of an order, as the station says it until the centre has heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which.
    pub order: Id,
    /// How far it is.
    pub state: ReportState,
    /// Why it was not carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The log's extract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Before the keys go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<SignedReceipt>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    /// Carried out; with a wipe: nothing can stop it any more.
    Done,
    /// Not carried out, and not tried again.
    Failed,
}

/// A [`Receipt`] under the station's log key. `body` is kept verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// The receipt (JSON).
    pub body: String,
    /// Ed25519 over [`receipt_message`], hex.
    pub signature: String,
}

/// What is signed.
pub fn receipt_message(body: &str) -> Vec<u8> {
    [b"yizhan wipe receipt 1\n", body.as_bytes()].concat()
}

/// The last thing that a station says before its keys are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The order it obeys.
    pub order: Id,
    /// Who is wiped.
    pub installation: Id,
    /// When, by its own clock.
    pub at: DateTime<Utc>,
    /// Where its log ends.
    pub log: LogAt,
    /// What is lost because it was not sent.
    pub unsent: Unsent,
    /// Forms under way that are lost; they were never sent to anybody.
    pub drafts: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_of_a_kind_that_is_not_known_is_not_read_as_another() {
        let id = Id(uuid::Uuid::nil());
        let order = Order {
            id,
            installation: id,
            given_at: DateTime::default(),
            what: What::Resync {},
        };
        let said = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&said).unwrap(), order);
        let newer = said.replace("resync", "dance");
        assert!(serde_json::from_str::<Order>(&newer).is_err());
    }
}
