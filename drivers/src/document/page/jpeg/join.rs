//! One JPEG out of strips that were encoded one by one.
//!
//! Each strip is a whole JPEG of the same width, quality and tables. Their coded data can follow
//! one another when a restart marker stands between (ITU-T T.81, B.2.1 and F.1.1.5): there the
//! decoder forgets what it predicted and begins at a whole byte, as each strip did. The header is
//! the first strip's, with the page's height in it and the number of blocks after which a restart
//! comes.
//!
//! ```text
//! SOI  APP0 DQT… SOF0(height) DHT…  DRI(blocks)  SOS  data  RST0  data  RST1  data …  EOI
//! ```

use crate::error::PageError;

const START_OF_FRAME: u8 = 0xC0;
const RESTART: u8 = 0xD0;
const END: [u8; 2] = [0xFF, 0xD9];
const START_OF_SCAN: u8 = 0xDA;
const RESTART_INTERVAL: u8 = 0xDD;

/// A JPEG that grows strip by strip.
pub struct Joined {
    bytes: Vec<u8>,
    strips: u8,
    height: u16,
    interval: u16,
}

impl Joined {
    /// For a page of `height` rows whose strips, all but the last, hold `interval` blocks (MCUs).
    #[must_use]
    pub fn new(height: u16, interval: u16) -> Joined {
        Joined {
            bytes: Vec::new(),
            strips: 0,
            height,
            interval,
        }
    }

    /// Adds a strip. Refuses what is no baseline JPEG as our encoder writes them.
    pub fn push(&mut self, strip: &[u8]) -> Result<(), PageError> {
        let parts = parts(strip).ok_or(PageError::Encode)?;
        if self.bytes.is_empty() {
            let (height_at, scan_at) = (parts.height_at, parts.scan_at);
            self.bytes.extend_from_slice(&strip[..scan_at]);
            let height = self.bytes.get_mut(height_at..height_at + 2);
            let height = height.ok_or(PageError::Encode)?;
            height.copy_from_slice(&self.height.to_be_bytes());
            self.bytes.extend([0xFF, RESTART_INTERVAL, 0, 4]);
            self.bytes.extend(self.interval.to_be_bytes());
            self.bytes.extend_from_slice(&strip[scan_at..parts.data_at]);
        } else {
            // The markers count round from 0 to 7.
            self.bytes.extend([0xFF, RESTART + (self.strips + 7) % 8]);
        }
        self.strips = (self.strips + 1) % 8;
        self.bytes
            .extend_from_slice(&strip[parts.data_at..strip.len() - 2]);
        Ok(())
    }

    /// The whole.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend(END);
        self.bytes
    }
}

struct Parts {
    height_at: usize,
    scan_at: usize,
    data_at: usize,
}

/// Where the parts of a JPEG with one scan are.
fn parts(jpeg: &[u8]) -> Option<Parts> {
    let (mut at, mut height_at) = (2, None);
    loop {
        let [0xFF, marker, high, low] = *jpeg.get(at..at + 4)? else {
            return None;
        };
        let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        match marker {
            // FF C0, length, precision, height.
            START_OF_FRAME => height_at = Some(at + 5),
            START_OF_SCAN => {
                let ends = jpeg.get(next..)?.ends_with(&END);
                return ends.then_some(Parts {
                    height_at: height_at?,
                    scan_at: at,
                    data_at: next,
                });
            }
            _ => {}
        }
        at = next;
    }
}
