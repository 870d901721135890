//! When another catalogue is asked for, and when no more.

use chrono::DateTime;
use domain::sync::{FeedAt, LogAt, Unsent, first_link, first_sum};

use super::*;
use crate::line::LineError;
use crate::sync::event::{Event, Facts, Request, Said, Which};

const MINUTE: Ms = 60_000;

fn facts() -> Facts {
    Facts {
        unsent: Unsent::default(),
        pages_to_fetch: 0,
        feed: FeedAt {
            seq: 0,
            sum: first_sum(),
        },
        log: LogAt {
            last: 0,
            link: first_link(),
        },
        link: None,
        restored: None,
        staged: None,
        refused: None,
    }
}

fn offer(digit: char) -> Offer {
    Offer {
        sha256: digit.to_string().repeat(64),
        size_bytes: 9,
        signature: String::new(),
    }
}

fn keeping(pointed: Option<char>) -> Core {
    let mut core = Core::new(1);
    core.keeps_catalogues(pointed.map(|digit| offer(digit).sha256), None);
    core
}

fn hears(core: &mut Core, now: Ms, named: Option<Offer>, head: u64) -> Vec<Effect> {
    let reply = serde_json::json!({
        "server_time": DateTime::UNIX_EPOCH, "acked": 0, "durable": 0, "head": head,
        "pace": { "after_ms": 0, "batch": 1 }, "lease": { "body": "", "signature": "" },
        "minimum_protocol": 1, "catalogue": "", "bundle": named,
    });
    let answer = Event::Hello {
        said: Said { seq: 0, acked: 0 },
        answer: Ok(Box::new(serde_json::from_value(reply).unwrap())),
        took_ms: 1,
    };
    core.step(&facts(), now, answer)
}

/// What the lane down does next.
fn next(core: &mut Core, now: Ms) -> Effect {
    let mut effects = core.step(&facts(), now, Event::Look(Which::Pull));
    effects.pop().unwrap()
}

fn asks(core: &mut Core, now: Ms) -> bool {
    matches!(next(core, now), Effect::Ask(Request::Catalogue(_)))
}

fn answered(
    core: &mut Core,
    now: Ms,
    offer: &Offer,
    answer: Result<(), NoCatalogue>,
) -> Vec<Effect> {
    let offer = offer.clone();
    core.step(&facts(), now, Event::Catalogue { offer, answer })
}

#[test]
fn another_catalogue_is_asked_for_once_and_the_same_one_never() {
    let mut core = keeping(Some('a'));
    hears(&mut core, 0, Some(offer('a')), 0);
    assert!(!asks(&mut core, 1));
    let effects = hears(&mut core, 2, Some(offer('b')), 0);
    assert!(effects.contains(&Effect::Ring(Which::Pull)), "{effects:?}");
    let asked = Effect::Ask(Request::Catalogue(offer('b')));
    assert_eq!(next(&mut core, 3), asked);
    let taken = answered(&mut core, 4, &offer('b'), Ok(()));
    assert_eq!(taken, [Effect::Changed]);
    hears(&mut core, 5, Some(offer('b')), 0);
    assert!(!asks(&mut core, 6));
    // Back to the one before: that is the centre's word too.
    hears(&mut core, 7, Some(offer('a')), 0);
    assert!(asks(&mut core, 8));
}

#[test]
fn facts_go_first_and_without_contact_nothing_is_asked_for() {
    let mut core = keeping(None);
    hears(&mut core, 0, Some(offer('b')), 7);
    let pull = next(&mut core, 1);
    assert!(
        matches!(pull, Effect::Ask(Request::Pull { .. })),
        "{pull:?}"
    );
    let failed = Event::Pull(Err(LineError::new("line.timeout")));
    core.step(&facts(), 2, failed);
    // A pull that waits for its next try keeps no catalogue waiting.
    assert!(asks(&mut core, 3));
    let answer = Err(LineError::new("line.unreachable"));
    let said = Said { seq: 0, acked: 0 };
    let lost = Event::Hello {
        said,
        answer,
        took_ms: 1,
    };
    core.step(&facts(), 4, lost);
    assert!(!asks(&mut core, 5));
}

#[test]
fn a_damaged_one_is_asked_for_three_times_with_pauses_and_then_told() {
    let mut core = keeping(None);
    let named = offer('b');
    hears(&mut core, 0, Some(named.clone()), 0);
    let mut now = 1;
    for tries in 1..TRIES {
        assert!(asks(&mut core, now));
        assert_eq!(
            answered(&mut core, now, &named, Err(NoCatalogue::Damaged)),
            []
        );
        let pause = MINUTE * Ms::from(tries);
        assert_eq!(next(&mut core, now + 1), Effect::Wait(Some(now + pause)));
        now += pause;
    }
    let last = answered(&mut core, now, &named, Err(NoCatalogue::Damaged));
    let told = Some((named.clone(), Reason::new("catalog.damaged")));
    assert_eq!(last, [Effect::TellCatalogue(told), Effect::Show]);
    hears(&mut core, now + 1, Some(named.clone()), 0);
    assert!(!asks(&mut core, now + 100 * MINUTE));
    // The next time somebody logs in; what is told goes with the one that came whole.
    let mut again = Core::new(1);
    again.keeps_catalogues(None, Some((named.clone(), Reason::new(DAMAGED))));
    hears(&mut again, 0, Some(named.clone()), 0);
    assert!(asks(&mut again, 1));
    let taken = answered(&mut again, 2, &named, Ok(()));
    assert_eq!(taken, [Effect::TellCatalogue(None), Effect::Changed]);
}

#[test]
fn one_that_cannot_be_used_is_told_until_the_centre_names_what_can() {
    let mut core = keeping(Some('a'));
    let (bad, good) = (offer('b'), offer('a'));
    hears(&mut core, 0, Some(bad.clone()), 0);
    let reason = Reason::new("catalog.unreadable");
    answered(
        &mut core,
        1,
        &bad,
        Err(NoCatalogue::Refused(reason.clone())),
    );
    assert!(!asks(&mut core, 100 * MINUTE));
    let effects = hears(&mut core, 2, Some(good.clone()), 0);
    assert!(
        effects.contains(&Effect::TellCatalogue(None)),
        "{effects:?}"
    );
    // Named once more it is told once more, and not asked for.
    let effects = hears(&mut core, 3, Some(bad.clone()), 0);
    let told = Effect::TellCatalogue(Some((bad.clone(), reason.clone())));
    assert!(effects.contains(&told), "{effects:?}");
    assert!(!asks(&mut core, 100 * MINUTE));
    // After a restart likewise.
    let mut again = Core::new(1);
    again.keeps_catalogues(Some(good.sha256), Some((bad.clone(), reason)));
    hears(&mut again, 0, Some(bad), 0);
    assert!(!asks(&mut again, MINUTE));
}

#[test]
fn one_that_was_not_the_centres_is_asked_for_under_its_signature() {
    let mut core = keeping(None);
    let named = offer('b');
    hears(&mut core, 0, Some(named.clone()), 0);
    let forged = Err(NoCatalogue::Refused(Reason::new("catalog.forged")));
    answered(&mut core, 1, &named, forged);
    assert!(!asks(&mut core, MINUTE));
    let signed = Offer {
        signature: "another".to_owned(),
        ..named
    };
    hears(&mut core, 2, Some(signed.clone()), 0);
    assert_eq!(next(&mut core, 3), Effect::Ask(Request::Catalogue(signed)));
}

#[test]
fn a_centre_that_is_busy_is_asked_again_when_it_says() {
    let mut core = keeping(None);
    let named = offer('b');
    hears(&mut core, 0, Some(named.clone()), 0);
    let later = Err(NoCatalogue::Later(Some(5 * MINUTE)));
    assert_eq!(answered(&mut core, 1, &named, later), []);
    assert!(!asks(&mut core, 2 * MINUTE));
    assert!(asks(&mut core, 5 * MINUTE + MINUTE / 2 + 1));
    for _ in 0..10 {
        answered(&mut core, 1, &named, Err(NoCatalogue::Later(None)));
    }
    assert!(asks(&mut core, 6 * MINUTE));
}

#[test]
fn who_keeps_none_and_what_is_no_offer_asks_for_nothing() {
    let mut core = Core::new(1);
    hears(&mut core, 0, Some(offer('b')), 0);
    assert!(!asks(&mut core, 1));
    let mut core = keeping(None);
    let huge = Offer {
        size_bytes: u64::MAX,
        ..offer('b')
    };
    hears(&mut core, 0, Some(huge), 0);
    assert!(!asks(&mut core, 1));
    hears(&mut core, 2, None, 0);
    assert!(!asks(&mut core, 3));
}
