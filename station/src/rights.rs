//! What somebody may do here beyond the daily work. Their role is the centre's word, in the lease it
//! signed; what a role may do is policy (`catalog/policy/exports.toml`). Without a lease (a centre that
//! gave none yet) everybody here has the role that stations have.

use crate::desk::Desk;
use crate::error::Result;

/// The role of who works at a station.
const STATION: &str = "station";

/// The rights of one member of the staff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    /// `export`: lists may leave as files, numbers masked.
    pub export: bool,
    /// `export_numbers`: … with full numbers, for a reason.
    pub export_numbers: bool,
}

impl Desk {
    /// The rights of whoever is logged in.
    pub(crate) fn rights(&self) -> Result<Rights> {
        let lease = self.store.lease()?;
        let role = match &lease {
            None => Some(STATION),
            Some(lease) => {
                let own = lease
                    .staff
                    .iter()
                    .find(|member| member.staff.id == self.staff.id);
                own.map(|member| member.role.as_str())
            }
        };
        let roles = &self.shelf.policy.exports.roles;
        let may = role.and_then(|role| roles.get(role));
        let has = |right: &str| may.is_some_and(|rights| rights.iter().any(|r| r == right));
        Ok(Rights {
            export: has("export"),
            export_numbers: has("export_numbers"),
        })
    }
}
