//! Drafts: durable at every change, prefilled, with papers that can be turned, moved and undone.

use std::time::Instant;

use drivers::document::{Canceller, Live};

use super::city::City;
use super::*;
use crate::devices::practice::PracticeCamera;

#[test]
fn a_draft_is_filled_from_the_card_and_then_from_the_last_answers() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let draft = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
    assert_eq!(draft.answers["residence"], who.address);
    assert_eq!(draft.filled_from["residence"], "card");
    let mut changed = registration_answers();
    changed.insert("unheard_of".into(), "x".into());
    desk.save_answers(draft.draft, changed, now()).unwrap();
    let draft = desk.get_draft(draft.draft, now()).unwrap();
    assert!(draft.filled_from.is_empty(), "it was overwritten");
    assert!(!draft.answers.contains_key("unheard_of"));
    desk.submit(draft.draft, now()).unwrap();
    City::new().meet(&desk);
    let next = desk.open_draft(HARDSHIP, card(&who), now()).unwrap();
    assert_eq!(next.answers["phone"], "13900000000");
    assert_eq!(next.filled_from["phone"], "last");
}

#[test]
fn the_same_form_of_the_same_person_is_opened_again_after_a_restart() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let draft = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
    desk.save_answers(draft.draft, answers(&[("phone", "139")]), now())
        .unwrap();
    drop(desk);
    let desk = open(folder.path());
    let again = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
    assert_eq!(again.draft, draft.draft);
    assert_eq!(again.answers["phone"], "139");
    let other = desk
        .open_draft(REGISTRATION, card(&identity("李样本", 2)), now())
        .unwrap();
    assert_ne!(other.draft, draft.draft);
    assert_eq!(desk.count_drafts().unwrap(), 2);
}

#[test]
fn a_discarded_draft_comes_back_with_its_pages() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1));
    let undo = desk.discard_draft(draft.draft, now()).unwrap();
    assert_eq!(code(desk.get_draft(draft.draft, now())), "draft.unknown");
    let back = desk.restore_draft(&undo, now()).unwrap();
    assert_eq!((&back.pages, &back.answers), (&draft.pages, &draft.answers));
    assert_eq!(code(desk.restore_draft(&undo, now())), "undo.gone");
}

#[test]
fn pages_are_turned_moved_removed_and_brought_back() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let pages = desk
        .add_page(draft, "household_book", picture(77), now())
        .unwrap()
        .pages;
    let (first, second) = (pages[0].page.clone(), pages[1].page.clone());
    assert_eq!(
        desk.picture(&second, false).unwrap(),
        ("image/png".into(), picture(77))
    );
    let thumbnail = desk.picture(&second, true).unwrap().1;
    assert!(image::load_from_memory(&thumbnail).is_ok());
    let moved = desk.move_page(draft, &second, 0, now()).unwrap().pages;
    assert_eq!(moved[0].page, second);
    let turned = desk.turn_page(draft, &second, 1, now()).unwrap().pages;
    assert_ne!(
        turned[0].page, second,
        "the window must not show the old picture"
    );
    let picture = image::load_from_memory(&desk.picture(&turned[0].page, false).unwrap().1);
    assert_eq!(picture.unwrap().width(), 40, "30 by 40 lies on its side");
    let removed = desk.remove_page(draft, &first, now()).unwrap();
    assert_eq!(removed.pages.len(), 1);
    let back = desk
        .restore_page(draft, &removed.undo.unwrap(), now())
        .unwrap();
    assert_eq!(back.pages[1].page, first);
}

#[test]
fn a_saved_picture_of_a_sheet_becomes_its_page_and_a_scan_stays_as_it_is() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let mut camera = PracticeCamera::open().unwrap();
    let picture = camera.take(Instant::now(), &Canceller::default()).unwrap();
    let hash = domain::sync::sha256_hex(&picture.bytes);
    let saved = desk.add_saved(draft, "household_book", picture.bytes.clone(), now());
    let page = saved.unwrap().pages.pop().unwrap();
    let made = page.made.unwrap();
    assert!(made.sides[0].corners.is_some(), "the sheet was found");
    assert_eq!(made.sides[0].sha256, hash, "the picture is kept");
    assert_ne!(page.manifest.sha256, hash);

    let scanned = desk.add_scanned(draft, "household_book", picture.bytes, 200, now());
    let page = scanned.unwrap().pages.pop().unwrap();
    assert_eq!(page.manifest.sha256, hash, "byte for byte");
    let warnings = &page.made.as_ref().unwrap().warnings;
    let dense = "page.too_coarse_for_dense".to_owned();
    assert!(warnings.contains(&dense), "{warnings:?}");
    // Its corners can still be set, and it can be turned.
    let shape = desk.get_shape(&page.page).unwrap();
    assert_eq!((shape.sides.len(), shape.sides[0].corners), (1, None));
    assert!(desk.original(&page.page, 0).is_ok());
    let turned = desk.turn_page(draft, &page.page, 1, now()).unwrap();
    assert!(turned.pages.last().unwrap().made.is_none());

    // A picture without any sheet is a page that its program cut out already.
    let cut_out = desk.add_saved(draft, "household_book", super::picture(3), now());
    let page = cut_out.unwrap().pages.pop().unwrap();
    assert!(page.made.unwrap().sides.is_empty());
}

#[test]
fn a_page_that_is_not_an_image_or_belongs_nowhere_is_refused() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let add = |material: &str, bytes: &[u8]| desk.add_page(draft, material, bytes.into(), now());
    assert_eq!(
        code(add("household_book", b"%PDF-1.7")),
        "page.not_an_image"
    );
    assert_eq!(code(add("no_such_paper", &picture(1))), "material.unknown");
    assert!(code(add("household_book", &picture(1)[..60])).starts_with("page."));
    let garbled = desk.add_page_base64(draft, "household_book", "%%%", now());
    assert_eq!(code(garbled), "page.not_an_image");
    assert_eq!(desk.get_draft(draft, now()).unwrap().pages.len(), 1);
}

#[test]
fn pictures_that_nothing_shows_any_more_are_removed_a_day_later_and_no_others() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let draft = hardship_draft(&desk, &who);
    let kept = draft.pages[0].manifest.sha256.clone();
    let gone = desk
        .add_page(draft.draft, "household_book", picture(50), now())
        .unwrap();
    let gone = gone.pages[1].clone();
    desk.remove_page(draft.draft, &gone.page, now()).unwrap();
    desk.submit(draft.draft, now()).unwrap();
    desk.forget_removed(now()).unwrap();
    assert!(
        desk.blobs.get(&gone.manifest.sha256).is_ok(),
        "it can still be brought back"
    );
    desk.forget_removed(now() + chrono::Duration::days(1))
        .unwrap();
    assert_eq!(code(desk.blobs.get(&gone.manifest.sha256)), "page.gone");
    assert!(desk.blobs.get(&kept).is_ok());
}

#[test]
fn a_start_with_a_clock_that_runs_ahead_leaves_what_can_be_undone() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let undo = desk.discard_draft(draft, Utc::now()).unwrap();
    drop(desk);
    let ahead = "2099-01-01T00:00:00Z".parse().unwrap();
    let desk = unlock(folder.path(), LOGIN, PASSWORD, &shelf(), ahead).unwrap();
    assert_eq!(desk.restore_draft(&undo, now()).unwrap().pages.len(), 1);
}

#[test]
fn a_picture_that_is_taken_again_while_it_is_taken_away_is_there() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = founded();
    let desk = open(folder.path());
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                desk.forget_removed(now() + chrono::Duration::days(1))
                    .unwrap();
            }
        });
        let gone = (0..60).find(|_| {
            let draft = hardship_draft(&desk, &identity("王示范", 1));
            let there = desk.blobs.get(&draft.pages[0].manifest.sha256).is_ok();
            desk.discard_draft(draft.draft, now()).unwrap();
            !there
        });
        done.store(true, Ordering::SeqCst);
        assert_eq!(gone, None, "a row without a file");
    });
}
