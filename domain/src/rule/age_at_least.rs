//! `age_at_least { years }`: full years on the business date (江苏省就业和失业登记管理办法 art. 3:
//! 年满16周岁).

use super::{Basis, Check, Params, Subject, fail};
use crate::Reason;

pub fn check(subject: &Subject, params: &Params) -> Check {
    let years = params.integer("years", 16);
    let age = subject.identity.age_on(subject.acted_on);
    if i64::from(age) >= years {
        Check::Pass
    } else {
        fail(
            Reason::new("person.too_young")
                .with("age", age)
                .with("years", years),
            Basis::Act,
        )
    }
}
