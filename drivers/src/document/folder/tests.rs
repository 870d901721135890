//! Tests of a watched folder, with real files.

use super::*;
use crate::document::Format;
use image::{ImageFormat, RgbImage};
use std::io::Cursor;
use std::io::Write as _;

fn picture(width: u32, form: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    RgbImage::new(width, 10).write_to(&mut out, form).unwrap();
    out.into_inner()
}

fn jpeg(width: u32) -> Vec<u8> {
    picture(width, ImageFormat::Jpeg)
}

fn width_of(page: &Page) -> u32 {
    super::super::file::check(&page.bytes).unwrap().width
}

fn every() -> Settings {
    Settings {
        source: PaperSource::Feeder,
        ..Settings::default()
    }
}

fn next(job: &mut dyn Job, limit_ms: u64) -> Result<Event, ScanFault> {
    job.next(Instant::now() + Duration::from_millis(limit_ms))
}

fn page(job: &mut dyn Job) -> Page {
    match next(job, 5000) {
        Ok(Event::Page(page)) => page,
        other => panic!("instead of a page: {other:?}"),
    }
}

#[test]
fn files_are_taken_in_their_order_and_never_twice() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("old.jpg"), jpeg(5)).unwrap();
    let mut source = Folder::watch(folder.path()).unwrap();
    let mut job = source.start(&every()).unwrap();
    assert_eq!(next(&mut *job, 700), Ok(Event::Waiting));
    for (name, bytes) in [
        ("b.jpg", jpeg(10)),
        ("a.png", picture(20, ImageFormat::Png)),
        ("c.bmp", picture(30, ImageFormat::Bmp)),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        std::thread::sleep(Duration::from_millis(20));
    }
    let pages = [page(&mut *job), page(&mut *job), page(&mut *job)];
    assert_eq!(pages.each_ref().map(width_of), [10, 20, 30]);
    let formats = pages.each_ref().map(|page| page.format);
    assert_eq!(formats, [Format::Jpeg, Format::Png, Format::Pnm]);
    assert_eq!(next(&mut *job, 700), Ok(Event::Waiting));
    drop(job);
    let mut job = source.start(&every()).unwrap();
    assert_eq!(next(&mut *job, 700), Ok(Event::Waiting));
    // The same name written anew is another picture.
    std::fs::write(folder.path().join("b.jpg"), jpeg(40)).unwrap();
    assert_eq!(width_of(&page(&mut *job)), 40);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn a_file_is_taken_only_when_it_is_whole_and_still() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Folder::watch(folder.path()).unwrap();
    let mut job = source.start(&every()).unwrap();
    let bytes = jpeg(400);
    let mut file = std::fs::File::create(folder.path().join("slow.jpg")).unwrap();
    for part in bytes.chunks(bytes.len() / 4) {
        file.write_all(part).unwrap();
        // Longer than a file has to lie still: only its end mark tells that more will come.
        let told = next(&mut *job, 600);
        if !matches!(told, Ok(Event::Waiting)) {
            assert!(matches!(told, Ok(Event::Page(page)) if page.bytes == bytes));
            return;
        }
    }
    assert_eq!(page(&mut *job).bytes, bytes);
}

#[test]
fn what_is_no_page_is_told_once_with_its_code_and_stays_where_it_is() {
    let mut damaged = picture(50, ImageFormat::Png);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0xFF;
    for (name, bytes, code) in [
        ("a.pdf", b"%PDF-1.7 and so on".to_vec(), "scan.file_form"),
        (
            "a.tif",
            b"II*\0 and so on and on".to_vec(),
            "scan.file_form",
        ),
        ("a.png", damaged, "scan.file_damaged"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut source = Folder::watch(folder.path()).unwrap();
        std::fs::write(folder.path().join(name), &bytes).unwrap();
        let mut job = source.start(&every()).unwrap();
        let fault = next(&mut *job, 5000).unwrap_err();
        assert_eq!(fault.code(), code, "{name}");
        assert_eq!(next(&mut *job, 0), Err(fault));
        // The next job goes on behind it.
        std::fs::write(folder.path().join("z.jpg"), jpeg(9)).unwrap();
        let mut job = source.start(&every()).unwrap();
        assert_eq!(width_of(&page(&mut *job)), 9);
        assert_eq!(std::fs::read(folder.path().join(name)).unwrap(), bytes);
    }
}

#[test]
fn a_huge_file_is_refused_unread_and_an_unfinished_one_after_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let huge = std::fs::File::create(folder.path().join("huge.jpg")).unwrap();
    huge.set_len(form::BYTES_LIMIT + 1).unwrap();
    let mut watch = Watch::new(folder.path());
    let now = Instant::now();
    assert!(watch.look(now).unwrap().is_none());
    let fault = watch.look(now + Duration::from_secs(1)).err();
    assert_eq!(fault.map(|fault| fault.code()), Some("scan.too_large"));
    let bytes = jpeg(60);
    std::fs::write(folder.path().join("half.jpg"), &bytes[..bytes.len() / 2]).unwrap();
    for seconds in [2, 3, 11] {
        let looked = watch.look(now + Duration::from_secs(seconds));
        assert!(looked.unwrap().is_none(), "{seconds}");
    }
    let fault = watch.look(now + Duration::from_secs(13)).err();
    assert_eq!(
        fault.map(|fault| fault.code()),
        Some("scan.file_unfinished")
    );
    // Finished after all.
    std::fs::write(folder.path().join("half.jpg"), bytes).unwrap();
    assert!(watch.look(now + Duration::from_secs(14)).unwrap().is_none());
    assert!(watch.look(now + Duration::from_secs(15)).unwrap().is_some());
}

#[test]
fn what_programs_and_systems_leave_lying_about_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        ".hidden.jpg",
        "~a.jpg",
        "a.jpg.tmp",
        "Thumbs.db",
        "desktop.ini",
    ] {
        std::fs::write(folder.path().join(name), b"words").unwrap();
    }
    std::fs::create_dir(folder.path().join("folder.jpg")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link.jpg")).unwrap();
    let mut watch = Watch::new(folder.path());
    let now = Instant::now();
    for seconds in [0, 1, 20] {
        let looked = watch.look(now + Duration::from_secs(seconds));
        assert!(looked.unwrap().is_none());
    }
}

#[test]
fn a_folder_that_is_not_there_is_said_and_one_that_goes_ends_the_job() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in");
    let missing = Folder::watch(&path).err();
    assert_eq!(missing, Some(ScanFault::FolderMissing));
    std::fs::create_dir(&path).unwrap();
    let mut source = Folder::watch(&path).unwrap();
    let mut job = source.start(&every()).unwrap();
    assert_eq!(next(&mut *job, 100), Ok(Event::Waiting));
    std::fs::remove_dir(&path).unwrap();
    assert_eq!(next(&mut *job, 1000), Err(ScanFault::FolderMissing));
}

#[test]
fn a_watch_is_cancelled_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Folder::watch(folder.path()).unwrap();
    let mut job = source.start(&every()).unwrap();
    let canceller = job.canceller();
    let thread = std::thread::spawn(move || next(&mut *job, 20_000));
    std::thread::sleep(Duration::from_millis(100));
    let asked = Instant::now();
    canceller.cancel();
    assert_eq!(thread.join().unwrap(), Err(ScanFault::Cancelled));
    assert!(asked.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_picture_whose_page_was_not_kept_comes_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Folder::watch(folder.path()).unwrap();
    std::fs::write(folder.path().join("a.jpg"), jpeg(30)).unwrap();
    let mut job = source.start(&every()).unwrap();
    assert_eq!(width_of(&page(&mut *job)), 30);
    // The disk was full: nobody asks on.
    drop(job);
    let mut job = source.clone().start(&every()).unwrap();
    assert_eq!(width_of(&page(&mut *job)), 30);
    assert_eq!(next(&mut *job, 700), Ok(Event::Waiting));
    drop(job);
    let mut job = source.start(&every()).unwrap();
    assert_eq!(next(&mut *job, 700), Ok(Event::Waiting));
}

#[test]
fn a_drive_that_does_not_answer_is_hung_and_holds_up_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let mut source = Folder::watch(folder.path()).unwrap();
    let short = Settings {
        stall_limit: Duration::from_millis(200),
        ..every()
    };
    let watch = Arc::clone(&source.watch);
    // No look comes back as long as this is held.
    let stalled = lock(&watch);
    std::fs::write(folder.path().join("a.jpg"), jpeg(30)).unwrap();
    let mut job = source.start(&short).unwrap();
    assert_eq!(next(&mut *job, 5000), Err(ScanFault::Hung));
    drop(job);
    drop(stalled);
    // It answers again, and nothing was lost.
    let mut job = source.start(&every()).unwrap();
    assert_eq!(width_of(&page(&mut *job)), 30);
}

#[test]
fn a_folder_full_of_old_files_is_watched_for_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    for at in 0..6000 {
        std::fs::write(folder.path().join(format!("old{at}.jpg")), b"").unwrap();
    }
    let mut watch = Watch::new(folder.path());
    watch.forget_what_is_there().unwrap();
    let now = Instant::now();
    // What was older than what is forgotten does not come up by that.
    for at in 5000..6000 {
        std::fs::remove_file(folder.path().join(format!("old{at}.jpg"))).unwrap();
    }
    for seconds in [0, 1, 20] {
        let looked = watch.look(now + Duration::from_secs(seconds));
        assert!(looked.unwrap().is_none(), "{seconds}");
    }
    std::fs::write(folder.path().join("new.jpg"), jpeg(30)).unwrap();
    assert!(watch.look(now + Duration::from_secs(21)).unwrap().is_none());
    assert!(watch.look(now + Duration::from_secs(22)).unwrap().is_some());
}
