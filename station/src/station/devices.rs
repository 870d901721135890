//! The window's calls to the devices: the device page, and pages taken into a form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use domain::Id;
use drivers::document::page::Quad;
use drivers::document::page::make::sheets_of;
use drivers::document::{Mode, Page, PaperSource, Settings, file};
use drivers::id_card::photo;

use super::{Event, Station};
use crate::devices::Devices;
use crate::devices::photos::{self, Photos};
use crate::devices::sources::For;
use crate::drafts::shape::{Corners, Onto, Taken};
use crate::error::{Error, Result};
use crate::view::{DevicesView, Failure, FoundScanner, Made, PageSource, PagesChanged, TestPage};

/// A test page is looked at, not kept.
const TEST_DPI: u32 = 75;
const TEST_PIXELS: u32 = 560;
const BITMAP: &str = "image/bmp";
const JPEG: &str = "image/jpeg";

impl Station {
    fn devices(&self) -> Result<&Devices> {
        self.0.devices()
    }

    /// Every device.
    pub fn list_devices(&self) -> Result<DevicesView, Failure> {
        Ok(self.devices()?.list())
    }

    /// Lines for support; nobody's data.
    pub fn get_diagnosis(&self) -> Result<String, Failure> {
        Ok(self.devices()?.diagnosis())
    }

    /// Looks for scanners and cameras anew, in the background.
    pub fn look_for_devices(&self) -> Result<(), Failure> {
        self.devices()?.sources.look();
        Ok(())
    }

    /// Adds a scanner on the network by its address. Long: it is asked what it is.
    pub fn add_scanner(&self, address: &str) -> Result<(), Failure> {
        Ok(self.devices()?.add_scanner(address)?)
    }

    /// Scanners that announce themselves on the network. Takes two seconds.
    pub fn find_scanners(&self) -> Result<Vec<FoundScanner>, Failure> {
        Ok(self.devices()?.find_scanners())
    }

    /// Takes an added scanner away.
    pub fn remove_scanner(&self, id: &str) -> Result<(), Failure> {
        Ok(self.devices()?.remove_scanner(id)?)
    }

    /// Pages come from this device first.
    pub fn choose_source(&self, source: &str) -> Result<(), Failure> {
        let source = source.to_owned();
        Ok(self
            .devices()?
            .sources
            .choose(|chosen| chosen.source = Some(source))?)
    }

    /// Files that appear in this folder are pages; an empty path ends that.
    pub fn choose_folder(&self, folder: &str) -> Result<(), Failure> {
        let folder = match folder.trim() {
            "" => None,
            path if std::path::Path::new(path).is_dir() => Some(path.into()),
            _ => return Err(Error::coded("folder.not_there").into()),
        };
        Ok(self
            .devices()?
            .sources
            .choose(|chosen| chosen.folder = folder)?)
    }

    /// Makes a page to look at; it is not kept. The folder's is the next file that is saved there,
    /// the photo decoder's the photo of the card that was read last. Only while somebody is logged in:
    /// what lies on a device may be a resident's. Long.
    pub fn test_source(&self, source: &str) -> Result<TestPage, Failure> {
        self.desk()?;
        let devices = self.devices()?;
        let sources = &devices.sources;
        if source == photos::ID {
            let photo = devices.readers.find_last_photo();
            let photo = photo.ok_or_else(|| Error::coded("photo.no_card"))?;
            return Ok(test_photo(&devices.photos.test(&photo)?));
        }
        if sources.is_camera(source) {
            sources.open_camera(source, false)?;
            let taken = sources.take_picture();
            sources.close_camera();
            return Ok(test_page(&taken?.page.bytes)?);
        }
        let settings = Settings {
            dpi: TEST_DPI,
            mode: Mode::Color,
            ..Settings::default()
        };
        let mut made = None;
        sources.scan(Some(source), &settings, &mut |page: Page| {
            made = Some(test_page(&page.bytes)?);
            Ok(())
        })?;
        made.ok_or_else(|| Error::coded("scan.empty").into())
    }

    /// Gives up the reads of cards that are under way, and the wait for somebody's own card: the
    /// page they are for was left.
    pub fn cancel_read(&self) -> Result<(), Failure> {
        self.devices()?.readers.cancel_read();
        Ok(())
    }

    /// The photo of a card that was read, a bitmap; a grey figure where nothing can decode it. Only
    /// while somebody is logged in and the reading is kept. Long: a program decodes it.
    pub fn photo(&self, reading: Id) -> Result<(String, Vec<u8>), Failure> {
        self.desk()?;
        let devices = self.devices()?;
        let read = devices.readers.get_reading(reading)?;
        let picture = match (read.picture, &read.photo) {
            (Some(picture), _) => Some(picture),
            (None, Some(wlt)) => devices.photos.decode(wlt),
            (None, None) => None,
        };
        let Some(picture) = picture else {
            return Ok((BITMAP.to_owned(), Photos::placeholder()));
        };
        devices.readers.keep_picture(reading, &picture);
        Ok((BITMAP.to_owned(), picture.to_vec()))
    }

    /// What pages can be taken from.
    pub fn list_sources(&self) -> Result<Vec<PageSource>, Failure> {
        Ok(self.devices()?.sources.list())
    }

    /// Takes pages into a form: from the glass one, from the feeder all there are. Long. Each page
    /// is durable before the next sheet is drawn, so what came before a jam stays.
    pub fn scan_pages(
        &self,
        draft: Id,
        material: &str,
        source: Option<&str>,
        paper: &str,
    ) -> Result<PagesChanged, Failure> {
        let desk = self.desk()?;
        desk.get_draft(draft, Utc::now())?;
        let settings = settings(paper);
        let sources = &self.devices()?.sources;
        let is_saved = sources.is_folder(source);
        let mut last = None;
        let mut keep = |page: Page| {
            let picture = to_keep(page.bytes)?;
            let now = Utc::now();
            let changed = sources.changed_material();
            let material = changed.as_deref().unwrap_or(material);
            let changed = match is_saved {
                true => desk.add_saved(draft, material, picture, now)?,
                false => desk.add_scanned(draft, material, picture, page.dpi, now)?,
            };
            self.0.tell(Event::Pages {
                draft,
                changed: Box::new(changed.clone()),
            });
            last = Some(changed);
            Ok(())
        };
        let aim = Some(For::Form(draft));
        sources.scan_for(aim, source, &settings, &mut keep)?;
        last.ok_or_else(|| Error::coded("scan.empty").into())
    }

    /// The pages that are being taken are of this material from now on.
    pub fn scan_into(&self, material: &str) -> Result<(), Failure> {
        self.devices()?.sources.change_material(material);
        Ok(())
    }

    /// Takes one page from a device in the place of another one. Long; what a feeder holds besides is
    /// left there. A saved picture is treated like a camera's, as everywhere.
    pub fn scan_again(
        &self,
        draft: Id,
        page: &str,
        source: Option<&str>,
        paper: &str,
    ) -> Result<PagesChanged, Failure> {
        let desk = self.desk()?;
        let form = desk.get_draft(draft, Utc::now())?;
        let old = form.pages.iter().find(|held| held.page == page);
        let old = old.ok_or_else(|| Error::coded("page.unknown"))?;
        let sources = &self.devices()?.sources;
        let is_saved = sources.is_folder(source);
        let mut changed = None;
        let mut keep = |came: Page| {
            let picture = to_keep(came.bytes)?;
            let quads = match is_saved {
                true => sheets_of(&picture).unwrap_or_default(),
                false => Vec::new(),
            };
            let taken = Taken::of(picture, &quads);
            let now = Utc::now();
            changed = Some(match taken.surest {
                None => desk.scanned_again(draft, page, taken.bytes, came.dpi, now)?,
                Some(_) => {
                    let page = page.to_owned();
                    desk.add_taken(draft, &old.material, taken, &Onto::Instead { page }, now)?
                }
            });
            sources.cancel();
            Ok(())
        };
        let aim = Some(For::Page(page.to_owned()));
        let ended = sources.scan_for(aim, source, &settings(paper), &mut keep);
        // Stopped behind the page that came.
        match (changed, ended) {
            (Some(changed), _) => Ok(changed),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(_)) => Err(Error::coded("scan.empty").into()),
        }
    }

    /// Opens a camera: what it sees is told from now on, until it is closed.
    pub fn open_camera(&self, source: &str, automatic: bool) -> Result<(), Failure> {
        self.desk()?;
        Ok(self.devices()?.sources.open_camera(source, automatic)?)
    }

    /// Closes the camera that is open.
    pub fn close_camera(&self) -> Result<(), Failure> {
        self.devices()?.sources.close_camera();
        Ok(())
    }

    /// Switches taking by itself on or off.
    pub fn set_automatic(&self, on: bool) -> Result<(), Failure> {
        Ok(self.devices()?.sources.set_automatic(on)?)
    }

    /// Takes a picture from the open camera into a form: a page of each document in it, in the
    /// order of reading; onto a page's place only the surest. `automatic` fetches what was taken
    /// by itself.
    pub fn take_picture(
        &self,
        draft: Id,
        material: &str,
        onto: &Onto,
        automatic: bool,
    ) -> Result<PagesChanged, Failure> {
        let desk = self.desk()?;
        let sources = &self.devices()?.sources;
        let keep = |bytes, quads: &[Quad]| {
            let taken = Taken::of(bytes, quads);
            desk.add_taken(draft, material, taken, onto, Utc::now())
        };
        Ok(match automatic {
            true => sources.fetch_picture(|taken| keep(taken.page.bytes.clone(), &taken.quads))?,
            false => {
                let taken = sources.take_picture()?;
                keep(taken.page.bytes, &taken.quads)?
            }
        })
    }

    /// Makes a page again from its picture with other corners.
    pub fn shape_page(
        &self,
        draft: Id,
        page: &str,
        side: usize,
        corners: Option<Corners>,
    ) -> Result<PagesChanged, Failure> {
        Ok(self
            .desk()?
            .shape_page(draft, page, side, corners, Utc::now())?)
    }

    /// How a page lies in its picture.
    pub fn get_shape(&self, page: &str) -> Result<Made, Failure> {
        Ok(self.desk()?.get_shape(page)?)
    }

    /// The picture a page was made from: its media type and bytes.
    pub fn original(&self, page: &str, side: usize) -> Result<(String, Vec<u8>), Failure> {
        Ok(self.desk()?.original(page, side)?)
    }

    /// The open camera's newest picture; only while somebody is logged in.
    pub fn preview(&self) -> Result<(String, Vec<u8>), Failure> {
        self.desk()?;
        let picture = self.devices()?.sources.picture();
        let picture = picture.ok_or_else(|| Error::coded("camera.closed"))?;
        Ok((JPEG.to_owned(), picture))
    }

    /// Stops what is at work: a scan, a test.
    pub fn cancel_scan(&self) -> Result<(), Failure> {
        self.devices()?.sources.cancel();
        Ok(())
    }
}

/// Scanners deliver uncompressed pictures; a page is kept as what will be sent.
fn to_keep(bytes: Vec<u8>) -> Result<Vec<u8>> {
    file::to_jpeg(bytes).map_err(|error| Error::coded(error.code()))
}

/// How a page is taken; `paper` is `flatbed`, `feeder` or `duplex`.
fn settings(paper: &str) -> Settings {
    Settings {
        source: match paper {
            "feeder" => PaperSource::Feeder,
            "duplex" => PaperSource::Duplex,
            _ => PaperSource::Flatbed,
        },
        ..Settings::default()
    }
}

fn test_page(bytes: &[u8]) -> Result<TestPage> {
    let coded = |error: drivers::PageError| Error::coded(error.code());
    let info = file::check(bytes).map_err(coded)?;
    let small = file::thumbnail(bytes, TEST_PIXELS).map_err(coded)?;
    Ok(TestPage {
        picture: STANDARD.encode(small),
        media: JPEG.to_owned(),
        width: info.width,
        height: info.height,
    })
}

fn test_photo(bitmap: &[u8]) -> TestPage {
    TestPage {
        picture: STANDARD.encode(bitmap),
        media: BITMAP.to_owned(),
        width: photo::WIDTH as u32,
        height: photo::HEIGHT as u32,
    }
}
