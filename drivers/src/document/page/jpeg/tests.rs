//! Round trips, every sampling, hostile headers.

use super::super::flatten::Strip;
use super::*;
use crate::hostile::{self, Chance};

/// Soft in luma and chroma, as photographs are.
fn soft(width: usize, height: usize, phase: f64) -> Plane {
    let wave = |at: usize, by: f64| (at as f64 / by + phase).sin() * 50.0;
    let data = (0..width * height)
        .map(|at| (128.0 + wave(at % width, 17.0) + wave(at / width, 11.0)) as u8)
        .collect();
    Plane {
        width,
        height,
        data,
    }
}

fn sample(width: usize, height: usize, sampling: Sampling) -> Picture {
    let chroma = sampling.chroma(width, height);
    Picture {
        y: soft(width, height, 0.0),
        chroma: chroma.map(|(w, h)| [soft(w, h, 1.0), soft(w, h, 2.0)]),
    }
}

const KINDS: [Sampling; 5] = [
    Sampling::Half,
    Sampling::Full,
    Sampling::HalfAcross,
    Sampling::HalfDown,
    Sampling::Gray,
];

fn planes(picture: &Picture) -> Vec<&Plane> {
    let chroma = picture.chroma.iter().flatten();
    std::iter::once(&picture.y).chain(chroma).collect()
}

fn worst(a: &Picture, b: &Picture) -> u8 {
    assert_eq!(planes(a).len(), planes(b).len());
    let pairs = planes(a).into_iter().zip(planes(b));
    let differences = pairs.flat_map(|(a, b)| {
        assert_eq!((a.width, a.height), (b.width, b.height));
        a.data.iter().zip(&b.data).map(|(a, b)| a.abs_diff(*b))
    });
    differences.max().unwrap()
}

#[test]
fn every_sampling_and_odd_sizes_come_back_as_they_went() {
    for kind in KINDS {
        for (width, height) in [(64, 48), (67, 45), (16, 1), (1, 16), (2, 3), (333, 17)] {
            let picture = sample(width, height, kind);
            let back = decode(&encode(&picture, 98, None).unwrap()).unwrap();
            // A picture of one row or column says nothing of its sampling; the bytes are the same.
            let far = worst(&picture, &back);
            assert!(far <= 6, "{kind:?} {width} x {height}: {far}");
        }
    }
}

#[test]
fn the_density_is_noted() {
    let jpeg = encode(&sample(32, 32, Sampling::Half), 80, Some(300)).unwrap();
    assert_eq!(&jpeg[6..11], b"JFIF\0");
    assert_eq!(&jpeg[13..18], [1, 1, 44, 1, 44]);
    let none = encode(&sample(32, 32, Sampling::Gray), 80, None).unwrap();
    assert_eq!(&none[13..18], [0, 0, 1, 0, 1]);
}

#[test]
fn strips_make_the_picture_that_the_whole_makes() {
    for (width, height, color) in [
        (130, 200, true),
        (127, 321, true),
        (96, 640, false),
        (16, 64, true),
    ] {
        let kind = if color {
            Sampling::Half
        } else {
            Sampling::Gray
        };
        let picture = sample(width, height, kind);
        let mut strips = Strips::new(width, height, color, 90, Some(200)).unwrap();
        let half = width.div_ceil(2);
        for from in (0..height).step_by(STRIP) {
            let to = (from + STRIP).min(height);
            let rows = from / 2 * half..to.div_ceil(2) * half;
            strips
                .push(Strip {
                    y: &picture.y.data[from * width..to * width],
                    chroma: picture
                        .chroma
                        .as_ref()
                        .map(|planes| planes.each_ref().map(|plane| &plane.data[rows.clone()])),
                })
                .unwrap();
        }
        let joined = strips.finish();
        assert!(jpeg_is_whole(&joined));
        let whole = encode(&picture, 90, Some(200)).unwrap();
        assert_eq!(
            worst(&decode(&joined).unwrap(), &decode(&whole).unwrap()),
            0
        );
        // And another decoder sees the same.
        let other = image::load_from_memory(&joined).unwrap().to_rgb8();
        assert_eq!(other, image::load_from_memory(&whole).unwrap().to_rgb8());
    }
}

#[test]
fn a_strip_of_the_wrong_size_is_refused() {
    let mut strips = Strips::new(64, 64, true, 90, None).unwrap();
    let y = vec![0; 64 * 64];
    let short = Strip {
        y: &y,
        chroma: Some([&y[..8], &y[..8]]),
    };
    assert_eq!(strips.push(short), Err(PageError::Encode));
    let gray = Strip {
        y: &y,
        chroma: None,
    };
    assert_eq!(strips.push(gray), Err(PageError::Encode));
    assert!(Strips::new(64, 70_000, true, 90, None).is_err());
}

#[test]
fn a_small_copy_is_the_picture_at_a_fraction_of_its_size() {
    let picture = sample(640, 480, Sampling::Half);
    let jpeg = encode(&picture, 95, None).unwrap();
    for (long_side, width) in [
        (640, 640),
        (321, 640),
        (320, 320),
        (100, 160),
        (80, 80),
        (5, 80),
    ] {
        let small = decode_small(&jpeg, long_side).unwrap();
        assert_eq!(small.y.width, width);
        let factor = 640 / width;
        let want = picture.reduced_by(factor);
        let far = small
            .y
            .data
            .iter()
            .zip(&want.y.data)
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        assert!(far.unwrap() <= 8, "{long_side}: {far:?}");
        assert!(small.chroma.is_some());
    }
}

#[test]
fn every_truncation_and_every_damage_that_shows_is_refused() {
    let jpeg = encode(&sample(96, 64, Sampling::Half), 90, None).unwrap();
    assert!(decode(&jpeg).is_ok());
    for cut in 0..jpeg.len() {
        assert!(decode(&jpeg[..cut]).is_err(), "{cut}");
    }
    // The last third of the data is gone, the end marker stands.
    let mut short = jpeg[..jpeg.len() * 2 / 3].to_vec();
    short.truncate(short.len() - usize::from(short.last() == Some(&0xFF)));
    short.extend([0xFF, 0xD9]);
    assert_eq!(decode(&short), Err(PageError::Damaged));
    assert!(decode_small(&short, 96).is_ok());
}

#[test]
fn a_frame_without_huffman_tables_is_read_with_the_usual_ones() {
    let jpeg = encode(&sample(64, 64, Sampling::HalfAcross), 90, None).unwrap();
    let mut bare = jpeg[..2].to_vec();
    let mut at = 2;
    while jpeg[at + 1] != 0xDA {
        let next = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        if jpeg[at + 1] != 0xC4 {
            bare.extend_from_slice(&jpeg[at..next]);
        }
        at = next;
    }
    bare.extend_from_slice(&jpeg[at..]);
    assert!(bare.len() < jpeg.len());
    assert_eq!(decode(&bare).unwrap(), decode(&jpeg).unwrap());
}

/// A JPEG with its frame header's sizes replaced.
fn sized(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let at = bytes
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn a_small_file_that_claims_a_huge_picture_takes_no_memory() {
    let jpeg = encode(&sample(32, 32, Sampling::Half), 90, None).unwrap();
    let huge = sized(&jpeg, 60_000, 60_000);
    assert_eq!(
        decode(&huge),
        Err(PageError::TooLarge {
            limit: PIXELS_LIMIT
        })
    );
    let large = sized(&jpeg, 9_000, 9_000);
    let held = hostile::peak_of(|| assert_eq!(decode(&large), Err(PageError::Truncated)));
    assert!(held < 1 << 20, "{held}");
}

#[test]
fn press_colours_are_refused_by_name() {
    // Four components in frame and scan, the third part's tables for all.
    let jpeg = encode(&sample(16, 16, Sampling::Full), 90, None).unwrap();
    let mut cmyk = Vec::new();
    let mut at = 2;
    cmyk.extend_from_slice(&jpeg[..2]);
    loop {
        let marker = jpeg[at + 1];
        let next = at + 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
        let mut segment = jpeg[at..next].to_vec();
        if marker == 0xC0 {
            segment.splice(2..4, 20_u16.to_be_bytes());
            segment[9] = 4;
            segment.extend([4, 0x11, 0]);
        }
        if marker == 0xDA {
            segment.splice(2..4, 14_u16.to_be_bytes());
            segment[4] = 4;
            segment.splice(11..11, [4, 0]);
            cmyk.extend(segment);
            cmyk.extend_from_slice(&jpeg[next..]);
            break;
        }
        // Without JFIF's segment, which promises luma and chroma.
        if marker != 0xE0 {
            cmyk.extend(segment);
        }
        at = next;
    }
    assert_eq!(decode(&cmyk), Err(PageError::Colors));
    assert_eq!(decode_small(&cmyk, 8), Err(PageError::Colors));
}

#[test]
fn hostile_jpegs_neither_stop_nor_burst_us() {
    let samples: Vec<Vec<u8>> = KINDS
        .into_iter()
        .map(|kind| encode(&sample(48, 40, kind), 75, Some(300)).unwrap())
        .collect();
    let made = |chance: &mut Chance| {
        let base = samples[0].clone();
        let mut bytes = sized(
            &base,
            chance.bits() as u16,
            chance.bits() as u16 >> chance.below(12),
        );
        let tail = chance.below(400);
        bytes.extend(chance.bytes(tail));
        bytes
    };
    // At most 512 pixels for each byte, three bytes a pixel, and the library's own.
    hostile::parser(&samples, made, 8 << 20, |bytes| {
        let _ = decode(bytes);
        let _ = decode_small(bytes, 20);
    });
}
