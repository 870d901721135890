//! A frame as a picture of some 1,000 pixels, enough to find a sheet in and to show; and raw frames
//! as pages.

use super::mjpeg;
use crate::document::page::{Picture, Plane, jpeg};
use crate::error::PageError;

/// The longer side of a small picture is at least this, where the frame's is, and below twice it,
/// pixels: 13 megapixels become 1040 by 780.
const SIDE: usize = 800;
/// JPEG quality of what is shown.
const QUALITY: u8 = 75;
/// JPEG quality of a page from raw frames.
const STILL_QUALITY: u8 = 92;

/// The small picture of an MJPEG frame.
///
/// # Errors
/// When the frame is no whole picture.
pub fn of_mjpeg(bytes: &[u8]) -> Result<Picture, PageError> {
    jpeg::decode_small(&mjpeg::repaired(bytes)?, SIDE)
}

/// The small picture of a YUYV frame: each of its pixels is the mean of a square.
///
/// # Errors
/// When there are fewer bytes than the size asks for.
pub fn of_yuyv(bytes: &[u8], width: u32, height: u32) -> Result<Picture, PageError> {
    let side = width.max(height) as usize;
    let by = [8, 4, 2].into_iter().find(|by| side / by >= SIDE);
    yuyv_by(bytes, width, height, by.unwrap_or(1))
}

/// A YUYV frame as a JPEG for a page.
///
/// # Errors
/// As [`of_yuyv`], and [`PageError::Encode`].
pub fn still_of_yuyv(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PageError> {
    jpeg::encode(&yuyv_by(bytes, width, height, 1)?, STILL_QUALITY, None)
}

/// A picture as JPEG, to be shown.
///
/// # Errors
/// [`PageError::Encode`].
pub fn encode(picture: &Picture) -> Result<Vec<u8>, PageError> {
    jpeg::encode(picture, QUALITY, None)
}

/// `by` is 1 or even. Chroma becomes half of luma in both directions.
fn yuyv_by(bytes: &[u8], width: u32, height: u32, by: usize) -> Result<Picture, PageError> {
    let (width, height) = (width as usize & !1, height as usize);
    let wanted = width.checked_mul(height).and_then(|n| n.checked_mul(2));
    if width < by || height < by || wanted.is_none_or(|n| n == 0 || bytes.len() < n) {
        return Err(PageError::Truncated);
    }
    let (across, down) = (width / by, height / by);
    // The mean of `size` by `rows` samples that stand `step` bytes apart.
    let mean = |x: usize, y: usize, step: usize, size: usize, rows: usize| {
        let (mut sum, mut count) = (0u32, 0);
        for y in y..(y + rows).min(height) {
            let row = &bytes[y * width * 2..][..width * 2];
            for &sample in row
                .get(x..)
                .unwrap_or_default()
                .iter()
                .step_by(step)
                .take(size)
            {
                (sum, count) = (sum + u32::from(sample), count + 1);
            }
        }
        (sum / count.max(1)) as u8
    };
    let luma = plane(across, down, |x, y| {
        full_luma(mean(x * by * 2, y * by, 2, by, by))
    });
    let chroma = |offset: usize| {
        plane(across.div_ceil(2), down.div_ceil(2), |x, y| {
            full_chroma(mean(x * by * 4 + offset, y * by * 2, 4, by, by * 2))
        })
    };
    Ok(Picture {
        y: luma,
        chroma: Some([chroma(1), chroma(3)]),
    })
}

/// Video's 16 to 235 as JPEG's 0 to 255.
fn full_luma(level: u8) -> u8 {
    let level = (i32::from(level) - 16) * 255;
    ((level + 109) / 219).clamp(0, 255) as u8
}

/// Video's 16 to 240 as JPEG's 0 to 255, around 128.
fn full_chroma(level: u8) -> u8 {
    let level = (i32::from(level) - 128) * 255;
    (128 + level / 224).clamp(0, 255) as u8
}

fn plane(width: usize, height: usize, at: impl Fn(usize, usize) -> u8) -> Plane {
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Plane {
        width,
        height,
        data: rows.map(|(x, y)| at(x, y)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Left half white, right half a strong red (Cb 90, Cr 240 of video).
    fn yuyv(width: usize, height: usize) -> Vec<u8> {
        let pair = |x: usize| match x * 2 < width {
            true => [235, 128, 235, 128],
            false => [81, 90, 81, 240],
        };
        let row: Vec<u8> = (0..width / 2).flat_map(|x| pair(x * 2)).collect();
        row.repeat(height)
    }

    #[test]
    fn raw_frames_become_pictures_in_jpegs_levels() {
        for (width, height, small) in [(640, 480, (640, 480)), (1920, 1080, (960, 540))] {
            let picture = of_yuyv(&yuyv(width, height), width as u32, height as u32).unwrap();
            assert_eq!((picture.y.width, picture.y.height), small);
            let row = picture.y.row(small.1 / 2);
            assert_eq!((row[5], row[small.0 - 5]), (255, 76));
            let [cb, cr] = picture.chroma.as_ref().unwrap();
            assert_eq!((cb.width, cb.height), (small.0 / 2, small.1 / 2));
            let levels = |plane: &Plane| (plane.data[3], plane.data[plane.width - 3]);
            assert_eq!((levels(cb), levels(cr)), ((128, 85), (128, 255)));
        }
    }

    #[test]
    fn a_raw_frame_becomes_a_page_of_its_size_and_a_short_one_none() {
        let bytes = yuyv(322, 241);
        let page = still_of_yuyv(&bytes, 322, 241).unwrap();
        let info = crate::document::file::check(&page).unwrap();
        assert_eq!((info.width, info.height), (322, 241));
        for len in [0, 1, bytes.len() - 1] {
            assert!(still_of_yuyv(&bytes[..len], 322, 241).is_err());
        }
        assert!(of_yuyv(&[], 0, 0).is_err() && of_yuyv(&bytes, u32::MAX, u32::MAX).is_err());
    }
}
