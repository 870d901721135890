//! Previews first, pages in order of submission, both at the pace that the centre names: a real station on
//! a real line.

use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::console::Reviewer;
use tests::desk::{Desk, HARDSHIP, PASSWORD, REGISTRATION, picture};

/// Bytes a second.
const PACE: u64 = 80_000;

/// Bytes a second for who wants to look around before a page has come.
const SLOW: u64 = 1_000;
const ENTER: &str = "\u{e007}";

/// A photo of nothing: no picture of its size is harder to make small.
fn noise(seed: u64) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    let drawn = RgbImage::from_fn(500, 700, |_, _| Rgb(rng.r#gen()));
    let mut out = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgb8(drawn);
    picture.write_to(&mut out, ImageFormat::Jpeg).expect("JPEG");
    out.into_inner()
}

/// A registration with a page: it is granted at once, and its page follows.
fn file(desk: &Desk, resident: &str, page: &[u8]) -> domain::Id {
    let answers = [REGISTRATION, &[("reason", "5")]].concat();
    let draft = desk.draft("unemployment_registration", &desk.tap(resident), &answers);
    with_page(desk, draft, "other_proof", page)
}

/// Somebody whose hardship is asked for with a page: that waits for a reviewer, and before for the page.
fn hardship(desk: &Desk, page: &[u8]) -> domain::Id {
    let draft = desk.draft("hardship_recognition", &desk.tap("moved"), HARDSHIP);
    with_page(desk, draft, "household_book", page)
}

fn with_page(desk: &Desk, draft: domain::Id, material: &str, page: &[u8]) -> domain::Id {
    desk.drop_file(draft, material, "page.jpg", page)
        .unwrap_or_else(|failure| panic!("the page is taken: {failure:?}"));
    desk.station.submit(draft).expect("it is filed").case
}

/// A desk where this person is registered.
fn desk(city: &City) -> Desk {
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("moved");
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    desk.until(filed.case, |standing| {
        format!("{standing:?}").contains("Granted")
    });
    desk
}

fn shown(by: &Reviewer, case: domain::Id, what: &str) -> Result<Vec<u8>, String> {
    let (status, body) = by.ask(
        Method::GET,
        &format!("/api/cases/{case}/pages/0{what}"),
        None,
    );
    if status == StatusCode::OK {
        return Ok(body);
    }
    let said: Value = serde_json::from_slice(&body).expect("JSON");
    Err(said["code"].as_str().expect("a code").to_owned())
}

#[test]
fn previews_come_before_pages_and_pages_in_order_no_faster_than_the_centre_says() {
    let mut city = City::open();
    city.stop_centre();
    city.set(|config| config.blob_bytes_per_s = Some(PACE));
    city.start_centre();
    // It has heard of the pace before the line is gone, and keeps it.
    let desk = desk(&city);
    city.line.cut();
    let street = city.reviewer("street");
    let pages = [1, 2, 3].map(noise);
    let cases = [
        file(&desk, "citizen", &pages[0]),
        file(&desk, "woman", &pages[1]),
        hardship(&desk, &pages[2]),
    ];
    let began = Instant::now();
    city.line.restore();
    desk.station.send_now().expect("it tries");

    let before = tests::eventually("the last case's preview is there", || {
        let small = shown(&street, cases[2], "/preview").ok()?;
        let here = cases
            .iter()
            .filter(|case| shown(&street, **case, "").is_ok());
        Some((small, here.count()))
    });
    assert_eq!(before.1, 0, "no page has come yet");
    let small = image::load_from_memory(&before.0).expect("a picture");
    assert!(small.width().max(small.height()) <= 480 && before.0.len() <= 32 << 10);
    assert_eq!(shown(&street, cases[2], "").unwrap_err(), "page.on_its_way");
    assert_eq!(street.get("/api/inbox"), serde_json::json!([]), "it waits");

    // In the order in which they were filed.
    for (at, (case, page)) in cases.iter().zip(&pages).enumerate() {
        let stored = tests::eventually("its page is there", || shown(&street, *case, "").ok());
        assert_eq!(stored, *page, "byte for byte");
        assert!(
            shown(&street, *case, "/preview").is_err(),
            "no preview any more"
        );
        if at == 0 {
            assert!(
                shown(&street, cases[2], "").is_err(),
                "the last is still to come"
            );
        }
    }
    street.inbox_row(cases[2]);
    // What left before the last page took its time.
    let earlier: usize = pages[..2].iter().map(Vec::len).sum();
    let least = Duration::from_millis(earlier as u64 * 1000 / PACE);
    let took = began.elapsed();
    assert!(
        took >= least,
        "{took:?} for {earlier} bytes at {PACE} a second"
    );
    assert!(earlier > 300_000, "{earlier} bytes are enough to tell");
    println!("{took:?} for {earlier} bytes at {PACE} a second, at least {least:?}");
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
}

#[test]
fn the_console_shows_a_preview_as_one_and_the_page_once_it_is_there() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let mut city = City::open_with_pages(Some(pages));
    let desk = desk(&city);
    city.stop_centre();
    city.set(|config| config.blob_bytes_per_s = Some(SLOW));
    city.start_centre();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let street = city.reviewer("street");
    let console = runtime.block_on(async {
        let console =
            Browser::chromium(&folder.path().join("browser"), &folder.path().join("log")).await;
        console.go(&city.console_url()).await;
        console.fill("login-name", "street").await;
        console.fill("login-password", PASSWORD).await;
        console.press(ENTER).await;
        console.see("nav-records").await;
        console
    });
    let case = hardship(&desk, &picture(60));
    tests::eventually("its preview is there", || {
        shown(&street, case, "/preview").ok()
    });
    runtime.block_on(async {
        console
            .go(&format!(
                "{}/console.html#/cases/{case}",
                city.console_url()
            ))
            .await;
        console.read("page-preview", "预览图").await;
        console.read("barred", "全部到齐后才能审核").await;
        assert!(!console.sees("approve").await, "nothing to decide with");
        console.picture("previews-1-zh").await;
        console.click("language").await;
        console.read("page-preview", "still on its way").await;
        console.picture("previews-2-en").await;
    });
    tests::within(Duration::from_secs(60), "the page is there", &mut || {
        shown(&street, case, "").ok()
    });
    street.inbox_row(case);
    runtime.block_on(async {
        console.click("page-again").await;
        console.see("approve").await;
        // The preview stays on screen until the page takes its place.
        let began = Instant::now();
        while console.sees("page-preview").await {
            assert!(began.elapsed() < Duration::from_secs(20), "the page itself");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        console.see("page-image").await;
        console.picture("previews-3-page").await;
        console.close().await;
    });
}
