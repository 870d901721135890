//! The legal retirement date (全国人大常委会关于实施渐进式延迟法定退休年龄的决定, 2024-09-13, in force
//! 2025-01-01): original age plus a delay that grows by one month for every `step` months.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::identity::{Identity, Sex};

/// The three groups of the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub enum Group {
    /// Men: 60.
    M60,
    /// Women in cadre or professional posts: 55.
    F55,
    /// Other women workers: 50.
    F50,
}

/// A possible date. The law counts in months; the day is that of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Retirement {
    /// The group it holds for.
    pub group: Group,
    /// The legal date.
    pub on: NaiveDate,
    /// Months of delay in it.
    pub delay_months: u32,
}

/// The legal date for one group.
pub fn date(birth: NaiveDate, group: Group) -> Option<Retirement> {
    let (years, step, cap) = match group {
        Group::M60 => (60, 4, 36),
        Group::F55 => (55, 4, 36),
        Group::F50 => (50, 2, 60),
    };
    let original = birth.checked_add_months(Months::new(years * 12))?;
    let since_start = (original.year() - 2025) * 12 + original.month0() as i32;
    let delay_months = u32::try_from(since_start).map_or(0, |k| cap.min(k / step + 1));
    let on = original.checked_add_months(Months::new(delay_months))?;
    Some(Retirement {
        group,
        on,
        delay_months,
    })
}

/// The dates that may hold for this person, earliest first. A woman's group is not on her card:
/// unless `group` says it, both are given and none is guessed.
pub fn dates(identity: &Identity, group: Option<Group>) -> Vec<Retirement> {
    let groups: &[Group] = match (identity.sex, group) {
        (Sex::Male, _) => &[Group::M60],
        (Sex::Female, Some(Group::F55)) => &[Group::F55],
        (Sex::Female, Some(Group::F50)) => &[Group::F50],
        (Sex::Female, _) => &[Group::F50, Group::F55],
        _ => &[Group::F50, Group::F55, Group::M60],
    };
    groups
        .iter()
        .filter_map(|group| date(identity.birth, *group))
        .collect()
}

/// Reads the remembered answer `worker_group`.
pub fn group_of(answer: Option<&String>) -> Option<Group> {
    match answer.map(String::as_str) {
        Some("F55") => Some(Group::F55),
        Some("F50") => Some(Group::F50),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of the decision's own tables, as kept in `catalog/retirement.toml`.
    #[test]
    fn the_published_tables_are_met() {
        let rows = [
            ("1965-01", Group::M60, "2025-02", 1),
            ("1965-12", Group::M60, "2026-03", 3),
            ("1971-04", Group::F55, "2026-08", 4),
            ("1995-12", Group::F50, "2050-12", 60),
            ("1995-12", Group::M60, "2058-12", 36),
            ("2000-12", Group::F55, "2058-12", 36),
            ("1963-12", Group::M60, "2023-12", 0),
            ("1963-04", Group::F55, "2018-04", 0),
            ("1975-01", Group::F50, "2025-02", 1),
            ("1975-02", Group::F50, "2025-03", 1),
            ("1975-03", Group::F50, "2025-05", 2),
            ("1976-09", Group::M60, "2039-09", 36),
        ];
        for (born, group, month, delay) in rows {
            let birth = NaiveDate::parse_from_str(&format!("{born}-15"), "%Y-%m-%d").unwrap();
            let found = date(birth, group).unwrap();
            assert_eq!(
                found.on.format("%Y-%m").to_string(),
                month,
                "{born} {group:?}"
            );
            assert_eq!(found.delay_months, delay, "{born} {group:?}");
        }
    }
}
