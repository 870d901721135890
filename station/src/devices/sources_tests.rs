//! Pages from SANE's own virtual scanner (`test`), as the distribution ships it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use drivers::document::escl::quirks::Quirks;
use drivers::document::replay::Replay;
use drivers::document::sane::Sane;
use drivers::document::{Mode, Page, Settings, file};

use super::super::listed;
use super::*;

/// A SANE that knows its virtual scanner only, and the folder of its configuration.
fn virtual_scanner() -> (tempfile::TempDir, Sane) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "test\n").unwrap();
    std::fs::write(folder.path().join("test.conf"), "").unwrap();
    let sane = Sane::with_config(folder.path().to_owned());
    (folder, sane)
}

fn sources(sane: Sane, tell: Tell) -> Sources {
    Sources::new(vec![Box::new(sane)], None, tell)
}

fn settings(options: &[(&str, &str)]) -> Settings {
    let option = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Settings {
        mode: Mode::Gray,
        dpi: 50,
        options: options.iter().map(option).collect(),
        ..Settings::default()
    }
}

/// Scans and keeps what comes.
fn scan(sources: &Sources, settings: &Settings) -> Result<Vec<Page>> {
    let mut pages = Vec::new();
    sources.scan(None, settings, &mut |page| {
        pages.push(page);
        Ok(())
    })?;
    Ok(pages)
}

/// Waits until the virtual scanner has said that it has a feeder.
fn until_asked(sources: &Sources) {
    let offered = || {
        let listed = sources.list();
        listed.first().is_some_and(|source| source.feeder)
    };
    let began = std::time::Instant::now();
    while !offered() {
        assert!(began.elapsed() < Duration::from_secs(20), "no feeder");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_page_comes_as_a_picture_and_its_progress_is_told() {
    let (_folder, sane) = virtual_scanner();
    let told = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&told);
    let count = move |news| {
        if matches!(news, News::Scan { .. }) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    };
    let sources = sources(sane, Arc::new(count));
    let pages = scan(&sources, &settings(&[])).unwrap();
    assert_eq!(pages.len(), 1, "the glass holds one");
    let info = file::check(&pages[0].bytes).unwrap();
    assert!(info.width > 50 && info.height > 50);
    assert!(told.load(Ordering::SeqCst) > 0);
    assert_eq!(sources.status().reason.code, "scanner.ready");
    assert!(sources.status().name.is_some());
    let last = sources.shared.state().first().unwrap().last.clone();
    assert_eq!(last.unwrap().reason.code, "scanner.pages");
}

#[test]
fn a_feeder_is_offered_and_each_of_its_sheets_is_kept_before_the_next_is_drawn() {
    let (_folder, sane) = virtual_scanner();
    let sources = sources(sane, Arc::new(|_| {}));
    until_asked(&sources);
    let feeder = Settings {
        source: PaperSource::Feeder,
        ..settings(&[])
    };
    let mut kept = 0;
    let full = sources.scan(None, &feeder, &mut |page| {
        kept += 1;
        assert_eq!(page.seq, kept);
        // The disk is full at the fourth.
        match kept {
            4 => Err(Error::coded("store.disk_full")),
            _ => Ok(()),
        }
    });
    assert_eq!(full.unwrap_err().code(), "store.disk_full");
    assert_eq!(
        kept, 4,
        "nothing is drawn after a page that could not be kept"
    );
    assert_eq!(sources.status().reason.code, "scanner.ready");
    assert_eq!(scan(&sources, &feeder).unwrap().len(), 10);
}

#[test]
fn a_jam_is_reported_as_a_jam_and_shows_until_a_page_comes() {
    let (_folder, sane) = virtual_scanner();
    let sources = sources(sane, Arc::new(|_| {}));
    // The first look must not be what cures it.
    until_asked(&sources);
    let jam = settings(&[("read-return-value", "SANE_STATUS_JAMMED")]);
    assert_eq!(scan(&sources, &jam).unwrap_err().code(), "scan.jam");
    assert_eq!(sources.status().reason.code, "scan.jam");
    scan(&sources, &settings(&[])).unwrap();
    assert_eq!(sources.status().reason.code, "scanner.ready");
}

#[test]
fn what_a_scanner_said_is_not_asked_again_before_a_scan_until_one_fails() {
    let (folder, sane) = virtual_scanner();
    let sources = sources(sane, Arc::new(|_| {}));
    until_asked(&sources);
    // From now on it says that it can do no more than this.
    std::fs::write(folder.path().join("test.conf"), "resolution_max 75\n").unwrap();
    let wanted = |options: &[(&str, &str)]| Settings {
        dpi: 150,
        ..settings(options)
    };
    let dpi = |pages: Vec<Page>| pages[0].dpi;
    assert_eq!(dpi(scan(&sources, &wanted(&[])).unwrap()), 150);
    let broken = wanted(&[("read-return-value", "SANE_STATUS_IO_ERROR")]);
    assert!(scan(&sources, &broken).is_err());
    assert_eq!(dpi(scan(&sources, &wanted(&[])).unwrap()), 75);
}

#[test]
fn a_scan_that_is_cancelled_ends_within_a_second_and_a_second_one_is_refused_meanwhile() {
    let (_folder, sane) = virtual_scanner();
    let sources = sources(sane, Arc::new(|_| {}));
    // A buffer every 200 ms: alive, but it takes minutes.
    let slow = Settings {
        dpi: 1200,
        ..settings(&[
            ("read-limit", "yes"),
            ("read-limit-size", "4096"),
            ("read-delay", "yes"),
            ("read-delay-duration", "200000"),
        ])
    };
    std::thread::scope(|scope| {
        let running = scope.spawn(|| scan(&sources, &slow));
        while sources.shared.state().work.is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(scan(&sources, &slow).unwrap_err().code(), "scan.busy");
        std::thread::sleep(Duration::from_millis(300));
        let asked = std::time::Instant::now();
        sources.cancel();
        let ended = running.join().unwrap();
        assert_eq!(ended.unwrap_err().code(), "scan.cancelled");
        assert!(asked.elapsed() < Duration::from_secs(1), "{asked:?}");
    });
    assert_eq!(sources.status().reason.code, "scanner.ready");
}

#[test]
fn without_a_scanner_the_status_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dll.conf"), "\n").unwrap();
    let sane = Sane::with_config(folder.path().to_owned());
    let sources = sources(sane, Arc::new(|_| {}));
    assert_eq!(
        scan(&sources, &settings(&[])).unwrap_err().code(),
        "scan.no_scanner"
    );
    assert_eq!(sources.status().reason.code, "scanner.none");
}

/// A scanner that takes three seconds to open, and how often it was opened.
struct Sleepy(Arc<AtomicUsize>);

impl Finder for Sleepy {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Scanner, "replay")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let opened = Arc::clone(&self.0);
        let open = move |_| {
            opened.fetch_add(1, Ordering::SeqCst);
            std::thread::sleep(Duration::from_secs(3));
            Err(ScanFault::CannotOpen)
        };
        Ok(vec![Found {
            id: "sleepy".into(),
            kind: DeviceKind::Scanner,
            name: "sleepy".into(),
            how: "sane",
            added: false,
            reach: Reach::Pages(Arc::new(open)),
        }])
    }
}

#[test]
fn a_scan_that_is_cancelled_while_its_scanner_opens_ends_within_a_second() {
    let opened = Arc::new(AtomicUsize::new(0));
    let finder = Box::new(Sleepy(Arc::clone(&opened)));
    let sources = Sources::new(vec![finder], None, Arc::new(|_| {}));
    let until_opened = |times| {
        while opened.load(Ordering::SeqCst) < times {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    until_opened(1);
    // While the first look has it open, then while the scan itself opens it.
    for times in [1, 2] {
        std::thread::scope(|scope| {
            let running = scope.spawn(|| scan(&sources, &settings(&[])));
            while sources.shared.state().work.is_none() {
                std::thread::sleep(Duration::from_millis(5));
            }
            until_opened(times);
            let asked = std::time::Instant::now();
            sources.cancel();
            let ended = running.join().unwrap();
            assert_eq!(ended.unwrap_err().code(), "scan.cancelled");
            assert!(asked.elapsed() < Duration::from_secs(1), "{asked:?}");
        });
    }
    assert_eq!(opened.load(Ordering::SeqCst), 2);
}

/// Folders of pictures, each played as a scanner.
struct Played(Vec<PathBuf>);

impl Finder for Played {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Scanner, "replay")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |folder: &PathBuf| {
            let (name, folder) = (folder.display().to_string(), folder.clone());
            let open = move |_| {
                let replay = Replay::new(&folder, Duration::from_millis(20));
                Ok(Box::new(replay) as Box<dyn Source>)
            };
            Found {
                id: format!("replay:{name}"),
                kind: DeviceKind::Scanner,
                name,
                how: "replay",
                added: false,
                reach: Reach::Pages(Arc::new(open)),
            }
        };
        Ok(self.0.iter().map(found).collect())
    }
}

#[test]
fn a_scanner_that_answers_again_has_no_fault_any_more() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("away");
    let finder = Box::new(Played(vec![folder.clone()]));
    let sources = Sources::new(vec![finder], None, Arc::new(|_| {}));
    sources.shared.look();
    assert_eq!(sources.status().reason.code, "scan.folder_missing");
    std::fs::create_dir(&folder).unwrap();
    let page = image::GrayImage::from_pixel(60, 80, image::Luma([200]));
    page.save(folder.join("page.png")).unwrap();
    sources.shared.look();
    assert_eq!(sources.status().reason.code, "scanner.ready");
    // Once it has said what it can do, it is asked again where a fault stands.
    let jam = |state: &mut State| state.known[0].fault = Some(ScanFault::Jam);
    jam(&mut sources.shared.state());
    sources.shared.look();
    assert_eq!(sources.status().reason.code, "scanner.ready");
}

#[test]
fn the_chosen_device_is_used_first_and_remembered() {
    let home = tempfile::tempdir().unwrap();
    let folders: Vec<PathBuf> = [60, 90]
        .map(|width| {
            let folder = home.path().join(width.to_string());
            std::fs::create_dir(&folder).unwrap();
            let page = image::GrayImage::from_pixel(width, 80, image::Luma([200]));
            page.save(folder.join("page.png")).unwrap();
            folder
        })
        .to_vec();
    let open = || {
        let finder = Box::new(Played(folders.clone()));
        let place = Some(home.path().to_owned());
        let sources = Sources::new(vec![finder], place, Arc::new(|_| {}));
        sources.shared.look();
        sources
    };
    // Whose page comes when no device is named.
    let width = |sources: &Sources| {
        let pages = scan(sources, &Settings::default()).unwrap();
        assert_eq!(pages.len(), 1);
        file::check(&pages[0].bytes).unwrap().width
    };
    let sources = open();
    assert_eq!(width(&sources), 60);
    let second = sources.list()[1].id.clone();
    let other = second.clone();
    sources
        .choose(|chosen| chosen.source = Some(other))
        .unwrap();
    assert_eq!(width(&sources), 90);
    drop(sources);
    let again = open();
    assert_eq!(again.list()[0].id, second);
    assert_eq!(width(&again), 90);
}

#[test]
fn a_watched_folder_is_a_source_and_what_is_saved_into_it_comes_until_it_is_stopped() {
    let home = tempfile::tempdir().unwrap();
    let watched = home.path().join("pictures");
    std::fs::create_dir(&watched).unwrap();
    let finder = Box::<super::super::finders::WatchedFolder>::default();
    let place = Some(home.path().to_owned());
    let sources = Sources::new(vec![finder], place, Arc::new(|_| {}));
    let folder = watched.clone();
    sources
        .choose(|chosen| chosen.folder = Some(folder))
        .unwrap();
    sources.shared.look();
    assert_eq!(sources.list()[0].kind, DeviceKind::Folder);
    let mut kept = 0;
    let saves = |name: &str| {
        while sources.shared.state().work.is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(300));
        let page = image::GrayImage::from_pixel(60, 80, image::Luma([200]));
        page.save(watched.join(name)).unwrap();
    };
    std::thread::scope(|scope| {
        scope.spawn(|| saves("saved.png"));
        let many = Settings {
            source: PaperSource::Feeder,
            ..settings(&[])
        };
        let ended = sources.scan(None, &many, &mut |_| {
            kept += 1;
            // The hand goes on to another material meanwhile.
            assert_eq!(sources.changed_material(), None);
            sources.change_material("b");
            assert_eq!(sources.changed_material().as_deref(), Some("b"));
            sources.cancel();
            Ok(())
        });
        assert_eq!(ended.unwrap(), 1, "it was stopped, which is its good end");
    });
    let last = sources.shared.state().first().unwrap().last.clone();
    assert_eq!(last.unwrap().reason.code, "scanner.pages");
    assert_eq!(kept, 1);
    assert!(watched.join("saved.png").exists(), "no file is taken away");
    // It is tried with one file, and stops by itself.
    assert!(listed::sources(&sources)[0].testable);
    std::thread::scope(|scope| {
        scope.spawn(|| saves("tried.png"));
        assert_eq!(scan(&sources, &settings(&[])).unwrap().len(), 1);
    });
    assert_eq!(sources.changed_material(), None, "that was another scan's");
    sources.change_material("c");
    assert_eq!(sources.changed_material(), None, "nothing is at work");
}

#[test]
fn an_address_where_no_scanner_answers_is_not_added() {
    let home = tempfile::tempdir().unwrap();
    let network = super::super::finders::Network::new(home.path(), Quirks::embedded());
    assert_eq!(
        network.ask("not an address").unwrap_err().code(),
        "scan.bad_address"
    );
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let address = format!("http://127.0.0.1:{port}/eSCL");
    assert_eq!(
        network.ask(&address).unwrap_err().code(),
        "scan.unreachable"
    );
}
