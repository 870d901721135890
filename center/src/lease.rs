//! The lease that an installation gets with every hello: who may work there, and what may be done
//! without contact, under the centre's signature.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Staff;
use domain::sync::{Lease, LeaseMember, LeaseTerms, SignedLease, lease_message, sha256_hex};
use ed25519_dalek::{Signer, SigningKey};

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::store::staff::Member;
use crate::sync::Station;
use crate::{Center, store};

/// A lease is given anew after this, so that it says when there was contact last.
const ANEW: TimeDelta = TimeDelta::minutes(10);

/// A lease with its number.
pub struct Given {
    /// See [`Lease::serial`].
    pub serial: u64,
    /// What travels.
    pub signed: SignedLease,
}

/// The lease of a station now; `held` is the number of the one it says it has.
pub async fn give(center: &Center, tx: &Tx<'_>, station: &Station, held: u64) -> Result<Given> {
    let members = store::staff::at_station(tx, &station.community).await?;
    let marked = members.into_iter().map(|member| {
        let mark = mark(center, member.password_hash.as_deref());
        (member, mark)
    });
    let lease = Lease {
        terms: center.config.lease,
        ferry: center.ferry_terms(tx).await?,
        ..draft(station, marked, Utc::now())
    };
    let hash = content_hash(&lease)?;
    let serial = store::lease::serial(tx, station.id, &hash, held).await?;
    sign(Lease { serial, ..lease }, center.own_log().1)
}

/// A lease before it has its number: who may work at a station, each with the mark of their password.
pub fn draft(
    station: &Station,
    members: impl IntoIterator<Item = (Member, Option<String>)>,
    now: DateTime<Utc>,
) -> Lease {
    // They act for this community here, wherever else they may work.
    let staff = members.into_iter().map(|(member, mark)| LeaseMember {
        staff: Staff {
            area: station.community.clone(),
            ..member.staff
        },
        login: member.login,
        role: member.role.name().to_owned(),
        mark,
    });
    Lease {
        installation: station.id,
        serial: 0,
        issued_at: slot(now),
        staff: staff.collect(),
        terms: LeaseTerms::default(),
        ferry: None,
    }
}

/// By which it is known whether a lease is another one.
pub fn content_hash(lease: &Lease) -> Result<Vec<u8>> {
    let hash = sha256_hex(text(lease)?.as_bytes());
    hex::decode(hash).map_err(|error| Error::Fault(error.to_string()))
}

/// A numbered lease as it travels.
pub fn sign(lease: Lease, key: &SigningKey) -> Result<Given> {
    let body = text(&lease)?;
    let signature = hex::encode(key.sign(&lease_message(&body)).to_bytes());
    Ok(Given {
        serial: lease.serial,
        signed: SignedLease { body, signature },
    })
}

/// What tells a counter that somebody's password is another one now: three bytes of a keyed hash of how it
/// is kept.
pub fn mark(center: &Center, password_hash: Option<&str>) -> Option<String> {
    let hash = center
        .seals
        .hash("password mark", password_hash?.as_bytes());
    Some(hex::encode(&hash[..3]))
}

fn text(lease: &Lease) -> Result<String> {
    serde_json::to_string(lease).map_err(|error| Error::Fault(error.to_string()))
}

/// The beginning of the span in which a moment lies.
fn slot(now: DateTime<Utc>) -> DateTime<Utc> {
    let anew_s = ANEW.num_seconds();
    let since_s = now.timestamp().div_euclid(anew_s) * anew_s;
    DateTime::from_timestamp(since_s, 0).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_moments_of_one_span_get_the_same_lease() {
        let at = |text: &str| slot(text.parse().unwrap()).to_rfc3339();
        assert_eq!(at("2026-11-22T15:09:59Z"), "2026-11-22T15:00:00+00:00");
        assert_eq!(at("2026-11-22T15:10:00Z"), "2026-11-22T15:10:00+00:00");
    }
}
