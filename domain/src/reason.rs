//! Reasons: a code and its particulars. Words for them stand in the locale files, cause and cure in
//! `docs/failure-codes.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why something failed, waits or was refused. `code` is `area.what`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Reason {
    /// One of [`CODES`], or one from a newer version.
    pub code: String,
    /// Particulars that the words mention: `{employer}`, `{since}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, String>,
}

impl Reason {
    /// A reason without particulars.
    pub fn new(code: &str) -> Reason {
        Reason {
            code: code.to_owned(),
            with: BTreeMap::new(),
        }
    }

    /// The same with one particular more.
    pub fn with(mut self, name: &str, value: impl ToString) -> Reason {
        self.with.insert(name.to_owned(), value.to_string());
        self
    }
}

/// Every code that this crate gives.
pub const CODES: &[&str] = &[
    "act.business_unknown",
    "act.case_unknown",
    "act.person_frozen",
    "act.wrong_place",
    "answer.bad_code",
    "answer.bad_date",
    "answer.bad_number",
    "answer.bad_phone",
    "answer.in_the_future",
    "answer.missing",
    "answer.settled",
    "answer.settled_meanwhile",
    "answer.too_long",
    "case.already_open",
    "case.not_returned",
    "identity.bad_birth",
    "identity.bad_check_character",
    "identity.bad_name",
    "identity.bad_number",
    "identity.bad_sex",
    "identity.born_later",
    "identity.former_number",
    "identity.no_birth",
    "identity.no_name",
    "identity.no_reason",
    "identity.no_sex",
    "material.missing",
    "merge.both_open",
    "merge.same",
    "move.no_community",
    "move.same",
    "pages.awaited",
    "person.already_registered",
    "person.category_not_met",
    "person.employed_elsewhere",
    "person.missing_standing",
    "person.name_differs",
    "person.not_known_here",
    "person.too_young",
    "person.may_draw_pension",
    "person.unemployed_too_short",
    "record.merged",
    "record.not_yours",
    "record.unknown",
    "renumber.other_name",
    "renumber.same",
    "renumber.taken",
    "review.not_in_review",
    "review.not_yours",
    "review.own_entry",
    "review.refused",
    "review.reviewed_before",
    "review.stale",
    "review.words",
    "settle.not_held",
    "settle.wrong_number",
    "split.no_case",
    "split.same_person",
];
