//! What a bad line and a busy centre do to the lanes.

use std::time::Duration;

use domain::sync::{
    FeedAt, LogAt, PULL_LIMIT, PUSH_LIMIT, PullReply, Unsent, first_link, first_sum,
};

use super::*;
use crate::sync::event::{Event, Request};

/// A thousand commands wait.
fn facts() -> Facts {
    Facts {
        unsent: Unsent {
            commands: 1_000,
            pages: 1,
        },
        pages_to_fetch: 0,
        feed: FeedAt {
            seq: 0,
            sum: first_sum(),
        },
        log: LogAt {
            last: 1_000,
            link: first_link(),
        },
        link: None,
        restored: None,
        staged: None,
        refused: None,
    }
}

fn push(core: &mut Core, now: Ms, count: usize, answer: Result<u64, LineError>) -> Vec<Effect> {
    let event = Event::Push {
        from: 1,
        count,
        answer,
    };
    core.step(&facts(), now, event)
}

fn limit(core: &mut Core, which: Which, now: Ms) -> usize {
    match core.step(&facts(), now, Event::Look(which)).pop() {
        Some(Effect::Ask(Request::Push { limit } | Request::Pull { limit })) => limit,
        other => panic!("{other:?}"),
    }
}

fn refused(code: &str, status: u16) -> LineError {
    LineError {
        status: Some(status),
        ..LineError::new(code)
    }
}

fn is_down(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Down { .. }))
}

#[test]
fn what_did_not_get_through_is_sent_in_halves_that_grow_slowly() {
    let mut core = Core::new(1);
    let mut now = 0;
    let mut slow = |core: &mut Core, error| {
        let count = limit(core, Which::Push, now).min(1_000);
        push(core, now, count, Err(error));
        now += 100_000;
        (limit(core, Which::Push, now), now)
    };
    assert_eq!(slow(&mut core, LineError::new("line.timeout")).0, 500);
    assert_eq!(slow(&mut core, LineError::new("line.interrupted")).0, 250);
    let (fewer, now_then) = slow(&mut core, refused("request.slow", 408));
    assert_eq!(fewer, 125);
    // What is not about the way there takes nothing apart.
    for error in [
        LineError::new("line.unreachable"),
        LineError {
            reason: Reason::new("line.timeout").with("step", "connect"),
            ..LineError::new("")
        },
        LineError::new("line.cut"),
        refused("centre.busy", 503),
    ] {
        assert_eq!(slow(&mut core, error).0, 125);
    }
    push(&mut core, now_then, 125, Ok(125));
    let grown = limit(&mut core, Which::Push, now_then + 1_000_000);
    assert!((126..200).contains(&grown), "{grown}");
    assert!(grown < PUSH_LIMIT);
}

#[test]
fn facts_that_did_not_come_through_are_asked_for_in_halves() {
    let mut core = Core::new(1);
    let answer = Err(LineError::new("line.timeout"));
    // The snapshot's wait is over, and there is something to come.
    let reply = PullReply {
        facts: Vec::new(),
        head: 3_000,
    };
    core.step(&facts(), 10_000, Event::Pull(Ok(reply)));
    assert_eq!(limit(&mut core, Which::Pull, 100_000), PULL_LIMIT);
    core.step(&facts(), 100_000, Event::Pull(answer));
    assert_eq!(limit(&mut core, Which::Pull, 200_000), PULL_LIMIT / 2);
}

#[test]
fn one_lane_that_is_sent_back_is_no_line_that_is_down() {
    let mut core = Core::new(1);
    let away = || LineError {
        retry_after: Some(Duration::from_secs(2)),
        ..refused("centre.pages_down", 503)
    };
    for which in [Which::Push, Which::Pull, Which::Pages] {
        let told = core.step(&facts(), 0, Event::Ended(which, Err(away())));
        assert!(!is_down(&told), "{which:?}: {told:?}");
        let reason = core.reason(which).map(|reason| reason.code.clone());
        assert_eq!(
            reason.as_deref(),
            Some("centre.pages_down"),
            "its own trouble"
        );
        let silent = Err(LineError::new("line.timeout"));
        assert!(is_down(&core.step(
            &facts(),
            0,
            Event::Ended(which, silent)
        )));
    }
    let told = core.step(&facts(), 0, Event::Ended(Which::Hello, Err(away())));
    assert!(is_down(&told), "that is the centre's");
}
