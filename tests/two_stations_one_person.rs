//! The same person offline at two stations; two people under one mistyped number.

use domain::Outcome;
use domain::command::Settlement;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::desk::{Desk, REGISTRATION};

#[test]
fn one_person_at_two_stations_is_one_person_and_the_second_case_is_refused_with_a_reason() {
    let city = City::open();
    let (first, second) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    city.line.cut();
    let a = register(&first, "citizen");
    let b = register(&second, "citizen");
    city.line.restore();

    let mut refused = 0;
    for (desk, case) in [(&first, a), (&second, b)] {
        match desk.until(case, is_final) {
            CaseStanding::Answered {
                outcome: Outcome::Rejected { reasons },
            } => {
                refused += 1;
                assert_eq!(reasons[0].code, "person.already_registered");
                assert!(reasons[0].with.contains_key("station"), "it says where");
            }
            CaseStanding::Centre { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, 1);
    assert_eq!(city.counts().0, 1, "one person");
    for desk in [&first, &second] {
        tests::eventually("both can read that it was asked for twice", || {
            let page = desk.tap("citizen");
            page.life
                .iter()
                .any(|event| event.what == domain::person::EventKind::Attempted)
                .then_some(())
        });
    }
}

#[test]
fn two_people_under_one_mistyped_number_stay_two_and_somebody_looks() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let first = register(&desk, "citizen");
    desk.until(first, is_final);

    let mut other = drivers::virtual_card::samples::find("citizen")
        .expect("a sample")
        .card;
    other.name = "张重号".into();
    let page = desk.tap_card(&other);
    let second = desk
        .file("unemployment_registration", &page, REGISTRATION, &[])
        .case;
    let held = desk.until(second, |s| matches!(s, CaseStanding::Answered { .. }));
    let CaseStanding::Answered {
        outcome: Outcome::Held { reason },
    } = held
    else {
        panic!("{held:?}")
    };
    assert_eq!(reason.code, "person.name_differs");

    let street = city.reviewer("street");
    street.settle_only_held(&Settlement::AnotherPerson);
    desk.until(second, |s| matches!(s, CaseStanding::Centre { .. }));
    assert_eq!(city.counts().0, 2, "they stay two");
}

fn register(desk: &Desk, sample: &str) -> domain::Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}

fn is_final(standing: &CaseStanding) -> bool {
    matches!(
        standing,
        CaseStanding::Centre { .. } | CaseStanding::Answered { .. }
    )
}
