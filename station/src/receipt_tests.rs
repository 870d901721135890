//! The receipt as a person and a scanner see it: rendered by poppler, read by another QR library.

use std::process::Command;

use ed25519_dalek::SigningKey;

use super::layout::{HEIGHT, MARGIN, Mark, WIDTH, width_of};
use super::*;

const LOG_KEY: [u8; 32] = [9; 32];

fn words(zh: &str, en: &str) -> Words {
    Words {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

fn content() -> Content {
    let pending = [
        "person.employed_elsewhere",
        "person.not_known_here",
        "pages.awaited",
    ];
    Content {
        station: Division("320302001005".to_owned()),
        station_name: "样例街道样例社区就业服务站".to_owned(),
        serial: "320302001005-26-000017".to_owned(),
        link: "ab12cd34".repeat(8),
        name: "王样本".to_owned(),
        masked_number: "320390********113X".to_owned(),
        business: words(
            "就业困难人员认定",
            "Recognition as a person in employment hardship",
        ),
        acted_on: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        staff: "样例经办".to_owned(),
        materials: vec![
            (words("身份证", "Identity card"), 2),
            (words("就业困难人员认定申请表", "Application form"), 1),
        ],
        pending: pending.map(Reason::new).to_vec(),
    }
}

/// Without the blanks that poppler puts where there is room.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Runs a tool of poppler on a receipt.
fn poppler(tool: &str, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(tool).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{tool} (poppler-utils): {error}"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

#[test]
fn a_receipt_says_what_it_must_and_its_code_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("receipt.pdf");
    let receipt = make(&path, &content(), &LOG_KEY).unwrap();
    let path = path.to_str().unwrap();
    assert_eq!(receipt.path, path);

    let text = String::from_utf8(poppler("pdftotext", &["-layout", path, "-"])).unwrap();
    let said = [
        "受理回执",
        "Receipt of application",
        "预受理，待市中心核验",
        "就业困难人员认定",
        "王*本",
        "320390********113X",
        "2026-11-23",
        "样例街道样例社区就业服务站",
        "样例经办",
        "320302001005-26-000017",
        "2 页",
        "就业信息与本人承诺",
        "与全市档案比对",
        "本回执不是审批决定",
    ];
    for words in said {
        assert!(
            plain(&text).contains(&plain(words)),
            "{words} is not in:\n{text}"
        );
    }
    assert!(!plain(&text).contains("王样本"));

    let image = folder.path().join("page");
    let image = image.to_str().unwrap();
    poppler(
        "pdftoppm",
        &["-r", "150", "-png", "-gray", "-singlefile", path, image],
    );
    let picture = image::open(format!("{image}.png")).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
        picture.get_pixel(x as u32, y as u32).0[0]
    });
    let codes = seen.detect_grids();
    assert_eq!(codes.len(), 1);
    let (_, decoded) = codes[0].decode().unwrap();
    assert_eq!(decoded, receipt.qr);
    let key = SigningKey::from_bytes(&LOG_KEY).verifying_key();
    let claim = qr::verify(&decoded, &key).unwrap();
    assert_eq!(claim.serial, content().serial);
    assert_eq!(claim.link, "ab12cd34");
}

#[test]
fn nothing_leaves_the_paper_and_a_long_list_runs_on_to_a_second_page() {
    let long = Content {
        name: "MAXIMILIAN ALEXANDER SAMPLE OF EXAMPLIAS".to_owned(),
        station_name: "样例".repeat(20),
        staff: "MAXIMILIAN ALEXANDER SAMPLE OF EXAMPLIAS".to_owned(),
        materials: vec![(words(&"材料".repeat(20), &"paper ".repeat(30)), 12); 15],
        ..content()
    };
    let modules = qr::Modules::new("x").unwrap();
    assert_eq!(layout::pages(&content(), modules.clone()).len(), 1);
    let pages = layout::pages(&long, modules);
    assert!(pages.len() > 1);
    for mark in pages.iter().flatten() {
        let (left, right, top, bottom) = match mark {
            Mark::Text {
                x, y, size, text, ..
            } => (*x, x + width_of(text, *size), y - size, y + size * 0.3),
            Mark::Rect {
                at: [x, y, width, height],
                ..
            } => (*x, x + width, *y, y + height),
            Mark::Qr { x, y, side, .. } => (*x, x + side, *y, y + side),
        };
        assert!(
            left >= MARGIN - 0.1 && right <= WIDTH - MARGIN + 0.1,
            "{mark:?}"
        );
        assert!(top >= 0.0 && bottom <= HEIGHT - 15.0, "{mark:?}");
    }
    let codes = |page: &layout::Page| page.iter().any(|mark| matches!(mark, Mark::Qr { .. }));
    assert_eq!(pages.iter().filter(|page| codes(page)).count(), 1);
    assert!(codes(pages.last().unwrap()));
}

#[test]
fn without_a_font_no_paper_is_made_and_the_reason_is_told() {
    let missing = [("/nowhere/regular.ttc", "/nowhere/bold.ttc", 0)];
    assert_eq!(
        draw::Fonts::load(&missing).err().unwrap().code(),
        "receipt.no_font"
    );
}
