//! Days as the office counts them, and the time that a station's own clock, its running time and
//! the starts of its computer give together. The clock itself is an argument everywhere.

use std::time::{Duration, Instant};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// A moment as this computer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By its clock: right or wrong.
    pub wall: DateTime<Utc>,
    /// Time since the computer started, milliseconds; goes on while it sleeps.
    pub running_ms: u64,
    /// Names this start of the computer.
    pub boot: String,
}

/// Where moments come from.
pub struct Watch {
    wall: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    running: Box<dyn Fn() -> Duration + Send + Sync>,
    boot: String,
}

impl Watch {
    /// A watch of the given parts.
    pub fn new(
        wall: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        running: impl Fn() -> Duration + Send + Sync + 'static,
        boot: &str,
    ) -> Watch {
        Watch {
            wall: Box::new(wall),
            running: Box::new(running),
            boot: boot.to_owned(),
        }
    }

    /// This computer's. Where the system does not tell since when it runs, the program's own start
    /// counts as the computer's.
    pub fn system() -> Watch {
        let began = Instant::now();
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        match (boot, uptime()) {
            (Ok(boot), Some(_)) => {
                let running = move || uptime().unwrap_or_else(|| began.elapsed());
                Watch::new(Utc::now, running, boot.trim())
            }
            _ => {
                let boot = uuid::Uuid::now_v7().to_string();
                Watch::new(Utc::now, move || began.elapsed(), &boot)
            }
        }
    }

    /// Now.
    pub fn moment(&self) -> Moment {
        Moment {
            wall: (self.wall)(),
            running_ms: u64::try_from((self.running)().as_millis()).unwrap_or(u64::MAX),
            boot: self.boot.clone(),
        }
    }
}

/// Linux: seconds since the start, sleep included, with two decimals (proc(5)).
fn uptime() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

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
