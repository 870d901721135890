//! Stations of the herd: enrolled through the centre's own port, their commands signed, chained and
//! packed before the clock starts, since each station did that on its own machine days ago.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::sync::{Entry, LogAt, Push, first_link, link};
use domain::{Division, Id, Staff};
use ed25519_dalek::{Signer, SigningKey};
use rand::rngs::OsRng;
use station::enrol;
use station::keys::Installation;
use station::line::Packed;
use station::line::tls::Clock;
use uuid::Uuid;

use super::mix::Author;
use crate::Failed;

/// One station and what it has waiting.
pub struct Waiting {
    /// Keys and certificate.
    pub installation: Installation,
    /// Its pushes, in order.
    pub pushes: Vec<Batch>,
    /// Its log.
    pub log: LogAt,
}

/// One push.
#[derive(Clone)]
pub struct Batch {
    /// Number of its last command.
    pub last: u64,
    /// Its body.
    pub packed: Packed,
}

/// Somebody who works at a station of the herd.
pub fn staff(station: usize, community: &Division) -> Staff {
    Staff {
        id: Id(Uuid::from_u128(0x5_0000_0000_u128 + station as u128)),
        name: format!("示范员{station}"),
        area: community.clone(),
    }
}

/// Enrols with a one-time code.
pub fn enrol(url: &str, ca: &str, code: &str) -> Result<Installation, Failed> {
    let clock = Arc::new(Clock::system());
    let made =
        enrol::request(url, code, ca, &clock, &mut OsRng).map_err(|error| error.to_string())?;
    Ok(Installation {
        id: made.enrolled.installation,
        community: made.enrolled.community,
        community_name: made.enrolled.community_name,
        station_url: made.enrolled.station_url,
        centre_url: url.to_owned(),
        number: made.enrolled.number,
        until: made.enrolled.until,
        certificate_pem: made.enrolled.certificate_pem,
        key_pem: made.key_pem.to_string(),
        ca_pem: made.enrolled.ca_pem,
        log_key: *made.log_key,
        centre_key: made.enrolled.centre_key,
    })
}

/// Writes and packs a station's commands.
pub fn wait(
    installation: Installation,
    station: usize,
    commands: u64,
    batch: u64,
    at: DateTime<Utc>,
) -> Result<Waiting, Failed> {
    let author = Author {
        station: station as u64,
        community: installation.community.clone(),
        staff: staff(station, &installation.community),
        at,
    };
    let key = SigningKey::from_bytes(&installation.log_key);
    let mut log = LogAt {
        last: 0,
        link: first_link(),
    };
    let mut pushes = Vec::new();
    while log.last < commands {
        let from = log.last + 1;
        let mut entries = Vec::new();
        for n in from..(from + batch).min(commands + 1) {
            let command = author.command(n - 1)?;
            let body = serde_json::to_string(&command)?;
            let link = link(&log.link, installation.id, n, command.id, &body);
            let signature = hex::encode(key.sign(&hex::decode(&link)?).to_bytes());
            log = LogAt {
                last: n,
                link: link.clone(),
            };
            entries.push(Entry {
                n,
                id: command.id,
                body,
                link,
                signature,
            });
        }
        let push = Push {
            from,
            commands: entries,
        };
        let packed = Packed::new(&push).map_err(|error| error.to_string())?;
        pushes.push(Batch {
            last: log.last,
            packed,
        });
    }
    Ok(Waiting {
        installation,
        pushes,
        log,
    })
}
