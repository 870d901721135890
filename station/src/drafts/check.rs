//! The checks of a form as it stands, by the rules that will decide it.

use chrono::NaiveDate;
use domain::decide::{Assessment, assess, find_person};
use domain::{Basis, Business, Check, CheckLine, Page, Person, Reason, State};
use rusqlite::Connection;

use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::store::draft::DraftKept;
use crate::store::entity;

/// A checked form.
pub(crate) struct Checked<'a> {
    /// Its business.
    pub business: &'a Business,
    /// All checks.
    pub lines: Vec<CheckLine>,
    /// How many of them block filing: failures of the act itself.
    pub blocking: usize,
    /// The business date.
    pub acted_on: NaiveDate,
}

/// Checks a draft on what is known.
pub(crate) fn check<'a>(
    desk: &'a Desk,
    state: &State,
    kept: &DraftKept,
    pages: &[Page],
    today: NaiveDate,
) -> Result<Checked<'a>> {
    let case = kept.amends.and_then(|case| state.find_case(case));
    let acted_on = case.map_or(today, |case| case.acted_on);
    let business = desk.catalog.find_business(&kept.business, acted_on);
    let business = business.ok_or_else(|| unknown(&kept.business))?;
    let found = find_person(state, &kept.identity);
    let person = found.ok().flatten();
    let it = Assessment {
        acted_on,
        identity: case
            .and(person)
            .map_or(&kept.identity, |person| &person.identity),
        answers: &kept.answers,
        pages,
        case: kept.amends.unwrap_or_else(|| kept.id.derive("case")),
    };
    let mut lines = assess(&desk.catalog, business, state, person, &it);
    lines.extend(found.err().map(|other| name_differs(other, kept)));
    Ok(Checked {
        business,
        blocking: lines.iter().filter(|line| blocks(line)).count(),
        lines,
        acted_on,
    })
}

/// The form as it was on the day that its case is of: what a form asks is what that day's rules ask.
pub(super) fn form_of<'a>(
    desk: &'a Desk,
    connection: &Connection,
    kept: &DraftKept,
    today: NaiveDate,
) -> Result<Option<&'a Business>> {
    let case = match kept.amends {
        Some(case) => entity::find_case(connection, case)?.and_then(entity::Kept::into_shown),
        None => None,
    };
    let acted_on = case.map_or(today, |case| case.acted_on);
    Ok(desk.catalog.find_business(&kept.business, acted_on))
}

/// No version of a business holds on the day.
pub(crate) fn unknown(business: &str) -> Error {
    Error::reason(Reason::new("act.business_unknown").with("name", business))
}

fn blocks(line: &CheckLine) -> bool {
    matches!(
        line.check,
        Check::Fail {
            basis: Basis::Act,
            ..
        }
    )
}

/// The number is known under another name: filing is allowed, a person will look.
fn name_differs(other: &Person, kept: &DraftKept) -> CheckLine {
    let reason = Reason::new("person.name_differs")
        .with("known", &other.identity.name)
        .with("seen", &kept.identity.name);
    CheckLine {
        rule: "document".into(),
        about: "person".into(),
        check: Check::Pending { reason },
    }
}
