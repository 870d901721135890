//! A camera as a source of pages: one still a job, for callers without a preview.

use super::device::Device;
use super::live::Camera;
use super::{Rotation, mjpeg};
use crate::document::steady::{Steady, Steps};
use crate::document::{
    Canceller, Caps, Event, Job, Live, Mode, Page, PaperSource, Resolutions, Settings, Source,
};
use crate::error::ScanFault;
use std::time::{Duration, Instant};

/// A camera to take pages with.
#[derive(Clone, Debug)]
pub struct Stills {
    /// Which.
    pub device: Device,
    /// How it hangs.
    pub rotation: Rotation,
}

impl Source for Stills {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        Ok(Caps {
            sources: vec![(PaperSource::Flatbed, self.device.name.clone())],
            modes: vec![(Mode::Color, String::from("color"))],
            resolutions: Resolutions::default(),
        })
    }

    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        if settings.source != PaperSource::Flatbed {
            return Err(ScanFault::Unsupported);
        }
        Ok(Box::new(Steady::new(Still {
            live: Camera::new(self.device.clone()),
            rotation: self.rotation,
            limit: settings.start_limit,
            began: None,
            canceller: Canceller::default(),
            delivered: 0,
        })))
    }
}

/// A job of one still.
struct Still<L> {
    live: L,
    rotation: Rotation,
    limit: Duration,
    began: Option<Instant>,
    canceller: Canceller,
    delivered: u32,
}

impl<L: Live> Still<L> {
    fn page(&mut self, page: Page) -> Result<Event, ScanFault> {
        let marked = mjpeg::repair_and_mark(page.bytes, self.rotation);
        self.delivered = 1;
        Ok(Event::Page(Page {
            bytes: marked.map_err(|_| ScanFault::Protocol)?,
            ..page
        }))
    }
}

impl<L: Live> Steps for Still<L> {
    fn step(&mut self, deadline: Instant) -> Result<Event, ScanFault> {
        let began = *self.began.get_or_insert_with(Instant::now);
        if self.delivered > 0 {
            return Ok(Event::End { pages: 1 });
        }
        match self.live.take(deadline, &self.canceller) {
            Ok(page) => self.page(page),
            // Not yet: cameras need a second to wake.
            Err(ScanFault::Hung) if began.elapsed() < self.limit => Ok(Event::Waiting),
            Err(fault) => Err(fault),
        }
    }

    fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::camera::{replay::Replay, small};
    use crate::document::page::{Picture, Plane};

    fn job(frames: Vec<Vec<u8>>, limit: Duration) -> Steady<Still<Replay>> {
        Steady::new(Still {
            live: Replay::new(frames, Duration::from_millis(50)),
            rotation: Rotation::Half,
            limit,
            began: None,
            canceller: Canceller::default(),
            delivered: 0,
        })
    }

    fn in_s(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_job_is_one_page_its_rotation_marked_and_then_the_end() {
        let y = Plane::filled(64, 48, 200);
        let jpeg = small::encode(&Picture { y, chroma: None }).unwrap();
        let mut job = job(
            vec![b"torn".to_vec(), jpeg.clone()],
            Duration::from_secs(20),
        );
        let Event::Page(page) = job.next(in_s(20)).unwrap() else {
            panic!("no page");
        };
        assert_eq!(page.bytes.len(), jpeg.len() + 36);
        let end = Ok(Event::End { pages: 1 });
        assert_eq!((job.next(in_s(1)), job.next(in_s(1))), (end.clone(), end));
    }

    #[test]
    fn a_camera_that_never_wakes_is_hung_and_one_that_is_waited_for_can_be_stopped() {
        let mut mute = job(vec![b"torn".to_vec()], Duration::from_millis(600));
        assert_eq!(mute.next(Instant::now()), Ok(Event::Waiting));
        assert_eq!(mute.next(in_s(20)), Err(ScanFault::Hung));
        let mut stopped = job(vec![b"torn".to_vec()], Duration::from_secs(60));
        let canceller = stopped.canceller();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.cancel();
        });
        let began = Instant::now();
        assert_eq!(stopped.next(in_s(20)), Err(ScanFault::Cancelled));
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}
