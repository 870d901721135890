//! Codes made by other means than the reader's own: QR by another library, bars by their tables.

use std::time::Instant;

use super::*;
use crate::hostile::Chance;

fn paper(width: usize, height: usize) -> Plane {
    Plane::filled(width, height, 235)
}

fn dark(plane: &mut Plane, x: usize, y: usize, width: usize, height: usize) {
    for row in y..y + height {
        plane.data[row * plane.width + x..][..width].fill(30);
    }
}

fn qr(plane: &mut Plane, text: &str, left: usize, top: usize, module: usize) {
    let code = qrcode::QrCode::new(text).unwrap();
    let side = code.width();
    for (at, color) in code.into_colors().into_iter().enumerate() {
        if color == qrcode::Color::Dark {
            let (x, y) = (left + at % side * module, top + at / side * module);
            dark(plane, x, y, module, module);
        }
    }
}

/// Bars and spaces by their widths, a bar first.
fn bars(plane: &mut Plane, widths: &str, left: usize, top: usize, module: usize) {
    let mut x = left;
    for (n, width) in widths.bytes().enumerate() {
        let width = usize::from(width - b'0') * module;
        if n % 2 == 0 {
            dark(plane, x, top, width, 120);
        }
        x += width;
    }
}

/// Code 128, set C (ISO/IEC 15417): pairs of digits below 33, and a check that is below 33 too.
fn code_128(digits: &str) -> String {
    const PAIRS: [&str; 33] = [
        "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
        "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
        "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
        "312212", "322112", "322211", "212123", "212321", "232121",
    ];
    let pairs = digits.as_bytes().chunks(2);
    let values: Vec<usize> = pairs
        .map(|p| usize::from(p[0] - b'0') * 10 + usize::from(p[1] - b'0'))
        .collect();
    let sum = values
        .iter()
        .zip(1..)
        .map(|(value, place)| value * place)
        .sum::<usize>();
    let check = (105 + sum) % 103;
    let middle: String = values
        .iter()
        .chain([&check])
        .map(|value| PAIRS[*value])
        .collect();
    format!("211232{middle}2331112")
}

/// Code 39 (ISO/IEC 16388): nine elements, three of them wide, and a gap.
fn code_39(text: &str) -> String {
    let wide = |c: char| match c {
        '0' => "000110100",
        '1' => "100100001",
        '2' => "001100001",
        '3' => "101100000",
        'A' => "100001001",
        _ => "010010100",
    };
    let one = |c: char| {
        wide(c)
            .replace('0', "n")
            .replace('1', "3")
            .replace('n', "1")
            + "1"
    };
    format!("*{text}*").chars().map(one).collect()
}

/// EAN-13 (ISO/IEC 15420) of a number that begins with 6.
fn ean_13(digits: &str) -> String {
    const LEFT: [&str; 10] = [
        "3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112",
    ];
    let widths = |at: usize| LEFT[usize::from(digits.as_bytes()[at] - b'0')].to_owned();
    let left: String = "LGGGLL"
        .chars()
        .zip(1..)
        .map(|(set, at)| match set {
            'L' => widths(at),
            _ => widths(at).chars().rev().collect(),
        })
        .collect();
    let right: String = (7..13).map(widths).collect();
    format!("111{left}11111{right}111")
}

fn read_one(plane: &Plane) -> (Kind, String) {
    let codes = read(plane);
    assert_eq!(codes.len(), 1, "{codes:?}");
    (codes[0].kind, codes[0].text.clone())
}

#[test]
fn each_kind_is_read() {
    let mut page = paper(700, 400);
    qr(&mut page, "受理回执 320302001005-000001", 80, 60, 5);
    assert_eq!(
        read_one(&page),
        (Kind::Qr, "受理回执 320302001005-000001".into())
    );
    for (widths, kind, text) in [
        (code_128("3101242700"), Kind::Code128, "3101242700"),
        (code_39("A1230"), Kind::Code39, "A1230"),
        (ean_13("6901234567892"), Kind::Ean13, "6901234567892"),
    ] {
        for module in [2, 3] {
            let mut page = paper(700, 400);
            bars(&mut page, &widths, 90, 120, module);
            assert_eq!(read_one(&page), (kind, text.into()), "{module}");
        }
    }
}

#[test]
fn a_qr_code_in_the_national_encoding_is_read_in_it() {
    let (bytes, _, _) = GB18030.encode("徐州市永康社区");
    let mut page = paper(400, 300);
    let code = qrcode::QrCode::new(&bytes).unwrap();
    let side = code.width();
    for (at, color) in code.into_colors().into_iter().enumerate() {
        if color == qrcode::Color::Dark {
            dark(&mut page, 60 + at % side * 5, 50 + at / side * 5, 5, 5);
        }
    }
    assert_eq!(read_one(&page), (Kind::Qr, "徐州市永康社区".into()));
}

#[test]
fn several_codes_on_one_page_are_given_from_the_top_with_their_places() {
    let mut page = paper(1654, 2339);
    bars(&mut page, &code_128("3101242700"), 200, 1900, 3);
    qr(&mut page, "https://example.org/a", 1200, 150, 6);
    qr(&mut page, "https://example.org/b", 200, 800, 6);
    let codes = read(&page);
    let texts: Vec<&str> = codes.iter().map(|code| code.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "https://example.org/a",
            "https://example.org/b",
            "3101242700"
        ]
    );
    let Point { x, y } = codes[0].at;
    assert!(
        (1200.0..1380.0).contains(&x) && (150.0..330.0).contains(&y),
        "{x} {y}"
    );
}

#[test]
fn a_page_without_codes_has_none_and_is_done_soon() {
    let mut page = paper(1240, 1754);
    let mut chance = Chance::new(4);
    for line in (100..1600).step_by(40) {
        for x in (100..1100).step_by(22) {
            for _ in 0..5 {
                let (dx, dy) = (chance.below(14), chance.below(18));
                let (w, h) = if chance.once_in(2) { (2, 10) } else { (10, 2) };
                dark(&mut page, x + dx, line + dy, w, h);
            }
        }
    }
    let began = Instant::now();
    assert_eq!(read(&page), []);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn hostile_pictures_are_survived() {
    let mut base = paper(150, 120);
    qr(&mut base, "abc", 20, 20, 3);
    let picture = |bytes: &[u8]| {
        let mut data = bytes.to_vec();
        data.resize(base.data.len(), 128);
        Plane {
            data,
            ..base.clone()
        }
    };
    for seed in 0..60 {
        let mut chance = Chance::new(seed);
        let noise = chance.bytes(base.data.len());
        let _ = read(&picture(&noise));
        let mut damaged = base.data.clone();
        for _ in 0..chance.below(900) {
            let at = chance.below(damaged.len());
            damaged[at] = chance.bits() as u8;
        }
        let _ = read(&picture(&damaged));
        let (width, height) = (chance.below(40), chance.below(40));
        let _ = read(&Plane {
            width,
            height,
            data: chance.bytes(width * height),
        });
    }
}
