//! Pages up in parts: the station's own steps against the centre's own rule of where a part goes.

use center::store::blob::Blob;
use center::{Error, Result, refusal};
use domain::sync::BlobAt;
use domain::{Division, Id};
use rand::Rng;
use station::line::LineError;
use station::sync::event::{Event, Which};
use station::sync::upload::{Next, Upload};

use super::city::City;
use super::net::Ask;
use super::tables::held;
use super::world::World;

impl Stretch {
    /// Fewer bytes come than were sent.
    pub fn cut(&mut self, part: f64) {
        self.len = (self.len as f64 * part) as u64;
    }
}

/// A page on its way from a machine.
pub struct Sending {
    sha256: String,
    size_bytes: u64,
    upload: Upload,
}

/// A part of a page, without its bytes.
#[derive(Clone)]
pub struct Stretch {
    pub sha256: String,
    pub offset: u64,
    pub len: u64,
    pub size_bytes: u64,
}

impl World {
    /// The page lane begins: the first page that is not at the centre is asked for.
    pub fn first_page(&mut self, at: usize) -> Option<Ask> {
        let running = self.machines[at].running.as_mut().expect("it runs");
        let pages = running.store.pages_to_send(1).expect("pages");
        let page = pages.into_iter().next()?;
        running.sending = Some(Sending {
            sha256: page.sha256.clone(),
            size_bytes: page.size_bytes,
            upload: Upload::new(page.size_bytes),
        });
        Some(Ask::PageAt(page.sha256))
    }

    /// The centre answered about a page: its next part, or how it ended.
    pub fn page_told(&mut self, at: usize, answer: std::result::Result<BlobAt, LineError>) {
        let running = self.machines[at].running.as_mut().expect("it runs");
        let Some(sending) = running.sending.as_mut() else {
            return;
        };
        let sha256 = sending.sha256.clone();
        let ended = match sending.upload.told(answer) {
            Next::Ask => return self.call(at, Which::Pages, Ask::PageAt(sha256)),
            Next::Send { offset, len } => {
                let stretch = Stretch {
                    sha256,
                    offset,
                    len: len as u64,
                    size_bytes: sending.size_bytes,
                };
                return self.call(at, Which::Pages, Ask::PagePart(stretch));
            }
            Next::Stored => {
                running.store.page_sent(&sha256).expect("it is noted");
                Ok(())
            }
            Next::Refused(error) | Next::Line(error) => Err(error),
        };
        running.sending = None;
        self.happened(at, Which::Pages, Event::Ended(Which::Pages, ended));
        self.ring(at, Which::Pages);
    }

    /// A part reaches the centre; now and then the bytes of a whole page are not those of its hash.
    pub fn page_part(&mut self, installation: Id, stretch: &Stretch) -> Result<BlobAt> {
        let is_right = !self.storm || self.rng.gen_bool(0.9);
        let taken = self.city.page_part(installation, stretch, is_right);
        match &taken {
            Err(error) if error.refusal().code == refusal::BLOB_WRONG_HASH.code => {
                self.count("pages begun again");
            }
            Err(error) if error.refusal().code == refusal::BLOB_OFFSET.code => {
                self.count("parts elsewhere");
            }
            _ => {}
        }
        taken
    }
}

impl City {
    /// How much of a page is here.
    pub fn page_at(&self, installation: Id, sha256: &str) -> Result<BlobAt> {
        let open = held(&self.database);
        let place = (self.feed_of(installation, &open.data)?, sha256.to_owned());
        let blob = open.data.blobs.get(&place);
        Ok(blob.map_or_else(nothing, told))
    }

    fn page_part(&self, installation: Id, stretch: &Stretch, is_right: bool) -> Result<BlobAt> {
        if stretch.len == 0 {
            return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
        }
        let mut open = held(&self.database);
        let feed = self.feed_of(installation, &open.data)?;
        let place = (feed, stretch.sha256.clone());
        let data = &mut open.data;
        let blob = data.blobs.entry(place.clone()).or_insert(Blob {
            size_bytes: stretch.size_bytes,
            have: 0,
            stored: false,
        });
        if !blob.place(stretch.offset, stretch.len, Some(stretch.size_bytes))? {
            return Ok(told(blob));
        }
        if blob.grow(stretch.len) {
            blob.end(is_right)?;
            data.stored.insert(place);
        }
        Ok(told(blob))
    }

    fn feed_of(&self, installation: Id, data: &super::tables::Data) -> Result<Division> {
        let row = data.installations.get(&installation);
        let feed = row.and_then(|row| row.community.clone());
        feed.ok_or(Error::Refused(&refusal::STATION_UNKNOWN))
    }
}

fn told(blob: &Blob) -> BlobAt {
    BlobAt {
        have: blob.have,
        stored: blob.stored,
    }
}

fn nothing() -> BlobAt {
    BlobAt {
        have: 0,
        stored: false,
    }
}
