//! The lease that an installation gets with every hello: who may work there, and what may be done
//! without contact, under the centre's signature.

use chrono::{DateTime, TimeDelta, Utc};
use domain::sync::{Lease, LeaseMember, SignedLease, lease_message, sha256_hex};
use domain::{Division, Id, Staff};
use ed25519_dalek::Signer;

use crate::database::Tx;
use crate::error::{Error, Result};
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

/// The lease of an installation now; `held` is the number of the one it says it has.
pub async fn give(
    center: &Center,
    tx: &Tx<'_>,
    installation: Id,
    community: &Division,
    held: u64,
) -> Result<Given> {
    let members = store::staff::at_station(tx, community).await?;
    // They act for this community here, wherever else they may work.
    let staff = members.into_iter().map(|member| LeaseMember {
        staff: Staff {
            area: community.clone(),
            ..member.staff
        },
        login: member.login,
        role: member.role.name().to_owned(),
        mark: mark(center, member.password_hash.as_deref()),
    });
    let mut lease = Lease {
        installation,
        serial: 0,
        issued_at: slot(Utc::now()),
        staff: staff.collect(),
        terms: center.config.lease,
        ferry: center.ferry_terms(tx).await?,
    };
    let hash = sha256_hex(text(&lease)?.as_bytes());
    let hash = hex::decode(hash).map_err(|error| Error::Fault(error.to_string()))?;
    lease.serial = store::lease::serial(tx, installation, &hash, held).await?;
    let body = text(&lease)?;
    let (_, key) = center.own_log();
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
