//! JPEG, read into planes and written from planes by libjpeg-turbo.
//!
//! - [`decode`], [`decode_small`]: a picture, whole or at a half, quarter or eighth of its size.
//! - [`encode`]: a picture that is in memory.
//! - [`Strips`]: a page that is made strip by strip; nothing but the coded bytes is kept.
//!
//! Colours are never converted: what JPEG keeps is what a [`Picture`] holds. Not here: which way
//! up a camera was held ([`super::load`]), and thumbnails ([`crate::document::file`]).

mod join;
mod turbo;

use super::flatten::{STRIP, Strip};
use super::{Picture, Plane};
use crate::document::file::{BYTES_LIMIT, PIXELS_LIMIT, jpeg_is_whole};
use crate::error::PageError;
use join::Joined;
use turbo::{Colors, Header, Raw, Reader, Sampling, Writer};

/// No JPEG says more pixels in a byte than this: every 64 take at least a bit.
const PIXELS_A_BYTE: usize = 512;

/// Reads a JPEG. Refused: one that is cut off or damaged inside ([`PageError::Truncated`],
/// [`PageError::Damaged`]), colours for the press ([`PageError::Colors`]), and what is larger than
/// a page may be.
pub fn decode(bytes: &[u8]) -> Result<Picture, PageError> {
    if !jpeg_is_whole(bytes) {
        return Err(PageError::Truncated);
    }
    let mut reader = Reader::new()?;
    let header = checked(&mut reader, bytes)?;
    if !is_ours(&header) {
        return by_colors(bytes);
    }
    let (planes, whole) = reader.planes(bytes, &header, 8)?;
    if !whole {
        return Err(PageError::Damaged);
    }
    Ok(picture(planes, &header, 8))
}

/// Reads a JPEG at the smallest of whole, half, quarter and eighth size whose longer side is still
/// at least `long_side`. For what is looked at once and passed over, so damage is shown, not
/// refused.
pub fn decode_small(bytes: &[u8], long_side: usize) -> Result<Picture, PageError> {
    let mut reader = Reader::new()?;
    let header = checked(&mut reader, bytes)?;
    let longer = header.width.max(header.height);
    let enough = |eighths: &usize| longer * eighths / 8 >= long_side;
    let eighths = [1, 2, 4].into_iter().find(enough).unwrap_or(8);
    if !is_ours(&header) {
        return Ok(by_colors(bytes)?.reduced_by(8 / eighths));
    }
    let (planes, _) = reader.planes(bytes, &header, eighths)?;
    Ok(picture(planes, &header, eighths))
}

/// Writes a picture; `dpi` is noted in it.
pub fn encode(picture: &Picture, quality: u8, dpi: Option<u32>) -> Result<Vec<u8>, PageError> {
    let (width, height) = (picture.y.width, picture.y.height);
    let sampling = sampling(picture).ok_or(PageError::Encode)?;
    let mut planes = vec![picture.y.data.as_slice()];
    planes.extend(
        picture
            .chroma
            .iter()
            .flatten()
            .map(|plane| plane.data.as_slice()),
    );
    let mut writer = Writer::new(sampling, quality, dpi)?;
    Ok(writer.write(&planes, width, height)?.to_vec())
}

/// Writes a page from its strips, chroma at half size.
pub struct Strips {
    writer: Writer,
    joined: Joined,
    width: usize,
}

impl Strips {
    /// For a page of this size; `color` is whether its strips have chroma.
    pub fn new(
        width: usize,
        height: usize,
        color: bool,
        quality: u8,
        dpi: Option<u32>,
    ) -> Result<Strips, PageError> {
        let (sampling, side) = match color {
            true => (Sampling::Half, 16),
            false => (Sampling::Gray, 8),
        };
        let blocks = u16::try_from(width.div_ceil(side) * (STRIP / side));
        let height = u16::try_from(height).map_err(|_| PageError::Encode)?;
        Ok(Strips {
            writer: Writer::new(sampling, quality, dpi)?,
            joined: Joined::new(height, blocks.map_err(|_| PageError::Encode)?),
            width,
        })
    }

    /// Adds a strip: [`STRIP`] rows, the last one what is left.
    pub fn push(&mut self, strip: Strip<'_>) -> Result<(), PageError> {
        let mut planes = vec![strip.y];
        planes.extend(strip.chroma.iter().flatten());
        let height = strip.y.len() / self.width.max(1);
        self.joined
            .push(self.writer.write(&planes, self.width, height)?)
    }

    /// The page.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.joined.finish()
    }
}

/// The header, if the picture may be read at all.
fn checked(reader: &mut Reader, bytes: &[u8]) -> Result<Header, PageError> {
    if bytes.len() as u64 > BYTES_LIMIT {
        return Err(PageError::TooLarge { limit: BYTES_LIMIT });
    }
    let header = reader.header(bytes)?;
    let pixels = header.width as u64 * header.height as u64;
    if pixels > PIXELS_LIMIT {
        return Err(PageError::TooLarge {
            limit: PIXELS_LIMIT,
        });
    }
    // Before any memory is taken for them.
    if pixels > (bytes.len() * PIXELS_A_BYTE) as u64 {
        return Err(PageError::Truncated);
    }
    if header.colors == Colors::Cmyk {
        return Err(PageError::Colors);
    }
    Ok(header)
}

fn is_ours(header: &Header) -> bool {
    header.colors == Colors::Luma && header.sampling != Sampling::Other
}

/// The rare JPEG with chroma at a quarter, or red, green and blue.
fn by_colors(bytes: &[u8]) -> Result<Picture, PageError> {
    let read = image::load_from_memory_with_format(bytes, image::ImageFormat::Jpeg);
    let read = read.map_err(|_| PageError::NotAnImage)?;
    Ok(Picture::of_image(&read))
}

fn picture(planes: Vec<Raw>, header: &Header, eighths: usize) -> Picture {
    let scaled = |size: usize| (size * eighths).div_ceil(8);
    let (width, height) = (scaled(header.width), scaled(header.height));
    let mut planes = planes.into_iter();
    let mut next = |width, height| planes.next().map(|raw| cut(raw, width, height));
    let y = next(width, height).unwrap_or_else(|| Plane::filled(width, height, 0));
    let chroma = header
        .sampling
        .chroma(width, height)
        .and_then(|(width, height)| Some([next(width, height)?, next(width, height)?]));
    Picture { y, chroma }
}

/// The rows without what the library added to make their number even.
fn cut(mut raw: Raw, width: usize, height: usize) -> Plane {
    if raw.stride > width {
        for y in 0..height.min(raw.data.len() / raw.stride) {
            raw.data
                .copy_within(y * raw.stride..y * raw.stride + width, y * width);
        }
    }
    raw.data.resize(width * height, 0);
    Plane {
        width,
        height,
        data: raw.data,
    }
}

/// How a picture's chroma lies, if JPEG can say it.
fn sampling(picture: &Picture) -> Option<Sampling> {
    let Some([cb, cr]) = &picture.chroma else {
        return Some(Sampling::Gray);
    };
    let kinds = [
        Sampling::Half,
        Sampling::Full,
        Sampling::HalfAcross,
        Sampling::HalfDown,
    ];
    let size = |plane: &Plane| (plane.width, plane.height);
    kinds.into_iter().find(|kind| {
        let want = kind.chroma(picture.y.width, picture.y.height);
        want == Some(size(cb)) && want == Some(size(cr))
    })
}

#[cfg(test)]
#[path = "jpeg/tests.rs"]
mod tests;
