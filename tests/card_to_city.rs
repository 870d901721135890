//! The main job, as a story: a card, a form, papers, the city, the decision.

use std::time::{Duration, Instant};

use domain::Stage;
use domain::command::Decision;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::desk::{HARDSHIP, REGISTRATION};

#[test]
fn a_card_becomes_a_case_and_the_decision_comes_back_to_the_counter() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);

    // A woman of forty-two lays her card on the reader. Nobody here has seen her before.
    let seen = desk.tap("moved");
    assert_eq!(seen.face.name, "周样例");
    assert!(
        seen.face.masked_number.contains("********"),
        "{}",
        seen.face.masked_number
    );
    assert_eq!(
        seen.retirement.len(),
        2,
        "her group is not on the card: both dates"
    );
    assert_eq!(seen.advice.code, "advice.register_unemployed");

    // 失业登记 is decided at acceptance: the counter knows within two seconds.
    let filed = desk.file("unemployment_registration", &seen, REGISTRATION, &[]);
    let began = Instant::now();
    desk.until(filed.case, |standing| is_at(standing, &Stage::Granted));
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "took {:?}",
        began.elapsed()
    );

    // 就业困难人员认定 needs papers and two reviews.
    let known = desk.tap("moved");
    assert!(known.person.is_some(), "the centre gave her an id");
    assert_eq!(
        known.known["phone"], "13900000000",
        "the last answers are remembered"
    );
    let filed = desk.file(
        "hardship_recognition",
        &known,
        HARDSHIP,
        &["household_book"],
    );
    desk.until(filed.case, |standing| {
        is_at(standing, &Stage::InReview { step: 0 })
    });
    assert!(
        desk.has_sent_everything(),
        "pages complete before a reviewer sees it"
    );

    // The street looks at the paper and approves; it never meets its own entry.
    let street = city.reviewer("street");
    let row = street.inbox_row(filed.case);
    assert!(
        row["number_masked"]
            .as_str()
            .is_some_and(|n| n.contains("********"))
    );
    let (media_type, picture) = street.page(filed.case, 0);
    assert_eq!(media_type, "image/png");
    assert_eq!(picture, tests::desk::picture(40), "the very bytes");
    street.decide(
        filed.case,
        Decision::Approve {
            opinion: "属实".into(),
        },
    );

    // The county returns it, naming the field; the counter opens it there.
    let county = city.reviewer("county");
    county.inbox_row(filed.case);
    let back = Decision::Return {
        reason: "请写明走访时在场人员".into(),
        field: Some("visit_opinion".into()),
    };
    county.decide(filed.case, back);
    let began = Instant::now();
    desk.until(filed.case, |standing| {
        matches!(
            standing,
            CaseStanding::Centre {
                stage: Stage::Returned { .. },
                ..
            }
        )
    });
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "took {:?}",
        began.elapsed()
    );
    let again = desk
        .station
        .amend_case(filed.case)
        .expect("it opens for correction");
    let amends = again.amends.expect("it says what it answers");
    assert_eq!(amends.field.as_deref(), Some("visit_opinion"));
    assert_eq!(amends.reason, "请写明走访时在场人员");

    // Corrected, sent again, recognised.
    let mut answers = again.answers.clone();
    answers.insert(
        "visit_opinion".into(),
        "入户所见与所述相符，本人与邻居在场".into(),
    );
    desk.station
        .save_answers(again.draft, answers)
        .expect("the correction is saved");
    desk.station
        .submit(again.draft)
        .expect("the correction is filed");
    county.inbox_row(filed.case);
    county.decide(
        filed.case,
        Decision::Approve {
            opinion: String::new(),
        },
    );
    desk.until(filed.case, |standing| is_at(standing, &Stage::Granted));

    let life = desk.tap("moved");
    assert!(life.standings.contains_key("hardship"));
    assert!(
        life.life.len() >= 7,
        "the line of the life: {:?}",
        life.life
    );
}

fn is_at(standing: &CaseStanding, wanted: &Stage) -> bool {
    matches!(standing, CaseStanding::Centre { stage, .. } if stage == wanted)
}
