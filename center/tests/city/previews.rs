//! Previews: seen before the page has come, and good for nothing else.

use std::io::Cursor;

use domain::Stage;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::acts::{hardship, identity, page, registration};
use crate::desk::{Desk, codes};
use crate::support::{Browser, City, STATION_A, STATION_B, STREET};

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let drawn = GrayImage::from_fn(width, height, |x, y| Luma([((x + y) / 8) as u8]));
    let mut out = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageLuma8(drawn);
    picture.write_to(&mut out, ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

/// What the console says to a page, or to its preview.
async fn seen(browser: &Browser, path: &str) -> Result<Vec<u8>, String> {
    let shown = browser.ask(Method::GET, path, None).await;
    if shown.status() == StatusCode::OK {
        assert_eq!(shown.headers()["content-type"], "image/jpeg");
        assert_eq!(shown.headers()["cache-control"], "no-store");
        return Ok(shown.bytes().await.unwrap().to_vec());
    }
    let said: serde_json::Value = shown.json().await.unwrap();
    Err(said["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_preview_is_seen_until_the_page_is_there_and_decides_nothing() {
    let city = City::start("previews").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let bytes = jpeg(1200, 1700);
    let (page, small) = (page(&bytes), jpeg(340, 480));
    let sha = &page.sha256;
    // Before the case is known, as the two lanes may have it.
    let at = desk.preview(sha, &small).await.unwrap();
    assert_eq!((at.have, at.stored), (0, false));
    let filed = hardship(&desk.staff, who, page.clone());
    assert_eq!(codes(&desk.file(&filed).await), ["pages.awaited"]);

    let street = city.reviewer("street", STREET).await;
    let far = city.reviewer("far", "320303").await;
    let case = filed.id.derive("case");
    let whole = format!("/cases/{case}/pages/0");
    let preview = format!("{whole}/preview");
    assert_eq!(seen(&street, &preview).await.unwrap(), small);
    assert_eq!(seen(&street, &whole).await.unwrap_err(), "page.on_its_way");
    let other = format!("/cases/{case}/pages/1/preview");
    for (browser, path) in [(&far, &preview), (&far, &whole), (&street, &other)] {
        assert_eq!(seen(browser, path).await.unwrap_err(), "request.not_found");
    }
    // However good the preview looks: it waits for its page.
    assert_eq!(street.get("/inbox").await, json!([]));
    let (status, refused) = street.approve(&case.to_string()).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(refused["reasons"][0]["code"], "review.not_in_review");

    let neighbour = Desk::open(&city, STATION_B).await;
    neighbour.preview(sha, &jpeg(10, 10)).await.unwrap();
    assert_eq!(
        seen(&street, &preview).await.unwrap(),
        small,
        "each community's own"
    );
    let page_bytes = bytes.len() as u64;
    let blobs = "SELECT count(*) FROM blob WHERE stored OR have > 0";
    assert_eq!(city.count(blobs).await, 0, "nothing of the page is here");
    assert!(desk.part(sha, 0, &bytes).await.unwrap().stored);
    desk.pull().await;
    let found = desk.state.find_case(case).unwrap();
    assert_eq!(found.stage, Stage::InReview { step: 0 });
    assert_eq!(seen(&street, &whole).await.unwrap(), bytes);
    assert_eq!(
        seen(&street, &preview).await.unwrap_err(),
        "request.not_found"
    );
    let late = desk.preview(sha, &small).await.unwrap();
    assert_eq!(
        (late.have, late.stored),
        (page_bytes, true),
        "and needs none"
    );
    assert_eq!(files_arriving(&city), 1, "the neighbour's alone is left");
}

#[tokio::test]
async fn what_is_no_small_jpeg_is_refused_and_nothing_of_it_is_kept() {
    let city = City::start("no_previews").await;
    let desk = Desk::open(&city, STATION_A).await;
    let sha = page(b"a page").sha256;
    let mut cut = jpeg(340, 480);
    cut.truncate(cut.len() / 2);
    let bad = [
        ("blob.no_preview", b"no picture".to_vec()),
        ("blob.no_preview", Vec::new()),
        ("blob.no_preview", jpeg(481, 480)),
        ("blob.no_preview", cut),
        ("request.too_large", vec![0xFF; (32 << 10) + 1]),
    ];
    for (code, bytes) in bad {
        let refused = desk.preview(&sha, &bytes).await.unwrap_err();
        assert_eq!(refused.code, code, "{} bytes", bytes.len());
    }
    let refused = desk.preview("no hash", &jpeg(8, 8)).await.unwrap_err();
    assert_eq!(refused.code, "request.malformed");
    assert_eq!(files_arriving(&city), 0);
}

/// Parts and previews that lie in the centre's folder.
fn files_arriving(city: &City) -> usize {
    let mut folders = vec![city.dir.path().join("blobs/arriving")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path().is_dir() {
                true => folders.push(entry.path()),
                false => files += 1,
            }
        }
    }
    files
}
