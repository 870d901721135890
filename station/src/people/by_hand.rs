//! A person typed by hand where no card could be read. What was typed becomes a reading that says
//! so: the page gets its id, as with a card.

use chrono::{DateTime, NaiveDate, Utc};
use domain::by_hand::{self, Checked, Typed};
use domain::identity::Evidence;
use domain::{Identity, Reason};

use crate::clock::business_day;
use crate::error::{Error, Result};
use crate::view::{TypedCheck, TypedFault, TypedIdentity};

/// What can be said of what is typed so far.
pub(crate) fn check(entry: &TypedIdentity, now: DateTime<Utc>) -> TypedCheck {
    let (checked, _) = by_hand::check(&typed(entry), business_day(now));
    view(checked)
}

/// The identity with its evidence, or the first fault with its field.
pub(crate) fn take(entry: &TypedIdentity, now: DateTime<Utc>) -> Result<(Identity, Evidence)> {
    let (checked, whole) = by_hand::check(&typed(entry), business_day(now));
    whole.ok_or_else(|| {
        let first = checked.faults.into_iter().next();
        let (field, reason) = first.unwrap_or(("number", Reason::new("identity.bad_number")));
        Error::Coded {
            reason,
            field: Some(field.to_owned()),
        }
    })
}

fn typed(entry: &TypedIdentity) -> Typed<'_> {
    Typed {
        kind: entry.kind,
        number: &entry.number,
        name: &entry.name,
        sex: entry.sex,
        birth: NaiveDate::parse_from_str(entry.birth.trim(), "%Y-%m-%d").ok(),
        address: &entry.address,
        reason: &entry.reason,
    }
}

fn view(checked: Checked) -> TypedCheck {
    let fault = |(field, reason): (&str, Reason)| TypedFault {
        field: field.to_owned(),
        reason,
    };
    TypedCheck {
        sex: checked.sex,
        birth: checked.birth,
        faults: checked.faults.into_iter().map(fault).collect(),
    }
}
