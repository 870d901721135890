//! Filing: one transaction, chained and signed; what the centre answers is shown.

use domain::command::Decision;
use domain::sync::{first_link, link};
use domain::{Act, Stage};
use ed25519_dalek::{Signature, SigningKey};

use super::city::{City, read};
use super::*;
use crate::view::CaseStanding;

#[test]
fn what_the_act_lacks_blocks_it_and_leaves_the_draft() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let draft = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
    let mut incomplete = registration_answers();
    incomplete.remove("phone");
    let saved = desk.save_answers(draft.draft, incomplete, now()).unwrap();
    assert_eq!(saved.blocking, 1);
    let refused = crate::view::Failure::from(desk.submit(draft.draft, now()).unwrap_err());
    assert_eq!(refused.reason.code, "draft.blocked");
    assert_eq!(refused.field.as_deref(), Some("phone"));
    assert_eq!(desk.store.log_at().unwrap().last, 0);
    assert!(desk.get_draft(draft.draft, now()).is_ok());
}

#[test]
fn a_receipts_code_leads_to_its_case_and_only_where_it_was_issued() {
    let (folder, papers) = (founded(), tempfile::tempdir().unwrap());
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    register(&desk, &who);
    let filed = desk
        .submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    let receipt = desk.make_receipt(filed.case, papers.path()).unwrap();
    for text in [
        receipt.qr.clone(),
        format!(" {}\r", receipt.qr.to_lowercase()),
    ] {
        assert_eq!(desk.find_by_receipt(&text).unwrap(), filed.case);
    }
    // Nothing that this machine did not sign: another case's serial, another station's receipt.
    let other = receipt.qr.replace("-01-000002", "-01-000001");
    let station = Division("320302001006".into());
    let key = SigningKey::from_bytes(&[8; 32]);
    let theirs = crate::receipt::qr::text(&station, "320302001006-01-000001", "ab12cd34", &key);
    for text in [other, theirs, "YZ1.".into(), "王示范".into()] {
        let refused = desk.find_by_receipt(&text).unwrap_err();
        assert_eq!(refused.code(), "receipt.not_issued_here", "{text}");
    }
    // Signed here, but of a case that is not kept here.
    let key = SigningKey::from_bytes(&installation().log_key);
    let station = installation().community.clone();
    let gone = crate::receipt::qr::text(&station, &filed.serial, "00000000", &key);
    assert_eq!(
        desk.find_by_receipt(&gone).unwrap_err().code(),
        "case.unknown"
    );
}

#[test]
fn what_is_filed_is_chained_signed_and_there_after_a_restart() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let first = register(&desk, &who);
    let second = desk
        .submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    drop(desk);
    let desk = open(folder.path());
    let entries = desk.store.outbox_page(10, 1 << 20).unwrap();
    let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
    let mut previous = first_link();
    for (at, entry) in entries.iter().enumerate() {
        assert_eq!(entry.n, at as u64 + 1);
        let expected = link(&previous, installation().id, entry.n, entry.id, &entry.body);
        assert_eq!(entry.link, expected);
        let signature = hex::decode(&entry.signature).unwrap();
        let signature = Signature::from_slice(&signature).unwrap();
        key.verify_strict(&hex::decode(&entry.link).unwrap(), &signature)
            .unwrap();
        previous = entry.link.clone();
    }
    let worklist = desk.get_worklist().unwrap();
    let waiting: Vec<_> = worklist.waiting.iter().map(|row| row.case).collect();
    assert_eq!(waiting, [first.case, second.case]);
    assert!(worklist.drafts.is_empty());
    assert_eq!(desk.store.unsent().unwrap().pages, 1);
    assert_eq!(first.serial, format!("{COMMUNITY}-01-000001"));
    assert_eq!(second.serial, format!("{COMMUNITY}-01-000002"));
}

#[test]
fn a_command_says_what_it_depends_on_and_what_it_changes() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    register(&desk, &who);
    desk.submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    let entries = desk.store.outbox_page(10, 1 << 20).unwrap();
    let (first, second) = (read(&entries[0]), read(&entries[1]));
    assert_eq!(first.after, None);
    assert_eq!(second.after, Some(first.id));
    let (Act::Submit(first), Act::Submit(second)) = (first.act, second.act) else {
        panic!("two filings");
    };
    assert!(first.changes.iter().all(|change| change.was.is_none()));
    assert_eq!(second.changes.len(), 1, "only the phone is another");
    assert_eq!(second.changes[0].was.as_deref(), Some("13900000000"));
    assert_eq!(second.changes[0].now, "13900000001");
}

#[test]
fn knowledge_that_speaks_against_it_does_not_block_and_the_answer_can_be_repaired() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let mut city = City::new();
    register(&desk, &who);
    city.meet(&desk);
    let again = register(&desk, &who);
    assert_eq!(again.pending[0].code, "person.already_registered");
    let row = |case| desk.get_case(case, now()).unwrap();
    assert!(matches!(
        row(again.case).row.standing,
        CaseStanding::Waiting { .. }
    ));
    city.take(&desk.store, 1);
    desk.store.set_acked(2).unwrap();
    assert_eq!(row(again.case).row.standing, CaseStanding::Sent);
    city.meet(&desk);
    assert!(matches!(
        row(again.case).row.standing,
        CaseStanding::Answered { .. }
    ));
    assert!(row(again.case).can_amend);
    let decided = desk.get_worklist().unwrap().decided;
    assert_eq!(decided.len(), 2);
    let draft = desk.amend_case(again.case, now()).unwrap();
    assert_eq!(
        desk.amend_case(again.case, now()).unwrap().draft,
        draft.draft
    );
    assert_eq!(draft.answers["phone"], "13900000000");
    desk.submit(draft.draft, now()).unwrap();
    let last = desk.store.outbox_page(10, 1 << 20).unwrap().pop().unwrap();
    let rejected = row(again.case).row.case;
    let replaces = read(&last).replaces.unwrap();
    assert_eq!(replaces.derive("case"), rejected);
    let decided = desk.get_worklist().unwrap().decided;
    assert_eq!(decided.len(), 1, "what was repaired is no work any more");
}

#[test]
fn a_returned_case_opens_at_its_field_and_goes_back_corrected() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let mut city = City::new();
    register(&desk, &who);
    let filed = desk
        .submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    city.meet(&desk);
    city.store_pages();
    let back = Decision::Return {
        reason: "请补充".into(),
        field: Some("visit_opinion".into()),
    };
    city.review("320302001", filed.case, back);
    city.meet(&desk);
    assert_eq!(desk.get_worklist().unwrap().returned.len(), 1);
    let page = desk.person_page(&who, None, now()).unwrap();
    assert_eq!(page.advice.code, "advice.fix_returned");
    let draft = desk.amend_case(filed.case, now()).unwrap();
    let amends = draft.amends.clone().unwrap();
    assert_eq!(amends.field.as_deref(), Some("visit_opinion"));
    assert_eq!(draft.pages.len(), 1);
    let mut better = draft.answers.clone();
    better.insert("visit_opinion".into(), "邻居在场".into());
    desk.save_answers(draft.draft, better, now()).unwrap();
    let sent = desk.submit(draft.draft, now()).unwrap();
    assert_eq!((sent.case, sent.serial), (filed.case, filed.serial));
    let view = desk.get_case(filed.case, now()).unwrap();
    assert!(matches!(view.row.standing, CaseStanding::Waiting { .. }));
    assert_eq!(view.answers["visit_opinion"], "邻居在场");
    assert!(!view.can_amend, "a correction is under way");
    city.meet(&desk);
    let view = desk.get_case(filed.case, now()).unwrap();
    let in_review = |s: &CaseStanding| {
        matches!(
            s,
            CaseStanding::Centre {
                stage: Stage::InReview { step: 0 },
                ..
            }
        )
    };
    assert!(in_review(&view.row.standing), "{:?}", view.row.standing);
    assert!(view.history.len() >= 3);
}

#[test]
fn a_correction_of_what_is_not_returned_any_more_is_refused_here() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let mut city = City::new();
    register(&desk, &who);
    let filed = desk
        .submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    city.meet(&desk);
    assert_eq!(
        code(desk.amend_case(filed.case, now())),
        "case.not_repairable"
    );
    city.store_pages();
    let back = Decision::Return {
        reason: "请补充".into(),
        field: None,
    };
    city.review("320302001", filed.case, back);
    city.meet(&desk);
    let draft = desk.amend_case(filed.case, now()).unwrap();
    // The same correction was filed on another machine of the station meanwhile.
    let version = city.state.find_case(filed.case).unwrap().version;
    let mut theirs = city.command(
        COMMUNITY,
        Act::Amend(domain::command::Amend {
            case: filed.case,
            version,
            answers: hardship_answers(),
            changes: Vec::new(),
            pages: city.state.find_case(filed.case).unwrap().pages.clone(),
        }),
    );
    theirs.by.area = Division(COMMUNITY.into());
    city.decide(&theirs);
    city.meet(&desk);
    assert_eq!(code(desk.submit(draft.draft, now())), "case.not_returned");
    assert!(
        desk.get_draft(draft.draft, now()).is_ok(),
        "what was written is not lost"
    );
}

#[test]
fn the_papers_of_a_case_are_one_archive_file_and_that_is_recorded() {
    let (folder, papers) = (founded(), tempfile::tempdir().unwrap());
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let without = register(&desk, &who);
    let refused = desk.print_materials(without.case, papers.path(), now());
    assert_eq!(code(refused), "case.no_papers");
    let draft = hardship_draft(&desk, &who).draft;
    desk.add_page(draft, "household_book", picture(7), now())
        .unwrap();
    let filed = desk.submit(draft, now()).unwrap();
    let before = count_events(&desk, "print.made");
    let printed = desk.print_materials(filed.case, papers.path(), now());
    let path = printed.unwrap().path;
    assert_eq!(count_events(&desk, "print.made"), before + 1);
    let info = std::process::Command::new("pdfinfo").arg(&path).output();
    let told = String::from_utf8_lossy(&info.unwrap().stdout).into_owned();
    assert!(told.contains("Pages:           2"), "{told}");
    assert!(
        std::fs::read(&path)
            .unwrap()
            .windows(11)
            .any(|part| part == b"pdfaid:part")
    );
    // A page that is not here spoils the whole; what was not written is not recorded.
    let page = &desk.get_case(filed.case, now()).unwrap().pages[1];
    let sealed = desk.blobs.path(&page.manifest.sha256);
    std::fs::remove_file(sealed).unwrap();
    let refused = desk.print_materials(filed.case, papers.path(), now());
    assert_eq!(code(refused), "page.gone");
    assert_eq!(count_events(&desk, "print.made"), before + 1);
}
