//! The segments of one JPEG in a buffer, from its beginning to its end marker (ITU-T T.81, Annex B).
//! Reads each byte once, whatever it is given.

use crate::document::file::PIXELS_LIMIT;
use crate::error::PageError;
use std::ops::Range;

/// More segments than this no camera sends; what is left is not read.
const SEGMENTS_LIMIT: usize = 512;

/// A whole picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Where its `FF D8` stands.
    pub start: usize,
    /// Behind its `FF D9`.
    pub end: usize,
    pub width: u16,
    pub height: u16,
    /// Whether it brings Huffman tables.
    pub has_tables: bool,
    /// All between beginning and end; a scan's data belong to its segment.
    pub segments: Vec<Segment>,
}

impl Image {
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// A segment with its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub marker: u8,
    pub range: Range<usize>,
}

impl Segment {
    pub fn is_scan(&self) -> bool {
        self.marker == 0xDA
    }

    /// Whether the picture needs it: tables, frame and scans; JFIF (APP0), Exif (APP1), and Adobe's
    /// APP14, which says what the colours are. Other APP segments carry other streams; comments
    /// nothing.
    pub fn is_needed(&self) -> bool {
        !matches!(self.marker, 0xE2..=0xED | 0xEF | 0xFE)
    }

    /// Whether it is Exif.
    pub fn is_exif(&self, bytes: &[u8]) -> bool {
        let is = |head: &[u8]| head == b"Exif\0";
        let head = bytes[self.range.clone()].get(4..9);
        self.marker == 0xE1 && head.is_some_and(is)
    }
}

/// Why it is no picture, and behind what the next one may begin: where reading stopped, or, when it
/// stopped before any data, behind this one's beginning: a wrong length may have led past the next.
#[derive(Debug)]
pub struct Broken {
    pub at: usize,
    pub why: PageError,
}

/// What a frame header (SOF) says that the check of scans needs.
struct Header {
    width: u16,
    height: u16,
    /// Baseline or extended, Huffman: one scan holds all coefficients of its components.
    sequential: bool,
    /// Id and sampling factors of each component.
    components: Vec<(u8, u8, u8)>,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    header: Option<Header>,
    /// MCUs between restart markers; 0 is none.
    interval: usize,
    /// The tables defined, a bit each: id for DC, 4 + id for AC.
    tables: u8,
    /// A scan's data began.
    data: bool,
    scanned: bool,
    segments: Vec<Segment>,
}

/// Reads the picture that begins at `start` (`FF D8`).
pub fn parse(bytes: &[u8], start: usize) -> Result<Image, Broken> {
    let mut reader = Reader {
        bytes,
        at: start + 2,
        header: None,
        interval: 0,
        tables: 0,
        data: false,
        scanned: false,
        segments: Vec::new(),
    };
    let read = reader.read();
    let at = if reader.data { reader.at } else { start + 2 };
    let broken = |why| Broken { at, why };
    read.map_err(broken)?;
    let header = reader.header.ok_or_else(|| broken(PageError::NotAnImage))?;
    Ok(Image {
        start,
        end: at,
        width: header.width,
        height: header.height,
        has_tables: reader.tables != 0,
        segments: reader.segments,
    })
}

impl Reader<'_> {
    /// Up to and with the end marker.
    fn read(&mut self) -> Result<(), PageError> {
        while self.segments.len() < SEGMENTS_LIMIT {
            let begin = self.at;
            let marker = self.marker()?;
            match marker {
                0xD9 if self.scanned => return Ok(()),
                // Without length; a restart marker between segments means nothing.
                0x01 | 0xD0..=0xD7 => continue,
                // Another picture begins in the middle of this one.
                0xD8 => {
                    self.at -= 2;
                    return Err(PageError::Truncated);
                }
                0x00 | 0xD9 => return Err(PageError::NotAnImage),
                _ => self.segment(marker)?,
            }
            self.segments.push(Segment {
                marker,
                range: begin..self.at,
            });
        }
        Err(PageError::NotAnImage)
    }

    fn byte(&self, at: usize) -> Result<u8, PageError> {
        self.bytes.get(at).copied().ok_or(PageError::Truncated)
    }

    /// A marker; `FF` before it are filling.
    fn marker(&mut self) -> Result<u8, PageError> {
        if self.byte(self.at)? != 0xFF {
            return Err(PageError::NotAnImage);
        }
        while self.byte(self.at)? == 0xFF {
            self.at += 1;
        }
        self.at += 1;
        self.byte(self.at - 1)
    }

    fn segment(&mut self, marker: u8) -> Result<(), PageError> {
        let length = [self.byte(self.at)?, self.byte(self.at + 1)?];
        let length = usize::from(u16::from_be_bytes(length));
        if length < 2 {
            return Err(PageError::NotAnImage);
        }
        let Some(body) = self.bytes.get(self.at + 2..self.at + length) else {
            self.at = self.bytes.len();
            return Err(PageError::Truncated);
        };
        self.at += length;
        match marker {
            0xC0..=0xC2 => self.frame(marker, body),
            0xC4 => self.huffman(body),
            // Lossless, hierarchical, arithmetic: no camera's, and of no decoder of ours.
            0xC3 | 0xC5..=0xCF => Err(PageError::NotAnImage),
            0xDA => self.scan(body),
            0xDD => match *body {
                [high, low] => {
                    self.interval = usize::from(u16::from_be_bytes([high, low]));
                    Ok(())
                }
                _ => Err(PageError::NotAnImage),
            },
            _ => Ok(()),
        }
    }

    /// `bits height height width width count`, then `id sampling table` each.
    fn frame(&mut self, marker: u8, body: &[u8]) -> Result<(), PageError> {
        let [8, h1, h0, w1, w0, count @ (1 | 3), rest @ ..] = body else {
            return Err(PageError::NotAnImage);
        };
        let width = u16::from_be_bytes([*w1, *w0]);
        let height = u16::from_be_bytes([*h1, *h0]);
        let (parts, rest) = rest.as_chunks::<3>();
        let good = |&[_, sampling, _]: &[u8; 3]| {
            (1..=4).contains(&(sampling >> 4)) && (1..=4).contains(&(sampling & 15))
        };
        let fits = parts.len() == usize::from(*count) && rest.is_empty();
        if !fits || !parts.iter().all(good) || width == 0 || height == 0 || self.header.is_some() {
            return Err(PageError::NotAnImage);
        }
        if u64::from(width) * u64::from(height) > PIXELS_LIMIT {
            return Err(PageError::TooLarge {
                limit: PIXELS_LIMIT,
            });
        }
        let component = |&[id, sampling, _]: &[u8; 3]| (id, sampling >> 4, sampling & 15);
        self.header = Some(Header {
            width,
            height,
            sequential: marker != 0xC2,
            components: parts.iter().map(component).collect(),
        });
        Ok(())
    }

    /// Tables one after another: `class << 4 | id`, 16 counts, the values.
    fn huffman(&mut self, mut body: &[u8]) -> Result<(), PageError> {
        while let [class_and_id, rest @ ..] = body {
            let (class, id) = (class_and_id >> 4, class_and_id & 15);
            let (Some(counts), true) = (rest.get(..16), class < 2 && id < 4) else {
                return Err(PageError::NotAnImage);
            };
            let values: usize = counts.iter().map(|&count| usize::from(count)).sum();
            body = rest.get(16 + values..).ok_or(PageError::NotAnImage)?;
            self.tables |= 1 << (class * 4 + id);
        }
        Ok(())
    }

    /// `count`, then `id tables` each, three bytes of the spectrum; the data follow.
    fn scan(&mut self, body: &[u8]) -> Result<(), PageError> {
        let header = self.header.as_ref().ok_or(PageError::NotAnImage)?;
        let [count @ 1..=3, rest @ ..] = body else {
            return Err(PageError::NotAnImage);
        };
        let count = usize::from(*count);
        if rest.len() != count * 2 + 3 {
            return Err(PageError::NotAnImage);
        }
        let mut parts = Vec::with_capacity(count);
        for pair in rest[..count * 2].chunks_exact(2) {
            let known = header.components.iter().find(|(id, ..)| *id == pair[0]);
            let &(_, across, down) = known.ok_or(PageError::NotAnImage)?;
            parts.push((across, down));
            if header.sequential && !self.defines(pair[1] >> 4, pair[1] & 15) {
                return Err(PageError::NotAnImage);
            }
        }
        if !header.sequential && self.tables == 0 {
            return Err(PageError::NotAnImage);
        }
        let mcus = header.mcus(&parts);
        let restarts = self.data()?;
        let due = match self.interval {
            0 => 0,
            interval => mcus.div_ceil(interval) - 1,
        };
        // Too few: a part of the middle was lost on the way.
        if restarts != due {
            return Err(PageError::Truncated);
        }
        self.scanned = true;
        Ok(())
    }

    /// Whether these tables are there; where none is, the standard's two of each are meant.
    fn defines(&self, dc: u8, ac: u8) -> bool {
        match self.tables {
            0 => dc < 2 && ac < 2,
            tables => dc < 4 && ac < 4 && tables >> dc & 1 == 1 && tables >> (4 + ac) & 1 == 1,
        }
    }

    /// Coded data up to the next marker that is none of their own. How many restart markers are
    /// among them, which must count 0 to 7 round and round.
    fn data(&mut self) -> Result<usize, PageError> {
        self.data = true;
        let mut restarts = 0;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let mark = rest.iter().position(|&byte| byte == 0xFF);
            let Some((mark, &next)) = mark.and_then(|at| Some((at, rest.get(at + 1)?))) else {
                self.at = self.bytes.len();
                return Err(PageError::Truncated);
            };
            self.at += mark;
            match next {
                0x00 => self.at += 2,
                0xFF => self.at += 1,
                0xD0..=0xD7 if usize::from(next & 7) == restarts % 8 => {
                    self.at += 2;
                    restarts += 1;
                }
                0xD0..=0xD7 => return Err(PageError::Truncated),
                _ => return Ok(restarts),
            }
        }
    }
}

impl Header {
    /// Minimum coded units of a scan of these components (T.81, A.2).
    fn mcus(&self, parts: &[(u8, u8)]) -> usize {
        let most = |f: fn(&(u8, u8, u8)) -> u8| self.components.iter().map(f).max().unwrap_or(1);
        let (across, down) = (usize::from(most(|c| c.1)), usize::from(most(|c| c.2)));
        let (width, height) = (usize::from(self.width), usize::from(self.height));
        match parts {
            // Alone, a component is coded block by block, without filling up to the others.
            [(own_across, own_down)] => {
                let blocks = |size: usize, own: u8, most: usize| {
                    (size * usize::from(own)).div_ceil(most).div_ceil(8)
                };
                blocks(width, *own_across, across) * blocks(height, *own_down, down)
            }
            _ => width.div_ceil(8 * across) * height.div_ceil(8 * down),
        }
    }
}
