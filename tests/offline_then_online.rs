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

#[test]
fn a_program_that_is_too_old_sends_what_it_has_and_takes_nothing_new() {
    let mut city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    city.line.cut();
    let page = desk.tap("moved");
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    city.set(|config| config.minimum_protocol = domain::sync::PROTOCOL + 1);
    city.stop_centre();
    city.start_centre();
    city.line.restore();
    desk.until(filed.case, |s| matches!(s, CaseStanding::Centre { .. }));
    let told = |desk: &tests::desk::Desk| {
        let notices = desk.station.get_status().notices;
        notices
            .iter()
            .any(|notice| notice.code == "station.too_old")
    };
    tests::eventually("it is told above everything", || told(&desk).then_some(()));
    // Forms are kept; only filing waits for the update.
    let draft = desk.draft(
        "unemployment_registration",
        &desk.tap("citizen"),
        REGISTRATION,
    );
    let refused = desk
        .station
        .submit(draft)
        .expect_err("a newer program is wanted");
    assert_eq!(refused.reason.code, "station.too_old");
    tests::eventually("the console names it", || {
        let list = street.get("/api/stations");
        list["rows"][0]["troubles"]
            .as_array()
            .is_some_and(|all| all.iter().any(|trouble| trouble == "version"))
            .then_some(())
    });
    assert_eq!(city.counts(), (1, 1, 1));
}
