//! What looking for devices leaves alone, keeps and tells; and how a watched folder goes on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use drivers::document::{Page, PaperSource, Settings};

use super::super::chosen::Chosen;
use super::super::finders::WatchedFolder;
use super::super::listed;
use super::super::practice::Practice;
use super::super::sources::{Finder, For};
use super::*;
use crate::desk::new_id;
use crate::view::{DeviceKind, DeviceView};

/// What must come comes within this; what must not has not come after this.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_secs(2);

/// A folder that was stopped after a page.
const STOPPED: &str = "scanner.pages";

type Answer = Result<Vec<&'static str>, ScanFault>;

/// Finds what it is told to find, and counts how often it was asked; what it finds does not answer.
#[derive(Clone)]
struct Told(Arc<Mutex<Answer>>, Arc<AtomicUsize>);

impl Told {
    fn new(answer: Answer) -> Told {
        Told(Arc::new(Mutex::new(answer)), Arc::default())
    }

    fn asked(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

impl Finder for Told {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Scanner, "sane")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        self.1.fetch_add(1, Ordering::SeqCst);
        let found = |name: &str| Found {
            id: name.to_owned(),
            kind: DeviceKind::Scanner,
            name: name.to_owned(),
            how: "sane",
            added: false,
            reach: Reach::Pages(Arc::new(|_| Err(ScanFault::Hung))),
        };
        let answer = self.0.lock().unwrap().clone();
        assert!(answer != Err(ScanFault::Protocol), "a driver that panics");
        Ok(answer?.into_iter().map(found).collect())
    }
}

fn sources(finders: Vec<Box<dyn Finder>>) -> Sources {
    let sources = Sources::new(finders, None, Arc::new(|_| {}));
    until("the first look ends", || !sources.is_looking());
    sources
}

fn until(what: &str, ask: impl Fn() -> bool) {
    let began = Instant::now();
    while !ask() {
        assert!(began.elapsed() < Duration::from_secs(20), "not yet: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn rows(sources: &Sources) -> Vec<(String, Option<String>, bool)> {
    let row = |view: DeviceView| (view.reason.code, view.name, view.needed);
    listed::sources(sources).into_iter().map(row).collect()
}

#[test]
fn each_way_of_finding_tells_its_own_trouble_though_another_found_a_device() {
    let sane = Told::new(Err(ScanFault::NotInstalled));
    let sources = sources(vec![Box::new(sane.clone()), Box::new(Practice)]);
    let told = rows(&sources);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0].0, "camera.ready");
    assert_eq!(told[1], ("scan.not_installed".to_owned(), None, false));
    // Nothing to be found is no trouble.
    *sane.0.lock().unwrap() = Ok(Vec::new());
    sources.shared.look();
    assert_eq!(rows(&sources)[1].0, "scanner.none");
    drop(sources);
    let alone = Told::new(Err(ScanFault::Hung));
    let sources = self::sources(vec![Box::new(alone)]);
    assert_eq!(rows(&sources), [("scan.hung".to_owned(), None, true)]);
    assert_eq!(sources.status().reason.code, "scan.hung");
}

#[test]
fn a_scanner_whose_list_hangs_stays_listed_with_its_reason() {
    let sane = Told::new(Ok(vec!["mine"]));
    let sources = sources(vec![Box::new(sane.clone()), Box::new(Practice)]);
    *sane.0.lock().unwrap() = Err(ScanFault::Hung);
    sources.shared.look();
    let told = rows(&sources);
    assert_eq!(told.len(), 2, "{told:?}");
    let mine = ("scan.hung".to_owned(), Some("mine".to_owned()), true);
    assert_eq!(told[0], mine);
}

#[test]
fn a_finder_that_panics_has_crashed_and_the_others_are_looked_at() {
    let sane = Told::new(Err(ScanFault::Protocol));
    let sources = sources(vec![Box::new(sane.clone()), Box::new(Practice)]);
    let told = rows(&sources);
    assert_eq!((told.len(), told[1].0.as_str()), (2, "scan.crashed"));
    *sane.0.lock().unwrap() = Ok(vec!["mine"]);
    sources.look();
    until("it is found", || sources.list().len() == 2);
}

#[test]
fn a_look_leaves_a_device_at_work_alone_and_is_made_up_for() {
    let sane = Told::new(Ok(vec!["mine"]));
    let sources = sources(vec![Box::new(sane.clone()), Box::new(Practice)]);
    let camera = sources.list().into_iter();
    let mut camera = camera.filter(|source| source.kind == DeviceKind::Camera);
    let camera = camera.next().unwrap().id;
    sources.open_camera(&camera, false).unwrap();
    let before = sane.asked();
    *sane.0.lock().unwrap() = Ok(Vec::new());
    sources.look();
    sources.shared.look();
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(sane.asked(), before, "it would disturb the device at work");
    assert_eq!(sources.list().len(), 2, "and nothing of what is known goes");
    sources.close_camera();
    until("the look is made up for", || sources.list().len() == 1);
}

/// A picture, or no picture, saved into a folder by another program.
fn save(folder: &std::path::Path, name: &str) {
    let path = folder.join(name);
    match name.ends_with(".png") {
        true => {
            let page = image::GrayImage::from_pixel(60, 80, image::Luma([200]));
            page.save(path).unwrap();
        }
        false => std::fs::write(path, "%PDF-1.7 and so on").unwrap(),
    }
    // The order of files is that of their times.
    std::thread::sleep(Duration::from_millis(30));
}

/// Takes pages for a form or a page until so many came, a fault, or time is up; how many came, and the
/// code it ended with.
fn take(sources: &Sources, aim: &For, count: usize, limit: Duration) -> (usize, String) {
    let settings = Settings {
        source: PaperSource::Feeder,
        ..Settings::default()
    };
    let came = AtomicUsize::new(0);
    let ended = std::thread::scope(|scope| {
        let mut keep = |_: Page| {
            if came.fetch_add(1, Ordering::SeqCst) + 1 == count {
                sources.cancel();
            }
            Ok(())
        };
        let scan = scope.spawn(move || {
            sources.scan_for(Some(aim.clone()), Some("folder"), &settings, &mut keep)
        });
        let began = Instant::now();
        while !scan.is_finished() {
            if began.elapsed() > limit {
                sources.cancel();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        scan.join().unwrap()
    });
    let code = ended.map_or_else(|error| error.code().to_owned(), |_| STOPPED.to_owned());
    (came.into_inner(), code)
}

#[test]
fn behind_a_file_that_is_no_picture_the_same_form_goes_on_and_no_other_gets_its_page() {
    let home = tempfile::tempdir().unwrap();
    let watched = home.path().join("pictures");
    std::fs::create_dir(&watched).unwrap();
    let finder = Box::<WatchedFolder>::default();
    let place = Some(home.path().to_owned());
    let sources = Sources::new(vec![finder], place, Arc::new(|_| {}));
    let folder = watched.clone();
    sources
        .choose(|chosen| chosen.folder = Some(folder))
        .unwrap();
    until("the folder is listed", || sources.list().len() == 1);
    let saved_meanwhile = |names: &'static [&'static str]| {
        let (watched, shared) = (watched.clone(), Arc::clone(&sources.shared));
        std::thread::spawn(move || {
            while shared.state().work.is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_millis(300));
            names.iter().for_each(|name| save(&watched, name));
        })
    };
    let (mine, anothers) = (For::Form(new_id()), For::Form(new_id()));
    let saving = saved_meanwhile(&["a.png", "b.pdf", "c.png"]);
    assert_eq!(
        take(&sources, &mine, 3, LONG),
        (1, "scan.file_form".to_owned())
    );
    saving.join().unwrap();
    // The device page may ask what the folder can do in between.
    sources.shared.look();
    assert_eq!(take(&sources, &mine, 1, LONG), (1, STOPPED.to_owned()));
    // What is to be taken in a page's place is saved after the wish for it.
    let saving = saved_meanwhile(&["c1.pdf", "c2.png"]);
    assert_eq!(take(&sources, &mine, 1, LONG).1, "scan.file_form");
    saving.join().unwrap();
    let place = For::Page("a".to_owned());
    assert_eq!(take(&sources, &place, 1, SHORT).0, 0);
    // Once more, but the next form is somebody else's.
    let saving = saved_meanwhile(&["d.png", "e.pdf", "f.png"]);
    assert_eq!(
        take(&sources, &mine, 3, LONG),
        (1, "scan.file_form".to_owned())
    );
    saving.join().unwrap();
    assert_eq!(
        take(&sources, &anothers, 1, SHORT),
        (0, "scan.cancelled".to_owned())
    );
    assert_eq!(
        take(&sources, &mine, 1, SHORT),
        (0, "scan.cancelled".to_owned())
    );
}

#[test]
fn whoever_opened_a_page_before_the_look_ended_is_told_of_a_camera_too() {
    let told = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&told);
    let tell = move |news| {
        if news == News::Devices {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    };
    let sources = Sources::new(vec![Box::new(Practice)], None, Arc::new(tell));
    until("it is told", || told.load(Ordering::SeqCst) > 0);
    assert_eq!(sources.list().len(), 1);
    // Nothing is pulled from a camera.
    let none = sources.scan(None, &Settings::default(), &mut |_| Ok(()));
    assert_eq!(none.unwrap_err().code(), "scan.no_scanner");
}
