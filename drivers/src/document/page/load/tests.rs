//! Forms, colours, and which way up.

use super::*;
use crate::hostile::{self, Chance};
use image::{GrayImage, Rgb, RgbImage};

fn colors(width: u32, height: u32) -> RgbImage {
    let wave = |at: u32, by: f32| (127.0 + 120.0 * (at as f32 / by).sin()) as u8;
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([wave(x, 9.0), wave(y, 11.0), wave(x + y, 13.0)])
    })
}

fn png_of(image: &DynamicImage) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

fn pnm_of(image: &RgbImage) -> Vec<u8> {
    let head = format!("P6\n{} {}\n255\n", image.width(), image.height());
    [head.as_bytes(), image.as_raw()].concat()
}

#[test]
fn png_and_pnm_of_one_picture_are_one_picture() {
    let image = colors(33, 21);
    let from_png = picture(&png_of(&image.clone().into())).unwrap();
    assert_eq!(from_png, picture(&pnm_of(&image)).unwrap());
    let [cb, _] = from_png.chroma.unwrap();
    assert_eq!((cb.width, cb.height), (17, 11));
    let gray = GrayImage::from_fn(9, 7, |x, y| image::Luma([(x * y) as u8]));
    let read = picture(&png_of(&gray.clone().into())).unwrap();
    assert_eq!((read.y.data, read.chroma), (gray.into_raw(), None));
}

#[test]
fn colours_are_jfifs() {
    let one = |rgb: [u8; 3]| {
        let picture = Picture::of_image(&RgbImage::from_pixel(2, 2, Rgb(rgb)).into());
        let [cb, cr] = picture.chroma.unwrap();
        [picture.y.data[0], cb.data[0], cr.data[0]]
    };
    assert_eq!(one([255, 255, 255]), [255, 128, 128]);
    assert_eq!(one([0, 0, 0]), [0, 128, 128]);
    assert_eq!(one([255, 0, 0]), [76, 85, 255]);
    assert_eq!(one([0, 255, 0]), [150, 44, 21]);
    assert_eq!(one([0, 0, 255]), [29, 255, 107]);
}

#[test]
fn what_is_see_through_lies_on_white() {
    let image = image::RgbaImage::from_pixel(4, 4, image::Rgba([10, 20, 30, 0]));
    let read = picture(&png_of(&image.into())).unwrap();
    assert!(read.y.data.iter().all(|luma| *luma == 255));
}

#[test]
fn every_way_of_holding_a_camera_is_undone_as_the_image_library_does() {
    let gray = GrayImage::from_raw(70, 91, Chance::new(1).bytes(70 * 91)).unwrap();
    let plane = Plane {
        width: 70,
        height: 91,
        data: gray.as_raw().clone(),
    };
    for exif in 1..=8 {
        let turn = Orientation::from_exif(exif).unwrap();
        let mut want = DynamicImage::from(gray.clone());
        want.apply_orientation(turn);
        let picture = Picture {
            y: plane.clone(),
            chroma: None,
        };
        let got = upright(picture, turn).y;
        assert_eq!(
            (got.width as u32, got.height as u32),
            (want.width(), want.height())
        );
        assert_eq!(got.data, want.to_luma8().into_raw(), "{exif}");
    }
}

/// The same JPEG with a note about turning.
fn noted(jpeg: &[u8], exif: u8) -> Vec<u8> {
    let mut note = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    note.extend([exif, 0, 0, 0, 0, 0, 0, 0]);
    let len = (note.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &len, &note, &jpeg[2..]].concat()
}

#[test]
fn a_cameras_note_about_turning_is_carried_out() {
    let image = Picture::of_image(&colors(64, 32).into());
    let jpeg = jpeg::encode(&image, 95, None).unwrap();
    let plain = picture(&jpeg).unwrap();
    let turned = picture(&noted(&jpeg, 6)).unwrap();
    assert_eq!((turned.y.width, turned.y.height), (32, 64));
    assert_eq!(turned, upright(plain, Orientation::Rotate90));
    let small = small(&noted(&jpeg, 6), 30).unwrap();
    assert_eq!((small.y.width, small.y.height), (16, 32));
}

#[test]
fn a_small_png_that_claims_a_huge_picture_takes_no_memory() {
    let mut png = png_of(&colors(8, 8).into());
    hostile::claim(&mut png, 9_000, 16);
    let held = hostile::peak_of(|| assert_eq!(picture(&png), Err(PageError::Truncated)));
    assert!(held < 1 << 20, "{held}");
}

#[test]
fn hostile_headers_of_every_form_are_survived() {
    let image = colors(24, 18);
    let jpeg = jpeg::encode(&Picture::of_image(&image.clone().into()), 75, None).unwrap();
    let png = png_of(&image.clone().into());
    let samples = [noted(&jpeg, 5), png.clone(), pnm_of(&image)];
    let made = |chance: &mut Chance| match chance.below(3) {
        0 => {
            let noise = chance.bytes(60);
            [&b"\xFF\xD8\xFF\xE1\0\x30Exif\0\0II*\0"[..], &noise].concat()
        }
        1 => {
            // Valid but for what the header claims.
            let mut bytes = png.clone();
            let noise = chance.bytes(13);
            bytes[16..29].copy_from_slice(&noise);
            // Forms that exist, more often than not, and sizes that could be.
            if !chance.once_in(4) {
                bytes[24] = *chance.of(&[1, 2, 4, 8, 16]);
                bytes[25] = *chance.of(&[0, 2, 3, 4, 6]);
                bytes[26..29].copy_from_slice(&[0, 0, u8::from(chance.once_in(2))]);
                bytes[16..18].fill(0);
                bytes[20..22].fill(0);
            }
            hostile::checked(&mut bytes);
            bytes
        }
        _ => {
            let (w, h) = (chance.bits() as u16, chance.bits() as u16);
            let mut bytes = format!("P{} {w} {h} 255\n", 4 + chance.below(3)).into_bytes();
            bytes.extend(chance.bytes(90));
            bytes
        }
    };
    hostile::parser(&samples, made, 8 << 20, |bytes| {
        let _ = picture(bytes);
        let _ = small(bytes, 10);
    });
}
