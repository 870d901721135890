//! Pictures of a folder played as a scanner, for demo, training and tests.
//!
//! From the glass: one picture a job, the next one each time, round and round. From the feeder: all
//! of them. The same pictures as a live camera: [`Replay::camera`].

use super::camera::replay as camera;
use super::steady::{Steady, Steps};
use super::{Canceller, Caps, Event, Format, Job, Page, PaperSource, Settings, Source, folder};
use crate::error::ScanFault;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How soon a cancelled job notices.
const TICK: Duration = Duration::from_millis(50);

/// A folder that plays a scanner.
pub struct Replay {
    folder: PathBuf,
    page_time: Duration,
    /// Pictures that were laid on the glass.
    laid: usize,
}

impl Replay {
    /// A folder of pictures; a page takes `page_time`, as on a real scanner.
    #[must_use]
    pub fn new(folder: &Path, page_time: Duration) -> Self {
        Self {
            folder: folder.to_path_buf(),
            page_time,
            laid: 0,
        }
    }

    /// The JPEG pictures of a folder as a live camera, each for `pace`.
    pub fn camera(folder: &Path, pace: Duration) -> Result<camera::Replay, ScanFault> {
        let mut frames = Vec::new();
        for file in pictures(folder)? {
            let (bytes, format) = load(&file)?;
            if format == Format::Jpeg {
                frames.push(bytes);
            }
        }
        match frames.is_empty() {
            true => Err(ScanFault::Empty),
            false => Ok(camera::Replay::new(frames, pace)),
        }
    }
}

/// The files of a folder by name.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, ScanFault> {
    let files = folder::files(folder)?;
    let mut files: Vec<PathBuf> = files.into_iter().map(|(file, _)| file).collect();
    files.sort();
    match files.is_empty() {
        true => Err(ScanFault::Empty),
        false => Ok(files),
    }
}

fn load(file: &Path) -> Result<(Vec<u8>, Format), ScanFault> {
    let bytes = std::fs::read(file).map_err(|_| ScanFault::FileUnreadable)?;
    folder::judge(bytes).map_err(|_| ScanFault::FileDamaged)
}

impl Source for Replay {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        pictures(&self.folder)?;
        Ok(folder::caps())
    }

    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        let mut files = pictures(&self.folder)?;
        if settings.source == PaperSource::Flatbed {
            let file = files.swap_remove(self.laid % files.len());
            self.laid += 1;
            files = vec![file];
        }
        Ok(Box::new(Steady::new(ReplayJob {
            files: files.into_iter(),
            dpi: settings.dpi,
            page_time: self.page_time,
            canceller: Canceller::default(),
            asked: None,
            pages: 0,
        })))
    }
}

struct ReplayJob {
    files: std::vec::IntoIter<PathBuf>,
    dpi: u32,
    page_time: Duration,
    canceller: Canceller,
    /// When the page in work was asked for.
    asked: Option<Instant>,
    pages: u32,
}

impl Steps for ReplayJob {
    fn step(&mut self, deadline: Instant) -> Result<Event, ScanFault> {
        if self.files.len() == 0 {
            return Ok(Event::End { pages: self.pages });
        }
        let ready = *self.asked.get_or_insert_with(Instant::now) + self.page_time;
        while Instant::now() < ready {
            if self.canceller.is_cancelled() {
                return Err(ScanFault::Cancelled);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Event::Waiting);
            }
            let until = ready.saturating_duration_since(Instant::now());
            std::thread::sleep(left.min(TICK).min(until));
        }
        if self.canceller.is_cancelled() {
            return Err(ScanFault::Cancelled);
        }
        self.asked = None;
        let file = self.files.next().ok_or(ScanFault::Empty)?;
        let (bytes, format) = load(&file)?;
        self.pages += 1;
        Ok(Event::Page(Page {
            bytes,
            format,
            dpi: self.dpi,
            seq: self.pages,
        }))
    }

    fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Live, file};
    use image::{ImageFormat, RgbImage};

    fn folder_of(widths: &[u32]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (at, width) in widths.iter().enumerate() {
            let path = folder.path().join(format!("{at}.jpg"));
            let picture = RgbImage::new(*width, 16);
            picture.save_with_format(path, ImageFormat::Jpeg).unwrap();
        }
        folder
    }

    fn all(source: &mut Replay, settings: &Settings) -> Vec<u32> {
        let mut job = source.start(settings).unwrap();
        let mut widths = Vec::new();
        loop {
            match job.next(Instant::now() + Duration::from_secs(5)).unwrap() {
                Event::Page(page) => widths.push(file::check(&page.bytes).unwrap().width),
                Event::End { pages } => {
                    assert_eq!(pages as usize, widths.len());
                    return widths;
                }
                Event::Waiting | Event::Progress(_) => {}
            }
        }
    }

    #[test]
    fn the_glass_shows_one_after_another_and_the_feeder_all() {
        let folder = folder_of(&[16, 24]);
        let mut source = Replay::new(folder.path(), Duration::ZERO);
        let glass = Settings::default();
        let laid: Vec<_> = (0..3).map(|_| all(&mut source, &glass)).collect();
        assert_eq!(laid, [vec![16], vec![24], vec![16]]);
        let feeder = Settings {
            source: PaperSource::Feeder,
            ..Settings::default()
        };
        assert_eq!(all(&mut source, &feeder), [16, 24]);
    }

    #[test]
    fn a_page_takes_its_time_and_can_be_cancelled() {
        let folder = folder_of(&[16]);
        let mut source = Replay::new(folder.path(), Duration::from_secs(60));
        let mut job = source.start(&Settings::default()).unwrap();
        let soon = Instant::now() + Duration::from_millis(100);
        assert_eq!(job.next(soon), Ok(Event::Waiting));
        job.canceller().cancel();
        let asked = Instant::now();
        let late = asked + Duration::from_secs(60);
        assert_eq!(job.next(late), Err(ScanFault::Cancelled));
        assert!(asked.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn an_empty_folder_is_an_empty_feeder_and_a_missing_one_is_missing() {
        let folder = folder_of(&[]);
        let mut empty = Replay::new(folder.path(), Duration::ZERO);
        assert_eq!(empty.caps(), Err(ScanFault::Empty));
        let nowhere = folder.path().join("x");
        let mut missing = Replay::new(&nowhere, Duration::ZERO);
        assert_eq!(missing.caps(), Err(ScanFault::FolderMissing));
    }

    #[test]
    fn the_same_pictures_are_a_live_camera() {
        let folder = folder_of(&[16, 24]);
        let mut camera = Replay::camera(folder.path(), Duration::ZERO).unwrap();
        let soon = Instant::now() + Duration::from_secs(5);
        let frame = camera.frame(soon).unwrap().unwrap();
        assert_eq!((frame.width, frame.seq), (16, 1));
    }
}
