//! The line is cut, work goes on, the line comes back: everything arrives once.

use domain::Stage;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::desk::{HARDSHIP, REGISTRATION};

#[test]
fn two_cases_and_a_draft_outlive_a_cut_line_and_a_crash() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let known = desk.file(
        "unemployment_registration",
        &desk.tap("moved"),
        REGISTRATION,
        &[],
    );
    desk.until(known.case, |s| matches!(s, CaseStanding::Centre { .. }));

    city.line.cut();
    tests::eventually("the corner says so", || {
        (!desk.station.get_status().line.up).then_some(())
    });
    let one = desk.file(
        "hardship_recognition",
        &desk.tap("moved"),
        HARDSHIP,
        &["household_book"],
    );
    let other = desk.file(
        "unemployment_registration",
        &desk.tap("citizen"),
        REGISTRATION,
        &[],
    );
    let third = desk.draft(
        "unemployment_registration",
        &desk.tap("hui"),
        &REGISTRATION[..3],
    );
    // Right after filing a case is the next to leave; a moment later the try has failed.
    for case in [one.case, other.case] {
        desk.until(case, |s| {
            matches!(s, CaseStanding::Waiting { reason, .. } if reason.code.starts_with("line."))
        });
    }

    // The computer restarts; the form of the third is where it was.
    let desk = desk.restart();
    assert_eq!(desk.station.get_status().unsent_commands, 2);
    let draft = desk.station.get_draft(third).expect("the draft is there");
    assert_eq!(draft.answers["phone"], "13900000000");

    city.line.restore();
    desk.until(other.case, |s| {
        matches!(
            s,
            CaseStanding::Centre {
                stage: Stage::Granted,
                ..
            }
        )
    });
    desk.until(one.case, |s| {
        matches!(
            s,
            CaseStanding::Centre {
                stage: Stage::InReview { .. },
                ..
            }
        )
    });
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    let (people, cases, commands) = city.counts();
    assert_eq!((people, cases), (2, 3), "each arrived once");
    assert_eq!(commands, 3);
    assert_eq!(desk.station.get_status().drafts, 1, "the third is a draft");
}

#[test]
fn a_line_that_breaks_in_the_middle_of_everything_doubles_nothing() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let mut cases = Vec::new();
    for (at, sample) in ["citizen", "moved", "expired", "rare_name", "hong_kong"]
        .iter()
        .enumerate()
    {
        city.line.cut_after_bytes(900 + 1_700 * at as u64);
        let page = desk.tap(sample);
        cases.push(desk.file("unemployment_registration", &page, REGISTRATION, &[]));
        std::thread::sleep(std::time::Duration::from_millis(120));
        city.line.restore();
    }
    for case in cases {
        desk.until(case.case, |s| matches!(s, CaseStanding::Centre { .. }));
    }
    let (people, cases, commands) = city.counts();
    assert_eq!((people, cases, commands), (5, 5, 5));
}
