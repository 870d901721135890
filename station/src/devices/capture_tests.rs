//! A camera, live, with the practice camera's drawn sheets.

use std::sync::mpsc::{Receiver, channel};

use drivers::document::{Frame, Live, Page, file};

use super::super::chosen::Chosen;
use super::super::practice::Practice;
use super::super::sources::{Finder, Found};
use super::*;
use crate::view::DeviceKind;

const ID: &str = "practice";

fn opened(automatic: bool) -> (Sources, Receiver<PreviewTold>) {
    let (send, told) = channel();
    let send = Mutex::new(send);
    let tell = move |news| {
        if let News::Preview(told) = news {
            let _ = held(&send).send(told);
        }
    };
    let sources = Sources::new(vec![Box::new(Practice)], None, Arc::new(tell));
    sources.shared.look();
    sources.open_camera(ID, automatic).unwrap();
    (sources, told)
}

/// The next thing told that is wanted.
fn until(told: &Receiver<PreviewTold>, wanted: impl Fn(&PreviewTold) -> bool) -> PreviewTold {
    let began = Instant::now();
    while let Ok(one) = told.recv_timeout(Duration::from_secs(10)) {
        if wanted(&one) {
            return one;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "never told");
    }
    panic!("nothing more is told");
}

fn fetch(sources: &Sources) -> Result<Page> {
    sources.fetch_picture(|taken| Ok(taken.page.clone()))
}

#[test]
fn a_camera_shows_the_sheet_it_sees_and_gives_the_page_at_a_key() {
    let (sources, told) = opened(false);
    let sees =
        |told: &PreviewTold| matches!(told, PreviewTold::Shown { quads, .. } if !quads.is_empty());
    let PreviewTold::Shown { width, height, .. } = until(&told, sees) else {
        panic!("a picture")
    };
    let small = file::check(&sources.picture().unwrap()).unwrap();
    assert_eq!((small.width, small.height), (width, height));
    let taken = sources.take_picture().unwrap();
    assert!(file::check(&taken.page.bytes).is_ok());
    assert_eq!((taken.width, taken.height), (1600, 1200));
    assert!(!taken.quads.is_empty());
}

#[test]
fn a_sheet_that_lies_still_is_taken_by_itself_once() {
    let (sources, told) = opened(true);
    until(&told, |told| *told == PreviewTold::Taken);
    assert!(fetch(&sources).is_ok());
    let again = fetch(&sources).unwrap_err();
    assert_eq!(again.code(), "camera.nothing_taken");
    sources.close_camera();
    let last = sources.shared.state().first().unwrap().last.clone();
    let one = Reason::new("camera.pages").with("count", 1_u32);
    assert_eq!(
        last.unwrap().reason,
        one,
        "what did not come does not count"
    );
}

#[test]
fn pages_that_were_taken_by_themselves_wait_in_their_order_until_each_is_fetched() {
    let (sources, told) = opened(true);
    let taken = |told: &PreviewTold| *told == PreviewTold::Taken;
    until(&told, taken);
    until(&told, taken);
    // A key takes what lies there now, and nothing that waits is lost by it.
    sources.take_picture().unwrap();
    // One that cannot be kept is the next one still.
    let mut full = Vec::new();
    let no_room = sources.fetch_picture::<()>(|taken| {
        full.push(taken.page.clone());
        Err(Error::coded("store.disk_full"))
    });
    assert_eq!(no_room.unwrap_err().code(), "store.disk_full");
    let [first, second] = [(); 2].map(|()| fetch(&sources).unwrap());
    assert!(first != second && full == [first]);
    let none = fetch(&sources).unwrap_err();
    assert_eq!(none.code(), "camera.nothing_taken");
    sources.close_camera();
    let last = sources.shared.state().first().unwrap().last.clone();
    let three = Reason::new("camera.pages").with("count", 3_u32);
    assert_eq!(last.unwrap().reason, three);
}

#[test]
fn a_card_beside_a_letter_is_told_to_become_two_pages_from_left_to_right() {
    let (sources, told) = opened(false);
    let both = |told: &PreviewTold| {
        let PreviewTold::Shown { quads, .. } = told else {
            return false;
        };
        quads.iter().filter(|quad| quad.page.is_some()).count() == 2
    };
    // The third scene of the practice camera.
    let PreviewTold::Shown { quads, .. } = until(&told, both) else {
        panic!("a picture")
    };
    let taken = sources.take_picture().unwrap();
    let pages = documents(&taken.quads);
    assert_eq!(pages.len(), 2);
    let left_of = |at: usize| taken.quads[at].corners[0].x;
    assert!(left_of(pages[0]) < left_of(pages[1]));
    let place = |number: u8| quads.iter().find(|quad| quad.page == Some(number)).unwrap();
    assert!(place(1).corners[0].0 < place(2).corners[0].0);
}

#[test]
fn one_device_is_at_work_at_a_time_and_nothing_is_left_when_the_camera_is_closed() {
    let (sources, told) = opened(false);
    until(&told, |told| matches!(told, PreviewTold::Shown { .. }));
    let second = sources.open_camera(ID, false).unwrap_err();
    assert_eq!(second.code(), "scan.busy");
    let status = sources.status();
    assert_eq!(
        (status.reason.code.as_str(), status.ready),
        ("camera.open", true)
    );
    let asked = Instant::now();
    sources.close_camera();
    assert!(asked.elapsed() < Duration::from_secs(1));
    assert_eq!(sources.picture(), None);
    assert_eq!(sources.status().reason.code, "scanner.ready");
    assert_eq!(sources.take_picture().unwrap_err().code(), "camera.closed");
    while told.try_recv().is_ok() {}
    std::thread::sleep(Duration::from_millis(300));
    assert!(told.try_recv().is_err(), "it looks on no more");
    sources
        .open_camera(ID, false)
        .expect("it can be opened again");
}

/// A camera whose still does not come before it is stopped, or at once not.
#[derive(Clone, Copy)]
enum Slow {
    Waits,
    Fails,
}

impl Finder for Slow {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Camera, "v4l2")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let camera = *self;
        Ok(vec![Found {
            id: ID.into(),
            kind: DeviceKind::Camera,
            name: "slow".into(),
            how: "v4l2",
            added: false,
            reach: Reach::Picture(Arc::new(move || Ok(Box::new(camera)))),
        }])
    }
}

impl Live for Slow {
    fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
        Ok(None)
    }

    fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Page, ScanFault> {
        while matches!(self, Slow::Waits) && Instant::now() < deadline {
            if stop.is_cancelled() {
                return Err(ScanFault::Cancelled);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(ScanFault::Hung)
    }
}

#[test]
fn a_picture_that_does_not_come_is_given_up_when_it_is_stopped() {
    let sources = Sources::new(vec![Box::new(Slow::Waits)], None, Arc::new(|_| {}));
    sources.shared.look();
    sources.open_camera(ID, false).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| sources.take_picture());
        std::thread::sleep(Duration::from_millis(300));
        let asked = Instant::now();
        sources.cancel();
        let ended = waiting.join().unwrap();
        assert_eq!(ended.unwrap_err().code(), "scan.cancelled");
        assert!(asked.elapsed() < Duration::from_secs(1), "{asked:?}");
    });
}

#[test]
fn a_camera_that_gave_no_page_was_not_well_and_is_once_it_is_listed_again() {
    let sources = Sources::new(vec![Box::new(Slow::Fails)], None, Arc::new(|_| {}));
    sources.shared.look();
    sources.open_camera(ID, false).unwrap();
    assert_eq!(sources.take_picture().unwrap_err().code(), "scan.hung");
    sources.close_camera();
    let last = sources.shared.state().first().unwrap().last.clone();
    let last = last.unwrap();
    assert_eq!((last.ok, last.reason.code.as_str()), (false, "scan.hung"));
    assert_eq!(sources.status().reason.code, "scan.hung");
    sources.shared.look();
    assert_eq!(sources.status().reason.code, "scanner.ready");
}
