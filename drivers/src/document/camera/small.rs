//! A frame as a picture of some 1,000 pixels, enough to find a sheet in and to show.

use super::mjpeg;
use crate::document::page::{Picture, Plane};
use crate::error::PageError;
use image::codecs::jpeg::JpegEncoder;

/// The longest side of a small picture, pixels.
pub const SIDE_LIMIT: usize = 1300;
/// JPEG quality of what is shown.
const QUALITY: u8 = 75;
/// JPEG quality of a page from raw frames.
const STILL_QUALITY: u8 = 92;

/// The small picture of an MJPEG frame.
///
/// # Errors
/// When the frame is no whole picture.
pub fn of_mjpeg(bytes: &[u8]) -> Result<Picture, PageError> {
    let bytes = mjpeg::repaired(bytes)?;
    let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg)
        .map_err(|_| PageError::NotAnImage)?;
    let by = by(picture.width() as usize, picture.height() as usize) as u32;
    let (width, height) = (picture.width() / by, picture.height() / by);
    let small = picture
        .thumbnail_exact(width.max(1), height.max(1))
        .to_rgb8();
    Ok(of_rgb(&small))
}

/// The small picture of a YUYV frame: each of its pixels is the mean of a square.
///
/// # Errors
/// When there are fewer bytes than the size asks for.
pub fn of_yuyv(bytes: &[u8], width: u32, height: u32) -> Result<Picture, PageError> {
    yuyv_by(bytes, width, height, by(width as usize, height as usize))
}

fn yuyv_by(bytes: &[u8], width: u32, height: u32, by: usize) -> Result<Picture, PageError> {
    let (width, height) = (width as usize & !1, height as usize);
    let wanted = width.checked_mul(height).and_then(|n| n.checked_mul(2));
    if width == 0 || height == 0 || wanted.is_none_or(|wanted| bytes.len() < wanted) {
        return Err(PageError::Truncated);
    }
    let (across, down) = ((width / by).max(1), (height / by).max(1));
    let mean = |x: usize, y: usize, step: usize, offset: usize, many: usize| {
        let rows = (y * by)..(y * by + by).min(height);
        let sum: u32 = rows
            .clone()
            .map(|y| {
                let row = &bytes[y * width * 2..][..width * 2];
                let first = x * by * 2 / step * step + offset;
                let samples = row[first.min(row.len())..].iter().step_by(step).take(many);
                samples.map(|&sample| u32::from(sample)).sum::<u32>()
            })
            .sum();
        (sum / (rows.len() * many).max(1) as u32) as u8
    };
    let luma = |x, y| full_luma(mean(x, y, 2, 0, by));
    let chroma = |offset| {
        plane(across, down, |x, y| {
            full_chroma(mean(x, y, 4, offset, by.div_ceil(2)))
        })
    };
    Ok(Picture {
        y: plane(across, down, luma),
        chroma: Some([chroma(1), chroma(3)]),
    })
}

/// A YUYV frame as a JPEG for a page.
///
/// # Errors
/// As [`of_yuyv`], and [`PageError::Encode`].
pub fn still_of_yuyv(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PageError> {
    let picture = yuyv_by(bytes, width, height, 1)?;
    encode_at(&picture, STILL_QUALITY)
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

/// A frame is made smaller by this.
fn by(width: usize, height: usize) -> usize {
    let side = width.max(height);
    let by = [1, 2, 4, 8].into_iter().find(|by| side / by <= SIDE_LIMIT);
    by.unwrap_or(8)
}

fn plane(width: usize, height: usize, at: impl Fn(usize, usize) -> u8) -> Plane {
    let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Plane {
        width,
        height,
        data: rows.map(|(x, y)| at(x, y)).collect(),
    }
}

fn of_rgb(rgb: &image::RgbImage) -> Picture {
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let raw = rgb.as_raw();
    let weigh = |weights: [i32; 3], add: i32| {
        plane(width, height, |x, y| {
            let pixel = &raw[(y * width + x) * 3..][..3];
            let sum: i32 = weights
                .iter()
                .zip(pixel)
                .map(|(w, &c)| w * i32::from(c))
                .sum();
            ((sum >> 16) + add).clamp(0, 255) as u8
        })
    };
    Picture {
        y: weigh([19_595, 38_470, 7_471], 0),
        chroma: Some([
            weigh([-11_059, -21_709, 32_768], 128),
            weigh([32_768, -27_439, -5_329], 128),
        ]),
    }
}

/// A picture as JPEG, to be shown.
///
/// # Errors
/// [`PageError::Encode`].
pub fn encode(picture: &Picture) -> Result<Vec<u8>, PageError> {
    encode_at(picture, QUALITY)
}

fn encode_at(picture: &Picture, quality: u8) -> Result<Vec<u8>, PageError> {
    let mut out = Vec::new();
    let (width, height) = (picture.y.width as u32, picture.y.height as u32);
    let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
    let done = match &picture.chroma {
        None => encoder.encode(&picture.y.data, width, height, image::ExtendedColorType::L8),
        Some(chroma) => encoder.encode(
            &to_rgb(&picture.y, chroma),
            width,
            height,
            image::ExtendedColorType::Rgb8,
        ),
    };
    done.map_err(|_| PageError::Encode)?;
    Ok(out)
}

fn to_rgb(luma: &Plane, [cb, cr]: &[Plane; 2]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(luma.data.len() * 3);
    for y in 0..luma.height {
        for x in 0..luma.width {
            let (cx, cy) = (x * cb.width / luma.width, y * cb.height / luma.height);
            let at = cy * cb.width + cx;
            let level = i32::from(luma.data[y * luma.width + x]) << 16;
            let (b, r) = (i32::from(cb.data[at]) - 128, i32::from(cr.data[at]) - 128);
            let red = level + 91_881 * r;
            let green = level - 22_554 * b - 46_802 * r;
            let blue = level + 116_130 * b;
            rgb.extend([red, green, blue].map(|c| ((c + 32_768) >> 16).clamp(0, 255) as u8));
        }
    }
    rgb
}
