//! Days as the office counts them. The clock itself is an argument everywhere.

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// The business date (受理日) of a moment: the day in China, whatever the PC is set to.
pub fn business_day(now: DateTime<Utc>) -> NaiveDate {
    const CHINA_S: i32 = 8 * 3600;
    match FixedOffset::east_opt(CHINA_S) {
        Some(china) => now.with_timezone(&china).date_naive(),
        None => now.date_naive(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_china() {
        let at = |text: &str| business_day(text.parse().unwrap());
        assert_eq!(at("2026-11-22T15:59:59Z").to_string(), "2026-11-22");
        assert_eq!(at("2026-11-22T16:00:00Z").to_string(), "2026-11-23");
    }
}
