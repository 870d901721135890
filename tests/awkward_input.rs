//! Names, cards and pages that are not what one expects: the whole way to the centre and back, or a
//! calm no with nothing lost.

use domain::{Outcome, Stage};
use drivers::virtual_card::samples;
use station::view::{AlertLevel, CaseStanding, DocumentExtras, Face};
use tests::city::{COMMUNITY, City};
use tests::desk::REGISTRATION;

#[test]
fn every_kind_of_card_and_name_goes_the_whole_way_and_back() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let mut seen = Vec::new();
    for sample in samples::all() {
        let page = desk.tap(sample.key);
        assert!(!page.face.name.is_empty(), "{}", sample.key);
        let case = desk
            .file("unemployment_registration", &page, REGISTRATION, &[])
            .case;
        // Who may draw a pension already is looked at by the street first.
        desk.until(case, |s| {
            at(s, &Stage::Granted) || at(s, &Stage::InReview { step: 0 })
        });
        // The fact from the centre carries the very name; so do page, search and receipt.
        let view = desk.case(case);
        // What else the card said went with its reading.
        let stored = Face {
            extras: DocumentExtras::default(),
            ..page.face.clone()
        };
        assert_eq!(view.face, stored, "{}", sample.key);
        assert_eq!(view.row.name, page.face.name);
        let found = desk
            .station
            .search_people(&page.face.name)
            .expect("a search");
        assert!(
            found.rows.iter().any(|row| Some(row.person) == view.person),
            "{}",
            sample.key
        );
        let receipt = desk.station.make_receipt(case);
        let receipt = receipt.unwrap_or_else(|f| panic!("{}: {f:?}", sample.key));
        let pdf = std::fs::read(&receipt.path).expect("the receipt");
        assert!(
            pdf.starts_with(b"%PDF-") && pdf.len() > 2_000,
            "{}",
            sample.key
        );
        // The console shows the same person.
        let shown = street.get(&format!("/api/cases/{case}")).to_string();
        assert!(shown.contains(&page.face.name), "{}: {shown}", sample.key);
        seen.push(page.face);
    }
    let long = |face: &station::view::Face| {
        face.latin_name
            .as_ref()
            .is_some_and(|name| name.chars().count() == 40)
    };
    assert!(seen.iter().any(long), "forty characters");
    assert!(
        seen.iter().any(|face| face.name.contains('𠮷')),
        "beyond the basic plane"
    );
    let (people, cases, _) = city.counts();
    assert_eq!((people, cases), (seen.len() as i64, seen.len() as i64));
}

#[test]
fn an_expired_card_warns_and_does_not_block() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("expired");
    let alert = page
        .alerts
        .iter()
        .find(|alert| alert.reason.code == "alert.card_expired");
    assert_eq!(alert.expect("it is told").level, AlertLevel::Warn);
    let case = desk
        .file("unemployment_registration", &page, REGISTRATION, &[])
        .case;
    desk.until(case, |s| at(s, &Stage::Granted));
}

#[test]
fn a_page_that_is_not_an_image_is_refused_and_the_form_stays() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let answers = [REGISTRATION, &[("reason", "5")]].concat();
    let draft = desk.draft("unemployment_registration", &desk.tap("citizen"), &answers);
    desk.add_page(draft, "other_proof", 40);
    let before = desk.station.get_draft(draft).expect("the form");
    let whole = tests::desk::picture(90);
    let mut torn = whole[..whole.len() / 2].to_vec();
    torn[40] ^= 0xFF;
    let bad: [(&str, &[u8]); 5] = [
        ("notes.txt", b"plain text"),
        ("empty.png", b""),
        ("program.png", b"MZ\x90\x00\x03\x00\x00\x00"),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj\n"),
        ("torn.png", &torn),
    ];
    for (name, bytes) in bad {
        let refused = desk.drop_file(draft, "other_proof", name, bytes);
        let code = refused.expect_err(name).reason.code;
        assert!(
            code == "page.not_an_image" || code == "page.truncated",
            "{name}: {code}"
        );
    }
    let refused = desk
        .station
        .add_page(draft, "other_proof", "x.png", "no base64!");
    assert_eq!(
        refused.expect_err("no base64").reason.code,
        "page.not_an_image"
    );
    let refused = desk.drop_file(draft, "no_such_material", "page.png", &whole);
    assert_eq!(
        refused.expect_err("no such material").reason.code,
        "material.unknown"
    );
    assert_eq!(desk.station.get_draft(draft).expect("the form"), before);
    let filed = desk.station.submit(draft).expect("it is filed");
    desk.until(filed.case, |s| matches!(s, CaseStanding::Centre { .. }));
}

#[test]
fn a_form_submitted_twice_or_after_it_was_discarded_is_refused_calmly() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let draft = desk.draft(
        "unemployment_registration",
        &desk.tap("citizen"),
        REGISTRATION,
    );
    let filed = desk.station.submit(draft).expect("it is filed");
    for refused in [desk.station.submit(draft), desk.station.submit(draft)] {
        assert_eq!(
            refused.expect_err("it is filed already").reason.code,
            "draft.unknown"
        );
    }
    let late = desk
        .station
        .save_answers(draft, tests::desk::answers(REGISTRATION));
    assert_eq!(
        late.expect_err("a late keystroke").reason.code,
        "draft.unknown"
    );
    let late = desk.station.discard_draft(draft);
    assert_eq!(
        late.expect_err("a late escape").reason.code,
        "draft.unknown"
    );
    desk.until(filed.case, |s| at(s, &Stage::Granted));

    let draft = desk.draft(
        "unemployment_registration",
        &desk.tap("moved"),
        REGISTRATION,
    );
    let undo = desk.station.discard_draft(draft).expect("it is discarded");
    let refused = desk.station.submit(draft).expect_err("it is gone");
    assert_eq!(refused.reason.code, "draft.unknown");
    let back = desk.station.restore_draft(&undo).expect("it comes back");
    assert_eq!(back.answers["phone"], "13900000000");
    let refused = desk.station.restore_draft(&undo).expect_err("only once");
    assert_eq!(refused.reason.code, "undo.gone");
    let second = desk.station.submit(back.draft).expect("it is filed");
    desk.until(second.case, |s| at(s, &Stage::Granted));

    // Two windows, one press each at the same moment.
    let draft = desk.draft("unemployment_registration", &desk.tap("hui"), REGISTRATION);
    let both = std::thread::scope(|scope| {
        let press = || scope.spawn(|| desk.station.submit(draft).is_ok());
        [press(), press()].map(|pressed| pressed.join().expect("it answers"))
    });
    assert_eq!(both.iter().filter(|filed| **filed).count(), 1);
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    assert_eq!(city.counts(), (3, 3, 3));
}

#[test]
fn an_incomplete_form_is_not_filed_and_says_where() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let draft = desk.draft(
        "unemployment_registration",
        &desk.tap("citizen"),
        &REGISTRATION[1..],
    );
    let refused = desk
        .station
        .submit(draft)
        .expect_err("the phone is missing");
    assert_eq!(refused.reason.code, "draft.blocked");
    assert_eq!(refused.field.as_deref(), Some("phone"));
    assert!(desk.station.get_draft(draft).is_ok(), "the form stays open");
    assert_eq!(city.counts(), (0, 0, 0));
}

fn at(standing: &CaseStanding, wanted: &Stage) -> bool {
    match standing {
        CaseStanding::Answered {
            outcome: Outcome::Rejected { reasons },
        } => panic!("{reasons:?}"),
        CaseStanding::Centre { stage, .. } => stage == wanted,
        _ => false,
    }
}
