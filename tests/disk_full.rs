//! The disk fills up under a real store: said as such, nothing acknowledged is lost, the form is
//! still there, and once there is room it is filed. On a small file system of the test's own.

use std::path::{Path, PathBuf};

use station::view::{Failure, Tap};
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, REGISTRATION};

/// Set for the process with the small disk: the station's folder on it.
const FOLDER: &str = "YIZHAN_TEST_FULL_FOLDER";
/// Mounts a small file system that ends with the process, and copies the station onto it.
const SMALL_DISK: &str = "mount -t tmpfs -o size=10m tmpfs \"$1\" && rm -f \"$2/ballast\" \
                          && cp -a \"$2\" \"$1/desk\" \
                          && shift 2 && exec \"$@\"";

#[test]
fn a_full_disk_loses_neither_what_was_saved_nor_the_form() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    city.line.cut();
    for sample in ["citizen", "moved"] {
        let page = desk.tap(sample);
        desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    }
    let folder = desk.folder.clone();
    drop(desk);
    let mount = tempfile::tempdir().expect("a folder");
    let mut small = std::process::Command::new("unshare");
    small.args(["--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh"]);
    small.arg(mount.path()).arg(&folder);
    small.arg(std::env::current_exe().expect("this binary"));
    small.args(["disk_full::on_a_small_disk", "--exact", "--nocapture"]);
    small.env(FOLDER, mount.path().join("desk"));
    let out = small.output().expect("unshare runs");
    let said = String::from_utf8_lossy(&out.stdout);
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success() && said.contains("the disk was full"),
        "{said}\n{told}"
    );
}

/// Not a test by itself: the process above.
#[test]
fn on_a_small_disk() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let desk = Desk::unpack(&folder, "zhang");
    desk.log_in();
    let answers = [REGISTRATION, &[("reason", "5")]].concat();
    let draft = desk.draft("unemployment_registration", &desk.tap("hui"), &answers);
    desk.add_page(draft, "other_proof", 40);
    let mut last = tests::desk::answers(&answers);

    let filler = fill(&folder);
    let page = tests::desk::picture(200);
    let refused = desk.drop_file(draft, "other_proof", "page.png", &page);
    is_full(refused.expect_err("no room for a page"));
    // Keystrokes still fit into what is left of the log's file, then no more.
    let full = (0..4_000).find_map(|stroke| {
        let mut answers = last.clone();
        answers.insert("wish".into(), format!("{stroke:04}").repeat(12));
        match desk.station.save_answers(draft, answers.clone()) {
            Ok(_) => {
                last = answers;
                None
            }
            Err(failure) => Some(failure),
        }
    });
    is_full(full.expect("the disk is full"));
    is_full(desk.station.submit(draft).expect_err("no room to file"));
    // That a card was read could not be noted, so it is not read.
    let sample = drivers::virtual_card::samples::find("woman").expect("a sample");
    let told = desk
        .station
        .take_reading(tests::desk::reading(&sample.card));
    let Tap::Failed { reason } = told else {
        panic!("no room to note the card: {told:?}");
    };
    assert_eq!(reason.code, "store.disk_full");
    println!("the disk was full");

    let kept = desk.station.get_draft(draft).expect("the form is there");
    assert_eq!((kept.answers, kept.pages.len()), (last.clone(), 1));
    assert_eq!(
        desk.station.get_status().unsent_commands,
        2,
        "and so is what was filed"
    );
    // The program is ended and started while the disk is still full.
    let desk = desk.restart();
    assert_eq!(
        desk.station.get_draft(draft).expect("the form").answers,
        last
    );
    assert_eq!(
        desk.station
            .get_worklist()
            .expect("the worklist")
            .waiting
            .len(),
        2
    );

    std::fs::remove_file(filler).expect("room is made");
    let filed = desk.station.submit(draft).expect("it is filed");
    let desk = desk.restart();
    assert_eq!(desk.case(filed.case).answers.get("wish"), last.get("wish"));
    assert_eq!(desk.station.get_status().unsent_commands, 3);
}

/// Takes all the room there is.
fn fill(folder: &Path) -> PathBuf {
    let filler = folder.with_file_name("filler");
    let mut file = std::fs::File::create(&filler).expect("a file");
    let block = vec![0_u8; 4096];
    let error = loop {
        if let Err(error) = std::io::Write::write_all(&mut file, &block) {
            break error;
        }
    };
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    filler
}

fn is_full(failure: Failure) {
    assert_eq!(failure.reason.code, "store.disk_full");
}
