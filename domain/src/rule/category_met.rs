//! `category_met { field, older, men, women, long, months }`: the hardship category chosen fits what
//! is known. Only age and the length of unemployment can be computed; the others rest on papers.

use super::{Basis, Check, Params, Subject, fail};
use crate::Reason;
use crate::identity::Sex;

pub fn check(subject: &Subject, params: &Params) -> Check {
    let category = subject
        .answers
        .get(params.text("field"))
        .map_or("", String::as_str);
    if category == params.text("older") {
        return old_enough(subject, params);
    }
    if category == params.text("long") {
        return unemployed_long_enough(subject, params);
    }
    Check::Pass
}

fn old_enough(subject: &Subject, params: &Params) -> Check {
    let years = match subject.identity.sex {
        Sex::Female => params.integer("women", 40),
        _ => params.integer("men", 50),
    };
    let age = subject.identity.age_on(subject.acted_on);
    if i64::from(age) >= years {
        return Check::Pass;
    }
    let reason = Reason::new("person.category_not_met")
        .with("age", age)
        .with("years", years);
    fail(reason, Basis::Act)
}

fn unemployed_long_enough(subject: &Subject, params: &Params) -> Check {
    let months = u32::try_from(params.integer("months", 12)).unwrap_or(12);
    let standing = subject
        .record()
        .and_then(|p| p.standing("registered_unemployed"));
    let reason = Reason::new("person.unemployed_too_short").with("months", months);
    let Some(standing) = standing else {
        return Check::Pending { reason };
    };
    let long_since = standing
        .since
        .checked_add_months(chrono::Months::new(months));
    if long_since.is_some_and(|day| day <= subject.acted_on) {
        Check::Pass
    } else {
        fail(reason.with("since", standing.since), Basis::State)
    }
}
