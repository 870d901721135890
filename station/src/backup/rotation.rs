//! Which backups are kept: the last of each day, and the last of each week. Decided from their times
//! alone.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, Utc};

use crate::clock::business_day;

/// Which of these backups, the newest first, are needed no more: all but the newest of each of the last
/// `days` days that have one, and of each of the last `weeks` weeks that have one. The newest of all stays.
/// Their places; which is newer is not for their times to say.
pub fn spent(newest_first: &[DateTime<Utc>], days: usize, weeks: usize) -> Vec<usize> {
    let (mut seen_days, mut seen_weeks) = (BTreeSet::new(), BTreeSet::new());
    let mut gone = Vec::new();
    for (place, made) in newest_first.iter().enumerate() {
        let day = business_day(*made);
        let week = day.iso_week();
        let of_day = seen_days.len() < days && seen_days.insert(day);
        let of_week = seen_weeks.len() < weeks && seen_weeks.insert((week.year(), week.week()));
        if !of_day && !of_week && place > 0 {
            gone.push(place);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn seven_days_and_four_weeks_stay_of_a_year_of_backups() {
        let last: DateTime<Utc> = "2026-11-27T08:00:00Z".parse().unwrap();
        // Twice a day.
        let made: Vec<_> = (0..730)
            .map(|half| last - Duration::hours(12 * half))
            .collect();
        let gone: BTreeSet<_> = spent(&made, 7, 4).into_iter().collect();
        let kept = made.iter().enumerate();
        let kept = kept.filter(|(place, _)| !gone.contains(place));
        let kept: Vec<_> = kept.map(|(_, at)| at).collect();
        let days: BTreeSet<_> = kept.iter().map(|at| business_day(**at)).collect();
        assert_eq!(kept.len(), 7 + 2, "two of the weeks end within the days");
        assert_eq!(days.len(), kept.len(), "one of each day");
        assert_eq!(*kept[0], last);
        let oldest = *kept.last().unwrap();
        assert!(last - *oldest > Duration::days(18) && last - *oldest < Duration::days(28));
    }

    #[test]
    fn the_newest_stays_whatever_is_set() {
        let at: DateTime<Utc> = "2026-11-27T08:00:00Z".parse().unwrap();
        assert!(spent(&[at], 0, 0).is_empty());
        assert_eq!(spent(&[at, at - Duration::days(9)], 0, 0).len(), 1);
        assert!(spent(&[], 7, 4).is_empty());
    }
}
