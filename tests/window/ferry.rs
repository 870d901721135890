//! The ferry by hand: the counter's window, a process of its own without a line, writes onto a stick; in the
//! browser the street takes the file in; the window reads the answer. Pictures are kept in `artefacts/`.

use std::path::Path;

use domain::ferry::Way;
use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, REGISTRATION, copy_folder};

use super::{ENTER, PASSWORD, start};
use crate::ferry::{city_with_a_ferry, files, stick, take};

const ALT_6: &str = "\u{e00a}6\u{e000}";

#[test]
fn a_hand_carries_what_is_unsent_to_the_street_and_back() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let city = city_with_a_ferry(Some(pages));
    let desk = city.desk(COMMUNITY);
    let home = desk.folder.display().to_string();
    tests::eventually("the lease speaks of the ferry", || {
        desk.station.get_ferry(&home).ok()?.allowed.then_some(())
    });
    city.line.cut();
    for sample in ["citizen", "moved"] {
        file(&desk, sample);
    }
    let from = desk.folder.clone();
    drop(desk);
    let folder = tempfile::tempdir().expect("a folder");
    copy_folder(&from, &folder.path().join("station"));
    let street = city.reviewer("street");
    let stick = stick(&street, folder.path(), "云龙1号");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let counter = runtime.block_on(write(folder.path(), &stick));
    assert_eq!(city.counts(), (0, 0, 0));
    let up = files(&stick, Way::Up).remove(0);
    runtime.block_on(at_the_street(&city, folder.path(), &up));
    assert_eq!(city.counts(), (2, 2, 2));
    take(&street, &stick, &up);
    runtime.block_on(read(&counter));
    runtime.block_on(counter.close());
}

fn file(desk: &Desk, sample: &str) {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
}

async fn write(folder: &Path, stick: &Path) -> Browser {
    let counter = start::open_as_it_is(folder).await;
    start::log_in(&counter).await;
    counter.press(ALT_6).await;
    counter.see("sync").await;
    counter.click("sync-ferry").await;
    counter.see("ferry-no-stick").await;
    counter.picture("ferry-1-no-stick").await;
    counter
        .fill("ferry-folder", &stick.display().to_string())
        .await;
    counter.click("ferry-look").await;
    counter.see("ferry-stick").await;
    counter.click("ferry-write").await;
    counter.read("ferry-written", "2 件业务").await;
    counter.picture("ferry-2-written").await;
    counter
}

async fn at_the_street(city: &City, folder: &Path, file: &Path) {
    let console = Browser::chromium(&folder.join("browser"), &folder.join("log")).await;
    console.go(&city.console_url()).await;
    console.fill("login-name", "street").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.click("nav-ferry").await;
    console.read("stick", "云龙1号").await;
    console
        .fill("ferry-file", &file.display().to_string())
        .await;
    console.read("ferry-taken", "新收业务 2 件").await;
    console.click("stick-withdraw").await;
    console.read("stick-asked", "都不再收").await;
    console.picture("ferry-3-street").await;
    console.click("stick-withdraw-no").await;
    console.click("language").await;
    console.read("ferry-taken", "New cases 2").await;
    console.picture("ferry-4-street-english").await;
    console.close().await;
}

async fn read(counter: &Browser) {
    counter.click("ferry-look").await;
    counter.click("ferry-read").await;
    counter.read("ferry-done", "第 2 件").await;
    counter.picture("ferry-5-read").await;
    counter.press(ALT_6).await;
    counter.read("lane-commands", "都报完了").await;
}
