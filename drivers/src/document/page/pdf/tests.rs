//! Independent readers (poppler, qpdf) open what is written.

use std::path::Path;
use std::process::Command;

use super::*;
use crate::document::page::{Picture, Plane, jpeg};
use crate::hostile::Chance;

fn at() -> DateTime<Utc> {
    "2026-11-23T01:00:00Z".parse().unwrap()
}

fn page(width: usize, height: usize, dpi: u32, color: bool) -> PdfPage {
    let plane = |width: usize, height: usize, high: f32| {
        let wave = |at: usize| (128.0 + high * (at as f32 / 37.0).sin()) as u8;
        let data = (0..width * height).map(|at| wave(at % width + at / width));
        Plane {
            width,
            height,
            data: data.collect(),
        }
    };
    // Soft colours: what is no colour at all in red, green and blue would be clipped.
    let half = || plane(width.div_ceil(2), height.div_ceil(2), 15.0);
    let picture = Picture {
        y: plane(width, height, 80.0),
        chroma: color.then(|| [half(), half()]),
    };
    PdfPage {
        jpeg: jpeg::encode(&picture, 85, Some(dpi)).unwrap(),
        dpi: Some(dpi),
    }
}

fn written(pages: Vec<PdfPage>) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.pdf");
    std::fs::write(&file, pdf(pages, "320302001005-000001", at()).unwrap()).unwrap();
    (folder, file)
}

fn told(program: &str, words: &[&str], file: &Path) -> String {
    let out = Command::new(program)
        .env("TZ", "UTC")
        .args(words)
        .arg(file)
        .output();
    let out = out.unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success() && errors.is_empty(),
        "{program}: {text}{errors}"
    );
    text
}

#[test]
fn other_programs_find_a_sound_archive_file_of_true_size() {
    let pages = vec![page(827, 1169, 100, true), page(1011, 638, 300, false)];
    let (_folder, file) = written(pages);
    let info = told("pdfinfo", &["-l", "2"], &file);
    for part in [
        "Pages:           2",
        "Page    1 size:  595.44 x 841.68 pts (A4)",
        "Page    2 size:  242.64 x 153.12 pts",
        "Title:           320302001005-000001",
        "CreationDate:    Mon Nov 23",
    ] {
        assert!(info.contains(part), "{part} in\n{info}");
    }
    let level = told("pdfinfo", &["-meta"], &file);
    assert!(level.contains("<pdfaid:part>2<") && level.contains("<pdfaid:conformance>B<"));
    let sound = told("qpdf", &["--check"], &file);
    assert!(
        sound.contains("No syntax or stream encoding errors"),
        "{sound}"
    );
}

#[test]
fn a_pages_bytes_come_out_as_they_went_in() {
    let pages = vec![page(400, 300, 150, true), page(64, 900, 72, false)];
    let (folder, file) = written(pages.clone());
    let out = folder.path().join("out");
    let into = out.to_str().unwrap();
    let done = Command::new("pdfimages")
        .arg("-j")
        .arg(&file)
        .arg(into)
        .status()
        .unwrap();
    assert!(done.success());
    for (n, page) in pages.iter().enumerate() {
        let bytes = std::fs::read(folder.path().join(format!("out-00{n}.jpg"))).unwrap();
        assert_eq!(bytes, page.jpeg);
    }
}

#[test]
fn a_page_is_drawn_pixel_by_pixel() {
    // Black and white squares by chance: a page drawn a pixel off, or smoothed, has others. How
    // black and how white is a matter of the viewer's colours.
    let mut chance = Chance::new(6);
    let mut squares = Plane::filled(600, 450, 255);
    for (x, y) in (0..450)
        .step_by(9)
        .flat_map(|y| (0..600).step_by(8).map(move |x| (x, y)))
    {
        let ink = 255 * chance.below(2) as u8;
        (y..y + 9).for_each(|y| squares.data[y * 600 + x..y * 600 + x + 8].fill(ink));
    }
    for color in [false, true] {
        let chroma = || Plane::filled(300, 225, 128);
        let picture = Picture {
            y: squares.clone(),
            chroma: color.then(|| [chroma(), chroma()]),
        };
        let jpeg = jpeg::encode(&picture, 95, Some(100)).unwrap();
        let dpi = Some(100);
        let (folder, file) = written(vec![PdfPage { jpeg, dpi }]);
        let mut draw = Command::new("pdftocairo");
        draw.args(["-r", "100", "-png"]).arg(&file);
        let done = draw.arg(folder.path().join("drawn")).status();
        assert!(done.unwrap().success());
        let drawn = image::open(folder.path().join("drawn-1.png")).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (600, 450));
        let drawn = drawn.to_luma8();
        let pairs = drawn.as_raw().iter().zip(&squares.data);
        let wrong = pairs.filter(|(a, b)| (**a > 127) != (**b > 127)).count();
        assert_eq!(wrong, 0, "{color}");
    }
}

#[test]
fn a_page_of_unknown_size_fits_on_a4() {
    let mut lying = page(1600, 900, 100, true);
    lying.dpi = None;
    let (_folder, file) = written(vec![lying]);
    let info = told("pdfinfo", &[], &file);
    assert!(info.contains("841.89 x 473.563 pts"), "{info}");
}

#[test]
fn the_same_pages_give_the_same_bytes() {
    let pages = || vec![page(100, 80, 100, true)];
    assert_eq!(
        pdf(pages(), "a", at()).unwrap(),
        pdf(pages(), "a", at()).unwrap()
    );
}

#[test]
fn what_is_no_whole_jpeg_is_refused() {
    let good = page(64, 64, 100, true);
    let of = |jpeg: &[u8]| {
        pdf(
            vec![PdfPage {
                jpeg: jpeg.to_vec(),
                dpi: None,
            }],
            "a",
            at(),
        )
        .unwrap_err()
    };
    assert_eq!(of(b"\x89PNG\r\n\x1A\n"), PageError::Truncated);
    assert_eq!(of(&good.jpeg[..good.jpeg.len() - 2]), PageError::Truncated);
    assert_eq!(of(b"\xFF\xD8\xFF\xD9"), PageError::NotAnImage);
    let many = vec![good; PAGES_LIMIT + 1];
    let limit = PAGES_LIMIT as u64;
    assert_eq!(pdf(many, "a", at()), Err(PageError::TooLarge { limit }));
}

#[test]
fn a_page_says_its_dots_an_inch_and_a_cameras_word_is_not_believed() {
    assert_eq!(noted_dpi(&page(60, 80, 300, true).jpeg), Some(300));
    assert_eq!(noted_dpi(&page(60, 80, 200, false).jpeg), Some(200));
    assert_eq!(noted_dpi(&page(60, 80, 72, false).jpeg), None);
    let whole = page(60, 80, 300, false).jpeg;
    for cut in 0..18 {
        assert_eq!(noted_dpi(&whole[..cut]), None);
    }
}
