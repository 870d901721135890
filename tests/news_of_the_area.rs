//! The long poll: a decision is at the counter at once, and only at the counters of its community.

use std::time::{Duration, Instant};

use domain::Stage;
use domain::command::Decision;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City, FAR, NEIGHBOUR};
use tests::desk::{HARDSHIP, REGISTRATION};
use tests::speaker::{at, first, new_id, resident};

/// What the issue allows from the decision to the counter's screen.
const LIMIT: Duration = Duration::from_secs(2);

#[test]
fn a_decision_is_at_the_counter_within_two_seconds() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let mut took = Vec::new();
    for sample in ["moved", "taiwan", "foreigner_2023", "expired"] {
        let page = desk.tap(sample);
        let case = desk
            .file("unemployment_registration", &page, REGISTRATION, &[])
            .case;
        desk.until(case, |s| at_stage(s, |stage| *stage == Stage::Granted));
        let page = desk.tap(sample);
        let case = desk
            .file("hardship_recognition", &page, HARDSHIP, &["household_book"])
            .case;
        street.inbox_row(case);
        let back = Decision::Return {
            reason: "请补充".into(),
            field: Some("visit_opinion".into()),
        };
        street.decide(case, back);
        let began = Instant::now();
        desk.until(case, |s| {
            at_stage(s, |stage| matches!(stage, Stage::Returned { .. }))
        });
        took.push(began.elapsed());
    }
    took.sort();
    let (median, worst) = (took[took.len() / 2], took[took.len() - 1]);
    println!(
        "decision_to_counter median_ms={} worst_ms={}",
        ms(median),
        ms(worst)
    );
    assert!(worst < LIMIT, "{took:?}");
}

#[test]
fn news_of_one_community_wakes_and_reaches_no_other() {
    let city = City::open();
    let far = city.speaker(FAR);
    let neighbour = city.speaker(NEIGHBOUR);
    let mut near = city.speaker(COMMUNITY);
    let command = near.registration(new_id(), resident(7));
    let entry = near.write(&command);
    let wait = 1_500;
    std::thread::scope(|scope| {
        let others = [&far, &neighbour].map(|speaker| {
            scope.spawn(move || {
                let began = Instant::now();
                let reply = speaker.hello(first(), wait).expect("a hello");
                (reply.head, began.elapsed())
            })
        });
        std::thread::sleep(Duration::from_millis(300));
        near.push(&[entry]).expect("a push");
        for other in others {
            let (head, took) = other.join().expect("it ends");
            assert_eq!(head, 0, "nothing happened there");
            assert!(took >= Duration::from_millis(wait), "woken after {took:?}");
        }
    });
    let own = near.feed();
    assert!(!own.is_empty());
    assert!(far.feed().is_empty() && neighbour.feed().is_empty());
    // Asked with another feed's place, a feed answers nothing either.
    let end = at(own.last().expect("facts"));
    let refused = far.pull(end, 10).expect_err("not their place");
    assert_eq!(refused.reason.code, "feed.differs");
}

#[test]
fn two_desks_of_different_communities_do_not_see_each_others_people() {
    let city = City::open();
    let (near, far) = (city.desk(COMMUNITY), city.desk(FAR));
    let file = |desk: &tests::desk::Desk, sample: &str| {
        let page = desk.tap(sample);
        let case = desk
            .file("unemployment_registration", &page, REGISTRATION, &[])
            .case;
        desk.until(case, |s| at_stage(s, |stage| *stage == Stage::Granted));
        (case, page.face.name)
    };
    let (here, there) = (file(&near, "citizen"), file(&far, "moved"));
    for (desk, own, other) in [(&near, &here, &there), (&far, &there, &here)] {
        let found = |name: &str| desk.station.search_people(name).expect("a search");
        let count = |name: &str| found(name).rows.len();
        assert_eq!((count(&own.1), count(&other.1)), (1, 0));
        assert!(desk.station.get_case(other.0).is_err());
        let list = desk.station.get_worklist().expect("the worklist");
        assert_eq!(list.decided.len(), 1);
    }
    // Her card at the other counter shows what is on it, and nothing of her cases.
    let visitor = near.tap("moved");
    assert!(visitor.person.is_none() && visitor.cases.is_empty() && visitor.life.is_empty());
}

fn at_stage(standing: &CaseStanding, wanted: impl Fn(&Stage) -> bool) -> bool {
    matches!(standing, CaseStanding::Centre { stage, .. } if wanted(stage))
}

fn ms(took: Duration) -> u128 {
    took.as_millis()
}
