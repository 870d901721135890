//! A backup becomes the station of another computer: with the real centre, its officers, a printed code,
//! and by hand in the real window.

use std::path::{Path, PathBuf};

use domain::recovery::Cause;
use station::view::{CaseStanding, Door, RestoreView};
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD, REGISTRATION};

use crate::lost_keys::{approved, closed, desk_with_work, work};
use crate::window::start;

const NEW: &str = "a new password 新";

/// Backs a desk up onto a stick of its own; returns the stick.
pub(crate) fn backed_up(desk: &Desk) -> PathBuf {
    let stick = desk.folder.with_extension("stick");
    std::fs::create_dir_all(&stick).expect("a folder");
    let path = stick.display().to_string();
    desk.station
        .choose_backup_folder(&path)
        .expect("the stick is taken");
    desk.station.back_up().expect("it begins");
    tests::eventually("there is a backup", || {
        let view = desk.station.get_storage().ok()?;
        let done = view.backups.last_good.is_some() && !view.backups.running;
        done.then_some(())
    });
    stick
}

/// Chooses the newest backup of a stick on a computer where nothing is.
fn chosen(desk: &Desk, stick: &Path) -> RestoreView {
    assert_eq!(desk.station.get_status().door, Door::Enrol);
    let path = stick.display().to_string();
    let found = desk.station.list_backups(&path).expect("it looks");
    let newest = found.first().expect("a backup is found");
    assert!(newest.log_last > 0 && newest.size_bytes > 0, "{newest:?}");
    desk.station
        .choose_restore(&newest.folder)
        .expect("it is whole")
}

/// The kinds of today's records, as they are shown.
fn audited(desk: &Desk) -> Vec<String> {
    let today = station::clock::business_day(chrono::Utc::now());
    let shown = desk.station.get_audit(today).expect("the audit");
    shown.lines.into_iter().map(|line| line.kind).collect()
}

fn new_computer(desk_folder: &Path) -> Desk {
    let folder = desk_folder.with_extension("new");
    std::fs::create_dir_all(&folder).expect("a folder");
    Desk::unpack(&folder, "zhang")
}

#[test]
fn officers_open_a_backup_on_a_new_computer_and_work_goes_on() {
    let city = City::open();
    let officers = city.with_officers();
    let desk = desk_with_work(&city, &officers);
    let before = work(&desk);
    let stick = backed_up(&desk);
    let old = closed(desk);

    let desk = new_computer(&old);
    let view = chosen(&desk, &stick).chosen.expect("it is chosen");
    assert!(!view.by_password && view.recovery.sealed, "{view:?}");
    let refused = desk.station.restore_by_password("zhang", PASSWORD);
    assert_eq!(refused.unwrap_err().reason.code, "keys.machine_lost");
    let code = approved(&desk, &officers, Cause::NewComputer, "zhang");
    // The answer may come the next day: the program is started anew in between.
    let folder = closed(desk);
    let desk = Desk::unpack(&folder, "zhang");
    let wrong = desk.station.restore_by_release("0000 0000", NEW);
    assert_eq!(wrong.unwrap_err().reason.code, "recovery.wrong_code");
    assert_eq!(desk.station.get_status().door, Door::Enrol);
    let rebuilt = desk
        .station
        .restore_by_release(&code, NEW)
        .expect("it is restored");
    assert!(!rebuilt.is_complete, "only the centre knows: {rebuilt:?}");
    assert_eq!(desk.station.get_status().door, Door::Open);
    assert_eq!(work(&desk), before, "nothing is lost");
    tests::eventually("it speaks to the centre", || {
        desk.station.get_status().line.up.then_some(())
    });
    let page = desk.tap("woman");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    tests::eventually("new work is sent", || {
        desk.has_sent_everything().then_some(())
    });
    let refused = desk.station.choose_restore(&stick.display().to_string());
    assert_eq!(refused.unwrap_err().reason.code, "restore.not_here");
    let told = audited(&desk);
    for kind in ["backup.restored", "keys.recovered"] {
        assert!(told.contains(&kind.to_owned()), "{kind} is not in {told:?}");
    }
}

#[test]
fn a_backup_that_the_centre_is_ahead_of_keeps_its_work_and_says_so() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("citizen");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    let code = desk.station.make_printed_code().expect("a code").code;
    let stick = backed_up(&desk);
    let page = desk.tap("moved");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    let old = closed(desk);

    let desk = new_computer(&old);
    chosen(&desk, &stick);
    let rebuilt = desk.station.restore_by_printed(&code, "zhang", NEW);
    assert_eq!(rebuilt.expect("it is restored").log_last, 1);
    let told = tests::eventually("the corner says so", || {
        let line = desk.station.get_status().line;
        let told = line.reason.code.starts_with("log.");
        told.then_some(line.reason.code)
    });
    assert_eq!(told, "log.restored");
    assert_eq!(desk.station.get_status().door, Door::Open);
    let page = desk.tap("hui");
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    assert_eq!(city.counts().1, 2, "the centre took nothing more");
    let standing = desk.case(filed.case).row.standing;
    assert!(
        matches!(standing, CaseStanding::Waiting { .. }),
        "{standing:?}"
    );
}

#[test]
fn a_hand_restores_a_backup_in_the_window() {
    let city = City::open();
    let officers = city.with_officers();
    let desk = desk_with_work(&city, &officers);
    let code = desk.station.make_printed_code().expect("a code").code;
    let stick = backed_up(&desk);
    drop(desk);
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(by_hand(folder.path(), &stick, &code));
}

async fn by_hand(folder: &Path, stick: &Path, code: &str) {
    let counter = start::open_as_it_is(folder).await;
    counter.see("enrol").await;
    counter.picture("restore-1-nothing-here").await;
    counter.click("to-restore").await;
    counter.see("no-backups").await;
    counter.picture("restore-2-none").await;
    let path = stick.display().to_string();
    counter.fill("restore-folder", &path).await;
    counter.click("restore-look").await;
    counter.see("backup").await;
    counter.picture("restore-3-found").await;
    counter.click("backup").await;
    counter.see("restore-who").await;
    counter.picture("restore-4-who").await;
    counter.click("language-en").await;
    counter.read("restore-back", "Another").await;
    counter.picture("restore-4-who-english").await;
    counter.click("language-zh-CN").await;
    counter.click("restore-way-printed").await;
    counter.fill("printed-code", code).await;
    counter.fill("new-password", NEW).await;
    counter.fill("new-password-again", NEW).await;
    counter.picture("restore-5-printed").await;
    counter.click("printed-open").await;
    counter.see("recovered").await;
    counter.picture("restore-6-done").await;
    counter.click("recovered-done").await;
    counter.see("today").await;
    counter.picture("restore-7-today").await;
    counter.close().await;
}

#[test]
fn a_hand_restores_a_backup_over_a_store_that_does_not_open() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("citizen");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    backed_up(&desk);
    let from = closed(desk);
    let folder = tempfile::tempdir().expect("a folder");
    let station = folder.path().join("station");
    tests::desk::copy_folder(&from, &station);
    std::fs::write(station.join("station.db"), b"not a database").expect("it is written");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(over_it(folder.path()));
    let names = std::fs::read_dir(&station).expect("the folder").flatten();
    let kept = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains(".bad-") || name.contains(".kept-"));
    assert!(kept.count() >= 2, "the damaged database and the key file");
}

async fn over_it(folder: &Path) {
    let counter = start::open_as_it_is(folder).await;
    counter.see("login").await;
    counter.fill("login-password", PASSWORD).await;
    counter.click("login-submit").await;
    counter.see("unreadable").await;
    counter.see("to-restore").await;
    counter.picture("restore-8-unreadable").await;
    counter.click("language-en").await;
    counter.read("recover-submit", "Begin").await;
    counter.picture("restore-8-unreadable-english").await;
    counter.click("language-zh-CN").await;
    counter.click("to-restore").await;
    // The station's own backups are listed without a word.
    counter.click("backup").await;
    counter.click("restore-way-password").await;
    counter.see("restore-password").await;
    counter.picture("restore-9-password").await;
    counter.fill("restore-password", "not the password").await;
    counter.click("restore-go").await;
    counter.read("restore-password-form", "密码不对").await;
    counter.picture("restore-10-wrong").await;
    counter.fill("restore-password", PASSWORD).await;
    counter.click("restore-go").await;
    counter.see("recovered").await;
    counter.picture("restore-11-done").await;
    counter.click("recovered-done").await;
    counter.see("today").await;
    counter.close().await;
}
