//! Pages made from pictures: the picture is kept byte for byte, the page can be made again with other
//! corners, every change can be taken back, and filing lets nothing go too soon.

use drivers::document::page::{Picture, Plane, jpeg};

use super::*;
use crate::drafts::shape::{Corners, Onto, Taken};
use crate::view::DraftPage;

const MATERIAL: &str = "household_book";
const SHEET: Corners = [(60.0, 40.0), (360.0, 40.0), (360.0, 464.0), (60.0, 464.0)];

/// A desk with a sheet on it; another shade is another picture.
fn taken(shade: u8, corners: Option<Corners>) -> Taken {
    let mut y = Plane::filled(420, 520, shade);
    for row in 40..464 {
        y.data[row * 420 + 60..row * 420 + 360].fill(230);
    }
    let picture = Picture { y, chroma: None };
    Taken {
        bytes: jpeg::encode(&picture, 90, None).unwrap(),
        sheets: corners.into_iter().collect(),
        surest: corners,
    }
}

fn add(desk: &Desk, draft: Id, shade: u8, onto: &Onto) -> crate::view::PagesChanged {
    let taken = taken(shade, Some(SHEET));
    desk.add_taken(draft, MATERIAL, taken, onto, now()).unwrap()
}

fn last(pages: &[DraftPage]) -> DraftPage {
    pages.last().unwrap().clone()
}

fn width(desk: &Desk, page: &str) -> u32 {
    let picture = desk.picture(page, false).unwrap().1;
    image::load_from_memory(&picture).unwrap().width()
}

#[test]
fn a_taken_page_keeps_its_picture_and_is_made_again_with_other_corners() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let page = last(&add(&desk, draft, 60, &Onto::End).pages);
    let (media_type, original) = desk.original(&page.page, 0).unwrap();
    assert_eq!(media_type, "image/jpeg");
    assert_eq!(original, taken(60, None).bytes, "byte for byte");
    let side = &page.made.as_ref().unwrap().sides[0];
    assert_eq!(side.sha256, domain::sync::sha256_hex(&original));
    assert_ne!(page.manifest.sha256, side.sha256, "the case shows the page");

    let wide = width(&desk, &page.page);
    let narrow = SHEET.map(|(x, y)| (x.min(210.0), y));
    let shaped = desk
        .shape_page(draft, &page.page, 0, Some(narrow), now())
        .unwrap();
    let again = last(&shaped.pages);
    assert_ne!(
        again.page, page.page,
        "the window must not show the old one"
    );
    assert!(width(&desk, &again.page) < wide);
    assert!(again.made.as_ref().unwrap().sides[0].by_hand);
    let back = desk
        .restore_page(draft, &shaped.undo.unwrap(), now())
        .unwrap();
    assert_eq!(last(&back.pages), page);
    let crossed = [SHEET[1], SHEET[0], SHEET[2], SHEET[3]];
    let refused = desk.shape_page(draft, &page.page, 0, Some(crossed), now());
    assert!(code(refused).starts_with("page."));
}

#[test]
fn several_sheets_in_one_picture_are_a_page_each_and_go_together() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let before = add(&desk, draft, 60, &Onto::End).pages;
    let half = |(x, y): (f32, f32)| (60.0 + (x - 60.0) / 2.0, y);
    let sheets = vec![SHEET.map(half), SHEET];
    let many = Taken {
        sheets: sheets.clone(),
        ..taken(64, Some(SHEET))
    };
    let came = desk.add_taken(draft, MATERIAL, many, &Onto::End, now());
    let came = came.unwrap();
    let new = &came.pages[before.len()..];
    let corners = |page: &DraftPage| page.made.as_ref().unwrap().sides[0].corners.unwrap();
    assert_eq!(new.iter().map(corners).collect::<Vec<_>>(), sheets);
    assert!(width(&desk, &new[0].page) < width(&desk, &new[1].page));
    // One of them is turned meanwhile; both go, and nothing else does.
    desk.turn_page(draft, &new[0].page, 1, now()).unwrap();
    let undo = came.undo.unwrap();
    let back = desk.restore_page(draft, &undo, now()).unwrap();
    assert_eq!(back.pages, before);
    assert_eq!(code(desk.restore_page(draft, &undo, now())), "undo.gone");

    // Onto a page's place goes the surest one alone.
    let instead = Onto::Instead {
        page: last(&back.pages).page,
    };
    let many = Taken {
        sheets,
        ..taken(65, Some(SHEET))
    };
    let again = desk.add_taken(draft, MATERIAL, many, &instead, now());
    let again = again.unwrap();
    assert_eq!(again.pages.len(), before.len());
    assert_eq!(corners(&last(&again.pages)), SHEET);
}

#[test]
fn turning_a_made_page_makes_it_from_its_picture_and_is_taken_back_whole() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let page = last(&add(&desk, draft, 60, &Onto::End).pages);
    let standing = width(&desk, &page.page);
    let turned = desk.turn_page(draft, &page.page, 1, now()).unwrap();
    let lying = last(&turned.pages);
    assert!(width(&desk, &lying.page) > standing, "it lies now");
    let sides = &lying.made.as_ref().unwrap().sides;
    assert_eq!(
        sides[0].corners.unwrap()[1],
        SHEET[0],
        "its top left is at the right"
    );
    let back = desk
        .restore_page(draft, &turned.undo.unwrap(), now())
        .unwrap();
    assert_eq!(last(&back.pages), page);
}

#[test]
fn a_scan_is_cut_and_a_page_taken_again_stands_in_its_place() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let scan = taken(90, None).bytes;
    let first = last(
        &desk
            .add_page(draft, MATERIAL, scan.clone(), now())
            .unwrap()
            .pages,
    );
    add(&desk, draft, 61, &Onto::End);
    let cut = desk
        .shape_page(draft, &first.page, 0, Some(SHEET), now())
        .unwrap();
    let place = cut.pages.len() - 2;
    let made = cut.pages[place].clone();
    assert_eq!(desk.original(&made.page, 0).unwrap().1, scan);
    let instead = Onto::Instead { page: made.page };
    let again = add(&desk, draft, 62, &instead);
    assert_eq!(again.pages.len(), cut.pages.len(), "none is added");
    let there = &again.pages[place];
    assert_eq!(
        desk.original(&there.page, 0).unwrap().1,
        taken(62, None).bytes
    );
}

#[test]
fn a_cards_back_joins_its_front_on_one_sheet_and_no_third_side_does() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let front = last(&add(&desk, draft, 60, &Onto::End).pages);
    let onto = Onto::BackOf {
        page: front.page.clone(),
    };
    let joined = add(&desk, draft, 61, &onto);
    let both = last(&joined.pages);
    assert_eq!(both.made.as_ref().unwrap().sides.len(), 2);
    assert_eq!(width(&desk, &both.page), 2480);
    assert_eq!(
        desk.original(&both.page, 0).unwrap().1,
        taken(60, None).bytes
    );
    assert_eq!(
        desk.original(&both.page, 1).unwrap().1,
        taken(61, None).bytes
    );
    let third = Onto::BackOf {
        page: both.page.clone(),
    };
    let refused = desk.add_taken(draft, MATERIAL, taken(62, None), &third, now());
    assert_eq!(code(refused), "page.has_both_sides");
    let back = desk
        .restore_page(draft, &joined.undo.unwrap(), now())
        .unwrap();
    assert_eq!(last(&back.pages), front);
}

#[test]
fn pictures_of_filed_pages_go_a_day_after_filing_and_the_pages_stay() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let page = last(&add(&desk, draft, 60, &Onto::End).pages);
    let picture = page.made.as_ref().unwrap().sides[0].sha256.clone();
    desk.submit(draft, now()).unwrap();
    desk.forget_removed(now()).unwrap();
    assert!(desk.blobs.get(&picture).is_ok(), "not at once");
    desk.forget_removed(now() + chrono::Duration::days(1))
        .unwrap();
    assert_eq!(code(desk.blobs.get(&picture)), "page.gone");
    assert!(desk.blobs.get(&page.manifest.sha256).is_ok());
}

#[test]
fn a_made_page_survives_a_restart_with_its_corners() {
    let folder = founded();
    let desk = open(folder.path());
    let draft = hardship_draft(&desk, &identity("王示范", 1)).draft;
    let page = last(&add(&desk, draft, 60, &Onto::End).pages);
    drop(desk);
    let desk = open(folder.path());
    assert_eq!(last(&desk.get_draft(draft, now()).unwrap().pages), page);
    assert_eq!(desk.get_shape(&page.page).unwrap(), page.made.unwrap());
}
