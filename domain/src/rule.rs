//! The named rules that businesses use. One file a rule; each is a pure function of what the act
//! says and what is known.

mod age_at_least;
mod category_met;
mod has_standing;
mod no_open_case;
mod no_pension;
mod no_standing;
mod not_employed;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::case::Answers;
use crate::catalog::{Business, RuleUse};
use crate::{Case, Id, Identity, Person, Reason, Seen};

/// Whether a failure lies in the act itself or in what is known, which may be stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Basis {
    /// The act itself: blocks capture.
    Act,
    /// Knowledge: the centre has the last word.
    State,
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "check", rename_all = "snake_case")]
#[ts(export)]
pub enum Check {
    /// Holds.
    Pass,
    /// Does not hold.
    Fail {
        /// Why.
        reason: Reason,
        /// On which ground.
        basis: Basis,
    },
    /// Cannot be said yet, or needs a person.
    Pending {
        /// Why.
        reason: Reason,
    },
}

/// A check beside what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CheckLine {
    /// The rule's name.
    pub rule: String,
    /// A field, a material, or `person`.
    pub about: String,
    /// What it found.
    #[serde(flatten)]
    pub check: Check,
}

/// What a rule may look at.
pub struct Subject<'a> {
    /// The business date.
    pub acted_on: NaiveDate,
    /// The document seen.
    pub identity: &'a Identity,
    /// The form.
    pub answers: &'a Answers,
    /// The person's record; complete means: this is everything, also when there is none.
    pub person: Seen<&'a Person>,
    /// Their cases but the one at hand.
    pub cases: Seen<&'a Case>,
    /// The business at hand.
    pub business: &'a Business,
    /// The case at hand.
    pub case: Id,
}

impl<'a> Subject<'a> {
    /// The record, when there is one.
    fn record(&self) -> Option<&'a Person> {
        self.person.items.first().copied()
    }
}

/// Every rule there is.
pub const NAMES: &[&str] = &[
    "age_at_least",
    "category_met",
    "has_standing",
    "no_open_case",
    "no_pension",
    "no_standing",
    "not_employed",
];

/// Parameters of a rule, with words for what is missing decided by the rule.
pub struct Params<'a>(&'a BTreeMap<String, toml::Value>);

impl Params<'_> {
    fn integer(&self, name: &str, otherwise: i64) -> i64 {
        self.0
            .get(name)
            .and_then(toml::Value::as_integer)
            .unwrap_or(otherwise)
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(toml::Value::as_str).unwrap_or("")
    }
}

/// Runs one rule; None when the business names one that is not here (the catalogue was checked).
pub fn run(subject: &Subject, rule_use: &RuleUse) -> Option<CheckLine> {
    let params = Params(&rule_use.with);
    let check = match rule_use.rule.as_str() {
        "age_at_least" => age_at_least::check(subject, &params),
        "category_met" => category_met::check(subject, &params),
        "has_standing" => has_standing::check(subject, &params),
        "no_open_case" => no_open_case::check(subject),
        "no_pension" => no_pension::check(subject),
        "no_standing" => no_standing::check(subject, &params),
        "not_employed" => not_employed::check(subject, &params),
        _ => return None,
    };
    Some(CheckLine {
        rule: rule_use.rule.clone(),
        about: rule_use.about.clone(),
        check,
    })
}

fn pass_if_known(complete: bool) -> Check {
    if complete {
        Check::Pass
    } else {
        Check::Pending {
            reason: Reason::new("person.not_known_here"),
        }
    }
}

fn fail(reason: Reason, basis: Basis) -> Check {
    Check::Fail { reason, basis }
}
