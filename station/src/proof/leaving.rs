//! What leaves and what stays: the ledger and its exports, the notice, retention.

use std::path::Path;

use chrono::Duration;
use domain::sync::{Lease, LeaseMember, LeaseTerms, SignedLease};

use super::city::City;
use super::*;
use crate::sync::hello::META_DURABLE;
use crate::view::{ExportFormat, ExportWish, Exported, LedgerState, LedgerWish, WhatFor};

fn wish() -> LedgerWish {
    LedgerWish {
        from: "2026-11-23".parse().unwrap(),
        to: "2026-11-23".parse().unwrap(),
        business: None,
        state: None,
        text: String::new(),
    }
}

fn asked(folder: &Path) -> ExportWish {
    ExportWish {
        wish: wish(),
        format: ExportFormat::Csv,
        what_for: what_for("report"),
        numbers: None,
        folder: folder.display().to_string(),
    }
}

pub(crate) fn what_for(purpose: &str) -> WhatFor {
    WhatFor {
        purpose: purpose.into(),
        words: String::new(),
        second: None,
    }
}

/// A lease as the centre would have given it: when, and this role for who is logged in.
fn lease(desk: &Desk, issued_at: DateTime<Utc>, role: &str) {
    let lease = Lease {
        installation: desk.installation.id,
        serial: 1,
        issued_at,
        staff: vec![LeaseMember {
            staff: desk.staff.clone(),
            login: LOGIN.into(),
            role: role.into(),
            mark: None,
        }],
        terms: LeaseTerms::default(),
        ferry: None,
    };
    let signed = SignedLease {
        body: serde_json::to_string(&lease).unwrap(),
        signature: String::new(),
    };
    let text = serde_json::to_string(&signed).unwrap();
    desk.store.set_meta("lease", &text).unwrap();
}

/// The role that the centre's lease gives whoever is logged in.
pub(crate) fn grant(desk: &Desk, role: &str) {
    lease(desk, now(), role);
}

fn export(desk: &Desk, asked: &ExportWish) -> crate::error::Result<Exported> {
    desk.export_ledger(asked, None, now())
}

#[test]
fn the_ledger_lists_counts_and_filters_what_was_filed() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    city.meet(&desk);
    desk.store.set_acked(1).unwrap();
    register(&desk, &identity("李样本", 3));
    desk.submit(hardship_draft(&desk, &identity("王示范", 1)).draft, now())
        .unwrap();
    let all = desk.get_ledger(&wish()).unwrap();
    assert_eq!((all.total, all.rows.len()), (3, 3));
    assert_eq!(all.rows[0].business, HARDSHIP, "newest first");
    assert_eq!(all.days.len(), 1);
    let waiting = all.states.iter().find(|s| s.of == LedgerState::Waiting);
    assert_eq!(waiting.unwrap().count, 2);
    let found = |wish: LedgerWish| {
        let ledger = desk.get_ledger(&wish).unwrap();
        let names: Vec<String> = ledger.rows.iter().map(|row| row.name.clone()).collect();
        (names, ledger.states.len(), ledger.businesses.len())
    };
    let by_business = LedgerWish {
        business: Some(HARDSHIP.into()),
        ..wish()
    };
    assert_eq!(found(by_business), (vec!["王示范".to_owned()], 1, 2));
    let by_state = LedgerWish {
        state: Some(LedgerState::Granted),
        ..wish()
    };
    assert_eq!(found(by_state).0, ["王示范"]);
    let by_text = LedgerWish {
        text: "000002".into(),
        ..wish()
    };
    assert_eq!(found(by_text).0, ["李样本"]);
    let before = LedgerWish {
        from: "2026-11-01".parse().unwrap(),
        to: "2026-11-22".parse().unwrap(),
        ..wish()
    };
    assert_eq!(desk.get_ledger(&before).unwrap().total, 0);
    let backwards = LedgerWish {
        to: "2026-11-22".parse().unwrap(),
        ..wish()
    };
    assert_eq!(code(desk.get_ledger(&backwards)), "ledger.days");
    let shown = serde_json::to_string(&all).unwrap();
    assert!(
        !shown.contains(&identity("王示范", 1).document.number),
        "masked"
    );
}

#[test]
fn days_are_found_though_the_clock_went_back_in_between() {
    let folder = founded();
    let desk = open(folder.path());
    let days = [0, 3, 1, 4, 5];
    for (order, day) in days.into_iter().enumerate() {
        let who = identity("王示范", 1 + 2 * order as u32);
        let draft = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
        desk.save_answers(draft.draft, registration_answers(), now())
            .unwrap();
        desk.submit(draft.draft, now() + Duration::days(day))
            .unwrap();
    }
    let on = |from: &str, to: &str| {
        let wish = LedgerWish {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            ..wish()
        };
        let rows = desk.get_ledger(&wish).unwrap().rows;
        rows.iter().map(|row| row.n).collect::<Vec<_>>()
    };
    assert_eq!(on("2026-11-24", "2026-11-24"), [3]);
    assert_eq!(on("2026-11-26", "2026-11-27"), [4, 2]);
    assert_eq!(on("2026-11-23", "2026-11-28"), [5, 4, 3, 2, 1]);
}

#[test]
fn a_list_leaves_marked_masked_numbered_and_recorded() {
    let folder = founded();
    let desk = open(folder.path());
    let out = tempfile::tempdir().unwrap();
    register(&desk, &identity("王示范", 1));
    let written = export(&desk, &asked(out.path())).unwrap();
    assert_eq!(
        (written.rows, written.number.as_str()),
        (1, "320302001005-E00001")
    );
    let text = std::fs::read_to_string(&written.path).unwrap();
    for word in [
        "王示范",
        "永康社区",
        "张协理",
        "按要求上报街道或区县",
        "E00001",
        "2026-11-23",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains(&identity("王示范", 1).document.number));
    let again = export(&desk, &asked(out.path())).unwrap();
    assert_eq!(again.number, "320302001005-E00002");
    assert_eq!(count_events(&desk, "export.made"), 2);
}

#[test]
fn full_numbers_take_a_right_a_reason_and_a_second_person() {
    let folder = founded();
    let desk = open(folder.path());
    let out = tempfile::tempdir().unwrap();
    let who = identity("王示范", 1);
    register(&desk, &who);
    let with = |reason: &str| ExportWish {
        numbers: Some(reason.into()),
        ..asked(out.path())
    };
    assert_eq!(
        code(export(&desk, &with("比对"))),
        "export.numbers_not_allowed"
    );
    grant(&desk, "station_lead");
    assert_eq!(code(export(&desk, &with(" "))), "export.reason_missing");
    let named = with(&who.document.number);
    assert_eq!(code(export(&desk, &named)), "audit.number_in_words");
    assert_eq!(code(export(&desk, &with("比对"))), "export.second_missing");
    let mut second = staff();
    let same = desk.export_ledger(&with("比对"), Some(&second), now());
    assert_eq!(code(same), "export.second_is_same");
    second.id = Id(uuid::Uuid::from_u128(9));
    second.name = "李协理".into();
    let written = desk
        .export_ledger(&with("比对"), Some(&second), now())
        .unwrap();
    let text = std::fs::read_to_string(written.path).unwrap();
    assert!(text.contains(&who.document.number) && text.contains("同意人 李协理"));
    grant(&desk, "query");
    assert_eq!(
        code(export(&desk, &asked(out.path()))),
        "export.not_allowed"
    );
}

#[test]
fn an_export_that_says_not_what_for_or_where_to_is_refused_and_leaves_nothing() {
    let folder = founded();
    let desk = open(folder.path());
    let out = tempfile::tempdir().unwrap();
    assert_eq!(code(export(&desk, &asked(out.path()))), "export.empty");
    register(&desk, &identity("王示范", 1));
    let without = ExportWish {
        what_for: what_for("other"),
        ..asked(out.path())
    };
    assert_eq!(code(export(&desk, &without)), "export.purpose_missing");
    assert_eq!(
        code(export(&desk, &asked(Path::new("/nowhere/at all")))),
        "export.no_place"
    );
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
    assert_eq!(count_events(&desk, "export.made"), 0);
}

#[test]
fn a_second_person_agrees_with_their_own_password() {
    let folder = founded();
    let confirm = |password: &str| crate::door::confirm(folder.path(), LOGIN, password, None);
    assert_eq!(confirm(PASSWORD).unwrap(), staff());
    assert_eq!(code(confirm("wrong password")), "auth.wrong_password");
    assert!(
        crate::door::others(folder.path(), staff().id)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_resident_is_told_once_for_each_version() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let state = || desk.person_page(&who, None, now()).unwrap().notice;
    assert_eq!(state().told_at, None);
    desk.tell_notice(&who, now()).unwrap();
    desk.tell_notice(&who, now() + Duration::days(1)).unwrap();
    assert_eq!(state().told_at, Some(now()));
    assert_eq!(count_events(&desk, "notice.told"), 1);
    let other = desk
        .person_page(&identity("李样本", 3), None, now())
        .unwrap();
    assert_eq!(other.notice.told_at, None);
}

#[test]
fn what_is_printed_for_a_resident_is_recorded_and_masks_the_number() {
    let folder = founded();
    let desk = open(folder.path());
    let out = tempfile::tempdir().unwrap();
    let who = identity("王示范", 1);
    register(&desk, &who);
    for printed in [
        desk.print_copy(&who, out.path(), now()).unwrap(),
        desk.print_notice(out.path(), now()).unwrap(),
    ] {
        let pdf = std::fs::read(printed.path).unwrap();
        assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 2_000);
    }
    assert_eq!(count_events(&desk, "print.made"), 2);
}

#[test]
fn pictures_go_when_the_centre_has_had_them_long_enough_and_not_before() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    let who = identity("王示范", 1);
    register(&desk, &who);
    city.meet(&desk);
    let filed = desk
        .submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    city.meet(&desk);
    let pages = desk.get_case(filed.case, now()).unwrap().pages;
    let page = &pages[0].page;
    let sha256 = &pages[0].manifest.sha256;
    let later = |days: i64| now() + Duration::days(days);
    let at_centre = |moment| lease(&desk, moment, "station");
    assert!(!desk.purge(later(4_000)).unwrap());
    assert!(
        desk.picture(page, false).is_ok(),
        "the centre never answered"
    );
    at_centre(later(4_000));
    desk.purge(later(4_000)).unwrap();
    assert!(desk.picture(page, false).is_ok(), "it has not been sent");
    for page in &pages {
        desk.store.page_sent(&page.manifest.sha256).unwrap();
    }
    desk.purge(later(4_000)).unwrap();
    desk.purge(later(4_400)).unwrap();
    assert!(
        desk.picture(page, false).is_ok(),
        "no backup of the centre's has it"
    );
    let last = desk.store.log_at().unwrap().last;
    desk.store
        .set_meta(META_DURABLE, &last.to_string())
        .unwrap();
    desk.purge(later(9_000)).unwrap();
    assert!(
        desk.picture(page, false).is_ok(),
        "a clock that runs ahead takes nothing"
    );
    at_centre(later(4_000 + 181));
    desk.purge(later(4_000 + 181)).unwrap();
    assert_eq!(code(desk.picture(page, false)), "page.at_centre");
    assert_eq!(code(desk.blobs.get(sha256)), "page.gone");
    assert_eq!(count_events(&desk, "purge.done"), 1);
    let row = desk.get_case(filed.case, now()).unwrap().row;
    assert_eq!(row.pages, pages.len(), "the case still names them");
}

#[test]
fn a_draft_that_nobody_came_back_to_goes_with_its_pictures() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    let who = identity("王示范", 1);
    register(&desk, &who);
    city.meet(&desk);
    let draft = hardship_draft(&desk, &who);
    let later = |days: i64| now() + Duration::days(days);
    lease(&desk, later(91), "station");
    // The clock was wrong when it was saved.
    let wrong = "2020-06-01T00:00:00Z".parse().unwrap();
    desk.save_answers(draft.draft, hardship_answers(), wrong)
        .unwrap();
    desk.purge(now()).unwrap();
    desk.purge(later(89)).unwrap();
    assert!(desk.get_draft(draft.draft, now()).is_ok());
    let kept = desk.get_kept(later(89)).unwrap();
    let count = kept
        .kinds
        .iter()
        .find(|k| k.kind.name == "draft")
        .unwrap()
        .count;
    assert_eq!(count, Some(1));
    desk.purge(later(91)).unwrap();
    assert_eq!(code(desk.get_draft(draft.draft, now())), "draft.unknown");
    assert_eq!(
        code(desk.blobs.get(&draft.pages[0].manifest.sha256)),
        "page.gone"
    );
    assert_eq!(desk.store.log_at().unwrap().last, 1, "what was filed stays");
    assert!(desk.get_kept(later(91)).unwrap().last_purge.is_some());
}
