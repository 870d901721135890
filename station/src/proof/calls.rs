//! The window's calls on a whole station, without a window.

use std::sync::Arc;
use std::time::Instant;

use drivers::id_card::{pcsc, text};
use drivers::virtual_card::samples;

use super::city::City;
use super::*;
use crate::{Options, Station};

/// An installation whose line can be set up, though nobody is at its other end.
fn with_certificate() -> Installation {
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let mut whole = installation();
    whole.ca_pem = certificate.clone();
    whole.certificate_pem = certificate;
    whole.key_pem = key.serialize_pem();
    whole
}

/// Founds a station that knows the sample citizen; answers the id of their record.
fn who_is_known(folder: &Path) -> Id {
    found_as(folder, &with_certificate());
    let desk = open(folder);
    let who = crate::reading::identity(&samples::find("citizen").unwrap().card);
    register(&desk, &who);
    City::new().meet(&desk);
    desk.person_page(&who, None, now()).unwrap().person.unwrap()
}

fn lay_card(station: &Station, key: &str) {
    let raw = text::encode(&samples::find(key).unwrap().card).unwrap();
    station.take_reading(pcsc::Reading {
        reader: "TEST 00 00".into(),
        profile: "read-binary".into(),
        sam_id: None,
        card: text::decode(&raw).unwrap(),
        photo: None,
        raw: Vec::new(),
        taken_at: Instant::now(),
        fingerprints: None,
        body_number: None,
        read_at: std::time::SystemTime::now(),
        exchange_ms: 1,
    });
}

#[test]
fn a_form_opened_from_the_record_keeps_the_card_that_was_just_read() {
    let folder = tempfile::tempdir().unwrap();
    let person = who_is_known(folder.path());
    let options = Options {
        data: folder.path().to_owned(),
        catalog: Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog"),
        demo: None,
        readers: false,
    };
    let station = Station::open(options, Arc::new(|_| {})).unwrap();
    station.log_in(LOGIN, PASSWORD).unwrap();
    let evidence = || {
        let draft = station.open_draft(HARDSHIP, None, Some(person)).unwrap();
        (draft.draft, draft.evidence)
    };
    lay_card(&station, "moved");
    let (draft, typed) = evidence();
    let reason = crate::drafts::FROM_RECORD.to_owned();
    assert_eq!(
        typed,
        Evidence::Typed { reason },
        "another's card is no evidence"
    );
    lay_card(&station, "citizen");
    let (again, read) = evidence();
    assert_eq!(again, draft, "the form that was open already");
    assert!(matches!(read, Evidence::CardRead { .. }), "{read:?}");
}

#[test]
fn a_document_typed_by_hand_opens_its_person_and_a_card_is_not_put_below_it() {
    use crate::view::TypedIdentity;
    let folder = tempfile::tempdir().unwrap();
    who_is_known(folder.path());
    let options = Options {
        data: folder.path().to_owned(),
        catalog: Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog"),
        demo: None,
        readers: false,
    };
    let station = Station::open(options, Arc::new(|_| {})).unwrap();
    let card = samples::find("citizen").unwrap().card;
    let who = crate::reading::identity(&card);
    let entry = TypedIdentity {
        kind: who.document.kind,
        number: who.document.number.to_lowercase(),
        name: who.name.clone(),
        sex: Some(who.sex),
        birth: who.birth.to_string(),
        address: String::new(),
        reason: "card_damaged".into(),
    };
    let locked = station.enter_identity(&entry).unwrap_err();
    assert_eq!(locked.reason.code, "station.locked");
    station.log_in(LOGIN, PASSWORD).unwrap();

    let wrong = TypedIdentity {
        birth: "1900-01-01".into(),
        ..entry.clone()
    };
    let refused = station.enter_identity(&wrong).unwrap_err();
    assert_eq!(refused.reason.code, "identity.bad_birth");
    assert_eq!(refused.field.as_deref(), Some("birth"));
    let told = station.check_identity(&wrong).unwrap();
    assert_eq!(told.birth, Some(who.birth), "the number says it");

    let page = station.enter_identity(&entry).unwrap();
    assert!(page.person.is_some(), "found by the number");
    let typed = station.open_draft(HARDSHIP, page.reading, None).unwrap();
    let reason = "card_damaged".to_owned();
    assert_eq!(typed.evidence, Evidence::Typed { reason });

    // The card turns up: it is the better evidence, and stays it.
    lay_card(&station, "citizen");
    let read = station.open_draft(HARDSHIP, None, page.person).unwrap();
    assert_eq!(read.draft, typed.draft);
    assert!(read.evidence.is_read());
    let again = station.open_draft(HARDSHIP, page.reading, None).unwrap();
    assert!(again.evidence.is_read(), "{:?}", again.evidence);
}
