//! Tables for the plan.

use std::time::Duration;

use domain::sync::{AuditHead, Pace, SignedLease};

use super::*;

fn known(commands: u64, pages: u64, seq: u64, head: u64) -> Known {
    Known {
        unsent: Unsent { commands, pages },
        seq,
        head,
        ..Known::default()
    }
}

fn reply(acked: u64, head: u64) -> HelloReply {
    HelloReply {
        server_time: chrono::DateTime::UNIX_EPOCH,
        acked,
        link: String::new(),
        durable: 0,
        head,
        sum: String::new(),
        pace: Pace {
            after_ms: 0,
            batch: 100,
            push_after_ms: 0,
            blob_bytes_per_s: None,
        },
        lease: SignedLease::default(),
        audit: AuditHead::default(),
        minimum_protocol: 1,
        copied: false,
        escrow: None,
        catalogue: String::new(),
        bundle: None,
        orders: Vec::new(),
        snapshot: None,
    }
}

#[test]
fn each_lane_goes_when_it_has_something_to_do() {
    use Due::{Idle, Now};
    let table: &[(Known, [Due; 3])] = &[
        (known(0, 0, 0, 0), [Idle, Idle, Idle]),
        (known(1, 0, 5, 5), [Now, Idle, Idle]),
        (known(0, 0, 4, 5), [Idle, Now, Idle]),
        (known(0, 3, 5, 5), [Idle, Idle, Now]),
        (known(2, 3, 4, 5), [Now, Now, Now]),
        (
            Known {
                answer_likely: true,
                ..known(0, 0, 5, 5)
            },
            [Idle, Now, Idle],
        ),
        (
            Known {
                conflict: true,
                ..known(2, 3, 4, 5)
            },
            [Idle, Now, Now],
        ),
    ];
    for (known, [push, pull, pages]) in table {
        let plan = plan(known, &Lanes::default(), 0);
        assert_eq!(
            (plan.push, plan.pull, plan.pages),
            (*push, *pull, *pages),
            "{known:?}"
        );
    }
}

#[test]
fn a_lane_in_a_pause_does_not_hold_the_others() {
    let mut lanes = Lanes::default();
    let next = lanes.push.failed(0, None, 1.0);
    let plan = plan(&known(1, 1, 0, 1), &lanes, 10);
    assert_eq!(
        (plan.push, plan.pull, plan.pages),
        (Due::At(next), Due::Now, Due::Now)
    );
}

#[test]
fn a_push_ends_in_one_of_five_ways() {
    let error = |code: &str, status, acked| {
        Err(LineError {
            status,
            acked,
            ..LineError::new(code)
        })
    };
    // Entries 11..=20 of a log of 30.
    let table: &[(Result<u64, LineError>, AfterPush)] = &[
        (Ok(20), AfterPush::Acked(20)),
        (Ok(13), AfterPush::Acked(13)),
        // Somebody else's, or ours: the next push will tell.
        (Ok(25), AfterPush::Acked(20)),
        (Ok(10), AfterPush::Later),
        (Ok(4), AfterPush::GoOnFrom(4)),
        (Ok(31), AfterPush::Conflict),
        (
            error("log.conflict", Some(409), Some(4)),
            AfterPush::GoOnFrom(4),
        ),
        (
            error("log.conflict", Some(409), Some(15)),
            AfterPush::GoOnFrom(15),
        ),
        (
            error("log.conflict", Some(409), Some(10)),
            AfterPush::Conflict,
        ),
        (
            error("log.conflict", Some(409), Some(31)),
            AfterPush::Conflict,
        ),
        (error("log.conflict", Some(409), None), AfterPush::Conflict),
        (error("log.gap", Some(409), Some(4)), AfterPush::GoOnFrom(4)),
        (error("log.fork", Some(409), Some(10)), AfterPush::Conflict),
        (error("log.fork", Some(409), Some(15)), AfterPush::Conflict),
        (error("log.fork", Some(409), Some(25)), AfterPush::Conflict),
        (error("log.fork", Some(409), None), AfterPush::Conflict),
        (error("push.too_large", Some(413), None), AfterPush::Fewer),
        (error("push.malformed", Some(400), None), AfterPush::Fewer),
        (error("station.revoked", Some(403), None), AfterPush::Later),
        (
            error("centre.database_down", Some(503), None),
            AfterPush::Later,
        ),
        (error("centre.busy", Some(429), None), AfterPush::Later),
        (error("line.cut", None, None), AfterPush::Later),
    ];
    for (answer, then) in table {
        assert_eq!(after_push(11, 10, 30, answer), *then, "{answer:?}");
    }
    let seam = error("log.signature", Some(400), Some(10));
    assert_eq!(after_push(11, 1, 30, &seam), AfterPush::Conflict);
    assert_eq!(after_push(11, 10, 30, &seam), AfterPush::Fewer);
    let alone = error("push.malformed", Some(400), None);
    assert_eq!(after_push(11, 1, 30, &alone), AfterPush::Later);
}

#[test]
fn a_hello_finds_a_lost_tail_and_a_copied_disk_and_acknowledges_nothing() {
    let table = [
        (20, 20, LogNews::Same),
        // A lost answer, or another copy's entries: the next push tells them apart.
        (25, 20, LogNews::Same),
        (12, 20, LogNews::Acked(12)),
        (31, 20, LogNews::Conflict),
    ];
    for (theirs, then, news) in table {
        assert_eq!(
            log_news(&reply(theirs, 0), 30, None, then),
            news,
            "{theirs} {then}"
        );
    }
    // Another entry where the centre's log ends, whether that is our last or one before it.
    for (acked, link, news) in [
        (30, "aa", LogNews::Same),
        (30, "bb", LogNews::Conflict),
        (12, "bb", LogNews::Conflict),
        (12, "aa", LogNews::Acked(12)),
    ] {
        let mut said = reply(acked, 0);
        said.link = link.into();
        assert_eq!(log_news(&said, 30, Some("aa"), 20), news, "{acked} {link}");
    }
}

#[test]
fn a_centre_that_does_not_wait_is_not_asked_in_circles() {
    assert_eq!(hello_pause_ms(&reply(0, 0), 3, false), HELLO_PAUSE_MS);
    assert_eq!(hello_pause_ms(&reply(0, 0), 3, true), 0);
    assert_eq!(hello_pause_ms(&reply(0, 0), 24_000, false), 0);
    let slow = HelloReply {
        pace: Pace {
            after_ms: 5_000,
            batch: 1,
            push_after_ms: 0,
            blob_bytes_per_s: None,
        },
        ..reply(0, 0)
    };
    assert_eq!(hello_pause_ms(&slow, 24_000, true), 5_000);
}

#[test]
fn a_push_keeps_to_the_pace_and_to_the_protocol() {
    assert_eq!(push_limit(100, usize::MAX), 100);
    assert_eq!(push_limit(0, usize::MAX), 1);
    assert_eq!(push_limit(1_000_000, usize::MAX), PUSH_LIMIT);
    assert_eq!(push_limit(100, 7), 7);
    assert!(push_fits(PUSH_LIMIT_BYTES, PUSH_DECODED_LIMIT_BYTES));
    assert!(!push_fits(PUSH_LIMIT_BYTES + 1, 0));
    assert!(!push_fits(0, PUSH_DECODED_LIMIT_BYTES + 1));
}

#[test]
fn a_page_goes_on_where_the_centre_stands() {
    let at = |have, stored| BlobAt { have, stored };
    let part = BLOB_PART_BYTES as u64;
    let table = [
        (
            part * 2 + 5,
            at(0, false),
            Part::Send {
                offset: 0,
                len: BLOB_PART_BYTES,
            },
        ),
        (
            part * 2 + 5,
            at(part, false),
            Part::Send {
                offset: part,
                len: BLOB_PART_BYTES,
            },
        ),
        (
            part * 2 + 5,
            at(part * 2, false),
            Part::Send {
                offset: part * 2,
                len: 5,
            },
        ),
        (
            part,
            at(17, false),
            Part::Send {
                offset: 17,
                len: BLOB_PART_BYTES - 17,
            },
        ),
        (part, at(part, true), Part::Stored),
        (part, at(0, true), Part::Stored),
        (part, at(part, false), Part::Wrong),
        (part, at(part + 1, false), Part::Wrong),
    ];
    for (size_bytes, at, expected) in table {
        assert_eq!(next_part(size_bytes, &at), expected, "{at:?}");
    }
}

#[test]
fn a_page_is_complete_after_its_last_part_whatever_was_lost_between() {
    let size_bytes = BLOB_PART_BYTES as u64 * 3 + 1;
    let (mut have, mut sent) = (0, 0);
    while have < size_bytes {
        let Part::Send { offset, len } = next_part(
            size_bytes,
            &BlobAt {
                have,
                stored: false,
            },
        ) else {
            panic!("a part is due at {have}");
        };
        sent += 1;
        // Every other part is lost on the way: the centre stands where it stood.
        if sent % 2 == 0 {
            have = offset + len as u64;
        }
    }
    assert_eq!((have, sent), (size_bytes, 8));
}

#[test]
fn a_minute_between_two_clocks_is_nobodys_business() {
    assert_eq!(clock_off_s(60), None);
    assert_eq!(clock_off_s(-61), Some(-61));
    assert_eq!(clock_off_s(86_400), Some(86_400));
}

#[test]
fn a_pause_asked_for_without_end_is_cut() {
    let mut lane = Lane::default();
    let next = lane.failed(0, Some(Duration::from_secs(86_400)), 0.0);
    assert_eq!(next, super::super::lane::PAUSE_ASKED_MAX_MS);
}

#[test]
fn a_restored_store_pushes_nothing_before_the_centre_has_spoken() {
    let mut known = known(3, 0, 5, 5);
    known.restored = true;
    assert_eq!(plan(&known, &Lanes::default(), 0).push, Due::Idle);
    known.restored = false;
    assert_eq!(plan(&known, &Lanes::default(), 0).push, Due::Now);
}
