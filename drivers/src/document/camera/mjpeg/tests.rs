//! Frames as cameras send them, and as they arrive.

use super::*;
use crate::hostile;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, Rgb, RgbImage};

fn picture(width: u32, height: u32) -> Vec<u8> {
    let dots = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 5) as u8, (y * 9) as u8, ((x + y) * 3) as u8])
    });
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 90);
    encoder.encode_image(&dots).unwrap();
    out
}

/// The same without its tables, as cameras save the 420 bytes.
fn without_tables(jpeg: &[u8]) -> Vec<u8> {
    let image = parse(jpeg, 0).unwrap();
    let kept = image.segments.iter().filter(|s| s.marker != 0xC4);
    let mut out = vec![0xFF, 0xD8];
    kept.for_each(|segment| out.extend(&jpeg[segment.range.clone()]));
    out.extend([0xFF, 0xD9]);
    out
}

/// Puts a segment behind the beginning.
fn with_segment(jpeg: &[u8], marker: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, marker], &length, body, &jpeg[2..]].concat()
}

/// A grey picture of even blocks, 8 rows high, written by hand: 6 bits a block (`00` no change of
/// DC, `1010` end of block), a restart marker after each second one. Without tables.
fn with_restarts(blocks: u16) -> Vec<u8> {
    let width = (blocks * 8).to_be_bytes();
    let mut out = b"\xFF\xD8\xFF\xDB\0\x43\0".to_vec();
    out.extend([8; 64]);
    out.extend([
        0xFF, 0xC0, 0, 11, 8, 0, 8, width[0], width[1], 1, 1, 0x11, 0,
    ]);
    out.extend(b"\xFF\xDD\0\x04\0\x02");
    out.extend(b"\xFF\xDA\0\x08\x01\x01\0\0\x3F\0");
    for pair in 0..blocks / 2 {
        if pair > 0 {
            out.extend([0xFF, 0xD0 | (pair - 1) as u8 & 7]);
        }
        // 00 1010 00 1010 1111, filled with ones.
        out.extend([0b0010_1000, 0b1010_1111]);
    }
    out.extend([0xFF, 0xD9]);
    out
}

fn pixels(jpeg: &[u8]) -> RgbImage {
    let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg);
    picture.unwrap().to_rgb8()
}

#[test]
fn a_plain_jpeg_stays_byte_for_byte_what_it_is() {
    let jpeg = picture(70, 50);
    assert_eq!(repair(jpeg.clone()), Ok(jpeg.clone()));
    let found = find(&jpeg).unwrap();
    assert_eq!((found.width(), found.height()), (70, 50));
}

#[test]
fn the_standard_tables_are_put_where_they_are_missing() {
    let jpeg = picture(70, 50);
    let bare = without_tables(&jpeg);
    assert!(bare.len() + 400 < jpeg.len());
    let repaired = repair(bare).unwrap();
    // The encoder's own are the standard's.
    assert_eq!(pixels(&repaired), pixels(&jpeg));
    assert_eq!(repair(repaired.clone()), Ok(repaired));
}

#[test]
fn what_stands_before_and_behind_is_left_out() {
    let jpeg = picture(70, 50);
    for (before, behind) in [
        (&[][..], &[0; 5000][..]),
        (&[], &[0xFF; 7]),
        (&[], b"\xFF\xD9"),
        (b"garbage", b"garbage"),
        // The end of the last frame.
        (&jpeg[jpeg.len() / 2..], &[]),
        // The beginning of the next.
        (&[], &jpeg[..jpeg.len() / 2]),
        (&jpeg[..jpeg.len() / 2], &[]),
    ] {
        let frame = [before, &jpeg, behind].concat();
        assert_eq!(repair(frame).as_deref(), Ok(&jpeg[..]));
    }
}

#[test]
fn of_several_pictures_the_largest_counts_and_of_equals_the_newest() {
    let (small, large, newer) = (picture(16, 16), picture(70, 50), picture(50, 70));
    for frame in [
        [&small[..], &large].concat(),
        [&large[..], &[0; 9], &small].concat(),
        [&newer[..], &large].concat(),
        // A small one inside an APP segment, as Exif has them.
        with_segment(&large, 0xE2, &small),
    ] {
        assert_eq!(repair(frame).as_deref(), Ok(&large[..]));
    }
}

#[test]
fn other_streams_in_app_segments_are_left_out_and_filling_is_passed_over() {
    let jpeg = picture(70, 50);
    // H.264 in APP4, in many pieces, marker bytes among it; and one that is empty.
    let mut frame = with_segment(&jpeg, 0xE4, b"");
    for n in 0..40 {
        frame = with_segment(
            &frame,
            0xE4,
            &[[0xFF, 0xD9, 0xFF, 0xD8, 0xFF, n]; 900].concat(),
        );
    }
    frame = with_segment(&frame, 0xFE, b"a comment");
    assert_eq!(repair(frame).as_deref(), Ok(&jpeg[..]));
    let filled = [&jpeg[..2], &[0xFF; 5], &jpeg[2..]].concat();
    assert_eq!(pixels(&repair(filled).unwrap()), pixels(&jpeg));
    // AVI's mark and Adobe's say what the picture is: they stay.
    for (marker, body) in [
        (0xE0, &b"AVI1\0\0\0\0"[..]),
        (0xEE, b"Adobe\0\x64\0\0\0\0\x01"),
    ] {
        let frame = with_segment(&jpeg, marker, body);
        assert_eq!(repair(frame.clone()), Ok(frame));
    }
    // A segment longer than the frame.
    let wrong = [&jpeg[..2], b"\xFF\xE4\xFF\xFF", &jpeg[2..]].concat();
    assert_eq!(repair(wrong), Err(PageError::Truncated));
}

#[test]
fn restart_markers_tell_when_a_part_of_the_middle_is_lost() {
    let jpeg = with_restarts(40);
    let repaired = repair(jpeg.clone()).unwrap();
    assert_eq!(pixels(&repaired).dimensions(), (320, 8));
    let marks: Vec<usize> = (0..jpeg.len() - 1)
        .filter(|&at| jpeg[at] == 0xFF && matches!(jpeg[at + 1], 0xD0..=0xD7))
        .collect();
    assert_eq!(marks.len(), 19);
    for (from, to) in [
        (marks[3], marks[4]),
        (marks[3], marks[11]),
        (marks[0], jpeg.len() - 2),
    ] {
        let mut lossy = jpeg.clone();
        lossy.drain(from..to);
        assert_eq!(repair(lossy), Err(PageError::Truncated));
    }
    // One doubled.
    let doubled = [&jpeg[..marks[4]], &jpeg[marks[3]..]].concat();
    assert_eq!(repair(doubled), Err(PageError::Truncated));
}

#[test]
fn every_truncation_is_refused() {
    let jpeg = picture(70, 50);
    for whole in [without_tables(&jpeg), with_restarts(20), jpeg] {
        for len in 0..whole.len() {
            let cut = repair(whole[..len].to_vec());
            assert!(cut.is_err(), "{len} of {}", whole.len());
        }
        assert!(repair(whole).is_ok());
    }
}

#[test]
fn headers_that_no_decoder_takes_are_refused() {
    let jpeg = picture(70, 50);
    let frame = jpeg.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    let scan = jpeg.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
    for (at, byte, why) in [
        // 12 bits; no rows; no columns; two components; arithmetic; lossless.
        (frame + 4, 12, PageError::NotAnImage),
        (frame + 6, 0, PageError::NotAnImage),
        (frame + 8, 0, PageError::NotAnImage),
        (frame + 9, 2, PageError::NotAnImage),
        (frame + 1, 0xC9, PageError::NotAnImage),
        (frame + 1, 0xC3, PageError::NotAnImage),
        // A sampling factor of nought, a component the frame has not, a table that is not there.
        (frame + 11, 0x20, PageError::NotAnImage),
        (scan + 5, 9, PageError::NotAnImage),
        (scan + 6, 0x33, PageError::NotAnImage),
    ] {
        let mut bytes = jpeg.clone();
        bytes[at] = byte;
        assert_eq!(repair(bytes), Err(why), "byte {at} as {byte:02X}");
    }
    let mut huge = jpeg.clone();
    huge[frame + 5..frame + 9].fill(0xFF);
    assert!(matches!(repair(huge), Err(PageError::TooLarge { .. })));
}

#[test]
fn a_rotation_is_marked_and_nothing_else_changes() {
    use image::metadata::Orientation;
    let jpeg = picture(70, 50);
    let orientation = |bytes: &[u8]| {
        use image::ImageDecoder;
        let reader =
            image::ImageReader::with_format(std::io::Cursor::new(bytes), ImageFormat::Jpeg);
        reader.into_decoder().unwrap().orientation().unwrap()
    };
    for (rotation, expected) in [
        (Rotation::None, Orientation::NoTransforms),
        (Rotation::Right, Orientation::Rotate90),
        (Rotation::Half, Orientation::Rotate180),
        (Rotation::Left, Orientation::Rotate270),
    ] {
        // The camera's own mark, if it has one, gives way.
        let own = repair_and_mark(jpeg.clone(), Rotation::Half).unwrap();
        for bytes in [jpeg.clone(), without_tables(&jpeg), own] {
            if rotation == Rotation::None && bytes.len() > jpeg.len() {
                continue;
            }
            let marked = repair_and_mark(bytes, rotation).unwrap();
            assert_eq!(orientation(&marked), expected);
            assert_eq!(pixels(&marked), pixels(&jpeg));
        }
    }
}

#[test]
fn a_recording_falls_into_its_frames() {
    let (one, two) = (picture(70, 50), without_tables(&picture(32, 32)));
    let all = [&b"x"[..], &one, &two, &one[..200], &one].concat();
    let frames: Vec<&[u8]> = split(&all).collect();
    assert_eq!(frames, [&one[..], &two, &one[..200], &one]);
    assert_eq!(split(b"nothing here").count(), 0);
}

#[test]
fn hostile_frames_are_read_in_time_and_what_passes_has_a_size() {
    let samples = [
        picture(70, 50),
        without_tables(&picture(40, 40)),
        with_restarts(20),
        [picture(16, 16), picture(32, 16)].concat(),
        with_segment(&picture(16, 16), 0xE4, &[7; 300]),
    ];
    let make = |chance: &mut hostile::Chance| {
        const MARKERS: [u8; 14] = [
            0xC0, 0xC2, 0xC4, 0xD0, 0xD7, 0xD8, 0xD9, 0xDA, 0xDB, 0xDD, 0xE1, 0xE4, 0xFE, 0xFF,
        ];
        let mut bytes = vec![0xFF, 0xD8];
        for _ in 0..chance.below(20) {
            bytes.extend([0xFF, *chance.of(&MARKERS)]);
            let body = chance.below(40);
            if !chance.once_in(4) {
                bytes.extend((body as u16 + 2).to_be_bytes());
            }
            bytes.extend(chance.bytes(body));
        }
        bytes
    };
    hostile::parser(&samples, make, 1 << 20, |bytes| {
        if let Ok(found) = find(bytes) {
            assert!(found.width() > 0 && found.height() > 0);
            let repaired = repair(bytes.to_vec()).unwrap();
            assert_eq!(repair(repaired.clone()), Ok(repaired));
        }
        assert!(split(bytes).map(<[u8]>::len).sum::<usize>() <= bytes.len());
    });
}
