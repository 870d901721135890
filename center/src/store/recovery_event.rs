//! Every step of key recovery: who, when, which station, which request. Added to, never changed.

use chrono::{DateTime, Utc};
use domain::{Division, Id};

use super::recovery_request::Request;
use crate::database::Tx;
use crate::error::Result;

/// A step. Its name is what the console's history and its locale files know it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Three officers made a new escrow key.
    KeyMade,
    /// An officer changed their passphrase.
    PassphraseChanged,
    /// A wrong passphrase was typed.
    WrongPassphrase,
    /// A station asked over the line.
    Asked,
    /// An officer brought in a request as a file.
    BroughtIn,
    /// One officer approved.
    Approved,
    /// The second officer approved; the data key was opened for the station.
    Opened,
    /// An officer refused.
    Refused,
    /// What is sealed in the request does not open.
    Unreadable,
    /// The station fetched the answer.
    Fetched,
    /// An officer took the answer as a file.
    TakenOut,
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::KeyMade => "key_made",
            What::PassphraseChanged => "passphrase_changed",
            What::WrongPassphrase => "wrong_passphrase",
            What::Asked => "asked",
            What::BroughtIn => "brought_in",
            What::Approved => "approved",
            What::Opened => "opened",
            What::Refused => "refused",
            What::Unreadable => "unreadable",
            What::Fetched => "fetched",
            What::TakenOut => "taken_out",
        }
    }
}

/// Records a step, in the transaction that takes it.
pub async fn record(
    tx: &Tx<'_>,
    what: What,
    staff: Option<Id>,
    request: Option<&Request>,
) -> Result<()> {
    super::run(
        tx,
        "INSERT INTO recovery_event (what, staff, community, installation, request, hash)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            &what.name(),
            &staff.map(|id| id.0),
            &request.map(|request| &request.community.0),
            &request.map(|request| request.installation.0),
            &request.map(|request| request.id.0),
            &request.map(|request| &request.hash),
        ],
    )
    .await?;
    Ok(())
}

/// A step as it is shown.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// See [`What`].
    pub what: String,
    /// Which officer.
    pub staff: Option<Id>,
    /// Which station's community.
    pub community: Option<Division>,
    /// Which request.
    pub request: Option<Id>,
    /// Its hash.
    pub hash: Option<String>,
}

/// The last steps in an area; those about no station are the city's.
pub async fn list(tx: &Tx<'_>, area: &Division, limit: i64) -> Result<Vec<Event>> {
    let rows = super::rows(
        tx,
        "SELECT at, what, staff, community, request, hash FROM recovery_event
         WHERE starts_with(coalesce(community, ''), $1)
             OR (community IS NULL AND length($1) = 4)
         ORDER BY id DESC LIMIT $2",
        &[&area.0, &limit],
    )
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Event {
                at: row.try_get("at")?,
                what: row.try_get("what")?,
                staff: row.try_get::<_, Option<_>>("staff")?.map(Id),
                community: row.try_get::<_, Option<String>>("community")?.map(Division),
                request: row.try_get::<_, Option<_>>("request")?.map(Id),
                hash: row.try_get("hash")?,
            })
        })
        .collect()
}
