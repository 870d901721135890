//! A machine whose disk was copied: the counter says so, and goes on with a code that the console
//! gives. Pictures are kept in `artefacts/`.

use std::path::Path;

use tests::browser::Browser;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD, REGISTRATION, copy_folder};

use super::{ENTER, log_in, start};

#[test]
fn a_copied_machine_goes_on_with_a_code_from_the_console() {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/dist");
    let city = City::open_with_pages(Some(pages));
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let code = city.code(COMMUNITY);
    runtime.block_on(story(&city, &code, folder.path()));
}

async fn story(city: &City, code: &str, folder: &Path) {
    let counter = start::open_window(city, code, folder).await;
    log_in(&counter).await;
    let (station, copy) = (folder.join("station"), folder.join("copy"));
    // The copy is the first to send.
    let sent = std::thread::spawn(move || {
        copy_folder(&station, &copy);
        let copied = Desk::unpack(&copy, "zhang");
        copied.log_in();
        let page = copied.tap("citizen");
        copied.file("unemployment_registration", &page, REGISTRATION, &[]);
        tests::eventually("it is sent", || copied.has_sent_everything().then_some(()));
    });
    tokio::task::spawn_blocking(|| sent.join())
        .await
        .expect("a thread")
        .expect("it is sent");

    counter.read("notice", "数据与备份").await;
    counter.click("notice-open").await;
    counter.see("new-log").await;
    counter.picture("new-log-1-counter").await;
    counter.fill("new-log-code", "AAAA-BBBB-CCCC").await;
    counter.press(ENTER).await;
    counter.read("failure", "登记码").await;
    counter.picture("new-log-2-wrong-code").await;

    let given = give_code(city, folder).await;
    // The wrong one goes: everything in the field is chosen, and typed over.
    counter.fill("new-log-code", "\u{e009}a\u{e000}").await;
    counter.fill("new-log-code", &given).await;
    counter.press(ENTER).await;
    counter.read("status-line", "线路正常").await;
    assert!(
        !counter.sees("new-log").await,
        "there is nothing left to do"
    );
    counter.picture("new-log-5-counter-goes-on").await;
    counter.close().await;
}

/// Somebody at the console gives the code.
async fn give_code(city: &City, folder: &Path) -> String {
    let log = folder.join("chromedriver.log");
    let console = Browser::chromium(&folder.join("console"), &log).await;
    console
        .go(&format!("{}/console.html", city.console_url()))
        .await;
    console.fill("login-name", "street").await;
    console.fill("login-password", PASSWORD).await;
    console.press(ENTER).await;
    console.see("inbox-empty").await;
    console
        .go(&format!("{}/console.html#/stations", city.console_url()))
        .await;
    console.click("station-row").await;
    console.click("station-code-ask").await;
    console.picture("new-log-3-console").await;
    console.click("station-code-give").await;
    let given = console.text("station-code").await;
    console.picture("new-log-4-code").await;
    console.close().await;
    given
}
