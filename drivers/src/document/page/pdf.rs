//! Pages as one PDF for the archive: PDF/A-2b (ISO 19005-2, level B), each page's JPEG unchanged.
//!
//! krilla writes the file and refuses what level B forbids. A JPEG that is turned by a camera's note
//! only would lie in the PDF as it is stored: make a page of it first.

use chrono::{DateTime, Datelike, Timelike, Utc};
use krilla::Document;
use krilla::SerializeSettings;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::Size;
use krilla::image::Image;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use crate::document::file::jpeg_is_whole;
use crate::error::PageError;

/// Points in an inch.
const INCH_PT: f64 = 72.0;
/// A4, points: where a page is put whose true size is not known.
const A4_PT: (f64, f64) = (595.28, 841.89);
/// The most pages in one file.
pub const PAGES_LIMIT: usize = 500;

/// A page of a PDF.
#[derive(Clone)]
pub struct PdfPage {
    /// The page, a JPEG in grey or in luma and chroma.
    pub jpeg: Vec<u8>,
    /// Dots an inch: gives the page its true size. `None` fits it on A4.
    pub dpi: Option<u32>,
}

/// The pages as PDF/A-2b, at their true sizes. `title` is what viewers show, `made_at` when the
/// file says it was made; the same arguments give the same bytes.
///
/// Fails with [`PageError::Truncated`] or [`PageError::NotAnImage`] when a page is no whole JPEG,
/// [`PageError::TooLarge`] past [`PAGES_LIMIT`], and [`PageError::Encode`] where level B forbids
/// something.
pub fn pdf(pages: Vec<PdfPage>, title: &str, made_at: DateTime<Utc>) -> Result<Vec<u8>, PageError> {
    if pages.len() > PAGES_LIMIT {
        let limit = PAGES_LIMIT as u64;
        return Err(PageError::TooLarge { limit });
    }
    let level = ConfigurationBuilder::new().with_archival_validator(Archival::A2_B);
    let settings = SerializeSettings {
        configuration: level.finish().map_err(|_| PageError::Encode)?,
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let metadata = Metadata::new()
        .title(title.to_owned())
        .language("zh-CN".to_owned())
        .creation_date(date(made_at));
    document.set_metadata(metadata);
    for page in pages {
        add(&mut document, page)?;
    }
    document.finish().map_err(|_| PageError::Encode)
}

/// Dots an inch that a JPEG notes of itself (JFIF: units at 13, across at 14, down at 16). `None` where
/// they are no page's: cameras note 72 of whatever they see.
#[must_use]
pub fn noted_dpi(jpeg: &[u8]) -> Option<u32> {
    const PER_INCH: u8 = 1;
    let head = jpeg.get(..18)?;
    let is_jfif = head.starts_with(&[0xFF, 0xD8, 0xFF, 0xE0]) && &head[6..11] == b"JFIF\0";
    let dots = |at: usize| u32::from(u16::from_be_bytes([head[at], head[at + 1]]));
    let (across, down) = (dots(14), dots(16));
    let told = is_jfif && head[13] == PER_INCH && across == down;
    (told && (150..=1_200).contains(&across)).then_some(across)
}

fn date(at: DateTime<Utc>) -> krilla::metadata::DateTime {
    let part = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    krilla::metadata::DateTime::new(u16::try_from(at.year()).unwrap_or_default())
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .utc_offset_hour(0)
}

fn add(document: &mut Document, page: PdfPage) -> Result<(), PageError> {
    if !jpeg_is_whole(&page.jpeg) {
        return Err(PageError::Truncated);
    }
    let dpi = page.dpi.filter(|dpi| *dpi > 0);
    // Not smoothed when shown large: what is archived is what is seen.
    let image = Image::from_jpeg(page.jpeg.into(), false).map_err(|_| PageError::NotAnImage)?;
    let (width, height) = image.size();
    let (width, height) = (f64::from(width), f64::from(height));
    // Points for pixels, as a fraction: 600 pixels at 100 are 432 points and not a hair more.
    let (part, of) = match dpi {
        Some(dpi) => (INCH_PT, f64::from(dpi)),
        None => {
            let (short, long) = A4_PT;
            let (across, down) = if width > height {
                (long, short)
            } else {
                (short, long)
            };
            if across / width < down / height {
                (across, width)
            } else {
                (down, height)
            }
        }
    };
    let points = |pixels: f64| (pixels * part / of) as f32;
    let (width, height) = (points(width), points(height));
    let size = PageSettings::from_wh(width, height).ok_or(PageError::NotAnImage)?;
    let area = Size::from_wh(width, height).ok_or(PageError::NotAnImage)?;
    let mut page = document.start_page_with(size);
    let mut surface = page.surface();
    surface.draw_image(image, area);
    surface.finish();
    page.finish();
    Ok(())
}

#[cfg(test)]
#[path = "pdf/tests.rs"]
mod tests;
