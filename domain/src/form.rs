//! Answers against a form: which fields apply, which are missing, which do not look right.

use chrono::NaiveDate;

use crate::Reason;
use crate::case::{Answers, Page};
use crate::catalog::{Business, Catalog, Field, FieldKind, When};
use crate::rule::{Basis, Check, CheckLine};

/// Longest text of a line and of a paragraph, in characters.
pub const LINE_LIMIT: usize = 100;
/// See [`LINE_LIMIT`].
pub const PARAGRAPH_LIMIT: usize = 1_000;

/// Whether a field or material applies to these answers.
pub fn applies(when: &Option<When>, answers: &Answers) -> bool {
    when.as_ref().is_none_or(|when| {
        answers
            .get(&when.field)
            .is_some_and(|answer| when.is.contains(answer))
    })
}

/// The fields of a business that apply, in order.
pub fn fields<'a>(business: &'a Business, answers: &'a Answers) -> impl Iterator<Item = &'a Field> {
    business
        .sections
        .iter()
        .flat_map(|section| &section.fields)
        .filter(|field| applies(&field.when, answers))
}

/// Checks of the form itself: required, well-formed. Only what is wrong or missing is listed.
pub fn check(
    catalog: &Catalog,
    business: &Business,
    answers: &Answers,
    pages: &[Page],
    acted_on: NaiveDate,
) -> Vec<CheckLine> {
    let mut lines = Vec::new();
    for field in fields(business, answers) {
        let answer = answers.get(&field.id).map_or("", |answer| answer.trim());
        let fault = if answer.is_empty() {
            field.required.then(|| Reason::new("answer.missing"))
        } else {
            fault_of(catalog, field, answer, acted_on)
        };
        lines.extend(fault.map(|reason| failed("form", &field.id, reason)));
    }
    for material in &business.materials {
        let needed = material.required && applies(&material.when, answers);
        if needed && !pages.iter().any(|page| page.material == material.id) {
            lines.push(failed(
                "materials",
                &material.id,
                Reason::new("material.missing"),
            ));
        }
    }
    lines
}

fn failed(rule: &str, about: &str, reason: Reason) -> CheckLine {
    let about_name = about.to_owned();
    let check = Check::Fail {
        reason,
        basis: Basis::Act,
    };
    CheckLine {
        rule: rule.to_owned(),
        about: about_name,
        check,
    }
}

fn fault_of(catalog: &Catalog, field: &Field, answer: &str, acted_on: NaiveDate) -> Option<Reason> {
    let limit = if field.kind == FieldKind::Paragraph {
        PARAGRAPH_LIMIT
    } else {
        LINE_LIMIT
    };
    if answer.chars().count() > limit {
        return Some(Reason::new("answer.too_long").with("limit", limit));
    }
    match field.kind {
        FieldKind::Line | FieldKind::Paragraph => None,
        FieldKind::Phone => (!is_mobile(answer)).then(|| Reason::new("answer.bad_phone")),
        FieldKind::Date | FieldKind::PastDate => {
            match NaiveDate::parse_from_str(answer, "%Y-%m-%d") {
                Err(_) => Some(Reason::new("answer.bad_date")),
                Ok(day) if field.kind == FieldKind::PastDate && day > acted_on => {
                    Some(Reason::new("answer.in_the_future"))
                }
                Ok(_) => None,
            }
        }
        FieldKind::Money => {
            let fits = answer
                .parse::<f64>()
                .is_ok_and(|v| v.is_finite() && v >= 0.0)
                && answer
                    .split('.')
                    .nth(1)
                    .is_none_or(|cents| cents.len() <= 2);
            (!fits).then(|| Reason::new("answer.bad_number"))
        }
        FieldKind::YesNo => {
            (!matches!(answer, "yes" | "no")).then(|| Reason::new("answer.bad_code"))
        }
        FieldKind::Code => {
            let table = field
                .codes
                .as_deref()
                .and_then(|name| catalog.codes.get(name));
            let known = table.is_some_and(|table| table.items.iter().any(|i| i.code == answer));
            (!known).then(|| Reason::new("answer.bad_code"))
        }
    }
}

/// `^1[3-9]\d{9}$`
fn is_mobile(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 11
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobile_numbers_are_told_from_others() {
        assert!(is_mobile("13900000000"));
        assert!(!is_mobile("12900000000"));
        assert!(!is_mobile("1390000000"));
        assert!(!is_mobile("1390000000a"));
    }
}
