//! The centre's day, and when a review step should be done.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, Utc, Weekday};

/// The date in China (UTC+8) at a moment.
pub fn day_of(moment: DateTime<Utc>) -> NaiveDate {
    let china = FixedOffset::east_opt(8 * 3600).expect("eight hours is an offset");
    moment.with_timezone(&china).date_naive()
}

/// The day `working_days` after `from`. Saturdays and Sundays are left out; public holidays and
/// the working weekends that make up for them are not known here yet.
pub fn after(from: NaiveDate, working_days: u32) -> NaiveDate {
    let mut day = from;
    let mut left = working_days;
    while left > 0 {
        day = day + Days::new(1);
        if !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            left -= 1;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_do_not_count() {
        let day = |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap();
        assert_eq!(after(day("2026-11-26"), 3), day("2026-12-01"));
        assert_eq!(after(day("2026-11-23"), 0), day("2026-11-23"));
    }

    #[test]
    fn the_day_changes_at_midnight_in_china() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let before = day_of(at("2026-11-23T15:59:59Z"));
        let after = day_of(at("2026-11-23T16:00:00Z"));
        assert_eq!(before.succ_opt(), Some(after));
    }
}
