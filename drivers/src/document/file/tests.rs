//! Tests of pages from bytes.

use super::*;
use crate::hostile;
use image::{Rgb, RgbImage};

/// Left half red, right half blue.
fn picture(width: u32, height: u32) -> DynamicImage {
    let half = |x, _| {
        if x < width / 2 {
            Rgb([220, 0, 0])
        } else {
            Rgb([0, 0, 220])
        }
    };
    RgbImage::from_fn(width, height, half).into()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture(width, height)
        .write_to(&mut out, ImageFormat::Png)
        .unwrap();
    out.into_inner()
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode_jpeg(&picture(width, height), 85).unwrap()
}

fn ppm(width: u32, height: u32) -> Vec<u8> {
    let head = format!("P6\n# SANE data follows\n{width} {height}\n255\n").into_bytes();
    [head, picture(width, height).to_rgb8().into_raw()].concat()
}

#[test]
fn each_form_is_known_and_measured() {
    for (bytes, format) in [
        (jpeg(40, 20), Format::Jpeg),
        (png(40, 20), Format::Png),
        (ppm(40, 20), Format::Pnm),
    ] {
        assert_eq!(
            check(&bytes),
            Ok(Info {
                format,
                width: 40,
                height: 20
            })
        );
    }
}

#[test]
fn every_truncation_is_refused() {
    for whole in [jpeg(40, 20), png(40, 20), ppm(40, 20)] {
        for cut in 0..whole.len() {
            let error = check(&whole[..cut]).unwrap_err();
            assert!(
                matches!(error, PageError::NotAnImage | PageError::Truncated),
                "{cut} of {}",
                whole.len()
            );
        }
    }
}

#[test]
fn what_is_not_an_image_is_said_to_be_none() {
    for bytes in [
        &b""[..],
        b"%PDF-1.7",
        b"GIF89a",
        b"<html>",
        b"PK\x03\x04",
        &[0; 4096],
    ] {
        assert_eq!(check(bytes).unwrap_err().code(), "page.not_an_image");
    }
    let mut broken = png(40, 20);
    broken[40] ^= 0xFF;
    assert!(check(&broken).is_err());
}

#[test]
fn a_picture_past_the_limits_is_refused_before_it_is_decoded() {
    let mut bomb = png(4, 4);
    bomb[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    // The header's own check no longer fits, which some decoders mind before the size.
    assert!(check(&bomb).is_err());
    let huge = b"P5 20000 20000 255\n".to_vec();
    assert_eq!(
        check(&huge),
        Err(PageError::TooLarge {
            limit: PIXELS_LIMIT
        })
    );
    let mut long = jpeg(4, 4);
    long.resize(usize::try_from(BYTES_LIMIT).unwrap() + 1, 0);
    assert_eq!(
        check(&long),
        Err(PageError::TooLarge { limit: BYTES_LIMIT })
    );
}

#[test]
fn a_jpeg_is_kept_byte_for_byte_and_others_become_one() {
    assert_eq!(to_jpeg(jpeg(40, 20)), Ok(jpeg(40, 20)));
    for other in [png(40, 20), ppm(40, 20)] {
        let info = check(&to_jpeg(other).unwrap()).unwrap();
        assert_eq!(
            info,
            Info {
                format: Format::Jpeg,
                width: 40,
                height: 20
            }
        );
    }
}

#[test]
fn turning_goes_clockwise_and_keeps_the_form() {
    let turned = rotate(&png(40, 20), 1).unwrap();
    assert_eq!(
        check(&turned),
        Ok(Info {
            format: Format::Png,
            width: 20,
            height: 40
        })
    );
    // Clockwise: what was left is now on top.
    let top = decode(&turned).unwrap().0.to_rgb8();
    assert_eq!(
        (top.get_pixel(10, 2).0, top.get_pixel(10, 37).0),
        ([220, 0, 0], [0, 0, 220])
    );
    assert_eq!(
        check(&rotate(&jpeg(40, 20), 3).unwrap()).unwrap().format,
        Format::Jpeg
    );
    assert_eq!(
        decode(&rotate(&png(40, 20), 4).unwrap()),
        decode(&png(40, 20))
    );
    assert_ne!(
        decode(&rotate(&png(40, 20), 2).unwrap()),
        decode(&png(40, 20))
    );
}

#[test]
fn a_thumbnail_fits_its_square_and_is_never_larger_than_the_page() {
    let info = check(&thumbnail(&jpeg(400, 200), 100).unwrap()).unwrap();
    assert_eq!((info.width, info.height), (100, 50));
    let info = check(&thumbnail(&ppm(40, 20), 100).unwrap()).unwrap();
    assert_eq!((info.width, info.height), (40, 20));
}

#[test]
fn padding_behind_a_jpeg_is_no_fault_and_a_thumbnail_inside_is_not_its_end() {
    let mut padded = jpeg(40, 20);
    padded.extend_from_slice(&[0; 512]);
    assert!(check(&padded).is_ok());
    // An APP1 segment that holds a whole small JPEG, then a cut picture.
    let inner = jpeg(8, 8);
    let length = u16::try_from(inner.len() + 2).unwrap().to_be_bytes();
    let mut outer = vec![0xFF, 0xD8, 0xFF, 0xE1, length[0], length[1]];
    outer.extend_from_slice(&inner);
    outer.extend_from_slice(&jpeg(40, 20)[2..]);
    assert!(check(&outer).is_ok());
    outer.truncate(outer.len() - 10);
    assert_eq!(check(&outer), Err(PageError::Truncated));
}

#[test]
fn a_small_png_that_claims_a_huge_picture_takes_no_memory() {
    let mut bytes = png(8, 8);
    hostile::claim(&mut bytes, 9_000, 16);
    for read in [
        &(|| check(&bytes).map(drop)) as &dyn Fn() -> Result<(), PageError>,
        &|| thumbnail(&bytes, 100).map(drop),
        &|| rotate(&bytes, 1).map(drop),
    ] {
        let held = hostile::peak_of(|| assert_eq!(read(), Err(PageError::Truncated)));
        assert!(held < 1 << 20, "{held}");
    }
}
