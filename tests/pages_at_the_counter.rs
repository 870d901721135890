//! Pages through the real road into a form: SANE's own test scanner, the distribution's
//! `scanimage`, a sealed file. In a process of its own, since SANE is told by its environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use domain::Id;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, REGISTRATION};

/// Set for the counter's process: the station's folder.
const FOLDER: &str = "YIZHAN_TEST_SCANNER_FOLDER";
const SANE: &str = "SANE_CONFIG_DIR";

#[test]
fn a_scanned_page_lies_in_the_form_and_what_is_wrong_is_said() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let folder = desk.folder.clone();
    drop(desk);
    let sane = tempfile::tempdir().expect("a folder");
    connect(sane.path());
    let mut counter = Command::new(std::env::current_exe().expect("this binary"));
    counter.args([
        "pages_at_the_counter::the_counter",
        "--exact",
        "--nocapture",
    ]);
    counter.env(FOLDER, &folder).env(SANE, sane.path());
    let out = counter.output().expect("it starts");
    let said = String::from_utf8_lossy(&out.stdout);
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success() && said.contains("filed"),
        "{said}\n{told}"
    );
    assert_eq!(city.counts(), (1, 1, 1));
    // The very page is at the centre, whole.
    let desk = Desk::unpack(&folder, "zhang");
    desk.log_in();
    let row = tests::eventually("it is decided", || {
        let list = desk.station.get_worklist().expect("the worklist");
        list.decided.into_iter().next()
    });
    assert_eq!((row.pages, row.pages_stored), (2, 2));
}

/// Not a test by itself: the process above.
#[test]
fn the_counter() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let sane = PathBuf::from(std::env::var_os(SANE).expect("the scanner's folder"));
    let desk = Desk::unpack(&folder, "zhang");
    desk.log_in();
    until_scanner(&desk, "scanner.ready");
    let answers = [REGISTRATION, &[("reason", "5")]].concat();
    let draft = desk.draft("unemployment_registration", &desk.tap("citizen"), &answers);
    let changed = desk
        .station
        .scan_pages(draft, "other_proof", None, "flatbed")
        .expect("a page");
    let page = &changed.pages[0];
    let (media_type, picture) = desk
        .station
        .picture(&page.page, false)
        .expect("its picture");
    assert_eq!(media_type, "image/jpeg");
    assert_eq!(domain::sync::sha256_hex(&picture), page.manifest.sha256);
    let (_, small) = desk.station.picture(&page.page, true).expect("a small one");
    assert!(small.len() < picture.len());
    // Taken again in its place, and brought back as it was.
    let again = desk
        .station
        .scan_again(draft, &page.page, None, "flatbed")
        .expect("another one in its place");
    assert_eq!(again.pages.len(), 1);
    assert_ne!(again.pages[0].page, page.page);
    let undo = again.undo.expect("it can be taken back");
    let back = desk.station.restore_page(draft, &undo).expect("it is back");
    assert_eq!(back.pages[0].manifest, page.manifest);

    for (word, code) in [
        ("SANE_STATUS_JAMMED", "scan.jam"),
        ("SANE_STATUS_NO_DOCS", "scan.empty"),
        ("SANE_STATUS_COVER_OPEN", "scan.cover_open"),
        ("SANE_STATUS_DEVICE_BUSY", "scan.busy"),
    ] {
        std::fs::write(
            sane.join("test.conf"),
            format!("read-status-code \"{word}\"\n"),
        )
        .expect("a setting");
        refused(&desk, draft, code);
    }
    std::fs::remove_file(sane.join("test.conf")).expect("it is mended");
    // Nothing was lost, and the next page is taken as if nothing had been.
    let changed = desk
        .station
        .scan_pages(draft, "other_proof", None, "flatbed")
        .expect("a second page");
    assert_eq!(changed.pages.len(), 2);
    until_scanner(&desk, "scanner.ready");
    desk.station.submit(draft).expect("it is filed");
    tests::eventually("it is sent", || desk.has_sent_everything().then_some(()));
    println!("filed");
}

fn refused(desk: &Desk, draft: Id, code: &str) {
    let failure = desk
        .station
        .scan_pages(draft, "other_proof", None, "flatbed")
        .expect_err(code);
    assert_eq!(failure.reason.code, code);
    let form = desk.station.get_draft(draft).expect("the form");
    assert_eq!(form.pages.len(), 1, "the page before is still there");
}

fn until_scanner(desk: &Desk, code: &str) {
    tests::eventually(code, || {
        (desk.station.get_status().scanner.reason.code == code).then_some(())
    });
}

/// SANE with its test scanner and nothing else.
fn connect(folder: &Path) {
    std::fs::write(folder.join("dll.conf"), "test\n").expect("a setting");
}
