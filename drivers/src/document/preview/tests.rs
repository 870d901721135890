//! The preview on recordings and on cameras that fail: threads, takes, faults.

use super::*;
use crate::document::camera::replay::Replay;
use crate::document::page::{Picture, Plane, Point};
use crate::document::{Canceller, Format, Frame, FrameForm};
use std::sync::mpsc::{Receiver, channel};

const LONG: Duration = Duration::from_secs(20);

/// A desk with a sheet, 640 by 480, or without.
fn desk(sheet: bool) -> Vec<u8> {
    let mut y = Plane::filled(640, 480, 70);
    for row in 60..420 {
        if sheet {
            y.data[row * 640 + 150..][..340].fill(if row % 16 < 5 { 120 } else { 215 });
        }
    }
    crate::document::camera::small::encode(&Picture { y, chroma: None }).unwrap()
}

/// Finds the bright rectangle of `desk`: enough for these tests, which are not about finding.
fn find(picture: &Picture) -> Vec<Quad> {
    let luma = &picture.y;
    let bright = |at: &usize| luma.data[*at] > 180;
    let all: Vec<usize> = (0..luma.data.len()).filter(bright).collect();
    let (Some(first), Some(last)) = (all.first(), all.last()) else {
        return Vec::new();
    };
    let columns = || all.iter().map(|at| at % luma.width);
    let (left, right) = (columns().min().unwrap(), columns().max().unwrap() + 1);
    let (top, low) = (first / luma.width, last / luma.width + 1);
    let corner = |x, y| Point {
        x: x as f32,
        y: y as f32,
    };
    vec![Quad {
        corners: [
            corner(left, top),
            corner(right, top),
            corner(right, low),
            corner(left, low),
        ],
        score: 1.0,
        ..Quad::default_sides()
    }]
}

impl Quad {
    fn default_sides() -> Quad {
        Quad {
            corners: [Point::default(); 4],
            score: 0.0,
            sides: [1.0; 4],
            cut: false,
            nested: false,
            ground: false,
        }
    }
}

fn options() -> Options {
    Options {
        rotation: Rotation::None,
        automatic: false,
        find,
        limits: still::Limits::default(),
    }
}

fn replay(frames: Vec<Vec<u8>>) -> Box<dyn Live> {
    Box::new(Replay::new(frames, Duration::from_millis(30)))
}

fn start(live: Box<dyn Live>, options: Options) -> (Preview, Receiver<Told>) {
    let (told, all) = channel();
    let preview = Preview::start(live, options, move |what| drop(told.send(what)));
    (preview, all)
}

fn shown(all: &Receiver<Told>, until: impl Fn(&Shown) -> bool) -> Shown {
    let end = Instant::now() + LONG;
    while let Ok(told) = all.recv_timeout(end.saturating_duration_since(Instant::now())) {
        match told {
            Told::Shown(shown) if until(&shown) => return shown,
            _ => {}
        }
    }
    panic!("never shown");
}

#[test]
fn a_sheet_is_shown_where_it_lies_and_a_page_is_taken_with_it() {
    let (preview, all) = start(replay(vec![desk(true)]), options());
    let seen = shown(&all, |shown| !shown.quads.is_empty());
    assert_eq!((seen.width, seen.height), (640, 480));
    assert_eq!(crate::document::file::check(&seen.jpeg).unwrap().width, 640);
    let taken = preview.take(LONG).unwrap();
    assert_eq!(
        (taken.width, taken.height, taken.remembered),
        (640, 480, false)
    );
    assert_eq!(taken.page.bytes, desk(true));
    let corner = taken.quads[0].corners[0];
    assert!((corner.x - 150.0).abs() < 3.0 && (corner.y - 60.0).abs() < 3.0);
}

#[test]
fn a_camera_that_hangs_turned_shows_upright_and_finds_the_way_back() {
    let turned = Options {
        rotation: Rotation::Right,
        ..options()
    };
    let (preview, all) = start(replay(vec![desk(true)]), turned);
    let seen = shown(&all, |shown| !shown.quads.is_empty());
    assert_eq!((seen.width, seen.height), (480, 640));
    let taken = preview.take(LONG).unwrap();
    assert_eq!((taken.width, taken.height), (480, 640));
    let corner = taken.quads[0].corners[0];
    assert!(
        (corner.x - 60.0).abs() < 5.0 && (corner.y - 150.0).abs() < 3.0,
        "{corner:?}"
    );
    let upright = crate::document::file::thumbnail(&taken.page.bytes, 100).unwrap();
    let upright = crate::document::file::check(&upright).unwrap();
    assert!(upright.height > upright.width);
}

#[test]
fn a_sheet_lost_at_the_moment_of_the_take_is_the_one_shown_before() {
    /// Shows a sheet; its stills are too dim for the finder.
    struct Dim(Replay);
    impl Live for Dim {
        fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
            self.0.frame(deadline)
        }
        fn take(&mut self, _: Instant, _: &Canceller) -> Result<Page, ScanFault> {
            let y = Plane::filled(1280, 960, 80);
            let dim = Picture { y, chroma: None };
            Ok(Page {
                bytes: crate::document::camera::small::encode(&dim).unwrap(),
                format: Format::Jpeg,
                dpi: 0,
                seq: 1,
            })
        }
    }
    let live = Dim(Replay::new(vec![desk(true)], Duration::from_millis(30)));
    let (preview, all) = start(Box::new(live), options());
    shown(&all, |shown| !shown.quads.is_empty());
    let taken = preview.take(LONG).unwrap();
    assert!(taken.remembered);
    let corner = taken.quads[0].corners[2];
    assert!(
        (corner.x - 980.0).abs() < 6.0 && (corner.y - 840.0).abs() < 9.0,
        "{corner:?}"
    );
}

#[test]
fn a_page_that_lies_still_is_taken_once_by_itself() {
    let mut frames = vec![desk(false); 10];
    frames.extend(vec![desk(true); 80]);
    let automatic = Options {
        automatic: true,
        ..options()
    };
    let (preview, all) = start(replay(frames), automatic);
    let end = Instant::now() + Duration::from_millis(30 * 85);
    let mut pages = 0;
    while let Ok(told) = all.recv_timeout(end.saturating_duration_since(Instant::now())) {
        pages += u32::from(matches!(told, Told::Taken(taken) if !taken.quads.is_empty()));
    }
    assert_eq!(pages, 1);
    drop(preview);
}

/// Shows a sheet; so many of its stills fail first.
struct Failing(Replay, u32);

impl Live for Failing {
    fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
        self.0.frame(deadline)
    }
    fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Page, ScanFault> {
        if self.1 > 0 {
            self.1 -= 1;
            return Err(ScanFault::Transfer);
        }
        self.0.take(deadline, stop)
    }
}

#[test]
fn a_still_that_fails_is_told_and_tried_again_while_the_page_lies() {
    let live = Failing(Replay::new(vec![desk(true)], Duration::from_millis(30)), 1);
    let automatic = Options {
        automatic: true,
        ..options()
    };
    let (_preview, all) = start(Box::new(live), automatic);
    let mut told = Vec::new();
    while told.last() != Some(&"taken") {
        match all.recv_timeout(Duration::from_secs(5)).expect("a page") {
            Told::Missed(ScanFault::Transfer) => told.push("missed"),
            Told::Taken(_) => told.push("taken"),
            Told::Shown(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(told, ["missed", "taken"]);
}

#[test]
fn a_page_that_lies_while_nothing_is_taken_by_itself_is_taken_when_that_is_switched_on() {
    let live = Replay::new(vec![desk(true)], Duration::from_millis(30));
    let (preview, all) = start(Box::new(live), options());
    shown(&all, |shown| shown.still == Stillness::Take);
    std::thread::sleep(Duration::from_millis(300));
    while all.try_recv().is_ok() {}
    preview.set_automatic(true);
    let soon = Instant::now() + Duration::from_secs(3);
    let taken = std::iter::from_fn(|| {
        let left = soon.saturating_duration_since(Instant::now());
        all.recv_timeout(left).ok()
    });
    let mut taken = taken.filter(|told| matches!(told, Told::Taken(_)));
    assert!(taken.next().is_some());
}

#[test]
fn a_camera_that_goes_and_comes_back_is_told_once_and_shown_again() {
    struct Loose(Replay, u32);
    impl Live for Loose {
        fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
            self.1 += 1;
            match self.1 {
                4..=8 => Err(ScanFault::Unplugged),
                _ => self.0.frame(deadline),
            }
        }
        fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Page, ScanFault> {
            self.0.take(deadline, stop)
        }
    }
    let live = Loose(Replay::new(vec![desk(true)], Duration::from_millis(30)), 0);
    let (_preview, all) = start(Box::new(live), options());
    let (mut faults, mut after) = (Vec::new(), 0);
    while after < 3 {
        match all.recv_timeout(LONG).unwrap() {
            Told::Fault(fault) => faults.push(fault),
            Told::Shown(_) if !faults.is_empty() => after += 1,
            _ => {}
        }
    }
    assert_eq!(faults, [ScanFault::Unplugged]);
}

#[test]
fn damaged_frames_are_passed_over() {
    let whole = desk(true);
    let cut = whole[..whole.len() / 2].to_vec();
    let (_preview, all) = start(replay(vec![cut.clone(), whole, cut]), options());
    let seqs: Vec<u64> = (0..3).map(|_| shown(&all, |_| true).seq % 3).collect();
    assert_eq!(seqs, [2, 2, 2]);
}

#[test]
fn a_slow_window_holds_up_neither_the_camera_nor_a_take_nor_the_end() {
    let (told, all) = channel();
    let slow = move |what: Told| {
        std::thread::sleep(Duration::from_millis(250));
        drop(told.send(what));
    };
    let preview = Preview::start(replay(vec![desk(true)]), options(), slow);
    let first = shown(&all, |_| true).seq;
    let second = shown(&all, |_| true).seq;
    assert!(
        second >= first + 3,
        "{first} {second}: older ones were shown"
    );
    let began = Instant::now();
    preview.take(LONG).unwrap();
    drop(preview);
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn a_dead_camera_is_told_and_the_end_comes_at_once() {
    struct Mute;
    impl Live for Mute {
        fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            Ok(None)
        }
        fn take(&mut self, deadline: Instant, _: &Canceller) -> Result<Page, ScanFault> {
            std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
            Err(ScanFault::Hung)
        }
    }
    let (preview, all) = start(Box::new(Mute), options());
    assert_eq!(
        preview.take(Duration::from_millis(100)),
        Err(ScanFault::Hung)
    );
    let hung = all.recv_timeout(LONG).unwrap();
    assert!(matches!(hung, Told::Fault(ScanFault::Hung)), "{hung:?}");
    let began = Instant::now();
    drop(preview);
    assert!(began.elapsed() < Duration::from_millis(500));
}

#[test]
fn a_take_that_is_under_way_ends_with_the_preview() {
    // A page takes 30 s to come; nobody waits for it once the panel is closed.
    let slow = Replay::new(vec![desk(true), b"torn".to_vec()], Duration::from_secs(30));
    let (preview, all) = start(Box::new(slow), options());
    shown(&all, |_| true);
    let preview = Arc::new(preview);
    let waiting = Arc::clone(&preview);
    let taking = std::thread::spawn(move || waiting.take(LONG));
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    preview.stop();
    assert_eq!(taking.join().unwrap(), Err(ScanFault::Cancelled));
    drop(preview);
    assert!(asked.elapsed() < Duration::from_millis(800), "{asked:?}");
}

#[test]
fn yuyv_is_shown_too() {
    let mut bytes = vec![128; 640 * 480 * 2];
    bytes.iter_mut().step_by(2).for_each(|luma| *luma = 235);
    let frame = Frame {
        bytes,
        form: FrameForm::Yuyv,
        width: 640,
        height: 480,
        seq: 1,
    };
    let mut eye = Eye::new(Rotation::None, find);
    let seen = eye.see(&frame).unwrap();
    assert!(seen.picture.y.data.iter().all(|&level| level == 255));
    let cut = Frame {
        bytes: frame.bytes[1..].to_vec(),
        ..frame
    };
    assert!(eye.see(&cut).is_err());
}
