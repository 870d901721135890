//! How a lane is, said of what the exchange has seen. Pure.

use crate::sync::seen::{LaneSeen, Seen};
use crate::view::{LaneState, LineStatus, SyncLane};

/// Commands up.
pub(super) fn commands(line: &LineStatus, seen: &Seen, left: u64) -> SyncLane {
    lane(line, &seen.push, seen, (left, None))
}

/// Pages up, of which so many with so many bytes are left: they differ in size, so bytes say how far
/// they are.
pub(super) fn pages(line: &LineStatus, seen: &Seen, (left, bytes): (u64, u64)) -> SyncLane {
    let left_bytes = bytes.saturating_sub(seen.part_bytes);
    lane(line, &seen.pages, seen, (left, Some(left_bytes)))
}

/// Facts down; a snapshot that is on its way is told in bytes. Without a line nobody knows whether there
/// are any, and the lane says so.
pub(super) fn facts(line: &LineStatus, seen: &Seen, left: u64) -> SyncLane {
    let left_bytes = seen.loading.map(|loading| loading.left_bytes);
    let mut facts = lane(line, &seen.pull, seen, (left, left_bytes));
    if facts.state == LaneState::Idle && !line.up {
        facts.state = without_line(line);
    }
    facts
}

fn lane(
    line: &LineStatus,
    lane: &LaneSeen,
    seen: &Seen,
    (left, left_bytes): (u64, Option<u64>),
) -> SyncLane {
    let measured = left_bytes.unwrap_or(left);
    let done = lane.course.done();
    let state = state(line, lane, left);
    let runs = state == LaneState::Busy;
    SyncLane {
        left,
        left_bytes,
        part_done: (left > 0 && done > 0).then(|| done as f64 / (done + measured) as f64),
        left_s: lane.course.left_s(seen.now, measured).filter(|_| runs),
        last_success: lane.last_success,
        state,
    }
}

fn state(line: &LineStatus, lane: &LaneSeen, left: u64) -> LaneState {
    let reason = lane.reason.clone();
    if let Some(reason) = reason.clone().filter(|reason| needs_a_person(&reason.code)) {
        return LaneState::Stopped { reason };
    }
    let asked = lane.pause.filter(|pause| pause.asked);
    match (left, asked) {
        (0, _) => LaneState::Idle,
        (_, Some(pause)) => LaneState::Paused {
            reason,
            until: pause.until,
        },
        _ if !line.up => without_line(line),
        _ => match reason.filter(|_| !lane.active) {
            Some(reason) => LaneState::Waiting {
                reason,
                next_try: lane.pause.map(|pause| pause.until),
            },
            None => LaneState::Busy,
        },
    }
}

fn without_line(line: &LineStatus) -> LaneState {
    let (reason, next_try) = (line.reason.clone(), line.next_try);
    if needs_a_person(&reason.code) {
        return LaneState::Stopped { reason };
    }
    match reason.code.starts_with("line.") {
        true => LaneState::NoLine { reason, next_try },
        false => LaneState::Waiting { reason, next_try },
    }
}

/// What no retry cures: the logs have parted, or the station may not speak any more.
fn needs_a_person(code: &str) -> bool {
    code.starts_with("log.") || code.starts_with("station.")
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use domain::Reason;

    use super::*;
    use crate::sync::seen::Pause;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    fn line(code: &str) -> LineStatus {
        LineStatus {
            up: code == "line.up",
            reason: Reason::new(code),
            last_contact: None,
            next_try: (code != "line.up").then(now),
            clock_off_s: None,
        }
    }

    fn failed(code: &str, asked: bool) -> LaneSeen {
        LaneSeen {
            reason: Some(Reason::new(code)),
            pause: Some(Pause {
                until: now(),
                asked,
            }),
            ..LaneSeen::default()
        }
    }

    #[test]
    fn a_lane_says_why_it_does_not_get_on() {
        let up = line("line.up");
        let idle = LaneSeen::default();
        assert_eq!(state(&up, &idle, 0), LaneState::Idle);
        assert_eq!(state(&up, &idle, 3), LaneState::Busy, "it is next");
        let LaneState::Waiting { reason, next_try } = state(&up, &failed("page.refused", false), 3)
        else {
            panic!("it waits to try again")
        };
        assert_eq!(
            (reason.code.as_str(), next_try),
            ("page.refused", Some(now()))
        );
        let trying = LaneSeen {
            active: true,
            ..failed("page.refused", false)
        };
        assert_eq!(state(&up, &trying, 3), LaneState::Busy);
    }

    #[test]
    fn a_pause_that_the_centre_asked_for_is_told_as_one() {
        let busy = failed("centre.busy", true);
        let down = line("centre.busy");
        for line in [line("line.up"), down] {
            let LaneState::Paused { until, .. } = state(&line, &busy, 3) else {
                panic!("it pauses")
            };
            assert_eq!(until, now());
        }
        assert_eq!(state(&line("line.up"), &busy, 0), LaneState::Idle);
    }

    #[test]
    fn without_a_line_what_is_left_waits_and_news_is_unknown() {
        let cut = line("line.cut");
        let idle = LaneSeen::default();
        assert!(matches!(state(&cut, &idle, 3), LaneState::NoLine { .. }));
        assert_eq!(state(&cut, &idle, 0), LaneState::Idle, "all is sent");
        let facts = facts(&cut, &Seen::default(), 0);
        assert!(matches!(facts.state, LaneState::NoLine { .. }));
        let fault = line("centre.database_down");
        assert!(matches!(state(&fault, &idle, 3), LaneState::Waiting { .. }));
    }

    #[test]
    fn what_no_retry_cures_is_told_whether_or_not_something_is_left() {
        let parted = LaneSeen {
            reason: Some(Reason::new("log.conflict")),
            ..LaneSeen::default()
        };
        for left in [0, 3] {
            let told = state(&line("line.up"), &parted, left);
            assert!(matches!(told, LaneState::Stopped { .. }), "{told:?}");
        }
        let revoked = state(&line("station.revoked"), &LaneSeen::default(), 3);
        assert!(matches!(revoked, LaneState::Stopped { .. }), "{revoked:?}");
    }

    #[test]
    fn pages_are_measured_by_their_bytes_and_an_estimate_is_told_while_they_go() {
        let mut seen = Seen {
            part_bytes: 300,
            now: 10_000,
            ..Seen::default()
        };
        seen.pages.active = true;
        seen.pages.course.look(0, 2);
        seen.pages.course.moved(5_000, 300, 2);
        let lane = pages(&line("line.up"), &seen, (2, 1_200));
        assert_eq!((lane.left, lane.left_bytes), (2, Some(900)));
        assert_eq!((lane.part_done, lane.left_s), (Some(0.25), Some(30)));
        let cut = pages(&line("line.cut"), &seen, (2, 1_200));
        assert_eq!(cut.left_s, None, "nobody knows when the line comes back");
    }
}
